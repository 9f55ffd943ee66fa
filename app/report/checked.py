"""The answer of ``squall verify`` about one event."""

from __future__ import annotations

from enum import StrEnum

import msgspec

from app.report.differences import Difference

LINES = 20  # differences shown to a person; JSON has them all


class Verdict(StrEnum):
    """``ok``: all was recomputed, and all is equal."""

    OK = "ok"
    DIFFERS = "differs"
    NOT_VERIFIABLE = "not verifiable"


class Checked(msgspec.Struct, frozen=True, kw_only=True):
    """``checked``: how many values, readings and mentions were compared. ``notes``: what could not
    be recomputed, and why.
    """

    event: str
    verdict: Verdict
    differences: tuple[Difference, ...]
    notes: tuple[str, ...]
    checked: dict[str, int]


def verdict_of(*, is_different: bool, is_whole: bool) -> Verdict:
    """Return the verdict; ``is_different`` counts only where what was recomputed can be trusted."""
    if is_different:
        return Verdict.DIFFERS
    return Verdict.OK if is_whole else Verdict.NOT_VERIFIABLE


def lines(found: Checked) -> list[str]:
    """Return the answer for a person, a line each."""
    counts = ", ".join(f"{count} {name.replace('_', ' ')}" for name, count in found.checked.items())
    shown = [f"  {difference}" for difference in found.differences[:LINES]]
    if more := len(found.differences) - LINES:
        shown += [f"  and {more} more: see --json"] if more > 0 else []
    return [
        f"{found.verdict}: event {found.event} ({counts})",
        *shown,
        *(f"  {note}" for note in found.notes),
    ]
