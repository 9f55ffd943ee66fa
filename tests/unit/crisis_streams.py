"""Streams of one brand with incidents on them: each mention names what it is about, which product
and where it was said.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from random import Random
from typing import NamedTuple

from app.core.crisis import EventType
from app.core.event import CrisisEvent, Output
from app.core.mention import Label
from app.core.partition import PartitionFold
from app.core.record import Command, LogRecord, ScoredMention
from app.core.rules import HOUR_MS, STEP_MS, Rules
from app.core.themes import THEMES
from tests.unit.folding import MONDAY_MS, QUICK, beat, crisis_events, mention

SOURCES = ("social", "news", "review", "forum")
PRODUCTS = ("kettle", "toaster", "mixer")
BREAKS_MS = MONDAY_MS + 34 * HOUR_MS  # Tuesday, ten in the morning
NEGATIVE_SHARE = 0.15


class Incident(NamedTuple):
    """``per_hour`` mentions for ``hours``; each has one of ``about``, a tuple of themes."""

    hours: float
    per_hour: float
    about: tuple[tuple[str, ...], ...] = ((),)
    start_ms: int = BREAKS_MS
    negative: float = 0.9
    products: tuple[str, ...] = PRODUCTS


class _Said(NamedTuple):
    time_ms: int
    label: Label
    fields: dict[str, object]


def shop(
    seed: int, incidents: Sequence[Incident], hours: float = 48, per_day: float = 240
) -> list[LogRecord]:
    """Return the log of a shop that has its usual complaints about everything, and incidents.

    A heartbeat at the end lets every step be judged.
    """
    draw, said = Random(seed), list[_Said]()
    usual = Incident(
        hours, per_day / 24, ((), (), *((theme,) for theme in THEMES)), MONDAY_MS, NEGATIVE_SHARE
    )
    for incident in (usual, *incidents):
        said += _said(draw, incident)
    log: list[LogRecord] = [beat(None)]
    for number, one in enumerate(sorted(said, key=lambda one: one.time_ms)):
        log.append(mention(number, one.time_ms, label=one.label, **one.fields))
    return [*log, beat(MONDAY_MS + round(hours * HOUR_MS) + 10_000 + STEP_MS)]


def _said(draw: Random, incident: Incident) -> list[_Said]:
    found, now_ms = list[_Said](), float(incident.start_ms)
    end_ms = incident.start_ms + incident.hours * HOUR_MS
    while (now_ms := now_ms + draw.expovariate(incident.per_hour / HOUR_MS)) < end_ms:
        label = Label.NEGATIVE if draw.random() < incident.negative else Label.NEUTRAL
        fields: dict[str, object] = {
            "themes": draw.choice(incident.about),
            "product": draw.choice(incident.products),
            "source": draw.choice(SOURCES),
        }
        found.append(_Said(int(now_ms), label, fields))
    return found


def with_commands(
    log: Sequence[LogRecord], given: Iterable[tuple[int, Command]]
) -> list[LogRecord]:
    """Return the log with each command behind the last mention before its time."""
    found, waiting = list[LogRecord](), sorted(given, key=lambda one: one[0])
    for record in log:
        while (
            waiting and isinstance(record, ScoredMention) and record.event_time_ms > waiting[0][0]
        ):
            found.append(waiting.pop(0)[1])
        found.append(record)
    assert not waiting, "a command is later than the last mention"
    return found


def play(
    log: Iterable[LogRecord], rules: Rules = QUICK, fold: PartitionFold | None = None
) -> list[Output]:
    """Return what the fold makes of the log; one that has begun goes on where it is."""
    fold = fold or PartitionFold(rules)
    first = fold.clock.applied + 1
    return [out for offset, one in enumerate(log, first) for out in fold.apply(offset, one)]


def opened(outputs: Iterable[Output]) -> list[CrisisEvent]:
    """Return the events that opened a crisis."""
    return [one for one in crisis_events(outputs) if one.type is EventType.OPENED]


def of_crises(outputs: Iterable[Output]) -> list[CrisisEvent]:
    """Return the events that belong to a crisis."""
    return [one for one in crisis_events(outputs) if one.crisis_id]


def until_open(fold: PartitionFold, log: Sequence[LogRecord]) -> int:
    """Feed the fold until a crisis opens and return how many records that took."""
    for place, record in enumerate(log):
        if opened(fold.apply(fold.clock.applied + 1, record)):
            return place + 1
    raise AssertionError("no crisis opened")
