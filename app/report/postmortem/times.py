"""How long the parts of a crisis took, in event time, each with what it is counted from and to."""

from __future__ import annotations

import msgspec

from app.core.crisis import EventType, State
from app.core.event import CrisisEvent
from app.errors import UsageError
from app.report.spans import ENDED, Crisis

_OPENINGS = (EventType.OPENED, EventType.REOPENED)
_BACK = (EventType.RELAPSED, EventType.REOPENED)
KNOWN, SIGN = "its known beginning, as given", "its first sign, the first step of the crisis"
OPENED = "its opening"
NEVER = "it never opened"
LOST = "not known: its first steps expired"


class Took(msgspec.Struct, frozen=True, kw_only=True):
    """From ``from_ms`` to ``to_ms``, event time; None where that is not known, and ``unknown`` says
    why. ``by``: who did it.
    """

    since: str
    until: str
    from_ms: int | None = None
    to_ms: int | None = None
    took_ms: int | None = None
    by: str | None = None
    unknown: str | None = None


class Times(msgspec.Struct, frozen=True, kw_only=True):
    """What is measured. ``begin_ms`` and ``end_ms`` bound the crisis: ``end_ms`` is None while it
    lasts, ``begin_ms`` the first step that is there where no beginning is known.
    """

    begin_ms: int
    opened_ms: int | None
    end_ms: int | None
    detect: Took
    acknowledge: Took
    respond: Took
    recover: Took
    resolve: Took
    duration: Took
    relapses: int  # how often it was back to burning after it recovered or was resolved


def times_of(
    crisis: Crisis, *, began_ms: int | None = None, responded_ms: int | None = None
) -> Times:
    """Return the times of a crisis. ``began_ms``: when it is known to have begun, ``responded_ms``:
    when the brand first answered in public; event times that no topic holds.

    Raises UsageError when it would have begun after it opened or ended.
    """
    events, opening, end_ms = crisis.events, _opening(crisis), _end(crisis)
    begin_ms = events[0].time_ms if began_ms is None else began_ms
    latest = opening.time_ms if opening is not None else end_ms or events[-1].time_ms
    if begin_ms > latest:
        raise UsageError(
            f"--began is after crisis {crisis.id} had opened or ended: give the time at which it"
            " began, in event time, or leave it out"
        )
    after = [one for one in events if opening is not None and one.seq > opening.seq]
    return Times(
        begin_ms=begin_ms,
        opened_ms=None if opening is None else opening.time_ms,
        end_ms=end_ms,
        detect=_detect(crisis, opening, began_ms),
        acknowledge=_acknowledge(crisis, opening, after),
        respond=_respond(crisis, opening, after, responded_ms),
        recover=_recover(crisis, opening, after),
        resolve=_resolve(crisis, opening, end_ms),
        duration=_duration(crisis, begin_ms, began_ms, end_ms),
        relapses=sum(one.type in _BACK for one in after),
    )


def is_cut(crisis: Crisis) -> bool:
    """Tell whether its first steps have left the topic."""
    return crisis.events[0].seq > 1


def _opening(crisis: Crisis) -> CrisisEvent | None:
    """Return what opened it: a watch that was called false opens as a crisis that is reopened."""
    if crisis.opened is not None or is_cut(crisis):
        return crisis.opened
    return next((one for one in crisis.events if one.type in _OPENINGS), None)


def _end(crisis: Crisis) -> int | None:
    last = crisis.events[-1]
    if last.state is State.DISMISSED:
        return last.time_ms
    if crisis.resolved is not None:
        return crisis.resolved.time_ms
    return last.time_ms if last.state in ENDED else None


def _detect(crisis: Crisis, opening: CrisisEvent | None, began_ms: int | None) -> Took:
    since = SIGN if began_ms is None else KNOWN
    if opening is None:
        return Took(since=since, until=OPENED, from_ms=began_ms, unknown=_unopened(crisis))
    if began_ms is None and is_cut(crisis):
        return Took(since=since, until=OPENED, to_ms=opening.time_ms, unknown=LOST)
    from_ms = crisis.events[0].time_ms if began_ms is None else began_ms
    return _took(since, OPENED, from_ms, opening.time_ms, opening.actor)


