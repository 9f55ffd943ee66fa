"""What set a crisis off, as people read it, and their word on it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from app.core.crisis import EventType
from app.core.event import CrisisEvent, Trigger
from app.core.lifecycle import JUDGING

_OPENINGS = (EventType.OPENED, EventType.REOPENED)
WORDS = {
    EventType.CONFIRMED: "confirmed as real",
    EventType.FALSE_POSITIVE: "called a false positive",
}


class Row(NamedTuple):
    """One trigger as texts: ``usual`` is "" where nothing is."""

    name: str
    value: str
    threshold: str
    usual: str
    unit: str
    window: str


def opening_of(events: Sequence[CrisisEvent]) -> CrisisEvent | None:
    """Return the first event that opened the crisis and names what fired; of a watch the newest
    that does. None where no event names a trigger.
    """
    told = [one for one in events if one.evidence is not None and one.evidence.triggers]
    opened = [one for one in told if one.type in _OPENINGS]
    return opened[0] if opened else told[-1] if told else None


def rows(triggers: Sequence[Trigger]) -> list[Row]:
    """Return the triggers in the order in which they are told."""
    return [
        Row(
            name=f"{one.name} {one.about}" if one.about else one.name,
            value=_number(one.value),
            threshold=_number(one.threshold),
            usual="" if one.expected is None else _number(one.expected),
            unit=one.unit,
            window=scale(one.scale_s),
        )
        for one in triggers
    ]


def _number(value: float) -> str:
    return f"{value:.0f}" if abs(value) >= 1_000 else f"{value:.4g}"


def scale(seconds: int) -> str:
    """Return the length of a window: ``15 min``, ``6 h``."""
    return f"{seconds // 3600} h" if seconds >= 3600 else f"{seconds // 60} min"


def judged_in(events: Sequence[CrisisEvent]) -> CrisisEvent | None:
    """Return the event with people's last word on the crisis, None when nobody judged it."""
    return next((one for one in reversed(events) if one.type in JUDGING), None)


def verdict_of(event: CrisisEvent) -> str:
    """Return a person's word as one line: which, by whom, and the note."""
    note = f": {event.note}" if event.note else ""
    return f"{WORDS[event.type]} by {event.actor or 'somebody'}{note}"
