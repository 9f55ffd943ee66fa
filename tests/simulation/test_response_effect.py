"""D15: a planted effect of a response is found, and fading by itself is called none."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest

from benchmarks.response_effect import CELLS, RESULTS, Cell, measured

RUNS = 120
PAGE = Path(__file__).parents[2] / "docs" / "crisis.md"
TRIED = (Cell("steady", 2.0, 200, 4.0), Cell("steady", 4.0, 400, 4.0))


@pytest.mark.parametrize("cell", TRIED, ids=lambda cell: f"{cell.pace:g}h-{cell.at_response:g}")
def test_halved_negatives_are_found_and_fading_alone_is_no_effect(cell: Cell) -> None:
    found = measured(cell, RUNS, seed=5)
    assert found["halved"]["fewer"] >= 0.8
    assert found["none"]["none_seen"] >= 0.9


def test_no_kind_of_fading_is_taken_for_an_effect() -> None:
    """Where attention fades ever slower the effect is often missed, but none is made up."""
    found = measured(Cell("slowing", 1.0, 200, 4.0), RUNS, seed=5)
    assert found["none"]["fewer"] + found["none"]["more"] <= 0.1


def recorded() -> dict[str, Any]:
    document: dict[str, Any] = json.loads(RESULTS.read_text("utf-8"))
    return document


def test_the_recorded_figures_hold_what_the_page_promises() -> None:
    cells = recorded()["cells"]
    assert [tuple(one[name] for name in Cell._fields) for one in cells] == list(map(tuple, CELLS))
    for one in cells:
        assert one["none"]["fewer"] + one["none"]["more"] <= 0.1
        if one["shape"] == "steady" and one["hours"] >= 4:
            assert one["halved"]["fewer"] >= 0.8
            assert one["none"]["none_seen"] >= 0.9


def test_the_page_has_the_figures_of_the_record() -> None:
    text = PAGE.read_text("utf-8")
    rows = re.findall(r"^\| (steady|slowing), [^|]+ \| (.+) \|$", text, re.MULTILINE)
    shown = [tuple(map(str.strip, cells.split("|"))) for _, cells in rows]
    cells = recorded()["cells"]
    expected = [
        (
            f"{one['at_response']:g}, {one['hours']:g} h",
            f"{one['halved']['fewer']:.2f}",
            f"{one['none']['none_seen']:.2f}",
            f"{one['none']['cant_be_told']:.2f}",
            f"{one['none']['fewer'] + one['none']['more']:.2f}",
        )
        for one in cells
    ]
    assert shown == expected
