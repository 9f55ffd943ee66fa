"""The crises of a backtest, each against what is known to have happened, and two backtests
compared: what a change of settings, model or version would gain and lose.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from enum import StrEnum

import msgspec

from app.core.crisis import Severity
from app.core.event import CrisisEvent
from app.report.spans import Crisis, crises

WEEK_MS = 7 * 24 * 3_600_000


class Incident(msgspec.Struct, frozen=True, kw_only=True):
    """Something that is known to have happened to a brand, from ``starts_ms`` to ``ends_ms``."""

    name: str
    brand: str
    starts_ms: int
    ends_ms: int


class Opened(msgspec.Struct, frozen=True, kw_only=True):
    """A crisis that opened. ``after_s``: since the incident began or, where none is known, since
    the crisis's first sign. ``ended_ms``: None while it lasts. ``incident``: its name, "" if none.
    """

    brand: str
    crisis_id: str
    theme: str
    opened_ms: int
    severity: Severity
    worst: Severity
    after_s: int
    ended_ms: int | None
    incident: str = ""


class Listing(msgspec.Struct, frozen=True, kw_only=True):
    """What a backtest opened between ``from_ms`` and ``to_ms``, in order of the openings.

    ``missed``: incidents that no crisis was opened for. ``a_week``: crises a week, by brand.
    """

    from_ms: int
    to_ms: int
    opened: tuple[Opened, ...]
    missed: tuple[Incident, ...]
    a_week: dict[str, float]


class Kind(StrEnum):
    """What a change does to a crisis; the first three are of incidents that are known."""

    LOST = "lost"
    FOUND = "found"
    KEPT = "kept"
    ADDED = "added"
    DROPPED = "dropped"
    MOVED = "moved"


class Difference(msgspec.Struct, frozen=True, kw_only=True):
    """One crisis before and after a change. ``later_s``: how much later it opens, negative for
    sooner; 0 where it is in one of both alone.
    """

    kind: Kind
    brand: str
    incident: str
    later_s: int = 0
    before: Opened | None = None
    after: Opened | None = None


def listing(
    events: Iterable[CrisisEvent],
    incidents: Sequence[Incident] = (),
    *,
    from_ms: int | None = None,
    to_ms: int | None = None,
) -> Listing:
    """Return the crises opened from ``from_ms`` on and before ``to_ms``, those of drills left out.

    Where a bound is None, it is that of all events and incidents. Raises ValueError without any.
    """
    known = [event for event in events if not event.drill]
    times = [event.time_ms for event in known]
    starts = [*times, *(one.starts_ms for one in incidents)]
    ends = [*(time + 1 for time in times), *(one.ends_ms for one in incidents)]
    if not times and not incidents and (from_ms is None or to_ms is None):
        raise ValueError("nothing says from when to when")
    start_ms = min(starts) if from_ms is None else from_ms
    end_ms = max(ends) if to_ms is None else to_ms
    within = [one for one in incidents if one.starts_ms < end_ms and one.ends_ms > start_ms]
    found = [
        _opened(crisis, opening, within)
        for crisis in crises(known)
        if (opening := crisis.opened) is not None and start_ms <= opening.time_ms < end_ms
    ]
    found.sort(key=lambda one: (one.opened_ms, one.brand, one.crisis_id))
    weeks = max(end_ms - start_ms, 1) / WEEK_MS
    brands = sorted({one.brand for one in found})
    caught = {(one.brand, one.incident) for one in found}
    return Listing(
        from_ms=start_ms,
        to_ms=end_ms,
        opened=tuple(found),
        missed=tuple(one for one in within if (one.brand, one.name) not in caught),
        a_week={name: sum(one.brand == name for one in found) / weeks for name in brands},
    )


def _opened(crisis: Crisis, opening: CrisisEvent, incidents: Sequence[Incident]) -> Opened:
    at_ms = opening.time_ms
    incident = next(
        (
            one
            for one in incidents
            if one.brand == crisis.brand and one.starts_ms <= at_ms < one.ends_ms
        ),
        None,
    )
    since_ms = incident.starts_ms if incident else crisis.events[0].time_ms
    resolved = crisis.resolved
    return Opened(
        brand=crisis.brand,
        crisis_id=crisis.id,
        theme=opening.theme,
        opened_ms=at_ms,
        severity=opening.severity,
        worst=crisis.worst,
        after_s=(at_ms - since_ms) // 1000,
        ended_ms=resolved.time_ms if resolved else None,
        incident=incident.name if incident else "",
    )


def differences(before: Listing, after: Listing) -> list[Difference]:
    """Return what differs, incidents first: of an incident its first crisis counts.

    Other crises are the same when they are of one brand and overlap in time; one that opens at the
    same time with the same severities is left out, and so are an incident's further crises.
    """
    found = [*_of_incidents(before, after)]
    others = [one for one in after.opened if not one.incident]
    for old in before.opened:
        if old.incident:
            continue
        new = next((one for one in others if _is_same(old, one)), None)
        if new is None:
            found.append(_difference(Kind.DROPPED, old, None))
            continue
        others.remove(new)
        if _shape(old) != _shape(new):
            found.append(_difference(Kind.MOVED, old, new))
    return found + [_difference(Kind.ADDED, None, one) for one in others]


def _of_incidents(before: Listing, after: Listing) -> Iterable[Difference]:
    old, new = _first_of_each(before), _first_of_each(after)
    for place in dict.fromkeys((*old, *new)):
        pair = old.get(place), new.get(place)
        if pair[1] is None:
            yield _difference(Kind.LOST, *pair)
        elif pair[0] is None:
            yield _difference(Kind.FOUND, *pair)
        elif _shape(pair[0]) != _shape(pair[1]):
            yield _difference(Kind.KEPT, *pair)


def _first_of_each(one: Listing) -> dict[tuple[str, str], Opened]:
    found: dict[tuple[str, str], Opened] = {}
    for opened in one.opened:
        if opened.incident:
            found.setdefault((opened.brand, opened.incident), opened)
    return found


def _difference(kind: Kind, before: Opened | None, after: Opened | None) -> Difference:
    one = after or before
    assert one is not None  # noqa: S101 - one of both is given
    later_ms = after.opened_ms - before.opened_ms if before and after else 0
    return Difference(
        kind=kind,
        brand=one.brand,
        incident=one.incident,
        later_s=later_ms // 1000,
        before=before,
        after=after,
    )


def _is_same(one: Opened, other: Opened) -> bool:
    if one.brand != other.brand:
        return False
    first, second = sorted((one, other), key=lambda each: each.opened_ms)
    return first.ended_ms is None or second.opened_ms <= first.ended_ms


def _shape(one: Opened) -> tuple[int, Severity, Severity]:
    return one.opened_ms, one.severity, one.worst
