"""Was it exactly the planted crisis that opened and was resolved? Says what differs, if not."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime

from app.core.crisis import EventType
from app.core.event import CrisisEvent
from app.report.spans import Crisis, crises
from app.sources.scenario.calendar import ZONE
from app.sources.scenario.week import Planted


def differences(
    events: Iterable[CrisisEvent],
    planted: Planted,
    *,
    fired: frozenset[str],
    ended: frozenset[str],
) -> list[str]:
    """Return a line for each difference; none when exactly the planted crisis ran its course.

    ``fired`` and ``ended`` are the crises of which the receiver was told so.
    """
    found: list[str] = []
    is_there = False
    for crisis in crises(events):
        if crisis.opened is None:
            continue
        if is_there or not _is_planted(crisis, planted):
            found.append(f"{_named(crisis)} opened, which was not planted")
            continue
        is_there = True
        found += _course(crisis, fired, ended)
    if not is_there:
        found.insert(0, f"the planted crisis of {planted.brand} did not open")
    return found


def _is_planted(crisis: Crisis, planted: Planted) -> bool:
    opened = crisis.opened
    if opened is None or crisis.brand != planted.brand:
        return False
    return planted.start_ms <= opened.time_ms <= planted.end_ms


def _course(crisis: Crisis, fired: frozenset[str], ended: frozenset[str]) -> Iterator[str]:
    if crisis.resolved is None:
        yield f"{_named(crisis)} was not resolved: it ended as {crisis.events[-1].state.value}"
    if crisis.first(EventType.REOPENED) is not None:
        yield f"{_named(crisis)} was reopened after it was resolved"
    if [event.seq for event in crisis.events] != list(range(1, len(crisis.events) + 1)):
        yield f"{_named(crisis)} has a gap in its events"
    if crisis.id not in fired:
        yield f"the receiver of alerts was not told of {_named(crisis)}"
    elif crisis.resolved is not None and crisis.id not in ended:
        yield f"the receiver of alerts was not told that {_named(crisis)} is over"


def _named(crisis: Crisis) -> str:
    at_ms = (crisis.opened or crisis.events[0]).time_ms
    return f"the crisis of {crisis.brand} of {datetime.fromtimestamp(at_ms / 1000, ZONE):%a %H:%M}"
