"""Logs of a brand that is heard from several kinds of source, each with its own rate and pauses."""

from __future__ import annotations

from collections.abc import Callable
from random import Random
from typing import NamedTuple

from app.core.crisis import EventType
from app.core.event import CrisisEvent, Output
from app.core.mention import Label
from app.core.record import Heartbeat, LogRecord
from app.core.rules import DAY_MS, HOUR_MS, STEP_MS
from tests.unit.folding import MONDAY_MS, beat, crisis_events, mention

SOURCES = ("forum", "news", "review", "social")
OF_SOURCES = (EventType.SOURCE_SILENT, EventType.SOURCE_BACK, EventType.SOURCE_GONE)


def always(_: int) -> float:
    return 1.0


def by_day(time_ms: int) -> float:
    """Return the part of the full rate: from 22 to 6 o'clock next to nothing."""
    return 1.0 if 6 <= time_ms % DAY_MS / HOUR_MS < 22 else 0.01


def in_office_hours(time_ms: int) -> float:
    day, hour = (time_ms - MONDAY_MS) // DAY_MS % 7, time_ms % DAY_MS / HOUR_MS
    return 1.0 if day < 5 and 8 <= hour < 17 else 0.0


class Said(NamedTuple):
    """What one source says between two hours since Monday: so many mentions a day."""

    source: str
    per_day: float
    from_h: float
    to_h: float
    negative: float = 0.15
    rate: Callable[[int], float] = always
    positive: float = 0.0

    def label(self, drawn: float) -> Label:
        """Return the label of a mention by a number drawn evenly from 0..1."""
        if drawn < self.negative:
            return Label.NEGATIVE
        return Label.POSITIVE if drawn < self.negative + self.positive else Label.NEUTRAL


def said_log(seed: int, said: list[Said], hours: float, every_h: float = 1) -> list[LogRecord]:
    """Return the log in order of time, with a heartbeat every so many hours and at the end."""
    draw, found = Random(seed), list[tuple[int, Label, str]]()
    for one in said:
        now_ms, end_ms = MONDAY_MS + one.from_h * HOUR_MS, MONDAY_MS + one.to_h * HOUR_MS
        while (now_ms := now_ms + draw.expovariate(one.per_day / DAY_MS)) < end_ms:
            label = one.label(draw.random())
            if draw.random() < one.rate(int(now_ms)):
                found.append((int(now_ms), label, one.source))
    log: list[tuple[int, LogRecord]] = [
        (time_ms, mention(number, time_ms, label=label, source=source))
        for number, (time_ms, label, source) in enumerate(sorted(found))
    ]
    log += [(one.time_ms or 0, one) for one in _beats(hours, every_h)]
    return [beat(None), *(record for _, record in sorted(log, key=lambda one: one[0]))]


def _beats(hours: float, every_h: float) -> list[Heartbeat]:
    times = [MONDAY_MS + round(every_h * number * HOUR_MS) for number in range(1, 10_000)]
    end_ms = MONDAY_MS + round(hours * HOUR_MS)
    return [beat(time_ms) for time_ms in times if time_ms < end_ms] + [
        beat(end_ms + 10_000 + STEP_MS)
    ]


def of_sources(outputs: list[Output]) -> list[CrisisEvent]:
    """Return the events that tell of a source."""
    return [one for one in crisis_events(outputs) if one.type in OF_SOURCES]


def told(outputs: list[Output]) -> list[tuple[str, str]]:
    """Return the type and kind of source of each of them."""
    return [(one.type.value, one.source.kind) for one in of_sources(outputs) if one.source]
