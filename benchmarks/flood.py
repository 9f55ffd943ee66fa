"""A flood of one brand through a real Kafka and all roles: how long from arrival to the event?

    python -m benchmarks.flood [--a-minute 4000] [--minutes 5] [--json FILE]

4,000 a minute is ten times the peak of Cracker Barrel in 2025. The negative ones of our shop texts,
each with an order number so that none is a copy, are sent at the pace given, with the time at which
they are sent. Of each mention it is measured how long from then until Kafka had the
committed window that counts it (half a minute's step and ten seconds of lateness are in that), and
of the crisis, how long until it opened. Nothing may be lost: the windows count what was sent.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import sys
import time
from collections.abc import Iterator
from itertools import chain, cycle
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition

from app.broker import DevBroker
from app.cli.demo.cluster import variables
from app.cli.demo.play import make_topics
from app.cli.demo.roles import Roles
from app.config import Settings, load_settings
from app.core.detector.series import BASE_S
from app.stream.kafka import client_options
from app.wire import rfc3339

TEXTS = Path(__file__).parent / "shop" / "en.jsonl"
BRAND = "larkmoor"
STEP_MS = BASE_S * 1000
LIMIT_S = 600.0  # after the last mention, until all must be counted


def main() -> None:
    """Print the figures as JSON; exit with 1 when a mention was lost."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--a-minute", type=int, default=4_000)
    parser.add_argument("--minutes", type=float, default=5.0)
    parser.add_argument("--json", type=Path)
    options = parser.parse_args()
    found = flood(options.a_minute, round(options.a_minute * options.minutes))
    text = json.dumps(found, indent=1, sort_keys=True) + "\n"
    if options.json:
        options.json.write_text(text)
    sys.stdout.write(text)
    raise SystemExit(found["sent"] != found["counted"])


def flood(a_minute: int, count: int) -> dict[str, Any]:
    """Return what ``count`` mentions of one brand, ``a_minute`` of them a minute, came to."""
    with DevBroker() as broker, TemporaryDirectory() as folder:
        chosen = {"kafka": {"bootstrap_servers": broker.bootstrap}, "health": {"port": 0}}
        settings = load_settings(None, **chosen)
        asyncio.run(make_topics(settings))
        with Roles(dict(variables(chosen)), Path(folder)) as roles:
            return asyncio.run(_measured(settings, roles, a_minute, count))


async def _measured(settings: Settings, roles: Roles, a_minute: int, count: int) -> dict[str, Any]:
    options, sent_s = client_options(settings.kafka), list[float]()
    producer = AIOKafkaProducer(**options, acks="all", enable_idempotence=True)
    reader = AIOKafkaConsumer(**options, isolation_level="read_committed")
    async with producer, reader:
        told = Told(settings, reader)
        await told.begin()
        sending = asyncio.create_task(_send(producer, settings, a_minute, count, sent_s))
        deadline_s = time.monotonic() + count / a_minute * 60 + LIMIT_S
        while told.counted < count and time.monotonic() < deadline_s:
            roles.look()
            await told.take()
        await sending
    return {
        "a_minute": a_minute,
        "sent": count,
        "counted": told.counted,
        "arrival_to_window_s": told.delays(sent_s),
        "first_mention_to_opened_s": told.opened_s and round(told.opened_s - sent_s[0], 1),
        "restarts": roles.restarts,
        "processors": os.cpu_count(),
    }


class Told:
    """What the detector told of the brand, with the time at which it could be read."""

    def __init__(self, settings: Settings, reader: AIOKafkaConsumer) -> None:
        self._topics, self._partitions = settings.topics, range(settings.partitions)
        self._reader = reader
        self._steps: dict[int, tuple[int, float]] = {}  # mentions, when its window was there
        self.counted = 0
        self.opened_s = 0.0

    async def begin(self) -> None:
        """Read windows and events from their beginning."""
        names = (self._topics.windows, self._topics.events)
        self._reader.assign([TopicPartition(name, p) for name in names for p in self._partitions])
        await self._reader.seek_to_beginning()

    async def take(self) -> None:
        """Take what has come."""
        batches = await self._reader.getmany(timeout_ms=200)
        now_s = time.time()
        for record in chain.from_iterable(batches.values()):
            value = json.loads(record.value)
            if record.topic == self._topics.windows:
                self._steps[value["start_ms"] // STEP_MS] = value["mentions"], now_s
                self.counted += value["mentions"]
            elif value["type"] == "opened":
                self.opened_s = self.opened_s or now_s

    def delays(self, sent_s: list[float]) -> dict[str, float]:
        """Return percentiles of the seconds from a mention's sending to its window."""
        steps = [int(one * 1000) // STEP_MS for one in sent_s]
        waited = sorted(
            self._steps[step][1] - one
            for one, step in zip(sent_s, steps, strict=True)
            if step in self._steps
        )
        if not waited:
            return {}
        return {f"p{q}": round(waited[(len(waited) - 1) * q // 100], 1) for q in (50, 95, 99)}


async def _send(
    producer: AIOKafkaProducer, settings: Settings, a_minute: int, count: int, sent_s: list[float]
) -> None:
    """Send at the pace; ``sent_s`` gets the time of each."""
    started_s = time.monotonic()
    for number, text in zip(range(count), _texts(), strict=False):
        ahead_s = started_s + number * 60 / a_minute - time.monotonic()
        if ahead_s > 0:
            await asyncio.sleep(ahead_s)
        now_s = time.time()
        sent_s.append(now_s)
        mention_id = f"flood:{number}"
        mention = {
            "id": mention_id,
            "brand": BRAND,
            "text": f"{text} (order {number})",
            "published_at": rfc3339.format_ms(int(now_s * 1000)),
            "author": {"id": str(number % 3_000)},
            "lang": "en",
        }
        value = json.dumps(mention).encode()
        await producer.send(settings.topics.mentions, value, key=mention_id.encode())
    await producer.flush()


def _texts() -> Iterator[str]:
    rows = [json.loads(line) for line in TEXTS.read_text("utf-8").splitlines()]
    return cycle([row["text"] for row in rows if row["label"] == "negative"])


if __name__ == "__main__":
    main()
