"""A series of counts in equal steps through the channel detector that the fold uses."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from app.core.detector.spike import SpikeDetector, Verdict
from app.core.window import BLOCK_STEPS, RAW, Rings, zero

BASE_S = 30
BLOCK_S = BLOCK_STEPS * BASE_S


class ChannelDetector(Protocol):
    """What a channel's detector does, in this order: judge a step, note the verdict, learn at each
    border of five minutes.
    """

    def judge(self, end: int, counts: Sequence[float], block: float) -> Verdict: ...

    def note(self, verdict: Verdict) -> None: ...

    def learn(self, end: int, counts: Sequence[float], weight: float) -> None: ...


class Make(Protocol):
    """Makes a detector; the detectors' own classes do."""

    def __call__(
        self, first_step: int = 0, false_alarms_per_week: float = 1.0
    ) -> ChannelDetector: ...


class SeriesScorer:
    """Scores one value after another, each before it is learnt.

    A step of up to five minutes is put into its last base step; a longer one is spread evenly over
    its five-minute blocks and judged at its end. Of steps shorter than 30 s, the last in each
    base step is judged and stands for all. A step without a mention scores 0, as in the fold.
    """

    def __init__(
        self,
        start_s: float,
        step_s: float,
        false_alarms_per_week: float = 1.0,
        detector: Make = SpikeDetector,
    ) -> None:
        self._step_s = step_s
        # A border of the step becomes a border of a block; the phase within a step says nothing.
        self._start_s = start_s // step_s * step_s
        first = int(self._start_s // BLOCK_S) * BLOCK_STEPS
        self._rings = Rings.starting_at(first)
        self._detector = detector(first, false_alarms_per_week)
        self._number = 0
        self._waiting = 0.0
        self.severity = 0.0  # of the newest value: the score without the rule that it be new

    def score(self, value: float) -> float:
        """Return the score 0..1 of the next value; 0.5 is the alert line."""
        self._number += 1
        end = int((self._start_s + self._number * self._step_s + 1e-6) // BASE_S)
        self._waiting += value
        if end <= self._rings.next_step:
            return 0.0
        whole, self._waiting, self.severity = self._waiting, 0.0, 0.0
        self._fill(end, whole)
        score = self._judge() if whole > 0 else 0.0
        self._learn_at_border()
        return score

    def _fill(self, end: int, value: float) -> None:
        """Append the steps up to ``end``: the value in the last, or a share in each block."""
        rings, start = self._rings, self._rings.next_step
        while rings.next_step < end:
            border = min((rings.next_step // BLOCK_STEPS + 1) * BLOCK_STEPS, end)
            share = (border - rings.next_step) / (end - start)
            if end - start <= BLOCK_STEPS:
                share = float(border == end)
            if value * share == 0:
                rings.skip(border - rings.next_step)
            else:
                if border - 1 > rings.next_step:
                    rings.skip(border - 1 - rings.next_step)
                counts = zero()
                counts[RAW] = value * share  # type: ignore[call-overload]
                rings.push(counts)
            if border < end:
                self._learn_at_border()

    def _counts(self) -> tuple[float, ...]:
        return tuple(counts[RAW] for _, counts in self._rings.windows())

    def _judge(self) -> float:
        rings = self._rings
        verdict = self._detector.judge(rings.next_step, self._counts(), rings.blocks[-1][RAW])
        self._detector.note(verdict)
        self.severity = verdict.severity
        return verdict.score

    def _learn_at_border(self) -> None:
        if self._rings.next_step % BLOCK_STEPS == 0:
            self._detector.learn(self._rings.next_step, self._counts(), 1.0)
