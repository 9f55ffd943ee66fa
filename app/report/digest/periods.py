"""Days and weeks of a time zone, as stretches of event time."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Final, Literal, NamedTuple
from zoneinfo import ZoneInfo

Kind = Literal["day", "week"]
KINDS: Final[tuple[Kind, ...]] = ("day", "week")
_DAYS: Final[dict[Kind, int]] = {"day": 1, "week": 7}


class Period(NamedTuple):
    """From ``start_ms`` to before ``end_ms``; the period before begins at ``before_ms``. ``name``:
    2026-03-02 or, of a week, 2026-W10. A day on which clocks change has 23 or 25 hours.
    """

    kind: Kind
    name: str
    zone: str
    before_ms: int
    start_ms: int
    end_ms: int


def period_of(kind: Kind, day: date, zone: ZoneInfo) -> Period:
    """Return the day, or the ISO week (Monday to Sunday), that ``day`` lies in.

    >>> period_of("week", date(2027, 1, 2), ZoneInfo("UTC")).name
    '2026-W53'
    """
    length = timedelta(days=_DAYS[kind])
    first = day if kind == "day" else day - timedelta(days=day.weekday())
    year, week, _ = first.isocalendar()
    return Period(
        kind=kind,
        name=first.isoformat() if kind == "day" else f"{year}-W{week:02}",
        zone=zone.key,
        before_ms=_midnight_ms(first - length, zone),
        start_ms=_midnight_ms(first, zone),
        end_ms=_midnight_ms(first + length, zone),
    )


def periods_to(kind: Kind, day: date, zone: ZoneInfo, count: int) -> tuple[Period, ...]:
    """Return ``count`` periods one after another, the last of which ``day`` lies in."""
    length = timedelta(days=_DAYS[kind])
    days = (day - place * length for place in reversed(range(count)))
    return tuple(period_of(kind, one, zone) for one in days)


def last_over(kind: Kind, now_ms: int, zone: ZoneInfo) -> date:
    """Return the last day of the last period that is over at ``now_ms``."""
    today = datetime.fromtimestamp(now_ms / 1000, zone).date()
    return today - timedelta(days=1 if kind == "day" else today.weekday() + 1)


def _midnight_ms(day: date, zone: ZoneInfo) -> int:
    return round(datetime(day.year, day.month, day.day, tzinfo=zone).timestamp() * 1000)
