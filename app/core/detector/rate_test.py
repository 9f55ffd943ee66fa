"""A second detector, different in kind: a sequential test of the rate, as a Bayesian weighs it.

The Shiryaev-Roberts statistic sums, over every moment at which the rate may have risen m-fold, how
much likelier that makes the counts since [1, 2]: the change-point posterior's odds as the chance of
a change goes to 0 (the run lengths themselves, as in [3], are not kept). It has no windows: one
number a rise is all its memory. The usual rate is a gamma posterior's mean, counts are negative
binomial, so a block's evidence is linear in its count.

Real blocks depend on each other, which makes evidence worth less than it says: it counts half
(a tempered posterior [4]), and a part of the old is forgotten. What is left of the model's error is
in the tail that is learnt, as for ``SpikeDetector``.

1. Roberts, A comparison of some control chart procedures, Technometrics 8 (1966).
2. Pollak and Siegmund, A diffusion process and its applications to detecting a change in the drift
   of Brownian motion, Biometrika 72 (1985).
3. Adams and MacKay, Bayesian online changepoint detection (2007).
4. Grünwald and van Ommen, Inconsistency of Bayesian inference for misspecified linear models, and a
   proposal for repairing it, Bayesian Analysis 12 (2017).
"""

from __future__ import annotations

from collections.abc import Sequence
from math import exp, isfinite, log, sqrt

import msgspec

from app.core.detector.baseline import CLIP, DAY_BLOCKS, FIRST_DISPERSION, LEAST_LEVEL
from app.core.detector.calibration import BUDGET_WEEKS, RATE, Calibration
from app.core.detector.spike import LINE, ORDINARY, Verdict
from app.core.detector.tail import NEARLY_POISSON
from app.core.window import BLOCK_STEPS

VERSION = "rate-1"
FACTORS = (2.0, 4.0, 10.0, 30.0)  # the rises weighed, all alike
EVIDENCE_WEIGHT = 0.5
GAINS = tuple(EVIDENCE_WEIGHT * log(factor) for factor in FACTORS)  # of a Poisson mention
FORGOTTEN = 0.1  # of the logarithm of the evidence, a block
LARGEST = 1e15  # so that calm wears off what a crisis brought
LARGEST_STEP = 40.0  # of the logarithm, or exp() overflows
SLOW_DECAY = 0.5 ** (1 / (4 * DAY_BLOCKS))
NEAR_DECAY = 0.5 ** (1 / DAY_BLOCKS)
NEAR_PRIOR = 100.0  # mentions' worth of the slow rate: only loud brands are held against today
SPREAD_DECAY = 0.5 ** (1 / (7 * DAY_BLOCKS))
SPREAD_CLIP = 8.0  # sd; bursts belong to the dispersion, crises don't
SPREAD = 1.0  # mean excesses by which alarms get rarer by e: the statistic's tail is exponential
FIRST_THRESHOLD = 3.0
EXCESS_WEIGHT = 50.0  # peaks' worth of prior for a mean excess of 1, which theory gives

Slopes = list[tuple[float, float]]


class RateTail(Calibration, array_like=True, kw_only=True):
    """The learnt tail, stored without names."""

    threshold: float = FIRST_THRESHOLD
    excess: float = EXCESS_WEIGHT
    weight: float = EXCESS_WEIGHT

    def is_searching(self) -> bool:
        """Return False: the threshold falls at one speed, with which its alarms were measured."""
        return False

    def severity(self, excess: float, budget: float) -> float:
        """Return 1 / (1 + r), r the alarms to expect in units of ``budget`` (alarms a week)."""
        overdrawn = (self.fired / budget + BUDGET_WEEKS) / (self.weeks + BUDGET_WEEKS)
        alarms = RATE / budget * max(overdrawn, 1.0) * exp(-min(excess / SPREAD, 600.0))
        return 1 / (1 + alarms)

    def verdict(self, statistic: float, budget: float) -> Verdict:
        """Return the verdict on a statistic above 0, at ``budget`` alarms a week."""
        excess = self.excess_of(statistic)
        if excess <= 0:
            return Verdict(0.0, 0.0, statistic, 0.0)
        severity = self.severity(excess, budget)
        is_new = self.is_new(excess, is_alert=severity >= LINE)
        return Verdict(severity if is_new else 0.0, severity, statistic, excess)


