"""Sentiment before, during and after a crisis, and its peak, counted in the brand's windows."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from app.core.event import ClosedWindow, CrisisEvent
from app.report.bins import band
from app.report.postmortem.counted import Counted

PEAK_MS = 15 * 60_000
_LABELLED = ("negatives", "neutrals", "positives", "uncertain")
_SUMMED = ("mentions", "distinct", *_LABELLED, "unscored", "reach")


class Period(msgspec.Struct, frozen=True, kw_only=True):
    """Counts of ``start_ms`` to ``end_ms``, as far as windows are there: ``known_from_ms`` to
    ``known_to_ms``, both None where none are. Counts by label are of distinct mentions, the shares
    of those that were scored, which are all but ``unscored``. ``reach``: of all mentions, as they
    state it.
    """

    name: str  # before | during | after
    start_ms: int
    end_ms: int
    known_from_ms: int | None = None
    known_to_ms: int | None = None
    mentions: int = 0
    distinct: int = 0
    negatives: int = 0
    neutrals: int = 0
    positives: int = 0
    uncertain: int = 0
    unscored: int = 0
    reach: int = 0
    negative_share: float | None = None
    neutral_share: float | None = None
    positive_share: float | None = None
    uncertain_share: float | None = None
    mentions_an_hour: float | None = None
    silent_sources: tuple[str, ...] = ()  # kinds of source whose mentions are missing in a part


class Peak(msgspec.Struct, frozen=True, kw_only=True):
    """The most distinct negatives within some time, of a crisis's peak 15 minutes. ``counted_in``:
    windows, or the events' readings where no window is there, which are taken when an event is made
    and may miss the top.
    """

    negatives: int
    start_ms: int
    end_ms: int
    expected: float
    counted_in: str
    upper: float | None = None  # upper end of the expected band


def period(counted: Counted, name: str, start_ms: int, end_ms: int) -> Period:
    """Return what the windows of a period add up to."""
    windows = counted.between(start_ms, end_ms)
    if counted.first_ms is None or counted.last_ms is None:
        return Period(name=name, start_ms=start_ms, end_ms=end_ms)
    known_from, known_to = max(start_ms, counted.first_ms), min(end_ms, counted.last_ms)
    if known_from >= known_to:
        return Period(name=name, start_ms=start_ms, end_ms=end_ms)
    sums = {field: sum(getattr(one, field) for one in windows) for field in _SUMMED}
    scored = sum(sums[field] for field in _LABELLED)
    shares = {field: sums[field] / scored if scored else None for field in _LABELLED}
    return Period(
        name=name,
        start_ms=start_ms,
        end_ms=end_ms,
        known_from_ms=known_from,
        known_to_ms=known_to,
        negative_share=shares["negatives"],
        neutral_share=shares["neutrals"],
        positive_share=shares["positives"],
        uncertain_share=shares["uncertain"],
        mentions_an_hour=sums["mentions"] / ((known_to - known_from) / 3_600_000),
        silent_sources=tuple(sorted({kind for one in windows for kind in one.silent_sources})),
        **sums,
    )


def peak_of(windows: Sequence[ClosedWindow], events: Sequence[CrisisEvent]) -> Peak | None:
    """Return the peak of these windows, in order of time, or else of the events' readings; the
    first of equals. None where neither is there.
    """
    return loudest(windows, PEAK_MS) if windows else _in_readings(events)


def loudest(windows: Sequence[ClosedWindow], width_ms: int) -> Peak:
    """Return the most negatives within ``width_ms`` of these windows, in order of time, at least
    one; the first of equals.
    """
    most, place, first, total = -1, (0, 0), 0, 0
    for last, window in enumerate(windows):
        total += window.negatives
        while windows[first].start_ms < window.end_ms - width_ms:
            total -= windows[first].negatives
            first += 1
        if total > most:
            most, place = total, (first, last)
    within = windows[place[0] : place[1] + 1]
    expected, upper = band(within, width_ms)
    end_ms = within[-1].end_ms
    return Peak(
        negatives=most,
        start_ms=end_ms - width_ms,
        end_ms=end_ms,
        expected=expected,
        upper=upper,
        counted_in="windows",
    )


def _in_readings(events: Sequence[CrisisEvent]) -> Peak | None:
    found = [
        reading
        for event in events
        if event.evidence is not None
        for reading in event.evidence.readings
        if reading.channel == "negatives" and reading.scale_s * 1000 == PEAK_MS
    ]
    if not found:
        return None
    top = max(found, key=lambda one: (one.observed, -one.start_ms))
    return Peak(
        negatives=top.observed,
        start_ms=top.start_ms,
        end_ms=top.end_ms,
        expected=top.expected,
        counted_in="events",
    )
