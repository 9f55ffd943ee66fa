"""Streams of one brand whose mentions have a reach, ratings and answers to posts."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from random import Random
from typing import NamedTuple

from app.core.event import CrisisEvent, Output, Trigger
from app.core.mention import Label
from app.core.record import LogRecord
from app.core.rules import HOUR_MS, STEP_MS
from tests.unit.folding import MONDAY_MS, beat, crisis_events, mention

STARRED = (5,) * 60 + (4,) * 18 + (3,) * 7 + (2,) * 5 + (1,) * 10
DAYS = 4
BREAKS_MS = MONDAY_MS + DAYS * 24 * HOUR_MS + 10 * HOUR_MS


class Said(NamedTuple):
    time_ms: int
    fields: dict[str, object]


def usual(seed: int, days: float = DAYS + 1, per_day: float = 120) -> list[Said]:
    """Return what is usual: one in seven negative, half of them rated, four in ten answers, and a
    reach with a long tail.
    """
    draw, now_ms, said = Random(seed), float(MONDAY_MS), list[Said]()
    while (now_ms := now_ms + draw.expovariate(per_day / 24 / HOUR_MS)) < (
        MONDAY_MS + days * 24 * HOUR_MS
    ):
        fields: dict[str, object] = {
            "label": Label.NEGATIVE if draw.random() < 0.15 else Label.NEUTRAL,
            "reach": int(100 * (1 - draw.random()) ** (-1 / 1.05)),
        }
        if draw.random() < 0.5:
            fields["rating"] = draw.choice(STARRED) / 5
        if draw.random() < 0.4:
            fields["reply_to"] = f"post {int(now_ms // HOUR_MS)}.{draw.randrange(3)}"
        said.append(Said(int(now_ms), fields))
    return said


def burst(count: int, minutes: float, start_ms: int = BREAKS_MS, **fields: object) -> list[Said]:
    """Return so many like mentions, evenly within that time."""
    apart = round(minutes * 60_000 / count)
    return [Said(start_ms + apart * number, fields) for number in range(count)]


def log(*parts: Sequence[Said], hours_after: float = 1) -> list[LogRecord]:
    """Return the log of all of them in order of time, and a heartbeat that lets all be judged."""
    said = sorted((one for part in parts for one in part), key=lambda one: one.time_ms)
    records: list[LogRecord] = [beat(None)]
    for number, (time_ms, fields) in enumerate(said):
        records.append(mention(number, time_ms, **fields))
    end_ms = said[-1].time_ms + round(hours_after * HOUR_MS)
    return [*records, beat(end_ms + 10_000 + STEP_MS)]


def fired(outputs: Iterable[Output], name: str) -> list[tuple[CrisisEvent, Trigger]]:
    """Return each event that lists a trigger, with it."""
    return [
        (event, trigger)
        for event in crisis_events(outputs)
        if event.evidence is not None
        for trigger in event.evidence.triggers
        if trigger.name == name
    ]
