"""The windows of all brands in a period and the one before, added up as they come."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final, NamedTuple

from app.core.digest import Counts, Hour
from app.core.event import ClosedWindow
from app.core.rules import HOUR_MS, STEP_MS
from app.report.digest.periods import Period

_FIELDS: Final = Counts.__struct_fields__


class Known(NamedTuple):
    """Of which part of the period windows are known: None of none. ``is_before_whole``: of all of
    the period before. ``unreadable``: windows, of whatever brand and time, that were left out.
    """

    from_ms: int | None
    to_ms: int | None
    is_before_whole: bool
    unreadable: int = 0


class _Sums:
    """What is added up of one brand. ``seen``: a byte a step, so that none counts twice."""

    def __init__(self, period: Period) -> None:
        self.now, self.before = dict.fromkeys(_FIELDS, 0), dict.fromkeys(_FIELDS, 0)
        self.hours: dict[int, list[int]] = {}
        self.seen = bytearray(-(-(period.end_ms - period.before_ms) // STEP_MS))


class Counting:
    """Takes windows in any order, repeated or not. ``leave_out``: brands that are none."""

    def __init__(self, period: Period, leave_out: frozenset[str] = frozenset()) -> None:
        self.period = period
        self.unreadable = 0
        self._leave_out = leave_out
        self._first: dict[int, int] = {}
        self._last: dict[int, int] = {}
        self._places: dict[str, int] = {}
        self._sums: dict[str, _Sums] = {}
        self._distinct = 0

    def begins(self, partition: int, from_ms: int) -> None:
        """Say that windows of a partition are kept from ``from_ms`` on, whatever is read of it."""
        self._first[partition] = min(from_ms, self._first.get(partition, from_ms))

    def read(self, window: ClosedWindow, partition: int = 0) -> None:
        """Take one more window, of the log partition that its brand is in."""
        start_ms, period = window.start_ms, self.period
        self._first[partition] = min(start_ms, self._first.get(partition, start_ms))
        self._last[partition] = max(window.end_ms, self._last.get(partition, window.end_ms))
        if window.brand in self._leave_out:
            return
        self._places[window.brand] = partition
        if not period.before_ms <= start_ms < period.end_ms:
            return
        sums = self._sums.get(window.brand)
        if sums is None:
            sums = self._sums[window.brand] = _Sums(period)
        step = (start_ms - period.before_ms) // STEP_MS
        if not sums.seen[step]:
            sums.seen[step] = 1
            _add(sums, window, period)
            self._distinct += window.distinct if start_ms >= period.start_ms else 0

    @property
    def brands(self) -> frozenset[str]:
        """All that have a window in the period or the one before."""
        return frozenset(self._sums)

    def counts(self, brand: str) -> Counts:
        """Return the sums of the period, zeros without a window."""
        sums = self._sums.get(brand)
        return Counts() if sums is None else Counts(**sums.now)

    def counts_before(self, brand: str) -> Counts:
        """Return the sums of the period before."""
        sums = self._sums.get(brand)
        return Counts() if sums is None else Counts(**sums.before)

    def worst_hour(self, brand: str) -> Hour | None:
        """Return the hour with most distinct negatives, the first of equals; None without any."""
        hours = self._sums[brand].hours if brand in self._sums else {}
        place = max(hours, key=lambda one: (hours[one][2], -one), default=None)
        if place is None or not hours[place][2]:
            return None
        mentions, distinct, negatives = hours[place]
        start_ms = self.period.start_ms + place * HOUR_MS
        return Hour(start_ms=start_ms, mentions=mentions, distinct=distinct, negatives=negatives)

    def has(self, brand: str, start_ms: int) -> bool:
        """Tell whether the window of a step of the period was counted."""
        is_within = self.period.start_ms <= start_ms < self.period.end_ms
        sums = self._sums.get(brand)
        step = (start_ms - self.period.before_ms) // STEP_MS
        return is_within and sums is not None and bool(sums.seen[step])

    def all_distinct(self) -> int:
        """Return the distinct mentions of all brands in the period."""
        return self._distinct

    def known(self, brand: str | None = None) -> Known:
        """Return what is known of a brand's period; None: of all brands', as of one without a
        window, which may be in any partition.
        """
        place = None if brand is None else self._places.get(brand)
        places: Iterable[int] = self._last if place is None else (place,)
        firsts = [self._first[one] for one in places]
        if not firsts:
            return Known(None, None, is_before_whole=False)
        first_ms, last_ms = max(firsts), min(self._last[one] for one in places)
        period = self.period
        from_ms, to_ms = max(first_ms, period.start_ms), min(last_ms, period.end_ms)
        is_before = first_ms <= period.before_ms and last_ms >= period.start_ms
        if from_ms >= to_ms:
            return Known(None, None, is_before, self.unreadable)
        return Known(from_ms, to_ms, is_before, self.unreadable)


def _add(sums: _Sums, window: ClosedWindow, period: Period) -> None:
    is_now = window.start_ms >= period.start_ms
    into = sums.now if is_now else sums.before
    for name in _FIELDS:
        into[name] += getattr(window, name)
    if is_now:
        place = (window.start_ms - period.start_ms) // HOUR_MS
        hour = sums.hours.setdefault(place, [0, 0, 0])
        for at, count in enumerate((window.mentions, window.distinct, window.negatives)):
            hour[at] += count
