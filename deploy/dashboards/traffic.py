"""What is said in the demo that Prometheus watches: three hours before, then minutes of now.

What was said before teaches the detector each brand's usual level; a hash stands in for the model
then, so its texts are numbered. What is said now is the text of the scenario's week, scored by the
model: usual mentions, a wave of failed payments, and whatever else a panel has to show.
"""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import Awaitable, Callable, Coroutine, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from itertools import cycle
from pathlib import Path
from random import Random
from typing import Any, Final

from aiokafka import AIOKafkaConsumer, AIOKafkaProducer

from app.config import Topics
from app.inference.hash import hash_probabilities
from app.sources.scenario.week import Record, week

RATES: Final = {"larkmoor": 0.8, "zumbry": 0.5, "domarenka": 0.2}
"""Usual mentions a second of each brand."""

SHARES: Final = (0.12, 0.38, 0.5)  # negative, neutral, positive before
SURE: Final = 0.6
BEFORE_MS: Final = 3 * 3_600_000
AUTHORS: Final = 4_000
QUIET: Final = "fernhill"
"""A brand that news came of every two hours, until half a day before."""
QUIET_DAYS, QUIET_HOURS, QUIET_EVERY = 9, 12, 2

LENGTH_S: Final = 300
WAVE: Final = (30, 125)  # seconds from the start
WAVE_RATE: Final = 3.0
ODD: Final = (60, 240)  # late, repeated, refused and foreign mentions
EVERY_S: Final = 0.5
ANSWER_S: Final = 15.0  # a person's time to take a crisis
LATE_S: Final = 600
MEANT: Final = {"praise": "positive", "neutral": "neutral", "question": "neutral"}
PROBLEMS: Final = (b"no JSON", b'{"id": "x1"}', b'{"id": "x2", "text": "", "published_at": 5}')
FOREIGN: Final = "Tilaus ei ole vieläkään saapunut, vaikka maksoin sen jo viime viikolla"
WATCHED: Final = ((60, "brands: ["), (80, None))  # when the watch list is broken and mended

Send = Callable[[str, bytes], Awaitable[object]]


def history(end_ms: int) -> list[Record]:
    """Return the mentions of the hours before ``end_ms``, in time order."""
    rng = Random(1)  # noqa: S311 - a scenario, not a secret
    planned = sorted(
        (end_ms - BEFORE_MS + round(1000 * (number + rng.random()) / rate), brand)
        for brand, rate in RATES.items()
        for number in range(round(rate * BEFORE_MS / 1000))
    )
    texts = [_texts(label) for label in range(len(SHARES))]
    records = []
    for number, (time_ms, brand) in enumerate(planned):
        (label,) = rng.choices(range(len(SHARES)), SHARES)
        author = f"author {rng.randrange(AUTHORS)}"
        value = _value(f"before-{number}", next(texts[label]), brand, time_ms, author)
        records.append(Record(author.encode(), value, time_ms, brand, ""))
    return records


def quiet_source(end_ms: int) -> list[Record]:
    """Return the mentions of ``QUIET``, in time order."""
    texts, hours = _texts(1), range(-24 * QUIET_DAYS, -QUIET_HOURS, QUIET_EVERY)
    records = []
    for number, hour in enumerate(hours):
        time_ms = end_ms + hour * 3_600_000
        author = f"paper {number}"
        value = _value(f"news-{number}", next(texts), QUIET, time_ms, author, source="news")
        records.append(Record(author.encode(), value, time_ms, QUIET, ""))
    return records


def _texts(label: int) -> Iterator[str]:
    """Yield texts of which the hash engine is sure that they have the label."""
    number = 0
    while True:
        number += 1
        text = f"text {number} of the hours before"
        if hash_probabilities(text)[label] >= SURE:
            yield text


def _value(mention_id: str, text: str, brand: str, time_ms: int, author: str, **more: str) -> bytes:
    published = datetime.fromtimestamp(time_ms / 1000, UTC).isoformat(timespec="milliseconds")
    fields = {"id": mention_id, "text": text, "brand": brand, "published_at": published}
    return json.dumps({**fields, "author": {"id": author}, **more}).encode()


