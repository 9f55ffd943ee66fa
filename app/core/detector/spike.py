"""One channel's detector, as a River ``AnomalyDetector``: window counts in, a calibrated score
out.
"""

from __future__ import annotations

import msgspec
from river.base import AnomalyDetector

from app.core.detector.baseline import Baseline
from app.core.detector.calibration import Calibration
from app.core.detector.tail import sigma, surprise, upper_tail
from app.core.window import SCALES_S

VERSION = "spike-1"
AGREEING = 2  # scales: one alone is too easily high by chance, all four miss a slow rise
COLUMNS = tuple(f"w{scale_s}" for scale_s in SCALES_S)


class ChannelState(msgspec.Struct, kw_only=True):
    """All of a channel's memory as named numbers; what is stored and loaded."""

    baseline: Baseline
    calibration: Calibration
    block_statistic: float = 0.0  # greatest since the block began


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


class Verdict(msgspec.Struct, frozen=True, kw_only=True):
    """``score`` is 1 / (1 + r), r the false alarms to expect at this statistic in units of the
    budget.
    """

    score: float
    statistic: float
    scales: tuple[ScaleVerdict, ...]


class SpikeDetector(AnomalyDetector):  # type: ignore[misc]
    """Scores how much the counts of the last 5 min, 15 min, 1 h and 6 h exceed what is usual.

    Each count's negative-binomial tail probability becomes sqrt(-2 ln p); the mean of the two
    strongest scales asks for agreement; peaks over threshold turn it into false alarms a week,
    and those into a score: 0.5 is the budget's line. ``x`` holds ``step`` (the 30-second steps
    since 1970 that have ended) and the counts ``w300``, ``w900``, ``w3600``, ``w21600``.
    ``learn_one`` expects a step at a border of five minutes.

    >>> from random import Random
    >>> draw = Random(7)
    >>> spikes = SpikeDetector(first_step=0)
    >>> def counts(step, n):
    ...     return {"step": step, "w300": n, "w900": 3 * n, "w3600": 12 * n, "w21600": 72 * n}
    >>> for block in range(1, 600):
    ...     spikes.learn_one(counts(block * 10, draw.choice([3, 4, 5])))
    >>> spikes.score_one(counts(6000, 4)) < 0.3
    True
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
        self.state = state or ChannelState(
            baseline=Baseline.starting_at(first_step), calibration=Calibration()
        )

    def score_one(self, x: dict[str, float]) -> float:
        """Return the score 0..1 of ``x``; nothing is learnt."""
        return self.judge(x).score

    def judge(self, x: dict[str, float]) -> Verdict:
        """Return the score of ``x`` with the numbers behind it; nothing is learnt."""
        scales = self._scales(int(x["step"]), x)
        strongest = sorted(surprise(verdict.probability) for verdict in scales)[-AGREEING:]
        statistic = sum(strongest) / AGREEING
        alarms = self.state.calibration.alarms_per_week(statistic) / self.false_alarms_per_week
        return Verdict(score=1 / (1 + alarms), statistic=statistic, scales=scales)

    def _scales(self, end: int, x: dict[str, float]) -> tuple[ScaleVerdict, ...]:
        baseline = self.state.baseline
        doubt = baseline.doubt()
        verdicts = []
        for index, expected in enumerate(baseline.expected(end)):
            observed = int(x[COLUMNS[index]])
            dispersion = baseline.dispersion(index) + expected * doubt
            verdict = ScaleVerdict(
                scale_s=SCALES_S[index],
                observed=observed,
                expected=expected,
                dispersion=dispersion,
                probability=upper_tail(observed, expected, dispersion),
            )
            verdicts.append(verdict)
        return tuple(verdicts)

    def learn_one(self, x: dict[str, float]) -> None:
        """Learn the counts as of a five-minute border; scored before they are learnt."""
        self.note(self.judge(x))
        self.learn(x, 1.0)

    def note(self, verdict: Verdict) -> None:
        """Take a verdict of this block into account: its greatest statistic teaches the tail."""
        self.state.block_statistic = max(self.state.block_statistic, verdict.statistic)

    def learn(self, x: dict[str, float], weight: float) -> None:
        """Learn ``x`` with ``weight`` (1, less while a crisis lasts) and begin the next block."""
        state = self.state
        state.calibration.learn(state.block_statistic)
        counts = tuple(float(x[column]) for column in COLUMNS)
        state.baseline.learn(int(x["step"]), counts, weight)
        state.block_statistic = 0.0
