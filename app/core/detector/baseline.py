"""What a channel usually does: a slow level, and a dispersion for each scale."""

from __future__ import annotations

from collections.abc import Sequence
from math import sqrt

import msgspec

from app.core.window import BLOCK_STEPS, window_starts

DAY_BLOCKS = 288
LEAST_LEVEL = 1e-5  # a step: one mention in a month
LEVEL_DECAY = 0.5 ** (1 / (2 * DAY_BLOCKS))  # half-life two days: longer than a night or a crisis
SPREAD_HALF_LIFE = 7 * DAY_BLOCKS
FIRST_DISPERSION = 2.0  # worth one day
DOUBT_DAY_0 = 0.1  # squared relative doubt about the mean, falling as 1 / days
CLIP = 3.0  # a count teaches at most mean + 3 sd: a spike is not the new normal
WIDTHS = (1, 3, 12, 72)  # blocks of each scale's window
# Blocks between two lessons of a scale's dispersion: windows that overlap say little new.
STRIDES = (1, 3, 12, 36)
SPREAD_DECAYS = tuple(0.5 ** (stride / SPREAD_HALF_LIFE) for stride in STRIDES)


class Baseline(msgspec.Struct, kw_only=True):
    """Named numbers; rates are a 30-second step, dispersions are variance / mean of a window's
    count.
    """

    first_step: int
    blocks: int = 0  # learnt so far
    total: float = 0.0  # decayed sum of counts a block ...
    weight: float = 0.0  # ... and of their weights
    spread: list[float]  # one a scale: decayed sum of squared errors / mean ...
    spread_weight: list[float]  # ... and of their weights

    @classmethod
    def starting_at(cls, step: int) -> Baseline:
        weights = [DAY_BLOCKS / stride for stride in STRIDES]
        return cls(
            first_step=step,
            spread=[FIRST_DISPERSION * weight for weight in weights],
            spread_weight=weights,
        )

    def level(self) -> float:
        """Return the usual count a step; never 0."""
        if self.weight <= 0:
            return LEAST_LEVEL
        return max(self.total / self.weight / BLOCK_STEPS, LEAST_LEVEL)

    def dispersion(self, scale: int) -> float:
        """Return variance / mean at ``SCALES_S[scale]``, at least 1."""
        return max(self.spread[scale] / self.spread_weight[scale], 1.0)

    def doubt(self) -> float:
        """Return the squared relative doubt about a mean that was learnt for a short time only."""
        return DOUBT_DAY_0 / (1 + self.blocks / DAY_BLOCKS)

    def widened(self) -> list[float]:
        """Return each scale's dispersion and what the finite memory of the level adds to it."""
        memory = max(self.weight, 1.0)
        parts = zip(self.spread, self.spread_weight, WIDTHS, strict=True)
        return [max(sum_ / weight, 1.0) * (1 + width / memory) for sum_, weight, width in parts]

    def expected(self, end: int) -> tuple[float, ...]:
        """Return the count to expect in each scale's window that ends before step ``end``.

        Steps before the first one don't count.
        """
        level, first = self.level(), self.first_step
        return tuple(level * (end - max(start, first)) for start in window_starts(end))

    def learn(self, end: int, counts: Sequence[float], lessons: Sequence[float]) -> None:
        """Learn the window counts (one a scale) as of ``end``, a border of five minutes.

        ``lessons`` are the weights of each scale's window: 1, or less with a crisis in it. The
        count is winsorised.
        """
        weight = lessons[0]
        block = counts[0]
        if not self.blocks:
            # A fifth of a mention keeps the level above 0 until there is more to go by.
            self.blocks, self.total, self.weight = 1, block + 0.2, 1.0
            return
        level = self.level()
        usual = level * BLOCK_STEPS
        limit = usual + CLIP * sqrt(self.dispersion(1) * usual + 0.25)
        self._learn_spread(end, counts, level, lessons)
        self.total = self.total * LEVEL_DECAY + weight * min(block, limit)
        self.weight = self.weight * LEVEL_DECAY + weight
        self.blocks += 1

    def _learn_spread(
        self, end: int, counts: Sequence[float], level: float, lessons: Sequence[float]
    ) -> None:
        number, first = end // BLOCK_STEPS, self.first_step
        spread, weights, starts = self.spread, self.spread_weight, window_starts(end)
        for scale, stride in enumerate(STRIDES):
            if number % stride:
                return  # each stride is a multiple of the one before
            start, decay = starts[scale], SPREAD_DECAYS[scale]
            expected = level * (end - (start if start > first else first))
            lesson, dispersion = lessons[scale], spread[scale] / weights[scale]
            squared = _squared_error(counts[scale], expected, max(dispersion, 1.0))
            spread[scale] = spread[scale] * decay + lesson * squared
            weights[scale] = weights[scale] * decay + lesson


def _squared_error(count: float, expected: float, dispersion: float) -> float:
    """Return (count - expected)^2 / expected, clipped, from roots: less moved by a burst."""
    error = count - expected
    if error > 0:  # below the mean there is nothing to clip
        error = min(error, CLIP * sqrt(dispersion * (expected + 1)))
    if expected <= 0.5:
        return error * error / (expected + 1e-3)
    root = sqrt(max(expected + error, 0.0) + 0.4) - sqrt(expected + 0.4)
    return 4 * root * root * (expected + 0.4) / expected
