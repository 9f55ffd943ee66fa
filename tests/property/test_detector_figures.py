"""C16, C17, C18, C20: what docs/detector.md says of noise, planted rises and delays."""

from __future__ import annotations

import pytest

from app.cli import eval_delay
from benchmarks import noise_alarms, planted_rises

RISES, LEAST_RECALL = 600, 0.95
SEEDS, WEEKS = 20, 4
RUNS, SLOWER_THAN_FLOOR = 40, 1.5


@pytest.mark.full
@pytest.mark.timeout(3_600)
def test_either_detector_finds_nearly_all_visible_rises() -> None:
    found = planted_rises.run(RISES)
    assert found["recall"]["either"] >= LEAST_RECALL
    assert all(cell["either"] >= LEAST_RECALL - 0.05 for cell in found["cells"])


@pytest.mark.full
@pytest.mark.timeout(3_600)
@pytest.mark.parametrize("per_day", [20, 150, 1_000])
@pytest.mark.parametrize("family", noise_alarms.FAMILIES)
def test_alarms_on_noise_keep_to_each_budget(family: str, per_day: int) -> None:
    """80 weeks a cell; the whole table has 400, and is of ``python -m benchmarks.noise_alarms``."""
    rates = noise_alarms.row(family, per_day, WEEKS, SEEDS)
    for rate, budget in zip(rates, noise_alarms.BUDGETS, strict=True):
        assert rate <= budget


@pytest.mark.full
@pytest.mark.timeout(3_600)
@pytest.mark.parametrize("dispersion", eval_delay.DISPERSIONS)
@pytest.mark.parametrize("per_day", eval_delay.VOLUMES)
def test_what_can_be_seen_is_seen_within_half_again_of_the_floor(
    per_day: int, dispersion: float
) -> None:
    for row in eval_delay.rows(per_day, dispersion, RUNS):
        if row["floor_min"] is not None:
            assert row["found_in_min"] is not None
            assert row["found_in_min"] <= SLOWER_THAN_FLOOR * row["floor_min"]
