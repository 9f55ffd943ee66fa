"""How many mentions and negatives a brand will have in the next hours, from its windows alone.

The usual of an hour is the mean of the same hour, and the two beside it, on the days before; how
far the last two hours are from theirs fades by a fifth each hour. The interval takes no model of
the counts: the same forecast is made at every hour that is known, and its errors there, against
what such a count varies by, are ranked (Vovk, Gammerman and Shafer, Algorithmic Learning in a
Random World, 2005). That the coming error is one of the kind of the past ones is all it asks, and
a series promises no more than about that.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import accumulate
from math import ceil, floor, sqrt
from typing import Final, NamedTuple

import msgspec

from app.core.detector.tail import significant
from app.core.event import ClosedWindow
from app.core.rules import HOUR_MS

AHEAD: Final = 6  # hours
DAY: Final = 24
MOST_DAYS: Final = 14  # of the same hour that its usual is made of
LEAST_DAYS: Final = 3
LEAST_HOURS: Final = (LEAST_DAYS + 4) * DAY  # four days of errors
KEPT: Final = 0.8  # of an excess, an hour
OUTSIDE: Final = 0.1  # to each side of the interval
SLACK: Final = 2.0  # mentions' worth of the usual in the ratio of the last hours
SPREAD: Final = 0.5  # of an excess that may come or go


class Range(msgspec.Struct, frozen=True, kw_only=True):
    """A count that is expected, and its 80 % interval."""

    expected: float
    low: int
    high: int


class Ahead(msgspec.Struct, frozen=True, kw_only=True):
    """Distinct counts within the next ``hours``, all of them together."""

    hours: int
    mentions: Range
    negatives: Range


class Forecast(msgspec.Struct, frozen=True, kw_only=True):
    """What comes after ``from_ms``, the end of the last window that is known. ``why``: what
    hinders, where nothing can be said; ``ahead`` is empty then.
    """

    brand: str
    from_ms: int
    known_hours: int
    ahead: tuple[Ahead, ...] = ()
    why: str = ""


def forecast(brand: str, windows: Iterable[ClosedWindow]) -> Forecast:
    """Return the forecast from a brand's windows, in any order and repeated or not; those of other
    brands are left out.
    """
    known = {one.start_ms: one for one in windows if one.brand == brand}
    if not known:
        return Forecast(brand=brand, from_ms=0, known_hours=0, why="no window of it is there")
    from_ms = max(one.end_ms for one in known.values())
    hours = (from_ms - min(known)) // HOUR_MS
    if hours < LEAST_HOURS:
        return Forecast(
            brand=brand,
            from_ms=from_ms,
            known_hours=hours,
            why=f"windows of {hours} hours are there, and {LEAST_HOURS} are needed: ask later",
        )
    mentions, negatives = [0] * hours, [0] * hours
    for one in known.values():
        place = hours - 1 - (from_ms - one.end_ms) // HOUR_MS
        if place >= 0:
            mentions[place] += one.distinct
            negatives[place] += one.negatives
    ranges = zip(ahead_of(mentions), ahead_of(negatives), strict=True)
    return Forecast(
        brand=brand,
        from_ms=from_ms,
        known_hours=hours,
        ahead=tuple(
            Ahead(hours=place, mentions=one, negatives=two)
            for place, (one, two) in enumerate(ranges, 1)
        ),
    )


def ahead_of(counts: Sequence[int]) -> list[Range]:
    """Return the range of the next hour, of the next two together, and so on to six.

    ``counts``: those of each hour so far, the newest last, ``LEAST_HOURS`` of them at the least.
    """
    first = LEAST_DAYS * DAY + 2
    past = [_path(counts, now) for now in range(first, len(counts) - AHEAD + 1)]
    sums = list(accumulate(counts, initial=0))
    found = []
    for place, coming in enumerate(_path(counts, len(counts))):
        errors = sorted(
            (sums[now + place + 1] - sums[now] - path[place].expected) / path[place].scale
            for now, path in enumerate(past, first)
        )
        low, high = (coming.expected + coming.scale * one for one in _ends(errors))
        found.append(
            Range(
                expected=significant(coming.expected),
                low=max(0, ceil(low - 1e-9)),
                high=max(0, floor(high + 1e-9)),
            )
        )
    return found


class _Coming(NamedTuple):
    """A sum that is expected, and how much such a sum varies."""

    expected: float
    scale: float


def _path(counts: Sequence[int], now: int) -> list[_Coming]:
    """Return what is expected of the hours from ``now`` on, by what is known before."""
    usual = [_usual(counts, now, now + place) for place in range(-2, AHEAD)]
    last = sum(counts[now - 2 : now])
    beyond = (last + SLACK) / (sum(usual[:2]) + SLACK) - 1
    found, expected, excess = [], 0.0, 0.0
    for place, base in enumerate(usual[2:], 1):
        more = (base + SLACK / 2) * beyond * KEPT**place
        expected, excess = expected + max(0.0, base + more), excess + more
        found.append(_Coming(expected, sqrt(expected + 1 + (SPREAD * excess) ** 2)))
    return found


def _usual(counts: Sequence[int], now: int, hour: int) -> float:
    """Return the mean of this hour and those beside it on the days before ``now``."""
    days = min(MOST_DAYS, (now - 2) // DAY)
    first = 1 if hour + 1 - DAY < now else 2
    parts = [
        counts[other]
        for day in range(first, days + 1)
        for other in range(hour - day * DAY - 1, hour - day * DAY + 2)
        if 0 <= other < now
    ]
    return sum(parts) / len(parts) if parts else 0.0


def _ends(errors: Sequence[float]) -> tuple[float, float]:
    """Return the errors that a tenth lies below and a tenth above, by rank."""
    rank = min(len(errors), ceil((len(errors) + 1) * (1 - OUTSIDE)))
    return errors[len(errors) - rank], errors[rank - 1]
