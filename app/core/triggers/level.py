"""How much of something an hour usually brings, learnt hour by hour and lazily: an hour that
brought nothing is made up for when the next one does.
"""

from __future__ import annotations

from math import sqrt

import msgspec

from app.core.detector.tail import upper_tail
from app.core.rules import DAY_MS, HOUR_MS, STEP_MS

HOUR_STEPS = HOUR_MS // STEP_MS
DECAY = 0.5 ** (1 / (14 * 24))  # an hour; half-life two weeks
LEARNT_HOURS = 72.0
PRIOR_HOURS = 48.0  # worth of the dispersion that is assumed at first
CLIP = 3.0  # an hour teaches at most mean + 3 sd ...
CLIPPED_FROM = 24.0  # ... once a day is learnt
LEAST = 0.5  # an hour
PAUSE_STEPS = 6 * HOUR_STEPS
LASTING_STEPS = DAY_MS // STEP_MS  # what lasts for a day is the new usual


class Rise(msgspec.Struct, array_like=True, kw_only=True):
    """Since when something has been too high, and when it was so last: steps, 0 for never."""

    since: int = 0
    newest: int = 0

    def lasts(self, step: int) -> bool:
        """Note that it is too high; tell whether it has been for a day, six hours' pauses aside."""
        if step - self.newest > PAUSE_STEPS:
            self.since = step
        self.newest = step
        if step - self.since < LASTING_STEPS:
            return False
        self.since = step
        return True


class Level(msgspec.Struct, array_like=True, kw_only=True):
    """Decayed sums over whole hours that were usual; ``hour`` (since 1970) still counts."""

    hour: int = 0
    amount: int = 0
    is_usual: bool = True
    weight: float = 0.0
    total: float = 0.0
    squares: float = 0.0

    def turn(self, hour: int, *, is_usual: bool) -> None:
        """Learn the hours before ``hour``, unless a crisis burnt in them."""
        if hour > self.hour:
            if self.hour:
                self._learn(hour - self.hour - 1)
            self.hour, self.amount, self.is_usual = hour, 0, True
        self.is_usual = self.is_usual and is_usual

    def _learn(self, empty: int) -> None:
        kept = DECAY**empty
        taught = float(self.is_usual)
        amount = taught * min(self.amount, self._most())
        self.weight = (self.weight * DECAY + taught) * kept + (1 - kept) / (1 - DECAY)
        self.total = (self.total * DECAY + amount) * kept
        self.squares = (self.squares * DECAY + amount * amount) * kept

    def _most(self) -> float:
        if self.weight < CLIPPED_FROM:
            return float(self.amount)
        mean = self.expected()
        return mean + CLIP * sqrt(self._variance(mean) + mean)

    def _variance(self, mean: float) -> float:
        return max(self.squares / self.weight - mean * mean, 0.0)

    @property
    def is_learnt(self) -> bool:
        return self.weight >= LEARNT_HOURS

    def expected(self) -> float:
        """Return the usual amount of an hour; never 0."""
        return max(self.total / self.weight, LEAST) if self.weight > 0 else LEAST

    def dispersion(self, prior: float) -> float:
        """Return variance / mean of an hour's amount, with ``prior`` worth two days."""
        if self.weight <= 0:
            return prior
        mean = self.expected()
        own = max(self._variance(mean) / mean, 1.0)
        return (PRIOR_HOURS * prior + self.weight * own) / (PRIOR_HOURS + self.weight)

    def forget(self) -> None:
        """Begin to learn anew."""
        self.weight = self.total = self.squares = 0.0


def least_count(usual: float, dispersion: float, chance: float) -> int:
    """Return the least count that is at most so likely where ``usual`` is expected.

    >>> least_count(1.0, 1.0, 0.001), least_count(1.0, 10.0, 0.001)
    (6, 34)
    """
    low = int(usual)
    high = 2 * low + 8
    while upper_tail(high, usual, dispersion) > chance:
        low, high = high, 2 * high
    while low + 1 < high:
        middle = (low + high) // 2
        if upper_tail(middle, usual, dispersion) > chance:
            low = middle
        else:
            high = middle
    return high
