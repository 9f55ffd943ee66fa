"""One crisis among the events of all: its own, and what else bears on its figures."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

import msgspec

from app.core.crisis import EventType
from app.core.event import Correction, CrisisEvent
from app.errors import UsageError
from app.report.spans import Crisis, crises

_OPENINGS = (EventType.OPENED, EventType.REOPENED)


class Other(msgspec.Struct, frozen=True, kw_only=True):
    """Another crisis of the brand that opened; ``last_ms``: the last that is told of it."""

    crisis_id: str
    theme: str
    opened_ms: int
    last_ms: int


class _Opening(NamedTuple):
    seq: int
    time_ms: int
    brand: str
    theme: str


class Gathered(msgspec.Struct, frozen=True, kw_only=True):
    """A crisis, people's corrections of its brand's mentions, and the brand's other crises."""

    crisis: Crisis
    corrections: tuple[Correction, ...]
    others: tuple[Other, ...]


class Gathering:
    """Takes all events, in any order and repeated or not, and finds a crisis by its id or the
    beginning of one.
    """

    def __init__(self, given: str) -> None:
        self._given = given
        self._own: list[CrisisEvent] = []
        self._corrections: dict[str, CrisisEvent] = {}
        self._opened: dict[str, _Opening] = {}
        self._last_ms: dict[str, int] = {}

    def read(self, event: CrisisEvent) -> None:
        """Take one more event."""
        if event.correction is not None:
            self._corrections[event.id] = event
        if not event.crisis_id:
            return
        if self._given and event.crisis_id.startswith(self._given):
            self._own.append(event)
        if not event.drill:  # beside a crisis it is no other one
            self._note(event)

    def read_all(self, events: Iterable[CrisisEvent]) -> None:
        """Take all of these."""
        for event in events:
            self.read(event)

    def found(self) -> Gathered:
        """Return the crisis. Raises UsageError when there is none of the id, or more than one."""
        crisis = self._crisis()
        corrections = sorted(
            (one for one in self._corrections.values() if one.brand == crisis.brand),
            key=lambda one: (one.time_ms, one.id),
        )
        return Gathered(
            crisis=crisis,
            corrections=tuple(one.correction for one in corrections if one.correction),
            others=tuple(self._others(crisis)),
        )

    def _crisis(self) -> Crisis:
        found = crises(self._own)
        exact = [one for one in found if one.id == self._given]
        if exact or len(found) == 1:
            return (exact or found)[0]
        if found:
            raise UsageError(
                f"{len(found)} crises begin with {self._given[:60]!r}; give more of the id"
            )
        raise UsageError(
            f"no event tells of a crisis {self._given[:60]!r}; see `squall crisis list --all` for"
            " those that stand, or name a file of recorded events by --from"
        )

    def _note(self, event: CrisisEvent) -> None:
        last_ms = self._last_ms.get(event.crisis_id, event.time_ms)
        self._last_ms[event.crisis_id] = max(last_ms, event.time_ms)
        if event.type in _OPENINGS and not event.drill:  # a drill's mentions are in no window
            found = _Opening(event.seq, event.time_ms, event.brand, event.theme)
            self._opened[event.crisis_id] = min(self._opened.get(event.crisis_id, found), found)

    def _others(self, crisis: Crisis) -> list[Other]:
        found = [
            Other(
                crisis_id=crisis_id,
                theme=one.theme,
                opened_ms=one.time_ms,
                last_ms=self._last_ms[crisis_id],
            )
            for crisis_id, one in self._opened.items()
            if one.brand == crisis.brand and crisis_id != crisis.id
        ]
        return sorted(found, key=lambda one: (one.opened_ms, one.crisis_id))
