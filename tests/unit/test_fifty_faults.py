"""What the fifty runs do wrong, and what is made of their lines, without running one."""

from __future__ import annotations

from collections import Counter
from typing import Any

import pytest

from tests.faults.fault import CRASH_POINTS
from tests.faults.fifty import SEEDS, broken, faults_of, summed
from tests.faults.report import table

LINE: dict[str, Any] = {
    "build": "b",
    "seed": 1,
    "took_s": 60.0,
    "faults": [["kill scorer-0, kill_broker", 9.0], ["scale detector to 1", 3.0]],
    "verdicts": dict.fromkeys(("I1", "I2", "I3", "I4", "I5", "I6", "told"), 0),
    "counts": {"mentions": 1_500, "log_repeats": 3, "events": 9, "event_copies": 0}
    | {"crisis_events": 8},
    "drained_s": 2.0,
    "most_lag": 7,
    "samples": 5,
    "exit_codes": {"-9": 1, "0": 4},
    "problems": {},
    "odd_codes": [],
    "text_in_logs": False,
}


@pytest.mark.parametrize("seed", SEEDS)
def test_every_fault_meets_something_that_is_there(seed: int) -> None:
    slots = Counter({"scorer": 2, "detector": 2, "notifier": 1})
    faults = faults_of(seed)
    assert faults == faults_of(seed)
    for fault, following in zip(faults, [*faults[1:], None], strict=True):
        if fault.kind == "scale":
            slots[fault.target] = fault.count
        elif fault.target:
            role, _, number = fault.target.partition("-")
            assert int(number) < slots[role]
        # What is to die at a point must have got over all that came before.
        assert not (fault.is_hasty and following and following.kind == "crash_point")
    assert not faults[-1].is_hasty


def test_all_fifty_have_what_the_row_asks_for() -> None:
    every = [faults_of(seed) for seed in SEEDS]
    kinds = [Counter(fault.kind for fault in faults) for faults in every]
    assert len(SEEDS) == 50
    assert all(found["kill"] + found["crash_point"] == 3 for found in kinds)
    assert all(found["scale"] == 1 for found in kinds)
    assert sum(found["kill_broker"] for found in kinds) == 20
    points = {fault.point for faults in every for fault in faults if fault.point}
    assert len(points) >= len(CRASH_POINTS) - 1  # drawn, as all else is
    roles = {f.target.partition("-")[0] for faults in every for f in faults if f.kind == "kill"}
    assert roles == {"scorer", "detector", "notifier"}
    assert len({tuple(faults) for faults in every}) == 50


@pytest.mark.parametrize(
    "change",
    [
        {"error": "not recovered"},
        {"problems": {"told": ["one is open and not told"]}},
        {"odd_codes": [70]},
        {"text_in_logs": True},
    ],
)
def test_a_run_that_did_not_hold_is_told(change: dict[str, Any]) -> None:
    assert broken([LINE]) == []
    (told,) = broken([LINE, LINE | {"seed": 7} | change])
    assert told.startswith("seed 7: ")


def test_the_lines_are_summed_into_one_row() -> None:
    row = summed([LINE, LINE | {"seed": 2, "most_lag": 9}, {"seed": 3, "error": "not recovered"}])
    assert (row["seed"], row["most_lag"], row["counts"]["mentions"]) == ("1–2", 9, 3_000)
    assert row["recovery_p99_s"] == 9.0
    assert "2 runs" in row["what"]
    assert "2 × broker kill -9 and restart" in row["what"]
    assert "| short runs | 3,000 | 6 |" in table({"short runs": row})
