"""What a channel usually does: a slow level, a factor an hour of the day, and a dispersion a
scale.
"""

from __future__ import annotations

from math import sqrt

import msgspec

from app.core.rules import HOUR_MS, STEP_MS
from app.core.window import BLOCK_STEPS, SCALES_S, window_starts

HOUR_STEPS = HOUR_MS // STEP_MS
DAY_BLOCKS = 288
HOUR_BLOCKS = 12
LEAST_LEVEL = 1e-4
LEVEL_DECAY = 0.5 ** (1 / (2 * DAY_BLOCKS))  # half-life two days: longer than a night or a crisis
SPREAD_DECAY = 0.5 ** (1 / (7 * DAY_BLOCKS))
SEASON_DECAY = 0.5 ** (1 / (14 * DAY_BLOCKS))
SEASON_PRIOR = 80.0  # mentions' worth of "no season" in each hour: quiet brands stay flat
FIRST_DISPERSION = 2.0  # worth one day
DOUBT_DAY_0 = 0.1  # squared relative doubt about the mean, falling as 1 / days
LEVEL_CLIP = 5.0  # a block teaches the level at most mean + 5 sd: a spike is not the new normal
SPREAD_CLIP = 3.0


class Baseline(msgspec.Struct, kw_only=True):
    """Named numbers; rates are a 30-second step, dispersions are variance / mean of a window's
    count.
    """

    first_step: int
    blocks: int = 0  # learnt so far
    total: float = 0.0  # decayed sum of deseasoned counts a block ...
    weight: float = 0.0  # ... and of their weights
    days_seen: float = 0.0  # decayed
    hours: list[float]
    spread: list[float]
    spread_weight: float = float(DAY_BLOCKS)

    @classmethod
    def starting_at(cls, step: int) -> Baseline:
        return cls(
            first_step=step,
            hours=[1.0] * 24,
            spread=[FIRST_DISPERSION * DAY_BLOCKS] * len(SCALES_S),
        )

    def level(self) -> float:
        """Return the usual count a step, all hours alike; never 0."""
        if self.weight <= 0:
            return LEAST_LEVEL
        return max(self.total / self.weight / BLOCK_STEPS, LEAST_LEVEL)

    def dispersion(self, scale: int) -> float:
        """Return variance / mean at ``SCALES_S[scale]``, at least 1."""
        return max(self.spread[scale] / self.spread_weight, 1.0)

    def doubt(self) -> float:
        """Return the squared relative doubt about a mean that was learnt for a short time only."""
        return DOUBT_DAY_0 / (1 + self.blocks / DAY_BLOCKS)

    def expected(self, end: int) -> tuple[float, ...]:
        """Return the count to expect in each scale's window that ends before step ``end``.

        Steps before the first one don't count. The hour's factor is shrunk to 1 by how little was
        seen in that hour.
        """
        seen, prior, unit = self._season()
        total, position, counts = 0.0, end, []
        for start in window_starts(end):
            start = max(start, self.first_step)  # noqa: PLW2901
            while position > start:
                hour = (position - 1) // HOUR_STEPS
                low = max(start, hour * HOUR_STEPS)
                total += (position - low) * (self.hours[hour % 24] * seen + prior)
                position = low
            counts.append(max(total * unit, LEAST_LEVEL))
        return tuple(counts)

    def expected_step(self, step: int) -> float:
        """Return the count to expect in one step."""
        seen, prior, unit = self._season()
        return (self.hours[step // HOUR_STEPS % 24] * seen + prior) * unit

    def _season(self) -> tuple[float, float, float]:
        level = self.level()
        seen = self.days_seen * HOUR_STEPS * level
        prior = SEASON_PRIOR * self.dispersion(0)
        return seen, prior, level / (seen + prior)

    def learn(self, end: int, counts: tuple[float, ...], weight: float) -> None:
        """Learn the window counts (one a scale) as of ``end``, a border of five minutes.

        ``weight`` is 1, or less while a crisis lasts. The count is winsorised.
        """
        hour = (end - BLOCK_STEPS) // HOUR_STEPS % 24
        expected = self.expected(end) if self.blocks else counts
        self._learn_spread(counts, expected, weight)
        usual = expected[0]
        limit = usual + LEVEL_CLIP * sqrt(self.dispersion(0) * usual + 0.25)
        count = min(counts[0], limit)
        factor = usual / (self.level() * BLOCK_STEPS) if self.blocks else 1.0
        self._learn_hour(hour, count, weight)
        self.total = self.total * LEVEL_DECAY + weight * count / factor
        self.weight = self.weight * LEVEL_DECAY + weight
        self.days_seen = self.days_seen * SEASON_DECAY + 1 / DAY_BLOCKS
        self.blocks += 1

    def _learn_hour(self, hour: int, count: float, weight: float) -> None:
        ratio = count / (self.level() * BLOCK_STEPS) if self.weight > 0 else 1.0
        seen = self.days_seen * HOUR_BLOCKS + 1
        self.hours[hour] += weight * (ratio - self.hours[hour]) / (seen + 1)

    def _learn_spread(
        self, counts: tuple[float, ...], expected: tuple[float, ...], weight: float
    ) -> None:
        self.spread_weight = self.spread_weight * SPREAD_DECAY + weight
        for scale, (count, usual) in enumerate(zip(counts, expected, strict=True)):
            squared = _squared_error(count, usual, self.dispersion(scale))
            self.spread[scale] = self.spread[scale] * SPREAD_DECAY + weight * squared


def _squared_error(count: float, expected: float, dispersion: float) -> float:
    """Return (count - expected)^2 / expected, clipped, from roots: less moved by a burst."""
    error = min(count - expected, SPREAD_CLIP * sqrt(dispersion * (expected + 1)))
    if expected <= 0.5:
        return error * error / (expected + 1e-3)
    root = sqrt(max(expected + error, 0.0) + 0.4) - sqrt(expected + 0.4)
    return 4 * root * root * (expected + 0.4) / expected
