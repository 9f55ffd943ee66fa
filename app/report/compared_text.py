"""A backtest's crises, and the difference of two, as lines of text."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from datetime import UTC, datetime

from app.report.compared import Difference, Kind, Listing, Opened


def listed(one: Listing) -> list[str]:
    """Return a line for each crisis, each incident that none was opened for, and each rate."""
    shown = [f"{_time(one.from_ms)} to {_time(one.to_ms)}: {len(one.opened)} opened"]
    shown += [f"  {_crisis(each)}, {_delay(each)}" for each in one.opened]
    shown += [
        f"  MISSED {each.name!r} of {each.brand}, {_time(each.starts_ms)} to {_time(each.ends_ms)}"
        for each in one.missed
    ]
    shown += [f"  {brand}: {rate:.2g} a week" for brand, rate in one.a_week.items()]
    return shown


def told(found: Sequence[Difference]) -> list[str]:
    """Return a line for each difference, and one with their numbers; the worst come first."""
    if not found:
        return ["no crisis differs"]
    ranked = sorted(found, key=lambda one: list(Kind).index(one.kind))
    counts = Counter(one.kind for one in found)
    total = ", ".join(f"{counts[kind]} {kind}" for kind in Kind if counts[kind])
    return [_difference(one) for one in ranked] + [f"this change: {total}"]


def _difference(one: Difference) -> str:
    shown = one.after or one.before
    assert shown is not None  # noqa: S101 - one of both is there
    kind = one.kind.upper() if one.kind is Kind.LOST else one.kind.value
    line = f"{kind:<8} {_crisis(shown)}"
    if one.incident:
        line += f", {_delay(shown)}"
    if one.before is None or one.after is None:
        return line
    if one.later_s:
        line += f": {_span(abs(one.later_s))} {'later' if one.later_s > 0 else 'sooner'}"
    return line + _graded(one.before, one.after)


def _graded(before: Opened, after: Opened) -> str:
    graded = ""
    if before.severity is not after.severity:
        graded += f"; opens as {after.severity} in place of {before.severity}"
    if before.worst is not after.worst:
        graded += f"; {after.worst} at worst in place of {before.worst}"
    return graded


def _crisis(one: Opened) -> str:
    theme = f" ({one.theme})" if one.theme else ""
    return f"{one.brand}{theme}, {one.severity}, {_time(one.opened_ms)}"


def _delay(one: Opened) -> str:
    since = f"the beginning of {one.incident!r}" if one.incident else "its first sign"
    return f"{_span(one.after_s)} after {since}"


def _span(seconds: int) -> str:
    minutes = round(seconds / 60)
    return f"{minutes} min" if minutes < 120 else f"{minutes / 60:.1f} h"


def _time(time_ms: int) -> str:
    return f"{datetime.fromtimestamp(time_ms / 1000, UTC):%Y-%m-%d %H:%M}Z"
