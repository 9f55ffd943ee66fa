"""Five labelled series of real counts: what docs/detector.md says of them, with a little slack."""

from __future__ import annotations

from random import Random
from statistics import mean

import pytest

from app.cli.compared_detectors import scores_by
from benchmarks.detector_series import Bench, changed, neighbour

WINDOWS = 17


@pytest.fixture(scope="module")
def bench() -> Bench:
    return Bench()


def test_the_default_line_finds_the_incidents_within_its_budget(bench: Bench) -> None:
    result = bench.result()
    assert result.line >= 85
    assert result.found >= 0.8 * WINDOWS
    assert result.episodes <= 0.5
    assert result.best >= 87
    assert result.others >= 80


@pytest.mark.slow
def test_it_stands_on_a_plateau(bench: Bench) -> None:
    """All settings changed at once by up to a third: the mean of six neighbours."""
    draw, results = Random(11), []
    for _ in range(6):
        with changed(neighbour(draw)):
            results.append(bench.result())
    assert mean(result.best for result in results) >= 83
    assert mean(result.line for result in results) >= 78


def test_the_second_detector_finds_most_within_its_budget() -> None:
    result = Bench(scores_of=scores_by("rate-1")).result()
    assert result.line >= 70
    assert result.found >= 0.7 * WINDOWS
    assert result.episodes <= 0.5
