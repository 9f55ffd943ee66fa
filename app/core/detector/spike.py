"""One channel's detector, as a River ``AnomalyDetector``: window counts in, a calibrated score
out.
"""

from __future__ import annotations

from collections.abc import Sequence
from math import sqrt

import msgspec
from river.base import AnomalyDetector

from app.core.detector.baseline import Baseline
from app.core.detector.calibration import Calibration
from app.core.detector.known import Known
from app.core.detector.tail import residual, sigma, upper_tail
from app.core.detector.trend import Trend
from app.core.window import BLOCK_STEPS, SCALES_S, window_starts

VERSION = "spike-2"
LINE = 0.5  # the score at which the false-alarm budget is spent
COLUMNS = tuple(f"w{scale_s}" for scale_s in SCALES_S)
FULL_LESSONS = (1.0,) * len(SCALES_S)
HOUR_STEPS = 120
LEAST_EXPECTED = 0.3  # mentions: a window that is empty as a rule can't say how rare one is
TREND_WEIGHT = 2.0  # of the trend against the mean of the scales, reached when ...
TREND_HOURLY = 30.0  # ... many mentions an hour are usual: roots mislead for counts of 0 to 3


class ChannelState(msgspec.Struct, kw_only=True):
    """All of a channel's memory as named numbers; what is stored and loaded."""

    baseline: Baseline
    trend: Trend = msgspec.field(default_factory=Trend)
    calibration: Calibration = msgspec.field(default_factory=Calibration)
    block_statistic: float = 0.0  # greatest since the block began
    held_until: int = 0  # step before which a crisis burnt; 0 before the first ...
    held_weight: float = 1.0  # ... and what a block taught in it

    def known(self) -> Known:
        """Return what is held to be usual now."""
        return Known.of(self.baseline, self.trend, self.calibration)


class ScaleVerdict(msgspec.Struct, frozen=True, kw_only=True):
    """The count of one scale beside what was to be expected."""

    scale_s: int
    observed: int
    expected: float
    dispersion: float
    probability: float

    @property
    def sigma(self) -> float:
        """The upper normal quantile of the probability."""
        return sigma(self.probability)


class Verdict(msgspec.Struct, frozen=True):
    """``severity`` is 1 / (1 + r), r the false alarms to expect at this statistic in units of the
    budget; 0 for the ordinary. ``score`` is the same where an incident begins or clearly
    escalates, else 0. ``excess`` is what both come from.
    """

    score: float
    severity: float
    statistic: float
    excess: float


class _Usual(msgspec.Struct, frozen=True, kw_only=True):
    """What a step's counts are held against; the same for all steps of a block."""

    first_step: int
    level: float
    doubt: float
    dispersions: list[float]
    root: float
    root_spread: float
    trend_weight: float


ORDINARY = Verdict(0.0, 0.0, 0.0, 0.0)


