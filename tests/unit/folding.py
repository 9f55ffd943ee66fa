"""Short ways to write a log for the fold's tests."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from random import Random

from app.core.event import ClosedWindow, CrisisEvent, Output
from app.core.fingerprint import author_pseudonym, text_fingerprint
from app.core.mention import Label
from app.core.partition import PartitionFold
from app.core.record import Command, Heartbeat, LogRecord, Origin, ScoredMention
from app.core.rules import STEP_MS, Rules

MONDAY_MS = 1_704_067_200_000  # 2024-01-01T00:00:00Z, a Monday
QUICK = Rules(warm_blocks=20)


def mention(number: int, time_ms: int, **fields: object) -> ScoredMention:
    """Return mention ``number``; every number is another text by another author."""
    values: dict[str, object] = {
        "brand": "larkmoor",
        "mention_id": f"m{number}",
        "origin": Origin(topic="mentions", partition=0, offset=number),
        "event_time_ms": time_ms,
        "label": Label.NEUTRAL,
        "probabilities": (0.1, 0.8, 0.1),
        "model": "hash@1",
        "fingerprint": text_fingerprint(f"text {number}"),
        "author": author_pseudonym("social", f"author {number}"),
        "source": "social",
    }
    return ScoredMention(**(values | fields))  # type: ignore[arg-type]


def beat(time_ms: int | None, **fields: object) -> Heartbeat:
    """Return a heartbeat of the only source partition."""
    values: dict[str, object] = {
        "topic": "mentions",
        "partition": 0,
        "partitions": 1,
        "time_ms": time_ms,
        "is_caught_up": False,
        "at_ms": 0,
    }
    return Heartbeat(**(values | fields))  # type: ignore[arg-type]


def command(number: int, action: str, **fields: object) -> Command:
    """Return command ``number`` of the operator on duty."""
    values: dict[str, object] = {
        "id": f"c{number}",
        "brand": "larkmoor",
        "action": action,
        "actor": "ada",
        "at_ms": 0,
        "origin": Origin(topic="crisis.commands", partition=0, offset=number),
    }
    return Command(**(values | fields))  # type: ignore[arg-type]


def fold(records: Iterable[LogRecord], rules: Rules = QUICK) -> list[Output]:
    """Return what a fresh fold makes of the records."""
    partition = PartitionFold(rules)
    return [out for offset, one in enumerate(records) for out in partition.apply(offset, one)]


def crisis_events(outputs: Iterable[Output]) -> list[CrisisEvent]:
    return [output for output in outputs if isinstance(output, CrisisEvent)]


def closed_windows(outputs: Iterable[Output]) -> list[ClosedWindow]:
    return [output for output in outputs if isinstance(output, ClosedWindow)]


def types(outputs: Iterable[Output]) -> list[str]:
    return [event.type.value for event in crisis_events(outputs)]


ASIDE = ("updated", "milestone", "escalated")  # they tell, and move a crisis nowhere


def turns(outputs: Iterable[Output]) -> list[str]:
    """Return the types of the events that turn the course of a crisis."""
    return [kind for kind in types(outputs) if kind not in ASIDE]


class Stream:
    """A random stream of one brand: ``per_day`` mentions, one in seven negative, and its waves."""

    def __init__(self, seed: int, per_day: float, negative_share: float = 0.15) -> None:
        self.draw = Random(seed)
        self.per_day, self.negative_share = per_day, negative_share
        self.waves: list[tuple[int, int, float, float]] = []

    def wave(self, start_ms: int, hours: float, per_hour: float, negative_share: float) -> Stream:
        """Add ``per_hour`` mentions for ``hours``, so many of them negative."""
        self.waves.append((start_ms, round(hours * 3_600_000), per_hour, negative_share))
        return self

    def records(self, days: float, rules: Rules = QUICK) -> list[LogRecord]:
        """Return the log: mentions in order of time and a closing heartbeat."""
        end_ms = MONDAY_MS + round(days * 86_400_000)
        found = self._times(MONDAY_MS, end_ms, self.per_day / 24, self.negative_share)
        for start_ms, length_ms, per_hour, share in self.waves:
            found += self._times(start_ms, start_ms + length_ms, per_hour, share)
        log: list[LogRecord] = [beat(None)]
        for number, (time_ms, label) in enumerate(sorted(found)):
            log.append(mention(number, time_ms, label=label))
        return [*log, beat(end_ms + rules.allowed_lateness_ms + STEP_MS)]

    def _times(
        self, start_ms: int, end_ms: int, per_hour: float, share: float
    ) -> list[tuple[int, Label]]:
        times, now_ms = [], float(start_ms)
        while (now_ms := now_ms + self.draw.expovariate(per_hour / 3_600_000)) < end_ms:
            label = Label.NEGATIVE if self.draw.random() < share else Label.NEUTRAL
            times.append((int(now_ms), label))
        return times


def offsets(records: Sequence[LogRecord]) -> list[tuple[int, LogRecord]]:
    return list(enumerate(records))


def moved(record: LogRecord, offset: int, topic: str = "mentions") -> ScoredMention:
    """Return the mention as if it stood at another place of its source."""
    assert isinstance(record, ScoredMention)
    fields = {name: getattr(record, name) for name in record.__struct_fields__}
    return ScoredMention(**(fields | {"origin": Origin(topic=topic, partition=0, offset=offset)}))
