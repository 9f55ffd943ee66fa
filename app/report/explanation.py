"""The answer of ``squall explain``: what was decided about a brand at one step, and on what."""

from __future__ import annotations

from datetime import UTC, datetime

import msgspec

from app.core.why import Look

NOTHING = "nothing begins"
NOT_JUDGED = "no mention"  # the gate of a step that nobody judged


class Explanation(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One step of one brand. ``verdict``: opened, reopened, relapsed, or "nothing begins", and
    then ``held_by`` names the gate. ``events``: the types of what was published at its end.
    ``look`` is None for a step without a mention in which no crisis was under way: it is not
    judged. ``notes``: what makes the answer doubtful.
    """

    brand: str
    start_ms: int
    end_ms: int
    verdict: str
    held_by: str | None
    events: tuple[str, ...]
    look: Look | None
    notes: tuple[str, ...] = ()


def lines(found: Explanation) -> list[str]:
    """Return the answer for a person, a line each."""
    held = f", held by: {found.held_by}" if found.held_by else ""
    head = f"{found.brand}, {_time(found.start_ms)} to {_time(found.end_ms)}"
    shown = [f"{head}: {found.verdict}{held}", *(f"  {note}" for note in found.notes)]
    if found.events:
        shown.append(f"  published: {', '.join(found.events)}")
    if found.look is None:
        return [*shown, "  no mention came in this step, and no crisis was under way"]
    return shown + _looked(found.look)


def _looked(look: Look) -> list[str]:
    crises = ", ".join(f"{theme or 'general'} {state}" for theme, state in look.crises.items())
    shown = [f"  before: {crises or 'no crisis'}; {'warm' if look.is_warm else 'warming'}"]
    if look.silenced_until_ms is not None:
        shown.append(f"  silenced until {_time(look.silenced_until_ms)}: nobody is told")
    if look.silent_sources:
        shown.append(f"  silent: {', '.join(look.silent_sources)}; these windows are incomplete")
    for theme, sources in look.waits.items():
        missing = ", ".join(sources)
        shown.append(f"  {theme or 'general'} can't end: {missing}, where it came from, is quiet")
    if look.calendar:
        shown.append(f"  announced: {', '.join(look.calendar)}; a rise of all mentions is no watch")
    for gate in look.gates:
        state = "open" if gate.is_open else "closed"
        shown.append(f"  {gate.name:<30} {gate.value:>10g}  of {gate.threshold:<8g} {state}")
    for one in look.scales:
        shown.append(
            f"  {one.channel:<10} {one.scale_s // 60:>4} min  {one.observed:>6} seen, "
            f"{one.expected:>8.2f} usual, {one.sigma:>7.2f} sigma"
        )
    return shown


def _time(time_ms: int) -> str:
    moment = datetime.fromtimestamp(time_ms / 1000, UTC)
    return moment.isoformat(timespec="seconds").replace("+00:00", "Z")
