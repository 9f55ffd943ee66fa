"""Pictures of dashboards: numbers as Grafana shows them, and panels without data are told."""

from __future__ import annotations

from pathlib import Path

import pytest

from app.cli.demo.roles import Roles
from app.config import ROLES
from deploy.dashboards.demo_run import _name
from deploy.dashboards.pictures import Panel, Series, _stacked, draw, value


@pytest.mark.parametrize(
    ("number", "unit", "shown"),
    [
        (0.934, "percentunit", "93.4%"),
        (90, "s", "1.5 min"),
        (0.25, "s", "250 ms"),
        (0, "s", "0"),
        (172_800, "s", "2 d"),
        (1_536, "bytes", "1.5 KiB"),
        (1_250, "short", "1.25 K"),
        (7, "", "7"),
    ],
)
def test_a_number_is_shown_with_its_unit(number: float, unit: str, shown: str) -> None:
    assert value(number, unit) == shown


def test_a_series_is_named_by_its_legend_or_its_labels() -> None:
    labels = {"__name__": "x", "brand": "acme", "sink": "a"}
    assert _name("{{brand}} upper", labels) == "acme upper"
    assert _name("", labels) == "acme, a"


def test_a_picture_is_drawn_of_every_kind_of_panel(tmp_path: Path) -> None:
    some = (Series("a", ((0.0, 1.0), (1.0, 3.0))),)
    panels = [
        Panel(title="t", kind=kind, unit="s", place=(8 * x, 0, 8, 8), series=series)
        for x, (kind, series) in enumerate(
            (
                ("timeseries", some),
                ("stat", some),
                ("table", some),
                ("timeseries", ()),
                ("stat", ()),
            )
        )
    ]

    draw("Some", panels, tmp_path / "some.png")

    assert (tmp_path / "some.png").read_bytes().startswith(b"\x89PNG")
    assert [panel.is_empty for panel in panels] == [False, False, False, True, True]


def test_stacked_curves_lie_on_those_before_them() -> None:
    under, over = _stacked(
        [Series("a", ((0.0, 1.0), (1.0, 2.0))), Series("b", ((1.0, 5.0), (2.0, 5.0)))]
    )
    assert under.points == ((0.0, 1.0), (1.0, 2.0))
    assert over.points == ((1.0, 7.0), (2.0, 5.0)), "one begins later: there it lies on nothing"


def test_a_panel_of_zeros_is_not_empty() -> None:
    def of(*points: tuple[float, float]) -> Panel:
        series = (Series("a", points),)
        return Panel(title="t", kind="timeseries", unit="", place=(0, 0, 1, 1), series=series)

    assert [(of().is_empty, of().is_zero), (of((0.0, 0.0)).is_empty, of((0.0, 0.0)).is_zero)] == [
        (True, True),
        (False, True),
    ]
    assert not of((0.0, 0.0), (1.0, 0.1)).is_zero


def test_each_role_of_a_demo_has_a_metrics_port_of_its_own(tmp_path: Path) -> None:
    with_port = Roles({"SQUALL_METRICS__PORT": "9000"}, tmp_path)
    assert [with_port._ports(role) for role in ROLES] == [
        {"SQUALL_METRICS__PORT": str(9000 + step)} for step in range(3)
    ]
    assert Roles({}, tmp_path)._ports("detector") == {"SQUALL_METRICS__PORT": "0"}
