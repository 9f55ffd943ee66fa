"""How soon a rise can be seen at all: the limit that any detector of counts is held against."""

from __future__ import annotations

from app.core.detector.tail import upper_tail

WINDOWS_MIN = (5, 15, 60, 360)
WEEK_MIN = 10_080
CERTAINTY = 0.9
DAY_MIN = 1_440


def least_count(mean: float, dispersion: float, chance: float) -> int:
    """Return the least count that noise of ``mean`` reaches with ``chance`` at most.

    >>> [least_count(150 / 1440 * minutes, 1.0, 1 / 40320) for minutes in (5, 15, 60, 360)]
    [6, 10, 20, 66]
    """
    count = int(mean) + 1
    while upper_tail(count, mean, dispersion) > chance:
        count += 1
    return count


def floor_min(per_day: float, factor: float, dispersion: float, budget: float = 1.0) -> int | None:
    """Return the minutes after a step from ``per_day`` to ``factor`` times as many until one of the
    windows of 5, 15, 60 and 360 minutes shows it with 90 % certainty; None after six hours.

    Each window is tested every minute with a part of ``budget`` false alarms a week, the tests
    taken as independent, the rate and the dispersion (variance / mean) as known.

    >>> floor_min(150, 10, 1.0), floor_min(150, 10, 3.0), floor_min(3, 3, 1.0)
    (14, 50, None)
    """
    rate = per_day / DAY_MIN
    chance = budget / (WEEK_MIN * len(WINDOWS_MIN))
    needed = {minutes: least_count(rate * minutes, dispersion, chance) for minutes in WINDOWS_MIN}
    for passed in range(1, WINDOWS_MIN[-1] + 1):
        for minutes, count in needed.items():
            inside = min(passed, minutes)
            mean = rate * (minutes - inside + factor * inside)
            if upper_tail(count, mean, dispersion) >= CERTAINTY:
                return passed
    return None
