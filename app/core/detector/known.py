"""What a channel held to be usual at a moment, to go back to it when a crisis opens."""

from __future__ import annotations

import msgspec

from app.core.detector.baseline import Baseline
from app.core.detector.calibration import LARGEST_EXCESS, Calibration
from app.core.detector.trend import Trend


class Known(msgspec.Struct, frozen=True, array_like=True, kw_only=True):
    """20 numbers of a channel's memory, stored without names: of ``Baseline`` (the first five), of
    ``Trend`` (four) and of ``Calibration``.
    """

    blocks: int
    total: float
    weight: float
    spread: tuple[float, float, float, float]
    spread_weight: tuple[float, float, float, float]
    level: float
    level_weight: float
    square: float
    square_weight: float
    threshold: float
    excess: float
    excess_weight: float
    run: float
    fired: float

    @classmethod
    def of(cls, baseline: Baseline, trend: Trend, tail: Calibration) -> Known:
        first, second, third, fourth = baseline.spread
        weights = baseline.spread_weight
        return cls(
            blocks=baseline.blocks,
            total=baseline.total,
            weight=baseline.weight,
            spread=(first, second, third, fourth),
            spread_weight=(weights[0], weights[1], weights[2], weights[3]),
            level=trend.level,
            level_weight=trend.level_weight,
            square=trend.square,
            square_weight=trend.square_weight,
            threshold=tail.threshold,
            excess=tail.excess,
            excess_weight=tail.weight,
            run=tail.run,
            fired=tail.fired,
        )

    def put_back(self, baseline: Baseline, trend: Trend, tail: Calibration) -> None:
        """Make them hold what is known here, and forget what they learnt since.

        What came lately stays. Of the tail one peak is left, and the alerts since were no false
        ones.
        """
        baseline.blocks, baseline.total, baseline.weight = self.blocks, self.total, self.weight
        baseline.spread, baseline.spread_weight = list(self.spread), list(self.spread_weight)
        trend.level, trend.level_weight = self.level, self.level_weight
        trend.square, trend.square_weight = self.square, self.square_weight
        mean = self.excess / self.excess_weight
        tail.threshold, tail.run, tail.fired = self.threshold, self.run, self.fired
        tail.excess = self.excess + min(tail.peak, LARGEST_EXCESS) * mean
        tail.weight = self.excess_weight + 1

    def numbers(self) -> tuple[list[float], list[float]]:
        """Return all numbers, and those that are divided by; for what comes from storage."""
        divisors = [self.excess, self.excess_weight, *self.spread_weight]
        rest = [one for one in msgspec.structs.astuple(self) if not isinstance(one, tuple)]
        return [*rest, *self.spread], divisors
