"""What a drill showed, from its events alone: when it was found, as what, and who did not take it.

A time is Kafka's own of the record of an event, so what scorer, detector and Kafka took is in it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

import msgspec

from app.core.crisis import EventType, Severity
from app.core.event import CrisisEvent
from app.errors import InputError

_RANK = list(Severity)
_TAKEN = (EventType.ACKNOWLEDGED, EventType.ASSIGNED)


class Heard(NamedTuple):
    """An event of a drill, and when Kafka took it."""

    event: CrisisEvent
    at_ms: int


class Asked(msgspec.Struct, frozen=True, kw_only=True):
    """A role that was asked; ``taken_after_s``: until somebody took the crisis, None: nobody did
    before the next one was asked, or at all.
    """

    role: str
    crisis_id: str
    after_s: float  # since the drill's first mention
    taken_after_s: float | None = None
    taken_by: str = ""


class DrillReport(msgspec.Struct, frozen=True, kw_only=True):
    """A drill from its first mention on. Without a crisis there is no ``detected_after_s``.

    ``told_after_s``: by kind of sink, as the notifier's metrics say; empty where nobody asked.
    """

    drill_id: str
    brand: str
    began_ms: int
    until_ms: int
    detected_after_s: float | None
    crisis_id: str
    opened_as: str
    severity: str  # the worst
    scenario: str
    because: str
    asked: tuple[Asked, ...]
    missing: tuple[str, ...]  # roles that were asked and did not take it
    ended: tuple[str, ...]  # why, empty while it lasts
    events: int
    told_after_s: dict[str, float] = {}


def drill_report(drill_id: str, heard: Sequence[Heard]) -> DrillReport:
    """Return what the events of a drill say; ``heard`` may hold others too.

    Raises InputError where none is of this drill.
    """
    named = [one for one in heard if one.event.drill and one.event.drill_id == drill_id]
    own = [one for one in named if one.event.drill_began_ms is not None]  # no refused order
    first = own[0].event if own else None
    if first is None or first.drill_began_ms is None or first.drill_until_ms is None:
        raise InputError(
            f"crisis.events has no drill {drill_id[:64]!r}: see that scorer and detector run, or "
            "give the id as `squall drill run` printed it"
        )
    began_ms = first.drill_began_ms
    opened = next((one for one in own if one.event.type is EventType.OPENED), None)
    steps = [one for one in own if opened and one.event.crisis_id == opened.event.crisis_id]
    asked = tuple(_asked(steps, began_ms))
    scenario = next((one.event.scenario for one in reversed(steps) if one.event.scenario), None)
    ended = next((one.event for one in own if one.event.type is EventType.DRILL_ENDED), None)
    return DrillReport(
        drill_id=drill_id,
        brand=first.brand,
        began_ms=began_ms,
        until_ms=first.drill_until_ms,
        detected_after_s=(opened.at_ms - began_ms) / 1000 if opened else None,
        crisis_id=opened.event.crisis_id if opened else "",
        opened_as=opened.event.severity if opened else "",
        severity=_worst(steps),
        scenario=scenario.id if scenario else "",
        because=scenario.because if scenario else "",
        asked=asked,
        missing=tuple(dict.fromkeys(one.role for one in asked if one.taken_after_s is None)),
        ended=ended.reasons if ended else (),
        events=len(own),
    )


def _worst(steps: Iterable[Heard]) -> str:
    return max((one.event.severity for one in steps), key=_RANK.index, default="")


def _asked(steps: Sequence[Heard], began_ms: int) -> Iterator[Asked]:
    """Yield each role as it was asked; whoever takes a crisis answers for the role asked last."""
    role, at_ms, crisis_id = "", 0, ""
    for heard in steps:
        event = heard.event
        if event.type in _TAKEN and role:
            after_s = (heard.at_ms - at_ms) / 1000
            yield _one(role, crisis_id, at_ms - began_ms, after_s, event.actor or "")
            role = ""
        elif event.escalated_to and event.type in (EventType.OPENED, EventType.ESCALATED):
            if role:
                yield _one(role, crisis_id, at_ms - began_ms)
            role, at_ms, crisis_id = event.escalated_to, heard.at_ms, event.crisis_id
    if role:
        yield _one(role, crisis_id, at_ms - began_ms)


def _one(
    role: str, crisis_id: str, after_ms: int, taken_after_s: float | None = None, by: str = ""
) -> Asked:
    return Asked(
        role=role,
        crisis_id=crisis_id,
        after_s=after_ms / 1000,
        taken_after_s=taken_after_s,
        taken_by=by,
    )


def report_lines(report: DrillReport) -> Iterator[str]:
    """Yield the report for a terminal, a line each."""
    yield f"drill {report.drill_id} of {report.brand}"
    if report.detected_after_s is None:
        yield "no crisis was opened"
    else:
        yield f"opened after {report.detected_after_s:.1f} s, {report.opened_as}"
        yield f"worst severity {report.severity}; told as {report.scenario}, by {report.because}"
    for one in report.asked:
        taken = "not acknowledged"
        if one.taken_after_s is not None:
            taken = f"taken by {one.taken_by} after {one.taken_after_s:.1f} s"
        yield f"asked {one.role} after {one.after_s:.1f} s: {taken}"
    for sink, seconds in sorted(report.told_after_s.items()):
        yield f"{sink} took the crisis after {seconds:.1f} s"
    if report.missing:
        yield f"missing: {', '.join(report.missing)}"
    yield f"ended: {'; '.join(report.ended)}" if report.ended else "it is still under way"
