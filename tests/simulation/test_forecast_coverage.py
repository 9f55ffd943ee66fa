"""C27: the 80 % interval holds what comes in 70 to 90 of 100 replays."""

from __future__ import annotations

import json
import re
from pathlib import Path

from benchmarks.forecast_coverage import RESULTS, VOLUMES, covered

PAGE = Path(__file__).parents[2] / "docs" / "crisis.md"
CHANNELS = ("mentions", "negatives")


def test_the_interval_holds_seven_to_nine_in_ten() -> None:
    found = covered(1_000, 8, seed=4)
    for name in CHANNELS:
        assert all(0.7 <= share <= 0.9 for share in found[name]), found


def test_the_page_has_the_figures_of_the_record() -> None:
    cells = json.loads(RESULTS.read_text("utf-8"))["cells"]
    assert [one["mentions_a_day"] for one in cells] == list(VOLUMES)
    rows = re.findall(r"^\| ([\d,]+) a day, (\w+) \| (.+) \|$", PAGE.read_text("utf-8"), re.M)
    shown = [(volume, name, cells.replace(" ", "")) for volume, name, cells in rows]
    expected = []
    for one in cells:
        for name in CHANNELS:
            shares = [one[name][place] for place in (0, 1, 2, 5)]
            beside = [one[f"{name}_in_crisis"][place] for place in (0, 5)]
            told = "|".join(f"{share:.2f}" for share in (*shares, *beside))
            expected.append((f"{one['mentions_a_day']:,}", name, told))
            assert all(0.7 <= share <= 0.9 for share in one[name])
    assert shown == expected
