"""Our detectors in River's form: one count a step in, a score out, for River's own pipelines.

``SpikeDetector`` is a River detector of window counts. Here the windows are kept inside, so that
it takes what any River detector takes: the value of one step after another.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import msgspec
from river.base import AnomalyDetector

from app.core.detector import rate_test, spike
from app.core.detector.series import BASE_S, BLOCK_S, ChannelDetector, Make
from app.core.detector.spike import Verdict
from app.core.window import RAW, Rings, zero

DETECTORS: dict[str, Make] = {
    spike.VERSION: spike.SpikeDetector,
    rate_test.VERSION: rate_test.RateTest,
}
STEPS_S = tuple(step for step in range(BASE_S, BLOCK_S + 1, BASE_S) if BLOCK_S % step == 0)


class CountScorer(AnomalyDetector):  # type: ignore[misc]
    """Scores the count of each step of ``step_s`` seconds, given as ``x[field]``; none is 0.

    ``detector`` is ``spike-2`` or ``rate-1``. Raises ValueError for another one, and for a step
    that is not 30, 60, 150 or 300 seconds. The first step begins at a border of five minutes.

    >>> from random import Random
    >>> draw, scorer = Random(7), CountScorer(step_s=300)
    >>> for _ in range(600):
    ...     scorer.learn_one({"count": draw.choice([3, 4, 5])})
    >>> scorer.score_one({"count": 4})
    0.0
    >>> scorer.score_one({"count": 40}) > 0.9
    True
    """

    def __init__(
        self,
        step_s: int = 300,
        false_alarms_per_week: float = 1.0,
        detector: str = spike.VERSION,
        field: str = "count",
    ) -> None:
        if step_s not in STEPS_S:
            raise ValueError(f"step_s is {step_s}: choose one of {', '.join(map(str, STEPS_S))}")
        if detector not in DETECTORS:
            raise ValueError(f"no detector {detector!r}: choose one of {', '.join(DETECTORS)}")
        self.step_s = step_s
        self.false_alarms_per_week = false_alarms_per_week
        self.detector = detector
        self.field = field
        self._rings = Rings.starting_at(0)
        self._channel: ChannelDetector = DETECTORS[detector](0, false_alarms_per_week)

    def score_one(self, x: Mapping[str, Any]) -> float:
        """Return the score 0..1 of the next step, 0.5 the alert line; nothing is learnt."""
        return self._judge(x, msgspec.convert(msgspec.to_builtins(self._rings), Rings)).score

    def learn_one(self, x: Mapping[str, Any]) -> None:
        """Learn the next step; it is scored before it is learnt."""
        rings = self._rings
        self._channel.note(self._judge(x, rings))
        if rings.next_step * BASE_S % BLOCK_S == 0:
            self._channel.learn(rings.next_step, _counts(rings), 1.0)

    def _judge(self, x: Mapping[str, Any], rings: Rings) -> Verdict:
        """Append the step to ``rings`` and return the verdict on it."""
        count = x.get(self.field, 0)
        if self.step_s > BASE_S:
            rings.skip(self.step_s // BASE_S - 1)
        step = zero()
        step[RAW] = count
        rings.push(step)
        return self._channel.judge(rings.next_step, _counts(rings), rings.blocks[-1][RAW])


def _counts(rings: Rings) -> tuple[float, ...]:
    return tuple([counts[RAW] for counts in rings.sums])