def _acknowledge(crisis: Crisis, opening: CrisisEvent | None, after: list[CrisisEvent]) -> Took:
    until = "the first acknowledgement"
    if opening is None:
        return Took(since=OPENED, until=until, unknown=_unopened(crisis))
    found = next((one for one in after if one.type is EventType.ACKNOWLEDGED), None)
    if found is None:
        return Took(since=OPENED, until=until, from_ms=opening.time_ms, unknown="not acknowledged")
    return _took(OPENED, until, opening.time_ms, found.time_ms, found.actor)


def _respond(
    crisis: Crisis, opening: CrisisEvent | None, after: list[CrisisEvent], responded_ms: int | None
) -> Took:
    until = "the first that a person did in Squall: acknowledge, assign, annotate, judge, resolve"
    if responded_ms is not None:
        until = "the brand's first answer in public, as given"
    if opening is None:
        return Took(since=OPENED, until=until, to_ms=responded_ms, unknown=_unopened(crisis))
    if responded_ms is not None:
        return _took(OPENED, until, opening.time_ms, responded_ms, None)
    found = next((one for one in after if one.actor is not None), None)
    if found is None:
        why = "nobody acted in Squall"
        return Took(since=OPENED, until=until, from_ms=opening.time_ms, unknown=why)
    what = found.type.value.replace("_", " ")
    return _took(OPENED, f"{until} ({what})", opening.time_ms, found.time_ms, found.actor)


def _recover(crisis: Crisis, opening: CrisisEvent | None, after: list[CrisisEvent]) -> Took:
    until = "the negatives were back in their expected band for good"
    if opening is None:
        return Took(since=OPENED, until=until, unknown=_unopened(crisis))
    found: CrisisEvent | None = None
    for one in after:
        if one.type is EventType.RECOVERING:
            found = one
        elif one.type in _BACK:
            found = None
    if found is not None:
        return _took(OPENED, until, opening.time_ms, found.time_ms, None)
    ended = crisis.resolved
    if ended is not None and ended.actor is not None:
        why = f"{ended.actor} ended it before they were"
    else:
        why = "not recovered" if ended is None else "not known: its step is missing"
    return Took(since=OPENED, until=until, from_ms=opening.time_ms, unknown=why)


def _resolve(crisis: Crisis, opening: CrisisEvent | None, end_ms: int | None) -> Took:
    until = "it was resolved for good"
    if opening is None:
        return Took(since=OPENED, until=until, unknown=_unopened(crisis))
    if end_ms is None:
        why = f"not resolved, {crisis.events[-1].state.value} by its last step"
        return Took(since=OPENED, until=until, from_ms=opening.time_ms, unknown=why)
    by = crisis.resolved.actor if crisis.resolved is not None else None
    return _took(OPENED, until, opening.time_ms, end_ms, by)


def _duration(crisis: Crisis, begin_ms: int, began_ms: int | None, end_ms: int | None) -> Took:
    since, until = (SIGN if began_ms is None else KNOWN), "its end"
    if began_ms is None and is_cut(crisis):
        return Took(since=since, until=until, to_ms=end_ms, unknown=LOST)
    if end_ms is None:
        return Took(since=since, until=until, from_ms=begin_ms, unknown="it lasts")
    return _took(since, until, begin_ms, end_ms, None)


def _unopened(crisis: Crisis) -> str:
    return LOST if is_cut(crisis) else NEVER


def _took(since: str, until: str, from_ms: int, to_ms: int, by: str | None) -> Took:
    return Took(
        since=since, until=until, from_ms=from_ms, to_ms=to_ms, took_ms=to_ms - from_ms, by=by
    )
