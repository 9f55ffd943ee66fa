"""Any River detector in the place of the second one: counts in, a calibrated severity out.

What is stored is not the detector but what taught it: the negatives of each block of five minutes,
for one week to one and a half. The detector is made anew from them when it is needed first, and at
set lengths of that memory (``_border``) also in a process that never stopped. So it is the same
after a restart or a rebalance as it would have been without one, whatever it keeps where, and
nothing that is stored is ever turned into code or into a compiled object's insides.

It is shown the last five minutes and the last hour, as roots (Anscombe 1948) in sd of what the
memory held when it was made. A score is one-sided: what is below the usual is none. River's scores
have no unit, so each is told in sd of those that it gave to the memory's own larger blocks, before
peaks over threshold make a severity of it as of the rate test's statistic.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from math import ceil, isfinite, log, sqrt
from typing import Any, Final, NamedTuple

import msgspec

from app.core.detector.by_name import NO_PARAMETERS, called, is_supervised, maker
from app.core.detector.calibration import FIRST_DAY
from app.core.detector.rate_test import RateTail
from app.core.detector.series import Make
from app.core.detector.spike import LINE, ORDINARY, Verdict
from app.core.window import BLOCKS, HOUR

FIRST: Final = 2 * FIRST_DAY  # blocks until the detector is made
KEPT: Final = 7 * FIRST_DAY  # of them when it is made anew, and it forgets the rest ...
MOST: Final = KEPT + KEPT // 2  # ... after so many
LARGEST: Final = 2**31  # count of a block, so that a stored one is small
CLIP: Final = 3.0  # sd; a block teaches at most that, as in ``baseline``
REACH: Final = 6.0  # sd on either side that become 0..1 for detectors without a target
FLOOR: Final = 1e-16  # of the chance that a score leaves
LEAST_SCORES: Final = 5  # of larger blocks, or its scores have no spread to be told in
# Their scores are documented to lie between 0 and 1; sqrt(-2 log(1 - score)) is about the normal
# quantile, whose tail bursts make exponential. -log(1 - score) fired twice as often as it said.
WITHIN_ONE: Final = frozenset({"GaussianScorer", "HalfSpaceTrees", "PredictiveAnomalyDetection"})

SPREAD: Final = 2.0  # excesses by which alarms get rarer by e: tails differ between detectors

Shown = tuple[float, float]  # five minutes and the hour, in sd


class PluggedTail(RateTail, array_like=True, kw_only=True):
    """The rate test's, which it takes twice as far to climb."""

    def severity(self, excess: float, budget: float) -> float:
        return RateTail.severity(self, excess / SPREAD, budget)


class PluggedState(msgspec.Struct, array_like=True, kw_only=True):
    """A channel's memory. ``values``: negatives of the blocks that taught, the newest last;
    ``built``: of how many of them the detector was made; ``owed``: parts of lessons, until they
    are a whole one.
    """

    name: str
    parameters: str
    values: list[int] = []
    built: int = 0
    owed: float = 0.0
    tail: PluggedTail = msgspec.field(default_factory=PluggedTail)
    highest: float = 0.0  # statistic since the block began

    def is_sound(self) -> bool:
        """Tell whether all numbers can be what was learnt; for what comes from storage."""
        numbers = (*msgspec.structs.astuple(self.tail), self.owed, self.highest)
        return (
            len(self.values) < MOST
            and all(0 <= value < LARGEST for value in self.values)
            and (self.built == 0 or self.built >= FIRST)
            and self.built <= len(self.values) < _border(self.built)
            and all(isfinite(number) and number >= 0 for number in numbers)
            and min(self.tail.weight, self.tail.excess) > 0
        )


class _Scale(NamedTuple):
    """Mean and sd of the roots of a window's counts."""

    mean: float
    sd: float

    @classmethod
    def of(cls, counts: Sequence[int]) -> _Scale:
        roots = [_root(count) for count in counts]
        mean = sum(roots) / len(roots)
        variance = sum((root - mean) ** 2 for root in roots) / len(roots)
        return cls(mean, max(sqrt(variance), 1.0))  # of a Poisson count it is 1

    def shown(self, count: float) -> float:
        return (_root(count) - self.mean) / self.sd


class _Made:
    """A detector made from ``values``, and what its scores are told in."""

    def __init__(self, name: str, parameters: str, values: Sequence[int]) -> None:
        self._model = maker(name, parameters)()
        self._is_supervised = is_supervised(name)
        self._is_within_one = called(name).split("@")[0].rpartition(".")[2] in WITHIN_ONE
        hours = list(_hours(values))
        self._scales = _Scale.of(values), _Scale.of(hours)
        self.limit = max(1, ceil(_count(self._scales[0].mean + CLIP * self._scales[0].sd)))
        self._before = 0.0
        self.scores = self._learnt(values, hours)

    def _learnt(self, values: Sequence[int], hours: Sequence[int]) -> _Scale | None:
        """Learn ``values``; return mean and sd of the scores of the larger blocks of the second
        half, each scored before it was learnt.
        """
        scores: list[float] = []
        for place, (value, hour) in enumerate(zip(values, hours, strict=True)):
            shown = self.shown(value, hour)
            if 2 * place >= len(values) and sum(shown) > 0:
                scores.append(self.score(shown))
            self.learn(shown)
        if len(scores) < LEAST_SCORES:
            return None
        mean = sum(scores) / len(scores)
        sd = sqrt(sum((score - mean) ** 2 for score in scores) / len(scores))
        return _Scale(mean, sd) if sd > 1e-9 * (1 + abs(mean)) else None

    def shown(self, value: float, hour: float) -> Shown:
        five_minutes, hours = self._scales
        return five_minutes.shown(value), hours.shown(hour)

    def score(self, shown: Shown) -> float:
        try:
            score = float(self._model.score_one(*self._input(shown)))
        except ZeroDivisionError:  # some divide by a spread that they have not seen yet
            return 0.0
        if not isfinite(score):
            return 0.0
        return sqrt(-2 * log(min(max(1 - score, FLOOR), 1.0))) if self._is_within_one else score

    def learn(self, shown: Shown) -> None:
        self._model.learn_one(*self._input(shown))
        self._before = sum(shown) / 2

    def _input(self, shown: Shown) -> tuple[Any, ...]:
        if self._is_supervised:
            return {"before": self._before}, sum(shown) / 2
        five_minutes, hour = (min(max(0.5 + one / (2 * REACH), 0.0), 1.0) for one in shown)
        return ({"five_minutes": five_minutes, "hour": hour},)


