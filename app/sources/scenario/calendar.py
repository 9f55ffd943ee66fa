"""When things happen in the scenario: a week from Monday, a daily cycle, and two waves."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from math import exp
from random import Random

ZONE = timezone(timedelta(hours=1))  # Warsaw and Paris in winter; the week has no change of clocks
WEEK_START = datetime(2025, 3, 3, tzinfo=ZONE)
WEEK_DAYS = 7
MINUTE_MS = 60_000
HOUR_MS = 60 * MINUTE_MS
DAY_MS = 24 * HOUR_MS
START_MS = round(WEEK_START.timestamp() * 1000)
END_MS = START_MS + WEEK_DAYS * DAY_MS

# Share of a day's mentions by hour: asleep, a morning, lunch, and the evening on the sofa.
_HOURS = (9, 5, 3, 2, 2, 4, 12, 26, 38, 44, 48, 50, 54, 50, 46, 46, 50, 58, 64, 68, 70, 62, 44, 22)
_SHARE = tuple(hour / sum(_HOURS) for hour in _HOURS)


def moment(day: int, hour: int, minute: int = 0) -> int:
    """Return milliseconds of a time in the scenario's week; ``day`` 0 is Monday."""
    return START_MS + day * DAY_MS + hour * HOUR_MS + minute * MINUTE_MS


def text_time(time_ms: int) -> str:
    """Return ``time_ms`` as RFC 3339 in the scenario's zone, to the second."""
    return datetime.fromtimestamp(time_ms / 1000, ZONE).isoformat(timespec="seconds")


@dataclass(frozen=True, slots=True)
class Wave:
    """Mentions an hour above the usual: up in ``ramp_min``, flat for ``hold_min``, then dying down.

    From there they halve every ``half_min`` and end after ``fade_min``.
    """

    brand: str
    start_ms: int
    ramp_min: float
    hold_min: float
    half_min: float
    fade_min: float
    per_hour: float

    @property
    def fade_ms(self) -> int:
        """The time at which it begins to die down."""
        return self.start_ms + round((self.ramp_min + self.hold_min) * MINUTE_MS)

    @property
    def end_ms(self) -> int:
        """The time of the last mention at the latest."""
        return self.fade_ms + round(self.fade_min * MINUTE_MS)

    def rate(self, time_ms: int) -> float:
        """Return the additional mentions an hour at ``time_ms``."""
        minutes = (time_ms - self.start_ms) / MINUTE_MS
        if minutes < 0 or time_ms >= self.end_ms:
            return 0.0
        if minutes < self.ramp_min:
            return self.per_hour * minutes / self.ramp_min
        after = max(0.0, minutes - self.ramp_min - self.hold_min)
        return self.per_hour * exp(-after * 0.6931 / self.half_min)


PAYMENTS = Wave("Larkmoor", moment(4, 17, 40), 15, 195, 35, 150, 88.0)
JOKE = Wave("Zumbry", moment(2, 19, 0), 20, 170, 30, 100, 96.0)


def usual_rate(time_ms: int, per_day: float, weekend: float) -> float:
    """Return the usual mentions an hour at ``time_ms``; ``per_day`` is of a working day."""
    local = datetime.fromtimestamp(time_ms / 1000, ZONE)
    return per_day * _SHARE[local.hour] * (weekend if local.weekday() >= 5 else 1.0)


def arrivals(rng: Random, rate: float, start_ms: int, length_ms: int) -> Iterator[int]:
    """Yield the times, rising, of a Poisson process of ``rate`` an hour over one short interval."""
    time_ms: float = start_ms
    while rate > 0:
        time_ms += rng.expovariate(rate) * HOUR_MS
        if time_ms >= start_ms + length_ms:
            return
        yield int(time_ms) // 1000 * 1000
