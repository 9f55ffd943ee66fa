"""What limits the figures of a digest: what is not known, or not of all that was said."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime
from zoneinfo import ZoneInfo

from app.core.digest import CrisisTold
from app.report.digest.counted import Known
from app.report.digest.periods import Period


def notes_of(
    period: Period,
    known: Known,
    corrected: int,
    told: Sequence[CrisisTold],
    *,
    is_voice_whole: bool,
    unreadable_events: int = 0,
) -> tuple[str, ...]:
    """Return a sentence for each limit, none where the figures are whole."""
    return (
        *_of_windows(period, known),
        *_of_voice(known, is_voice_whole=is_voice_whole),
        *_of_labels(corrected),
        *_of_crises(told, unreadable_events),
    )


def _of_windows(period: Period, known: Known) -> Iterator[str]:
    if known.unreadable:
        yield (
            f"{known.unreadable} windows that were read, of whatever brand and time, are of no form"
            " that this version knows: what they count is missing."
        )
    if known.from_ms is None or known.to_ms is None:
        yield (
            "No window of the period is known: windows have expired, or the detector had not"
            " judged it yet. Nothing is counted, and the crises are told by their events alone."
        )
        return
    if known.from_ms > period.start_ms:
        yield (
            f"Counted from {_at(known.from_ms, period)} on: windows before have expired, or none"
            " was written."
        )
    if known.to_ms < period.end_ms:
        yield (
            f"Counted until {_at(known.to_ms, period)}: the last window that is there ends then."
            " Made again once later windows are there, the record is whole."
        )
    if not known.is_before_whole:
        yield (
            f"The {period.kind} before is not known in full, so no change is told:"
            " its windows have expired, or none was written."
        )


def _of_voice(known: Known, *, is_voice_whole: bool) -> Iterator[str]:
    if known.from_ms is not None and not is_voice_whole:
        yield "The share of voice is of a period in which windows of some brands are missing."


def _of_labels(corrected: int) -> Iterator[str]:
    if corrected:
        yield (
            "Counts are as the windows were published: add corrected_negatives to the negatives"
            " for what people said of labels since."
        )


def _of_crises(told: Sequence[CrisisTold], unreadable: int) -> Iterator[str]:
    if unreadable:
        yield (
            f"{unreadable} events that were read, of whatever brand and time, are of no form that"
            " this version knows: crises, or steps of them, may be missing."
        )
    if any(one.opened_ms is None for one in told):
        yield "The first steps of a crisis have expired: when it opened is not known."


def _at(time_ms: int, period: Period) -> str:
    return f"{datetime.fromtimestamp(time_ms / 1000, ZoneInfo(period.zone)):%Y-%m-%d %H:%M}"