class PluggedDetector:
    """Scores by a detector of ``river.anomaly``; used like ``RateTest``.

    >>> from random import Random
    >>> draw, plugged = Random(7), PluggedDetector("river.anomaly.GaussianScorer")
    >>> def counts(five_minutes, hour):
    ...     return [five_minutes, 3 * five_minutes, hour, 6 * hour]
    >>> for block in range(1, 1_000):
    ...     plugged.learn(block * 10, counts(draw.choice([3, 4, 5]), 48), 1.0)
    >>> plugged.judge(10_000, counts(4, 48), 4).score
    0.0
    >>> plugged.judge(10_000, counts(40, 84), 40).score > 0.9
    True
    """

    def __init__(
        self,
        name: str,
        parameters: str = NO_PARAMETERS,
        false_alarms_per_week: float = 1.0,
        state: PluggedState | None = None,
    ) -> None:
        self.false_alarms_per_week = false_alarms_per_week
        self.state = state or PluggedState(name=called(name), parameters=parameters)
        self._name, self._parameters = name, parameters
        self._made: _Made | None = None
        if (self.state.name, self.state.parameters) != (called(name), parameters):
            self._take_over()

    def _take_over(self) -> None:
        """Go on with the memory of another detector; the tail was of its scores."""
        state = self.state
        state.name, state.parameters = called(self._name), self._parameters
        state.tail, state.highest = PluggedTail(), 0.0

    def judge(self, end: int, counts: Sequence[float], block: float) -> Verdict:
        """Return the verdict on the windows ``counts`` (one a scale) before step ``end``; nothing
        is learnt. ``block`` is not looked at: five minutes are a window too.
        """
        made = self._made or self._make()
        if made is None or made.scores is None:
            return ORDINARY
        shown = made.shown(counts[0], counts[HOUR])
        if sum(shown) <= 0:
            return ORDINARY
        statistic = (made.score(shown) - made.scores.mean) / made.scores.sd
        if statistic <= 0:
            return ORDINARY
        return self.state.tail.verdict(statistic, self.false_alarms_per_week)

    def note(self, verdict: Verdict) -> None:
        """Take a verdict of this block into account: the greatest statistic teaches the tail."""
        state = self.state
        state.highest = max(state.highest, verdict.statistic)
        if verdict.excess > 0:
            state.tail.note(verdict.excess, is_alert=verdict.severity >= LINE)

    def learn(self, end: int, counts: Sequence[float], weight: float) -> None:
        """Learn the block ``counts[0]`` that ends at a border; ``weight`` is 1, less while a crisis
        lasts: then parts add up, and a whole one teaches.
        """
        state = self.state
        made = self._made or self._make()
        state.tail.learn(state.highest, weight)
        state.highest = 0.0
        state.owed += weight
        if state.owed < 1:
            return
        state.owed -= 1
        value = min(round(counts[0]), made.limit if made else LARGEST - 1)
        state.values.append(value)
        if len(state.values) >= _border(state.built):
            self._begin_anew()
        elif made is not None:
            made.learn(made.shown(value, sum(state.values[-BLOCKS:])))

    def _begin_anew(self) -> None:
        state = self.state
        if len(state.values) >= MOST:
            state.values = state.values[-KEPT:]
        state.built, self._made = len(state.values), None

    def _make(self) -> _Made | None:
        """Return the detector as the memory gives it; None while that is too short."""
        state = self.state
        if not state.built:
            return None
        made = _Made(self._name, self._parameters, state.values[: state.built])
        for place in range(state.built, len(state.values)):
            hour = sum(state.values[max(place + 1 - BLOCKS, 0) : place + 1])
            made.learn(made.shown(state.values[place], hour))
        self._made = made
        return made


def making(name: str, parameters: str = NO_PARAMETERS) -> Make:
    """Return what makes the detector as ``SeriesScorer`` asks for one."""

    def make(first_step: int = 0, false_alarms_per_week: float = 1.0) -> PluggedDetector:
        return PluggedDetector(name, parameters, false_alarms_per_week)

    return make


def _border(built: int) -> int:
    """Return the blocks at which a detector that was made of ``built`` of them is made anew."""
    return min(max(2 * built, FIRST), MOST)


def _hours(values: Sequence[int]) -> Iterator[int]:
    """Return, for each block, the sum of it and the eleven before."""
    total = 0
    for place, value in enumerate(values):
        total += value - (values[place - BLOCKS] if place >= BLOCKS else 0)
        yield total


def _root(count: float) -> float:
    return 2 * sqrt(max(count, 0.0) + 0.375)


def _count(root: float) -> float:
    return root * root / 4 - 0.375
