"""Crises with windows around them, for the tests of post-mortems."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import msgspec

from app.core.event import ClosedWindow, CrisisEvent
from app.core.rules import HOUR_MS
from app.report.postmortem.counted import Counted, Counting
from app.report.postmortem.figures import PostMortem, postmortem
from app.report.postmortem.gathered import Gathered, Gathering
from app.report.postmortem.kpi import KpiSeries
from app.report.postmortem.times import Times, times_of
from tests.unit.report_values import MONDAY_MS, window
from tests.unit.story_values import steps

MINUTE_MS = 60_000
BEGAN_MS, OPENED_MS, ENDED_MS = (MONDAY_MS + minute * MINUTE_MS for minute in (10, 12, 310))


def gathered(events: Iterable[CrisisEvent], given: str = "c1") -> Gathered:
    found = Gathering(given)
    found.read_all(events)
    return found.found()


def times(events: Iterable[CrisisEvent], **known: int) -> Times:
    return times_of(gathered(events).crisis, **known)


def wave() -> list[ClosedWindow]:
    """Return windows of larkmoor from six hours before to six hours after the crisis of ``steps``:
    a mention a minute, in 15 minutes of it five negatives a step, then one a minute.
    """
    found = []
    for step in range(-700, 1_342, 2):
        loud = 40 <= step < 70
        negatives = 5 if loud else int(70 <= step < 300)
        labels = {"negatives": negatives, "neutrals": 0 if negatives else 1, "reach": 100}
        mentions = max(1, negatives)
        found.append(window("larkmoor", step, mentions=mentions, distinct=mentions, **labels))
    return found


def counted(
    windows: Iterable[ClosedWindow], of: Gathered | None = None, to_ms: int | None = None
) -> Counted:
    """Return what is counted of larkmoor from a day before MONDAY_MS on."""
    counting = Counting("larkmoor", MONDAY_MS - 24 * HOUR_MS, to_ms)
    counting.read_all(windows)
    return counting.counted(() if of is None else of.corrections)


def made(
    events: Sequence[CrisisEvent] | None = None,
    windows: Iterable[ClosedWindow] | None = None,
    series: Sequence[KpiSeries] = (),
    **known: Any,
) -> PostMortem:
    """Return the post-mortem of ``steps`` and ``wave``, unless told otherwise."""
    found = gathered(steps() if events is None else events, known.pop("given", "c1"))
    around_ms = known.pop("around_ms", 6 * HOUR_MS)
    return postmortem(
        found,
        times_of(found.crisis, **known),
        counted(wave() if windows is None else windows, found),
        series,
        around_ms=around_ms,
    )


def renamed(events: Iterable[CrisisEvent], crisis_id: str, **fields: object) -> list[CrisisEvent]:
    """Return the events as those of another crisis."""
    return [
        msgspec.structs.replace(
            one,
            crisis_id=crisis_id,
            id=f"{crisis_id}-{one.seq}",
            **fields,
        )
        for one in events
    ]


def hourly(name: str, *values: float, start_ms: int = MONDAY_MS - 6 * HOUR_MS) -> KpiSeries:
    """Return a series with a value an hour."""
    return KpiSeries(
        name=name,
        points=tuple((start_ms + place * HOUR_MS, value) for place, value in enumerate(values)),
    )