@dataclass(slots=True)
class Live:
    """The minutes of now; ``seen`` has the (brand, type) of every event so far."""

    bootstrap: str
    watchlist: Path
    topics: Topics = field(default_factory=Topics)
    seen: set[tuple[str, str]] = field(default_factory=set)
    counts: dict[str, int] = field(default_factory=dict)

    async def run(self, notifier: Coroutine[Any, Any, None], limit_s: float) -> None:
        """Talk for ``LENGTH_S`` beside ``notifier``, and on until one crisis ended, one is taken.

        Ends the program when that takes more than ``limit_s``.
        """
        producer = AIOKafkaProducer(bootstrap_servers=self.bootstrap)
        await producer.start()
        tasks = [
            asyncio.create_task(one) for one in (self._answer(producer.send_and_wait), notifier)
        ]
        try:
            await self._talk(producer.send_and_wait, limit_s)
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
            await producer.stop()

    async def _talk(self, send: Send, limit_s: float) -> None:
        said = _said()
        talk = self._usual(said), self._wave(said), self._odd(), self._labels(said)
        started_s = time.monotonic()
        commands = list(_commands())
        watched = list(WATCHED)
        whole = self.watchlist.read_text("utf-8")
        while (at_s := time.monotonic() - started_s) < LENGTH_S or not self._is_over():
            if at_s > limit_s:
                raise SystemExit(
                    f"NOT OK: no crisis resolved, or none taken; seen: {sorted(self.seen)}"
                )
            for part in talk:
                for topic, value in part(at_s):
                    await send(topic, value)
            while commands and commands[0][0] <= at_s:
                await send(self.topics.commands, _command(**commands.pop(0)[1]))
            while watched and watched[0][0] <= at_s:
                self.watchlist.write_text(watched.pop(0)[1] or f"{whole}\n", "utf-8")
            await asyncio.sleep(EVERY_S)

    def _is_over(self) -> bool:
        return {("zumbry", "resolved"), ("larkmoor", "acknowledged")} <= self.seen

    def _due(self, name: str, rate: float, at_s: float) -> range:
        """Return the numbers of what is due by now and was not sent."""
        first, end = self.counts.get(name, 0), int(rate * at_s)
        self.counts[name] = max(first, end)
        return range(first, end)

    def _usual(self, said: Mapping[str, list[tuple[str, str]]]) -> Callable[[float], Any]:
        def part(at_s: float) -> Iterator[tuple[str, bytes]]:
            for brand, rate in RATES.items():
                for number in self._due(brand, rate, at_s):
                    text, _ = said[brand][number % len(said[brand])]
                    yield self._mention(f"{brand}-{number}", text, brand)

        return part

    def _wave(self, said: Mapping[str, list[tuple[str, str]]]) -> Callable[[float], Any]:
        def part(at_s: float) -> Iterator[tuple[str, bytes]]:
            lasted_s = min(at_s, WAVE[1]) - WAVE[0]
            for number in self._due("wave", WAVE_RATE, max(0.0, lasted_s)):
                text, _ = said["wave"][number % len(said["wave"])]
                yield self._mention(f"wave-{number}", text, "larkmoor")

        return part

    def _odd(self) -> Callable[[float], Any]:
        problems = cycle(PROBLEMS)

        def part(at_s: float) -> Iterator[tuple[str, bytes]]:
            for number in self._due("odd", 0.25, max(0.0, min(at_s, ODD[1]) - ODD[0])):
                mentions = self.topics.mentions
                yield mentions, next(problems)
                yield self._mention(f"late-{number}", f"Late {number}", "zumbry", LATE_S)
                yield self._mention(f"zumbry-{number}", "Once more", "zumbry")
                yield self._mention(f"odd-{number}", f"Fine {number}", "zumbry", mood="unknown")
                yield self._mention(f"foreign-{number}", f"{FOREIGN} {number}", "domarenka")

        return part

    def _labels(self, said: Mapping[str, list[tuple[str, str]]]) -> Callable[[float], Any]:
        def part(at_s: float) -> Iterator[tuple[str, bytes]]:
            for number in self._due("labels", RATES["larkmoor"], at_s - 20):
                _, mood = said["larkmoor"][number % len(said["larkmoor"])]
                command = {"id": f"label-{number}", "mention_id": f"larkmoor-{number}"}
                label = MEANT.get(mood, "negative")
                yield (
                    self.topics.commands,
                    _command(action="correct-label", brand="larkmoor", label=label, **command),
                )

        return part

    def _mention(
        self, mention_id: str, text: str, brand: str, ago_s: float = 0.0, **more: str
    ) -> tuple[str, bytes]:
        now_ms = round(1000 * (time.time() - ago_s))
        value = _value(mention_id, text, brand, now_ms, f"author of {mention_id}", **more)
        return self.topics.mentions, value

    async def _answer(self, send: Send) -> None:
        """Take each crisis that opens by itself, and once one that is not there."""
        reader = AIOKafkaConsumer(
            self.topics.events,
            bootstrap_servers=self.bootstrap,
            auto_offset_reset="earliest",
            isolation_level="read_committed",
        )
        await reader.start()
        try:
            async for record in reader:
                event = json.loads(record.value or b"{}")
                self.seen.add((event["brand"], event["type"]))
                if event["type"] != "opened" or event["brand"] not in RATES:
                    continue
                await asyncio.sleep(ANSWER_S)
                for number, crisis in enumerate(({}, {"crisis_id": "unknown"})):
                    brand = event["brand"]
                    take = {"id": f"take-{number}-{brand}", "action": "acknowledge", "brand": brand}
                    await send(self.topics.commands, _command(**take, **crisis))
        finally:
            await reader.stop()


def _said() -> dict[str, list[tuple[str, str]]]:
    """Return the scenario's texts with their moods, by brand, and those of the wave."""
    said: dict[str, list[tuple[str, str]]] = {brand: [] for brand in RATES}
    said["wave"] = []
    for record in week().records:
        text = json.loads(record.value)["text"]
        if record.mood == "peak":
            said["wave"].append((text, record.mood))
        elif record.mood in {*MEANT, "complaint"}:
            said[record.brand].append((text, record.mood))
    return said


def _commands() -> Iterator[tuple[float, dict[str, str]]]:
    """Yield what people ask for besides: (seconds from the start, the command)."""
    until = datetime.fromtimestamp(time.time() + 600, UTC).isoformat()
    yield 100, {
        "id": "open", "action": "open", "brand": "zumbry", "severity": "error", "note": "phoned in",
    }  # fmt: skip
    yield 150, {"id": "note", "action": "annotate", "brand": "larkmoor", "note": "Provider told."}
    yield 160, {
        "id": "silence", "action": "silence", "brand": "domarenka", "note": "fair", "until": until,
    }  # fmt: skip
    yield 200, {"id": "judge", "action": "confirm", "brand": "larkmoor", "note": "They failed."}


def _command(**fields: str) -> bytes:
    at = datetime.now(UTC).isoformat(timespec="milliseconds")
    return json.dumps({"actor": "ada", "at": at, **fields}).encode()