class SpikeDetector(AnomalyDetector):  # type: ignore[misc]
    """Scores how much the counts of the last 5 min, 15 min, 1 h and 6 h exceed what is usual.

    The statistic is the mean of each count's signed residual under a negative binomial, joined by
    the error of the smoothed root (``Trend``) where mentions are many; peaks over threshold turn
    it into false alarms a week, and those into a score: 0.5 is the budget's line. ``x`` holds
    ``step`` (the 30-second steps since 1970 that have ended), the counts ``w300``, ``w900``,
    ``w3600``, ``w21600``, and, off a border of five minutes, ``block``: the count since the last
    one. ``learn_one`` expects a step at such a border.

    >>> from random import Random
    >>> draw = Random(7)
    >>> spikes = SpikeDetector(first_step=0)
    >>> def counts(step, n):
    ...     return {"step": step, "w300": n, "w900": 3 * n, "w3600": 12 * n, "w21600": 72 * n}
    >>> for block in range(1, 600):
    ...     spikes.learn_one(counts(block * 10, draw.choice([3, 4, 5])))
    >>> spikes.score_one(counts(6000, 4))
    0.0
    >>> spikes.score_one(counts(6000, 40)) > 0.9
    True
    """

    def __init__(
        self,
        first_step: int = 0,
        false_alarms_per_week: float = 1.0,
        state: ChannelState | None = None,
    ) -> None:
        self.first_step = first_step
        self.false_alarms_per_week = false_alarms_per_week
        self.state = state or ChannelState(baseline=Baseline.starting_at(first_step))
        self._usual: _Usual | None = None

    def score_one(self, x: dict[str, float]) -> float:
        """Return the score 0..1 of ``x``; nothing is learnt."""
        return self.judge(*_unpacked(x)).score

    def learn_one(self, x: dict[str, float]) -> None:
        """Learn the counts as of a five-minute border; scored before they are learnt."""
        end, counts, block = _unpacked(x)
        self.note(self.judge(end, counts, block))
        self.learn(end, counts, 1.0)

    def judge(self, end: int, counts: Sequence[float], block: float) -> Verdict:
        """Return the verdict on the window ``counts`` (one a scale) before step ``end``.

        ``block`` is the count since the last border of five minutes. Nothing is learnt.
        """
        statistic = self._statistic(end, counts, block)
        if statistic <= 0:
            return ORDINARY  # most steps
        calibration = self.state.calibration
        excess = calibration.excess_of(statistic)
        if excess <= 0:
            return Verdict(0.0, 0.0, statistic, 0.0)
        hourly = self.state.baseline.level() * HOUR_STEPS
        severity = 1 / (1 + calibration.alarms(excess, hourly, self.false_alarms_per_week))
        is_new = calibration.is_new(excess, is_alert=severity >= LINE)
        return Verdict(severity if is_new else 0.0, severity, statistic, excess)

    def _statistic(self, end: int, counts: Sequence[float], block: float) -> float:
        usual = self._usual or self._prepare()
        level, doubt, first = usual.level, usual.doubt, usual.first_step
        starts, most = window_starts(end), 0.0
        for count, start, dispersion in zip(counts, starts, usual.dispersions, strict=True):
            expected = level * (end - (start if start > first else first))
            expected = max(expected, LEAST_EXPECTED)
            if count > expected:
                # To the right of the mean a residual is smaller than the plain error / sd.
                most += (count - expected) / sqrt((dispersion + expected * doubt) * expected)
        weight, root = usual.trend_weight, self.state.trend.root((end - 1) % BLOCK_STEPS + 1, block)
        error = weight * ((root - usual.root) / usual.root_spread)
        if most / len(starts) + error <= self.state.calibration.threshold * (1 + weight):
            return 0.0
        return (self._mean_residual(end, counts) + error) / (1 + weight)

    def _mean_residual(self, end: int, counts: Sequence[float]) -> float:
        baseline = self.state.baseline
        doubt, total = baseline.doubt(), 0.0
        parts = zip(counts, baseline.expected(end), baseline.widened(), strict=True)
        for count, expected, dispersion in parts:
            mean = max(expected, LEAST_EXPECTED)
            total += residual(count, mean, dispersion + mean * doubt)
        return total / len(SCALES_S)

    def _prepare(self) -> _Usual:
        """Return what stays the same until the next lesson."""
        baseline = self.state.baseline
        root, spread = self.state.trend.usual()
        level = baseline.level()
        hourly = level * HOUR_STEPS
        self._usual = usual = _Usual(
            first_step=baseline.first_step,
            level=level,
            doubt=baseline.doubt(),
            dispersions=baseline.widened(),
            root=root,
            root_spread=spread,
            trend_weight=TREND_WEIGHT * hourly / (hourly + TREND_HOURLY),
        )
        return usual

    def scales(self, end: int, counts: Sequence[float]) -> tuple[ScaleVerdict, ...]:
        """Return each scale's count beside its expectation, with exact tail probabilities."""
        baseline = self.state.baseline
        doubt, widened = baseline.doubt(), baseline.widened()
        verdicts = []
        for scale, expected in enumerate(baseline.expected(end)):
            observed = int(counts[scale])
            dispersion = widened[scale] + expected * doubt
            verdict = ScaleVerdict(
                scale_s=SCALES_S[scale],
                observed=observed,
                expected=expected,
                dispersion=dispersion,
                probability=upper_tail(observed, expected, dispersion),
            )
            verdicts.append(verdict)
        return tuple(verdicts)

    def note(self, verdict: Verdict) -> None:
        """Take a verdict of this block into account: its greatest statistic teaches the tail."""
        if verdict is ORDINARY:
            return
        state = self.state
        state.block_statistic = max(state.block_statistic, verdict.statistic)
        if verdict.excess > 0:
            state.calibration.note(verdict.excess, is_alert=verdict.severity >= LINE)

    def learn(self, end: int, counts: Sequence[float], weight: float) -> None:
        """Learn the window counts as of a border of five minutes, and begin the next block.

        ``weight`` is 1, less while a crisis lasts. A window that reaches back into one teaches no
        more than the crisis itself did.
        """
        state = self.state
        lessons = self._lessons(end, weight)
        state.calibration.learn(state.block_statistic, lessons[-1])
        state.baseline.learn(end, counts, lessons)
        state.trend.learn(counts[0], lessons[-1])
        state.block_statistic = 0.0
        self._usual = None

    def _lessons(self, end: int, weight: float) -> Sequence[float]:
        """Return the weight of each scale's window."""
        state, starts = self.state, window_starts(end)
        if weight < 1:
            state.held_until, state.held_weight = end, weight
        elif starts[-1] >= state.held_until:
            return FULL_LESSONS
        held = min(weight, state.held_weight)
        return [held if start < state.held_until else weight for start in starts]

    def go_back(self, known: Known) -> None:
        """Forget what was learnt since ``known``; what came lately stays."""
        known.put_back(self.state.baseline, self.state.trend, self.state.calibration)
        self._usual = None


def _unpacked(x: dict[str, float]) -> tuple[int, tuple[float, ...], float]:
    counts = tuple(x[column] for column in COLUMNS)
    return int(x["step"]), counts, x.get("block", counts[0])
