"""Row D5: fifty runs, of which none may repeat or miss a thing. Part of ``make faults``."""

from __future__ import annotations

import pytest

from tests.faults.fifty import SEEDS, broken, campaign, lines_of, summed, this_build
from tests.faults.report import write


@pytest.mark.full
@pytest.mark.timeout(6 * 3_600)
async def test_fifty_runs_end_in_the_state_of_one_fold() -> None:
    await campaign(SEEDS)
    lines = [lines_of(this_build())[seed] for seed in SEEDS]
    assert broken(lines) == []
    write(summed(lines))
