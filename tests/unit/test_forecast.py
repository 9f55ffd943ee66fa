"""C27: the next one to six hours of a brand, with an 80 % interval, from its windows."""

from __future__ import annotations

import json
from collections.abc import Iterator
from itertools import pairwise
from math import pi, sin
from pathlib import Path

import pytest

from app.cli.main import run
from app.core.event import ClosedWindow
from app.report.forecast import AHEAD, LEAST_HOURS, ahead_of, forecast
from tests.unit.report_values import window
from tests.unit.test_cli_report import lines as written

Capture = pytest.CaptureFixture[str]
HOUR_STEPS = 120


pytestmark = pytest.mark.usefixtures("no_variables")


def cycle(hour: int) -> int:
    return round(60 + 40 * sin(2 * pi * hour / 24))


def days(hours: int, brand: str = "larkmoor") -> Iterator[ClosedWindow]:
    """Yield a window an hour with the cycle's mentions, a quarter of them negative."""
    for hour in range(hours):
        count = cycle(hour)
        fields = {"mentions": count + 5, "distinct": count, "negatives": count // 4}
        yield window(brand, (hour + 1) * HOUR_STEPS - 1, **fields)


def test_a_steady_cycle_goes_on() -> None:
    found = forecast("larkmoor", days(24 * 15))
    assert [one.hours for one in found.ahead] == list(range(1, AHEAD + 1))
    for one in found.ahead:
        come = sum(cycle(24 * 15 + hour) for hour in range(one.hours))
        assert one.mentions.expected == pytest.approx(come, rel=0.1)
        assert one.mentions.low <= come <= one.mentions.high
        assert one.negatives.high - one.negatives.low < come / 4
    assert found.from_ms == max(one.end_ms for one in days(24 * 15))


def test_a_wave_goes_on_and_fades() -> None:
    calm = [cycle(hour) for hour in range(24 * 15)]
    loud = [*calm[:-2], calm[-2] + 200, calm[-1] + 200]
    usual, more = ahead_of(calm), ahead_of(loud)
    beyond = [two.expected - one.expected for one, two in zip(usual, more, strict=True)]
    assert beyond[0] > 100
    each = [two - one for one, two in pairwise(beyond)]
    assert each == sorted(each, reverse=True)
    assert each[-1] > 0
    assert more[0].high - more[0].low > usual[0].high - usual[0].low


def test_the_interval_is_as_wide_as_past_errors_were() -> None:
    steady = ahead_of([40] * (24 * 15))
    swings = ahead_of([40 + (30 if hour % 5 in (0, 3) else -20) for hour in range(24 * 15)])
    assert steady[0].high - steady[0].low < 4
    assert swings[0].high - swings[0].low > 30


def test_no_count_is_below_none() -> None:
    assert all(one.low == 0 for one in ahead_of([0] * (24 * 15)))
    assert all(one.low >= 0 and one.expected >= 0 for one in ahead_of([9, 0, 0] * 120))


def test_other_brands_repeats_and_order_change_nothing() -> None:
    given = list(days(24 * 10))
    other = list(days(24 * 12, "zumbry"))
    assert forecast("larkmoor", [*reversed(given), *other, *given]) == forecast("larkmoor", given)


@pytest.mark.parametrize(
    ("hours", "why"),
    [
        (0, "no window of it is there"),
        (LEAST_HOURS - 1, f"and {LEAST_HOURS} are needed: ask later"),
    ],
)
def test_too_little_is_said(hours: int, why: str) -> None:
    found = forecast("larkmoor", days(hours))
    assert found.ahead == ()
    assert why in found.why


def test_the_least_is_enough() -> None:
    first = window("larkmoor", 0, distinct=0)
    assert len(forecast("larkmoor", [first, *days(LEAST_HOURS)]).ahead) == AHEAD


def test_the_command_shows_a_table_or_json(tmp_path: Path, capsys: Capture) -> None:
    file = written(tmp_path / "windows.jsonl", days(24 * 10))
    assert run(["forecast", " Larkmoor ", "--windows", str(file)]) == 0
    shown = capsys.readouterr().out.splitlines()
    assert shown[0].startswith("larkmoor, from 2025-03-13 11:00Z, by 239 hours")
    assert len(shown) == 2 + AHEAD
    assert run(["forecast", "larkmoor", "--windows", str(file), "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert found["ahead"][5]["hours"] == AHEAD
    assert run(["forecast", "zumbry", "--windows", str(file)]) == 0
    told = capsys.readouterr().out
    assert told == "zumbry: nothing can be said of the next hours; no window of it is there\n"


def test_what_is_wrong_is_named(tmp_path: Path, capsys: Capture) -> None:
    assert run(["forecast", "", "--windows", str(tmp_path / "none.jsonl")]) == 64
    assert "'' is no brand name: give one as the events have it" in capsys.readouterr().err
    assert run(["forecast", "larkmoor", "--windows", str(tmp_path / "none.jsonl")]) == 65
    assert "can't be read" in capsys.readouterr().err
