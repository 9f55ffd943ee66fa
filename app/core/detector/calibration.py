"""A brand's own tail: peaks over threshold with an exponential excess.

Siffer, Fouque, Termier and Largouët, Anomaly Detection in Streams with Extreme Value Theory (KDD
2017), with the shape held at 0 and the scale shrunk to a prior, since a brand shows few peaks in a
month. The threshold follows a quantile of the statistic by stochastic approximation, and until its
first peak it falls five times as fast: a steady brand would wait two months for it. A long run of
peaks teaches in full for half an hour only, or one crisis would make the brand deaf to the next.

Alarms come in bunches of peaks, so their rate is not that of the peaks: it was read off simulated
brands (``benchmarks/noise_alarms.py``). A quiet brand's few mentions move every scale at once,
which makes its tail longer; ``spread_of`` allows for it.
"""

from __future__ import annotations

from math import exp

import msgspec

QUANTILE = 0.995  # of the five-minute maxima: ten a week lie above
LOWEST = 1.0  # the threshold never falls below: silence is no reason to fire at one mention
FIRST_THRESHOLD = 2.0
FIRST_EXCESS = 0.5
EXCESS_WEIGHT = 100.0  # peaks' worth of prior
LARGEST_EXCESS = 10.0  # in mean excesses
LEARNING_RATE = 0.04
SEARCH = 5.0  # times as fast the threshold falls until it has met its first peak
RUN_BLOCKS = 6.0
RUN_DECAY = 0.5 ** (1 / 12)  # an hour
RATE = 4.0  # alarms a week at the threshold ...
SPREAD = 0.6  # ... falling by e with each so many mean excesses above it; more for quiet brands ...
QUIET_SPREAD = 0.5
QUIET_HOURLY = 6.0  # ... where half of this is added at 6 mentions an hour
SETTLED_BLOCKS = 36  # three hours until the tail is learnt: the first levels are guesses

NEW = 3.0  # an incident alerts anew when it is three times as far above the threshold
NEW_DECAY = 0.5 ** (1 / 96)  # of the memory of past peaks: eight hours
FIRST_DAY = 288  # blocks without an alert of its own
BUDGET_WEEKS = 4.0  # alerts fired against alerts allowed raise the line; worth so many weeks
BUDGET_DECAY = 0.5 ** (1 / (13 * 2016))


def spread_of(hourly: float) -> float:
    """Return the mean excesses by which alarms get rarer by e, at ``hourly`` mentions an hour."""
    return SPREAD + QUIET_SPREAD * QUIET_HOURLY / (QUIET_HOURLY + hourly)


class Calibration(msgspec.Struct, kw_only=True):
    """``threshold`` and mean excess (``excess / weight``) of the statistic's five-minute maxima,
    and what was told of them.
    """

    threshold: float = FIRST_THRESHOLD
    excess: float = FIRST_EXCESS * EXCESS_WEIGHT
    weight: float = EXCESS_WEIGHT
    run: float = 0.0
    blocks: int = 0
    peak: float = 0.0  # how far above the threshold lately, in mean excesses; decayed
    alert_peak: float = 0.0  # the same of alerts
    fired: float = 0.0  # alerts, decayed ...
    weeks: float = 0.0  # ... and the time they took

    def excess_of(self, statistic: float) -> float:
        """Return how many mean excesses ``statistic`` lies above the threshold; 0 if below it."""
        if statistic <= self.threshold:
            return 0.0
        return (statistic - self.threshold) * self.weight / self.excess

    def alarms(self, excess: float, hourly: float, budget: float) -> float:
        """Return the alarms to expect at ``excess``, in units of ``budget`` (alarms a week)."""
        overdrawn = (self.fired / budget + BUDGET_WEEKS) / (self.weeks + BUDGET_WEEKS)
        return RATE / budget * max(overdrawn, 1.0) * exp(-min(excess / spread_of(hourly), 600.0))

    def is_new(self, excess: float, *, is_alert: bool) -> bool:
        """Tell whether this is the first sign of an incident, or a clear escalation of it."""
        if self.blocks < FIRST_DAY:
            return False
        return excess > NEW * self.peak or (is_alert and excess > NEW * self.alert_peak)

    def note(self, excess: float, *, is_alert: bool) -> None:
        """Remember an excess that was judged, and whether it alerted."""
        if is_alert and excess > NEW * min(self.peak, self.alert_peak):
            self.alert_peak = excess
            self.fired += self.blocks >= FIRST_DAY
        self.peak = max(self.peak, excess)

    def is_searching(self) -> bool:
        """Tell whether no peak was met so far."""
        return self.weight <= EXCESS_WEIGHT

    def learn(self, statistic: float, weight: float = 1.0) -> None:
        """Learn the greatest statistic of a block, ``weight`` (0..1) times as much as usual."""
        self.blocks += 1
        self.peak *= NEW_DECAY
        self.alert_peak *= NEW_DECAY
        self.fired *= BUDGET_DECAY
        self.weeks = self.weeks * BUDGET_DECAY + 1 / 2016
        if self.blocks <= SETTLED_BLOCKS:
            return
        mean = self.excess / self.weight
        step = weight * LEARNING_RATE * mean
        if statistic <= self.threshold:
            self.run *= RUN_DECAY
            step *= SEARCH if self.is_searching() else 1.0
            self.threshold = max(self.threshold - step * (1 - QUANTILE), LOWEST)
            return
        self.run += 1
        share = min(1.0, RUN_BLOCKS / self.run)
        self.excess += weight * share * min(statistic - self.threshold, LARGEST_EXCESS * mean)
        self.weight += weight * share
        self.threshold += share * step * QUANTILE
