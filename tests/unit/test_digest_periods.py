"""C48: days and weeks of a time zone, also where clocks change and years end."""

from __future__ import annotations

from datetime import UTC, date, datetime
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest

from app.report.digest.periods import Period, last_over, period_of, periods_to
from tests.unit.digest_values import DAY_MS, HOUR_MS

WARSAW = ZoneInfo("Europe/Warsaw")
MIDNIGHT = ZoneInfo("America/Santiago")  # its clocks change at midnight


def hours(period: Period) -> float:
    return (period.end_ms - period.start_ms) / HOUR_MS


@pytest.mark.parametrize(
    ("day", "zone", "length"),
    [
        (date(2026, 3, 28), WARSAW, 24),
        (date(2026, 3, 29), WARSAW, 23),
        (date(2026, 10, 25), WARSAW, 25),
        (date(2026, 9, 6), MIDNIGHT, 23),
        (date(2026, 4, 4), MIDNIGHT, 25),
    ],
)
def test_a_day_is_as_long_as_the_clock_makes_it(day: date, zone: ZoneInfo, length: int) -> None:
    assert hours(period_of("day", day, zone)) == length


def test_a_week_with_a_change_of_clocks_has_an_hour_less() -> None:
    period = period_of("week", date(2026, 3, 25), WARSAW)
    assert (period.name, hours(period)) == ("2026-W13", 7 * 24 - 1)


def test_days_follow_each_other_without_a_gap() -> None:
    found = periods_to("day", date(2026, 4, 2), WARSAW, 10)
    assert [one.name for one in found][-6:-3] == ["2026-03-28", "2026-03-29", "2026-03-30"]
    for before, after in pairwise(found):
        assert (before.start_ms, before.end_ms) == (after.before_ms, after.start_ms)


@pytest.mark.parametrize("day", [date(2026, 12, 28), date(2026, 12, 31), date(2027, 1, 3)])
def test_a_week_goes_across_the_years_end(day: date) -> None:
    period = period_of("week", day, ZoneInfo("UTC"))
    assert period.name == "2026-W53"
    assert datetime.fromtimestamp(period.start_ms / 1000, UTC).date() == date(2026, 12, 28)
    assert period.end_ms - period.start_ms == 7 * DAY_MS
    assert period.start_ms - period.before_ms == 7 * DAY_MS


def test_the_last_period_that_is_over_is_that_of_the_zone() -> None:
    now_ms = round(datetime(2026, 3, 8, 23, 30, tzinfo=UTC).timestamp() * 1000)  # a Sunday
    assert last_over("day", now_ms, ZoneInfo("UTC")) == date(2026, 3, 7)
    assert last_over("day", now_ms, WARSAW) == date(2026, 3, 8)  # it is Monday there
    assert last_over("week", now_ms, ZoneInfo("UTC")) == date(2026, 3, 1)
    assert last_over("week", now_ms, WARSAW) == date(2026, 3, 8)
