"""Each crisis as one alarm: what fired when it opened, and whether people call it a real one."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import NamedTuple

from app.core.crisis import EventType, Judged, Severity
from app.core.event import CrisisEvent, Trigger
from app.core.lifecycle import JUDGING

Strengths = dict[str, float]


@dataclass(frozen=True, slots=True, kw_only=True)
class Alarm:
    """One crisis. ``strengths``: by trigger, how strongly it fired as the crisis opened;
    ``later``: the most that a later event told. ``baseline``: the rules it opened under.
    """

    crisis_id: str
    brand: str
    opened_ms: int
    severity: Severity
    strengths: Strengths
    baseline: str = ""
    is_by_hand: bool = False
    verdict: Judged | None = None
    later: Strengths = field(default_factory=dict)


def strength_of(trigger: Trigger) -> float:
    """Return how strongly a trigger fired: the higher, the more.

    A score as it is; a number of authors or of negatives as it is; of ratings the drop in units of
    the drop that is needed; of others the value in units of its threshold.
    """
    value, threshold, usual = trigger.value, trigger.threshold, trigger.expected
    if trigger.unit in ("score", "authors", "negatives"):
        return value
    if trigger.unit == "stars":
        return (usual - value) / (usual - threshold) if usual and usual > threshold else 1.0
    return value / threshold if threshold > 0 else 1.0


class _Opening(NamedTuple):
    seq: int
    time_ms: int
    severity: Severity
    is_by_hand: bool
    baseline: str


@dataclass(slots=True)
class _Known:
    """What is kept of one id: little, since a year of crises has to fit."""

    brand: str
    first_seq: int
    opened: _Opening | None = None
    reopened: _Opening | None = None
    verdicts: dict[int, Judged] = field(default_factory=dict)  # by ``seq``, as is ``fired``
    fired: dict[int, Strengths] = field(default_factory=dict)
    said_ms: int = 0

    @property
    def opening(self) -> _Opening | None:
        """What it opened with; a watch that was called false opens by being reopened."""
        return self.opened if self.opened is not None or self.first_seq > 1 else self.reopened


class Alarms:
    """Collects alarms from crisis events in any order; a repeat changes nothing.

    A crisis is one alarm, that of its opening. Reopenings, relapses, escalations and other
    severities are the same one, and of several verdicts the last counts. What was said of a watch
    before it opened is said of the watch.
    """

    def __init__(self, brand: str | None = None, since_ms: int = 0, without: str = "") -> None:
        self._brand, self._since_ms, self._without = brand, since_ms, without
        self._known: dict[str, _Known] = {}
        self.events = 0  # read so far, of whatever brand

    def read(self, event: CrisisEvent) -> None:
        """Take one event; those of no crisis, of drills and of other brands are passed over."""
        self.events += 1
        is_left_out = event.brand == self._without != self._brand
        if (
            not event.crisis_id
            or event.drill
            or is_left_out
            or self._brand not in (None, event.brand)
        ):
            return
        known = self._known.setdefault(event.crisis_id, _Known(event.brand, event.seq))
        known.first_seq = min(known.first_seq, event.seq)
        if event.type is EventType.OPENED:
            known.opened = _opening_of(event)
        elif event.type is EventType.REOPENED:
            known.reopened = min(known.reopened or _opening_of(event), _opening_of(event))
        elif event.type in JUDGING:
            known.verdicts[event.seq] = JUDGING[event.type]
            known.said_ms = max(known.said_ms, event.time_ms)
        if event.evidence is not None and event.evidence.triggers:
            known.fired[event.seq] = _strongest(event.evidence.triggers)

    @property
    def are_any(self) -> bool:
        """Tell whether a crisis or watch was told of at all, since whenever."""
        return bool(self._known)

    def found(self) -> list[Alarm]:
        """Return the alarms in order of their opening."""
        found = [
            _alarm(crisis_id, known, known.opening)
            for crisis_id, known in self._known.items()
            if known.opening is not None and known.opening.time_ms >= self._since_ms
        ]
        return sorted(found, key=lambda one: (one.opened_ms, one.crisis_id))

    def judged_unopened(self, *, is_watch: bool) -> int:
        """Return how many were judged of which there is no opening: watches that never opened, or
        else crises whose first events are no longer kept.
        """
        return sum(
            (known.first_seq == 1) == is_watch
            for known in self._known.values()
            if known.opening is None and known.verdicts and known.said_ms >= self._since_ms
        )


def _opening_of(event: CrisisEvent) -> _Opening:
    return _Opening(
        seq=event.seq,
        time_ms=event.time_ms,
        severity=event.severity,
        is_by_hand=event.command_id is not None,
        baseline="" if event.evidence is None else event.evidence.baseline,
    )


def _strongest(triggers: Iterable[Trigger]) -> Strengths:
    found: Strengths = {}
    for trigger in triggers:  # a keyword may fire beside another
        strength = strength_of(trigger)
        found[trigger.name] = max(strength, found.get(trigger.name, strength))
    return found


def _alarm(crisis_id: str, known: _Known, opening: _Opening) -> Alarm:
    later: Strengths = {}
    for seq, strengths in known.fired.items():
        for name, strength in strengths.items() if seq > opening.seq else ():
            later[name] = max(strength, later.get(name, strength))
    said = [seq for seq in known.verdicts if seq > opening.seq]
    return Alarm(
        crisis_id=crisis_id,
        brand=known.brand,
        opened_ms=opening.time_ms,
        severity=opening.severity,
        strengths=known.fired.get(opening.seq, {}),
        baseline=opening.baseline,
        is_by_hand=opening.is_by_hand,
        verdict=known.verdicts[max(said)] if said else None,
        later=later,
    )
