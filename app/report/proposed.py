"""Proposals as lines of text."""

from __future__ import annotations

from collections.abc import Sequence

from app.report.proposals import Change, Line, Proposal, percent


def lines(found: Sequence[Proposal], keep: float, baselines: int) -> list[str]:
    """Return the proposals for a person, a line each or two."""
    shown = [f"Proposed lines that keep {percent(keep)} of what is real; nothing was changed"]
    if baselines > 1:
        shown.append(f"judged under {baselines} sets of rules: each score is in its own's budget")
    for one in found:
        shown += _of_line(one) if one.line is not None else [_of_none(one)]
    return shown


def _of_none(one: Proposal) -> str:
    more = f"; about {one.missing} more to judge" if one.missing else ""
    return f"  {one.trigger}: none: {one.why}{more}"


def _of_line(one: Proposal) -> list[str]:
    line = one.line
    if line is None:
        return []
    others = f" ({line.otherwise} open by another trigger all the same)" if line.otherwise else ""
    later = f" ({line.later} of the others passed it later)" if line.later else ""
    return [
        f"  {one.trigger}: {_line(line)}: keeps {line.kept} of {line.confirmed} real"
        f"{later}, drops {line.dropped} of {line.false} false{others}",
        f"    {_setting(one.change)}",
    ]


def _line(line: Line) -> str:
    at = f"{line.at:.4g}"
    return f"score {at}" if line.unit == "score" else f"{at} {line.unit}"


def _setting(change: Change | None) -> str:
    if change is None:
        return "no setting moves it"
    if change.proposed is None:
        return f"no setting moves it alone; {change.setting} (now {change.now:g}) moves others too"
    return f"{change.setting}: {change.proposed:g} in place of {change.now:g}"
