"""Digests in a terminal: a line each."""

from __future__ import annotations

from collections.abc import Iterator

from app.core.digest import Digest, RecurringCause
from app.report.digest.made import Made


def lines_of(made: Made) -> Iterator[str]:
    """Yield a line a record, and one that says so where there is none."""
    if not made.digests:
        yield (
            "No brand: no window and no event is of these periods, and no watch list names one;"
            " look at another day with --end."
        )
    for one in made.digests:
        yield _line(one)
    for cause in made.causes:
        yield cause_line(cause)


def cause_line(cause: RecurringCause) -> str:
    """Return a cause that came again in one sentence."""
    product = f" of {cause.product}" if cause.product else ""
    return (
        f"{cause.brand}: {cause.theme}{product} came {len(cause.crisis_ids)} times within"
        f" {cause.within_days} days ({', '.join(cause.crisis_ids)})"
    )


def _line(one: Digest) -> str:
    counts, share = one.counts, one.negative_share
    if counts is None:
        return f"{one.name} {one.brand}: no windows known, {len(one.crises)} crises"
    parts = [f"{counts.mentions} mentions, {counts.distinct} distinct"]
    if share is not None:
        change = "" if one.change is None else f" ({one.change.change:+.1f} points)"
        parts.append(f"{share.value:.1%} negative{change}")
    parts.append(f"{one.opened} crises opened, {one.resolved} resolved")
    if one.share_of_voice is not None:
        parts.append(f"{one.share_of_voice:.1%} of voice")
    if one.score is not None:
        parts.append(f"score {one.score.value:.1f}")
    known = "" if one.is_whole else " [not whole]"
    return f"{one.name} {one.brand}: {', '.join(parts)}{known}"
