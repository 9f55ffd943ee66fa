"""A brand's own tail: peaks over threshold with an exponential excess.

Siffer, Fouque, Termier and Largouët, Anomaly Detection in Streams with Extreme Value Theory (KDD
2017), with the shape held at 0 and the scale shrunk to a prior, since a brand shows few peaks in a
month. The threshold follows a quantile of the statistic by stochastic approximation. A long run of
peaks teaches in full for half an hour only, or one crisis would make the brand deaf to the next.
"""

from __future__ import annotations

from math import exp

import msgspec

QUANTILE = 0.995  # of the five-minute maxima: ten a week lie above
WEEK_BLOCKS = 2016
LOWEST = 2.5  # the threshold never falls below: silence is no reason to fire at one mention
FIRST_EXCESS = 0.4
EXCESS_WEIGHT = 100.0  # peaks' worth of prior
LEARNING_RATE = 0.04
RUN_BLOCKS = 6.0
RUN_DECAY = 0.5 ** (1 / 12)  # an hour


class Calibration(msgspec.Struct, kw_only=True):
    """``threshold`` and mean excess (``excess / weight``) of the statistic's five-minute maxima."""

    threshold: float = 3.0
    excess: float = FIRST_EXCESS * EXCESS_WEIGHT
    weight: float = EXCESS_WEIGHT
    run: float = 0.0

    def alarms_per_week(self, statistic: float) -> float:
        """Return how many blocks a week are expected to reach ``statistic`` by chance."""
        over = (statistic - self.threshold) * self.weight / self.excess
        return (1 - QUANTILE) * WEEK_BLOCKS * exp(-min(max(over, -20.0), 600.0))

    def learn(self, statistic: float) -> None:
        """Learn the greatest statistic of a block."""
        step = LEARNING_RATE * self.excess / self.weight
        if statistic <= self.threshold:
            self.run *= RUN_DECAY
            self.threshold = max(self.threshold - step * (1 - QUANTILE), LOWEST)
            return
        self.run += 1
        share = min(1.0, RUN_BLOCKS / self.run)
        self.excess += share * min(statistic - self.threshold, 5.0)
        self.weight += share
        self.threshold += share * step * QUANTILE
