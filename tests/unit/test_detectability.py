"""D18: what a channel says it can see is what it sees, within a fifth."""

from __future__ import annotations

import pytest

from app.core.detector.detectability import WITHIN_MIN, smallest_rises
from app.core.detector.spike import SpikeDetector
from benchmarks.detectability import Brand, learnt

RUNS = 40
TOLERANCE = 1.2


@pytest.fixture(scope="module", params=[(150, 1.0), (1_000, 1.0), (1_000, 3.0), (10_000, 1.0)])
def brand(request: pytest.FixtureRequest) -> Brand:
    per_day, dispersion = request.param
    return learnt(per_day, dispersion, RUNS, seed=1_004)


def test_the_statement_equals_a_simulation_within_a_fifth(brand: Brand) -> None:
    """9 of 10 are found at some factor between statement / 1.2 and statement x 1.2.

    Forty runs tell a share of 0.9 by plus or minus 0.05, which is what is allowed for.
    """
    for within_min, said in smallest_rises(brand.detector).items():
        if within_min == WITHIN_MIN[-1] and said is not None and said > 10:
            continue
        assert said is not None
        assert brand.found(said * TOLERANCE, within_min) >= 0.85
        assert brand.found(max(said / TOLERANCE, 1.0), within_min) <= 0.95


def test_more_time_and_more_mentions_show_smaller_rises() -> None:
    quiet, loud = (learnt(per_day, 1.0, 0, seed=5).detector for per_day in (20, 1_000))
    for detector in (quiet, loud):
        rises = [rise for rise in smallest_rises(detector).values() if rise is not None]
        assert len(rises) == len(WITHIN_MIN)
        assert rises == sorted(rises, reverse=True)
        assert rises[-1] > 1
    for less, more in zip(
        smallest_rises(quiet).values(), smallest_rises(loud).values(), strict=True
    ):
        assert less is not None
        assert more is not None
        assert less > 2 * more


def test_a_smaller_budget_asks_for_a_larger_rise() -> None:
    state = learnt(150, 1.0, 0, seed=6).detector.state
    often, rarely = (smallest_rises(SpikeDetector(0, budget, state)) for budget in (1.0, 0.1))
    assert all((rarely[one] or 0) > (often[one] or 0) for one in WITHIN_MIN)


def test_a_silent_brand_says_that_it_sees_nothing_soon() -> None:
    rises = smallest_rises(SpikeDetector())
    assert rises[15] is None


def test_asking_changes_nothing() -> None:
    detector = learnt(150, 1.0, 0, seed=7).detector
    assert smallest_rises(detector) == smallest_rises(detector)
