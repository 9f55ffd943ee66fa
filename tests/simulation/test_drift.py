"""D17: single voices become bursts; in a fleet the two scores part weeks before rises are missed.

One brand tells too little (docs/detector.md), so fleets are asked, and one without a drift too.
"""

from __future__ import annotations

import pytest

from benchmarks import drift


@pytest.mark.slow
def test_a_small_fleet_s_scores_part_before_recall_falls() -> None:
    bursts, still = (drift.fleet(name, 1, brands=3) for name in ("bursts", "none"))
    assert drift.fallen(bursts, "first") is not None
    assert drift.comes_first(bursts, "first")
    assert drift.comes_first(bursts, "either")
    assert drift.risen(still) is None


@pytest.mark.full
@pytest.mark.timeout(3_600)
@pytest.mark.parametrize("number", [1, 2])
def test_a_fleet_s_scores_part_two_weeks_before_recall_falls(number: int) -> None:
    bursts, still = (drift.fleet(name, number) for name in ("bursts", "none"))
    fell, rose = drift.fallen(bursts, "either"), drift.risen(bursts)
    assert fell is not None
    assert rose is not None
    assert rose + 4 <= fell
    assert drift.risen(still) is None
    assert drift.fallen(still, "either") is None
