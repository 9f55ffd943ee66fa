"""`squall eval detection-delay`: the floor of the requirements, and a table beside it."""

from __future__ import annotations

import json

import pytest

from app.cli import eval_delay
from app.core.detector.floor import floor_min, least_count


@pytest.mark.parametrize(
    ("mentions", "factor", "poisson", "bursty"),
    [
        (20, 30, 162, None),
        (150, 10, 137, 329),
        (150, 3, None, None),
        (1_000, 3, 188, None),
        (1_000, 5, 48, 194),
        (10_000, 3, 14, 47),
        (10_000, 30, 1, 2),
    ],
)
def test_the_floor_is_that_of_the_requirements(
    mentions: int, factor: int, poisson: int | None, bursty: int | None
) -> None:
    assert floor_min(mentions * 0.15, factor, 1.0) == poisson
    assert floor_min(mentions * 0.15, factor, 3.0) == bursty


def test_less_budget_needs_more() -> None:
    assert least_count(4.0, 3.0, 1e-6) > least_count(4.0, 3.0, 1e-4)


def test_the_table_has_each_cell(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(eval_delay, "VOLUMES", (1_000,))
    monkeypatch.setattr(eval_delay, "DISPERSIONS", (1.0,))
    monkeypatch.setattr(eval_delay, "LEARNT_DAYS", 4)
    eval_delay.detection_delay(runs=2, as_json=True)
    cells = {cell["factor"]: cell for cell in json.loads(capsys.readouterr().out)["cells"]}
    assert sorted(cells) == [3, 5, 10, 30]
    assert cells[30]["floor_min"] == 3
    assert 1 <= cells[30]["found_in_min"] <= cells[10]["found_in_min"] <= 60
    eval_delay.detection_delay(runs=2)
    assert "1000 a day, variance 1 x mean, x30:" in capsys.readouterr().out
