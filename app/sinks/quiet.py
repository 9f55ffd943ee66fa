"""Quiet hours: when only what is bad enough is told at once."""

from __future__ import annotations

import re
from datetime import datetime, time
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from app.core.crisis import Severity

_SPAN = re.compile(r"([01]\d|2[0-3]):([0-5]\d)-([01]\d|2[0-3]):([0-5]\d)")
_RANKS = list(Severity)


class QuietHours:
    """A daily span of local time, past midnight if its end is the earlier.

    >>> night = QuietHours("22:00-07:00", "Europe/Warsaw", Severity.ERROR)
    >>> three_utc = 1_704_078_000_000  # four in Warsaw
    >>> night.holds(Severity.WARNING, three_utc), night.holds(Severity.ERROR, three_utc)
    (True, False)
    """

    def __init__(self, span: str, zone: str, below: Severity) -> None:
        """Raise ValueError, with the remedy, for a span or zone that is none."""
        found = _SPAN.fullmatch(span)
        if found is None:
            raise ValueError("is no span of hours; write one such as 22:00-07:00")
        numbers = [int(part) for part in found.groups()]
        self._start, self._end = time(numbers[0], numbers[1]), time(numbers[2], numbers[3])
        if self._start == self._end:
            raise ValueError("has no length; write one such as 22:00-07:00")
        try:
            self._zone = ZoneInfo(zone)
        except (ZoneInfoNotFoundError, ValueError) as error:
            raise ValueError(f"{zone!r} is no time zone; write one such as Europe/Paris") from error
        self._below = _RANKS.index(below)

    def holds(self, severity: Severity, now_ms: int) -> bool:
        """Tell whether an alert of the severity waits until the hours are over."""
        return _RANKS.index(severity) < self._below and self._covers(now_ms)

    def _covers(self, now_ms: int) -> bool:
        local = datetime.fromtimestamp(now_ms / 1000, self._zone).time()
        if self._start < self._end:
            return self._start <= local < self._end
        return local >= self._start or local < self._end
