"""Our detectors in River's form pass River's own checks, on counts in place of its data sets."""

from __future__ import annotations

from collections.abc import Iterator
from random import Random
from typing import Any

import pytest
import river.checks
from river.base import AnomalyDetector

from app.core.detector.river_form import DETECTORS, STEPS_S, CountScorer
from app.core.detector.series import SeriesScorer

CHECKS = 26
NEEDS_A_LIBRARY = "check_roc_auc"  # of scikit-learn, for one area; ``auc`` below stands in


class Counts:
    """A stream of labelled counts, a spike every two days, with a feature that says nothing."""

    def __init__(self, length: int) -> None:
        self._length = length

    def __iter__(self) -> Iterator[tuple[dict[str, float], int]]:
        draw = Random(3)
        for number in range(self._length):
            is_spike = number > 300 and number % 576 == 0
            count = draw.randint(20, 30) if is_spike else draw.randint(0, 4)
            yield {"count": count, "other": draw.random()}, int(is_spike)


def checks(scorer: CountScorer, monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    def streams(model: object, scale: int = 1) -> Iterator[Counts]:
        yield Counts(600 * scale)

    monkeypatch.setattr(river.checks, "_yield_datasets", streams)
    return list(river.checks.yield_checks(scorer))


@pytest.mark.parametrize("name", DETECTORS)
def test_it_passes_the_checks_of_river(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    scorer, passed = CountScorer(detector=name), 0
    for check in checks(scorer, monkeypatch):
        if check.__name__ != NEEDS_A_LIBRARY:
            check(scorer.clone())
            passed += 1
    assert passed >= CHECKS - 1


@pytest.mark.parametrize("name", DETECTORS)
def test_it_ranks_spikes_above_the_rest(name: str) -> None:
    scorer = CountScorer(detector=name)
    spikes: list[float] = []
    rest: list[float] = []
    assert isinstance(scorer, AnomalyDetector)
    for x, label in Counts(3_000):
        (spikes if label else rest).append(scorer.score_one(x))
        scorer.learn_one(x)
    assert auc(spikes, rest) > 0.9


def auc(high: list[float], low: list[float]) -> float:
    """Return the chance that one of ``high`` lies above one of ``low``, a tie being a half."""
    above = sum((one > other) + 0.5 * (one == other) for one in high for other in low)
    return above / len(high) / len(low)


@pytest.mark.parametrize("step_s", STEPS_S)
def test_it_scores_as_the_live_detector_does(step_s: int) -> None:
    scorer, series, draw = CountScorer(step_s), SeriesScorer(0, step_s), Random(5)
    for number in range(900):
        count = draw.randint(0, 2) + 40 * (number > 890)
        expected = series.score(count)
        if count:
            assert scorer.score_one({"count": count}) == expected
        scorer.learn_one({"count": count})


@pytest.mark.parametrize("step_s", [0, 20, 45, 90, 600, -30])
def test_another_step_is_refused(step_s: int) -> None:
    with pytest.raises(ValueError, match=f"step_s is {step_s}: choose one of 30, 60, 150, 300"):
        CountScorer(step_s)


def test_another_detector_is_refused() -> None:
    with pytest.raises(ValueError, match="no detector 'none': choose one of spike-2, rate-1"):
        CountScorer(detector="none")