class RateState(msgspec.Struct, array_like=True, kw_only=True):
    """A channel's memory: 20 numbers, all >= 0, in less than 200 bytes.

    Decayed sums of counts and of blocks (four days and one), of squared errors / mean, and
    ``evidence`` for each rise.
    """

    slow: float = 0.0
    slow_weight: float = 0.0
    near: float = 0.0
    near_weight: float = 0.0
    spread: float = FIRST_DISPERSION * DAY_BLOCKS
    spread_weight: float = float(DAY_BLOCKS)
    evidence: list[float] = msgspec.field(default_factory=lambda: [0.0] * len(FACTORS))
    tail: RateTail = msgspec.field(default_factory=RateTail)
    highest: float = 0.0  # statistic since the block began

    def is_sound(self) -> bool:
        """Tell whether all numbers can be what was learnt; for what comes from storage."""
        rate = (self.slow, self.slow_weight, self.near, self.near_weight, self.spread)
        tail = msgspec.structs.astuple(self.tail)
        divisors = (self.spread_weight, self.tail.weight, self.tail.excess)
        numbers = (*rate, *tail, *divisors, *self.evidence, self.highest)
        return (
            len(self.evidence) == len(FACTORS)
            and all(isfinite(number) and number >= 0 for number in numbers)
            and all(divisor > 0 for divisor in divisors)
        )

    def usual(self) -> float:
        """Return the usual count of five minutes; never 0."""
        if self.slow_weight <= 0:
            return 1.0
        # One mention more than were seen: the posterior's mean under a flat prior.
        slow = (self.slow + 1) / self.slow_weight
        near = (self.near + NEAR_PRIOR) / (self.near_weight + NEAR_PRIOR / slow)
        return max(near, LEAST_LEVEL * BLOCK_STEPS)

    def dispersion(self) -> float:
        """Return variance / mean of a block, at least 1."""
        return max(self.spread / self.spread_weight, 1.0)

    def learn(self, count: float, weight: float) -> None:
        """Learn the count of a whole block."""
        if self.slow_weight <= 0:
            self.slow, self.slow_weight = count, 1.0
            return
        usual = self.usual()
        sd = sqrt(self.dispersion() * (usual + 0.25))
        error = min(count - usual, SPREAD_CLIP * sd)
        taught = weight * min(count, usual + CLIP * sd)
        self.spread = self.spread * SPREAD_DECAY + weight * error * error / (usual + 1e-3)
        self.spread_weight = self.spread_weight * SPREAD_DECAY + weight
        self.slow = self.slow * SLOW_DECAY + taught
        self.slow_weight = self.slow_weight * SLOW_DECAY + weight
        self.near = self.near * NEAR_DECAY + taught
        self.near_weight = self.near_weight * NEAR_DECAY + weight


class RateTest:
    """Scores how much likelier a risen rate makes what came lately; used like ``SpikeDetector``.

    >>> from random import Random
    >>> draw, test = Random(7), RateTest()
    >>> for block in range(1, 600):
    ...     test.learn(block * 10, [draw.choice([3, 4, 5])], 1.0)
    >>> test.judge(6_000, [4], 4).score
    0.0
    >>> test.judge(6_000, [40], 40).score > 0.9
    True
    """

    def __init__(
        self,
        first_step: int = 0,
        false_alarms_per_week: float = 1.0,
        state: RateState | None = None,
    ) -> None:
        self.false_alarms_per_week = false_alarms_per_week
        self.state = state or RateState()
        self._slopes: Slopes | None = None

    def judge(self, end: int, counts: Sequence[float], block: float) -> Verdict:
        """Return the verdict as of step ``end``; ``block`` is the count since the last border of
        five minutes. ``counts`` are not looked at. Nothing is learnt.
        """
        part = ((end - 1) % BLOCK_STEPS + 1) / BLOCK_STEPS
        weighed = self._weighed(block, part)
        mean = sum(weighed) / len(weighed)
        if mean <= 1:
            return ORDINARY
        return self.state.tail.verdict(log(mean), self.false_alarms_per_week)

    def note(self, verdict: Verdict) -> None:
        """Take a verdict of this block into account: the greatest statistic teaches the tail."""
        state = self.state
        state.highest = max(state.highest, verdict.statistic)
        if verdict.excess > 0:
            state.tail.note(verdict.excess, is_alert=verdict.severity >= LINE)

    def learn(self, end: int, counts: Sequence[float], weight: float) -> None:
        """Learn the block ``counts[0]`` that ends at a border; ``weight`` is 1, less while a crisis
        lasts.
        """
        state = self.state
        state.evidence = self._weighed(counts[0], 1.0)
        state.tail.learn(state.highest)
        state.learn(counts[0], weight)
        state.highest = 0.0
        self._slopes = None

    def _weighed(self, count: float, part: float) -> list[float]:
        """Return the evidence for each rise when ``count`` came in ``part`` of a block."""
        kept, weighed = 1 - FORGOTTEN * part, []
        slopes = self._slopes or self._prepare()
        for before, (gain, cost) in zip(self.state.evidence, slopes, strict=True):
            step = count * gain - part * cost
            evidence = (1 + before) ** kept * exp(step if step < LARGEST_STEP else LARGEST_STEP)
            weighed.append(evidence if evidence < LARGEST else LARGEST)
        return weighed

    def _prepare(self) -> Slopes:
        """Return, for each rise, the log likelihood ratio of a mention, and what a whole block
        without one costs; the same for all steps of a block.
        """
        state = self.state
        usual, dispersion = EVIDENCE_WEIGHT * state.usual(), state.dispersion()
        slopes = []
        for factor, gain in zip(FACTORS, GAINS, strict=True):
            if dispersion < NEARLY_POISSON:
                slopes.append((gain, usual * (factor - 1)))
                continue
            over = dispersion - 1
            share = log((factor * over + 1) / dispersion)
            slopes.append((gain - EVIDENCE_WEIGHT * share, usual / over * share))
        self._slopes = slopes
        return slopes
