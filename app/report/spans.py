"""Crisis events as stretches of time: what state and severity held from when to when."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass

from app.core.crisis import EventType, Severity, State
from app.core.event import CrisisEvent
from app.report.fired import judged_in

ENDED = frozenset({State.QUIET, State.RESOLVED, State.CLOSED, State.DISMISSED})


@dataclass(frozen=True, slots=True, kw_only=True)
class Span:
    """From ``start_ms`` to ``end_ms`` the crisis had this state and severity."""

    brand: str
    crisis_id: str
    start_ms: int
    end_ms: int
    state: State
    severity: Severity


@dataclass(frozen=True, slots=True, kw_only=True)
class Crisis:
    """One crisis or watch with its events in order of ``seq``; times are None until they come."""

    id: str
    brand: str
    events: tuple[CrisisEvent, ...]

    def first(self, kind: EventType) -> CrisisEvent | None:
        """Return the first event of ``kind``, or None."""
        return next((event for event in self.events if event.type is kind), None)

    @property
    def opened(self) -> CrisisEvent | None:
        """The event that opened it; None for a watch that never did."""
        return self.first(EventType.OPENED)

    @property
    def resolved(self) -> CrisisEvent | None:
        """The event that resolved it for good; None while it lasts."""
        if self.events[-1].state not in (State.RESOLVED, State.CLOSED):
            return None
        ends = (EventType.RESOLVED, EventType.FALSE_POSITIVE)
        # Called false once it was over, it had ended before.
        found = [event for event in self.events if event.previous_state is not State.RESOLVED]
        return next((event for event in reversed(found) if event.type in ends), None)

    @property
    def judged(self) -> CrisisEvent | None:
        """The event with people's last word on it; None while nobody has judged it."""
        return judged_in(self.events)

    @property
    def worst(self) -> Severity:
        """The highest severity it had."""
        return max((event.severity for event in self.events), key=list(Severity).index)


def crises(events: Iterable[CrisisEvent]) -> list[Crisis]:
    """Return the crises and watches of ``events`` in order of their beginning.

    Events that belong to no crisis are left out, and so is a repeat of an id.
    """
    by_id: dict[str, dict[str, CrisisEvent]] = defaultdict(dict)
    for event in events:
        if event.crisis_id:
            by_id[event.crisis_id].setdefault(event.id, event)
    found = []
    for crisis_id, known in by_id.items():
        steps = tuple(sorted(known.values(), key=lambda event: event.seq))
        found.append(Crisis(id=crisis_id, brand=steps[0].brand, events=steps))
    return sorted(found, key=lambda crisis: (crisis.events[0].time_ms, crisis.id))


def spans(events: Iterable[CrisisEvent], end_ms: int) -> list[Span]:
    """Return the stretches of every crisis; one that has not ended lasts until ``end_ms``."""
    found = []
    for crisis in crises(events):
        ends = [event.time_ms for event in crisis.events[1:]] + [end_ms]
        for event, until_ms in zip(crisis.events, ends, strict=True):
            if event.state not in ENDED and until_ms > event.time_ms:
                found.append(_span(event, until_ms))
    return found


def _span(event: CrisisEvent, until_ms: int) -> Span:
    return Span(
        brand=event.brand,
        crisis_id=event.crisis_id,
        start_ms=event.time_ms,
        end_ms=until_ms,
        state=event.state,
        severity=event.severity,
    )
