"""The effect of a response: negatives after it against what would have come without it.

What would have come is the course of the crisis from its peak on, back towards the usual by itself,
as ``fading`` fits it in two shapes. An effect is said only where both shapes say so.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from enum import StrEnum
from itertools import pairwise
from math import log, sqrt
from typing import Final, NamedTuple

import msgspec

from app.core.detector.tail import significant
from app.core.rules import HOUR_MS
from app.report.bins import band
from app.report.effect.fading import SHAPES, STEADY, Bins, Fading, fading, t_quantile
from app.report.postmortem.counted import Counted
from app.report.postmortem.gathered import Gathered, Other
from app.report.postmortem.periods import loudest
from app.report.postmortem.times import Times
from app.report.spans import Crisis

BIN_MS: Final = 10 * 60_000
LEFT_OUT_MS: Final = HOUR_MS  # behind the response: it has to be read first
AFTER_MS: Final = 4 * HOUR_MS  # counted up to there, unless asked otherwise
LEAST_AFTER_MS: Final = 2 * HOUR_MS
LEAST_BEFORE_MS: Final = 90 * 60_000
MOST_BEFORE_MS: Final = 12 * HOUR_MS
RISE_ERRORS: Final = 2.0
LEAST_NEGATIVES: Final = 50  # before, for a course to be fitted


class Verdict(StrEnum):
    """What can be said."""

    FEWER = "fewer"
    MORE = "more"
    NONE = "none_seen"
    UNTOLD = "cant_be_told"


class Response(msgspec.Struct, frozen=True, kw_only=True):
    """When the brand responded, in event time; the note that says so, where one does."""

    at_ms: int
    seq: int | None = None
    actor: str | None = None
    note: str | None = None


class Rate(msgspec.Struct, frozen=True, kw_only=True):
    """Distinct negatives from ``from_ms`` to ``to_ms``, and an hour with its 95 % interval."""

    from_ms: int
    to_ms: int
    negatives: int
    an_hour: float
    low: float
    high: float


class Course(msgspec.Struct, frozen=True, kw_only=True):
    """What would have come after, by one shape of fading: negatives an hour and 95 % interval.

    ``change``: what came beyond the usual against that, as a part of it: -0.5 is half of it.
    ``halves_h``: hours to half of the excess at the peak; None where it does not fade.
    """

    shape: str
    an_hour: float
    low: float
    high: float
    change: float
    change_low: float
    change_high: float
    halves_h: float | None


class Effect(msgspec.Struct, frozen=True, kw_only=True):
    """What a response did. ``why``: what hinders, where it can't be told; the figures are None and
    empty then. ``low`` and ``high``: the change that the intervals of both courses allow.
    """

    response: Response
    verdict: Verdict
    why: str = ""
    peak_ms: int | None = None  # the middle of the hour with most negatives before the response
    before: Rate | None = None
    after: Rate | None = None
    usual_an_hour: float | None = None
    dispersion: float | None = None
    courses: tuple[Course, ...] = ()
    low: float | None = None
    high: float | None = None


class Around(NamedTuple):
    """What an effect is measured in. ``responses``: all that are known, in event time."""

    begin_ms: int
    counted: Counted
    others: Sequence[Other]
    responses: Sequence[int]
    after_ms: int = AFTER_MS


class _Span(NamedTuple):
    peak_ms: int
    from_ms: int
    at_ms: int
    to_ms: int


class _UntoldError(Exception):
    """Why it can't be told."""


def responses_of(crisis: Crisis, responded_ms: int | None = None) -> tuple[Response, ...]:
    """Return the responses that notes are marked as, in order; ``responded_ms`` is one more."""
    found = [
        Response(at_ms=one.time_ms, seq=one.seq, actor=one.actor, note=one.note)
        for one in crisis.events
        if one.response
    ]
    if responded_ms is not None:
        found.append(Response(at_ms=responded_ms))
    return tuple(sorted(found, key=lambda one: one.at_ms))


def measured(
    gathered: Gathered, times: Times, counted: Counted, responded_ms: int | None = None
) -> tuple[Effect, ...]:
    """Return the effect of each response that is marked, and of one at ``responded_ms``."""
    responses = responses_of(gathered.crisis, responded_ms)
    known = [one.at_ms for one in responses]
    around = Around(times.begin_ms, counted, gathered.others, known)
    return tuple(effect_of(one, around) for one in responses)


def effect_of(response: Response, around: Around) -> Effect:
    """Return what came of a response, or why that can't be told."""
    try:
        span = _span(response.at_ms, around)
        _check_alone(span, around)
        return _measured(response, span, around.counted)
    except _UntoldError as why:
        return Effect(response=response, verdict=Verdict.UNTOLD, why=str(why))


def _span(at_ms: int, around: Around) -> _Span:
    """Return from when to when counts are taken."""
    counted = around.counted
    if counted.first_ms is None or counted.last_ms is None:
        raise _UntoldError("no window of the brand is there; sentiment.windows keeps 30 days")
    if counted.first_ms > around.begin_ms:
        raise _UntoldError(
            f"windows begin at {time(counted.first_ms)}, after the crisis did: its peak may be gone"
        )
    peak_ms = _peak_ms(counted, around.begin_ms, at_ms)
    if peak_ms is None or at_ms - peak_ms < LEAST_BEFORE_MS:
        raise _UntoldError(
            "the response came before the peak or less than 90 minutes after it: until then it may"
            " still have risen, and how it fades by itself is not known"
        )
    before = min(at_ms - peak_ms, MOST_BEFORE_MS) // BIN_MS
    after = min(around.after_ms, counted.last_ms - at_ms) // BIN_MS
    if after * BIN_MS < LEAST_AFTER_MS:
        raise _UntoldError(
            f"windows go to {time(counted.last_ms)} and the first hour after a response is left"
            f" out: ask from {time(at_ms + LEAST_AFTER_MS)} on"
        )
    return _Span(peak_ms, at_ms - before * BIN_MS, at_ms, at_ms + after * BIN_MS)


def _peak_ms(counted: Counted, begin_ms: int, at_ms: int) -> int | None:
    """Return the middle of the loudest hour before the response: that of a shorter time is too
    often a chance burst, far from where the fading begins.
    """
    windows = counted.between(begin_ms, at_ms)
    return loudest(windows, HOUR_MS).end_ms - HOUR_MS // 2 if windows else None


def _check_alone(span: _Span, around: Around) -> None:
    """Raise where something else moves the counts, or mentions are missing."""
    for one in around.responses:
        if one != span.at_ms and span.from_ms <= one < span.to_ms:
            raise _UntoldError(
                f"another response came at {time(one)}: which of them did what can't be told apart"
            )
    for other in around.others:
        if span.from_ms <= other.opened_ms < span.to_ms:
            raise _UntoldError(
                f"another crisis of the brand, {other.crisis_id}, opened at"
                f" {time(other.opened_ms)}: its mentions are in the same counts"
            )
    windows = around.counted.between(span.from_ms, span.to_ms)
    if silent := sorted({kind for one in windows for kind in one.silent_sources}):
        raise _UntoldError(f"mentions are missing: {', '.join(silent)} said nothing for a while")


def _measured(response: Response, span: _Span, counted: Counted) -> Effect:
    bins = _bins(span, counted)
    if sum(bins.counts) - _after(bins) < LEAST_NEGATIVES:
        raise _UntoldError(
            f"fewer than {LEAST_NEGATIVES} negatives came between peak and response: too few for a"
            " course"
        )
    _check_burning(span, counted)
    _check_fading(bins)
    courses = [fading(bins, shape) for shape in SHAPES]
    found = [one for one in courses if one is not None]
    if len(found) < len(SHAPES):
        raise _UntoldError("no course fits the counts between peak and response")
    hours = (span.to_ms - span.at_ms - LEFT_OUT_MS) / HOUR_MS
    told = tuple(_course(one, hours) for one in found)
    low, high = min(one.change_low for one in told), max(one.change_high for one in told)
    dispersion = max(one.dispersion for one in found)
    since_ms = max(span.from_ms, span.at_ms - HOUR_MS)
    return Effect(
        response=response,
        verdict=_verdict(low, high),
        peak_ms=span.peak_ms,
        before=_rate(counted, since_ms, span.at_ms, dispersion),
        after=_rate(counted, span.at_ms + LEFT_OUT_MS, span.to_ms, dispersion),
        usual_an_hour=significant(bins.usual * HOUR_MS / BIN_MS),
        dispersion=significant(dispersion),
        courses=told,
        low=low,
        high=high,
    )


def _verdict(low: float, high: float) -> Verdict:
    if high < 0:
        return Verdict.FEWER
    return Verdict.MORE if low > 0 else Verdict.NONE


def _check_burning(span: _Span, counted: Counted) -> None:
    """Raise where the negatives were back in their band when the response came."""
    windows = counted.between(span.at_ms - HOUR_MS, span.at_ms)
    negatives = sum(one.negatives for one in windows)
    upper = band(windows, HOUR_MS)[1] if windows else 0.0
    if negatives <= upper:
        raise _UntoldError(
            f"in the hour before the response {negatives} negatives came, which is usual: nothing"
            " was left to fade"
        )


def _check_fading(bins: Bins) -> None:
    """Raise where the last hour before the response is louder than the one before by more than
    chance, of which the differences of neighbours say how much there is.
    """
    before = bins.counts[: bins.are_after.index(True)]
    width = min(HOUR_MS // BIN_MS, len(before) // 2)
    earlier, last = sum(before[-2 * width : -width]), sum(before[-width:])
    within = pairwise(before[-2 * width :])
    steps = [(two - one) ** 2 / max(1, one + two) for one, two in within]
    dispersion = max(1.0, sum(steps) / len(steps))
    if last - earlier > RISE_ERRORS * sqrt(dispersion * (last + earlier)):
        raise _UntoldError("it still rose: there is no fading to hold the response against")


def _bins(span: _Span, counted: Counted) -> Bins:
    windows = counted.between(span.from_ms, span.to_ms)
    starts = [
        start
        for start in range(span.from_ms, span.to_ms, BIN_MS)
        if not span.at_ms <= start < span.at_ms + LEFT_OUT_MS
    ]
    negatives = dict.fromkeys(starts, 0)
    for one in windows:
        start = span.at_ms + (one.start_ms - span.at_ms) // BIN_MS * BIN_MS
        if start in negatives:
            negatives[start] += one.negatives
    return Bins(
        hours=tuple((start + BIN_MS / 2 - span.peak_ms) / HOUR_MS for start in starts),
        counts=tuple(negatives.values()),
        are_after=tuple(start >= span.at_ms for start in starts),
        usual=band(windows, BIN_MS)[0],
    )


def _after(bins: Bins) -> int:
    return sum(
        count for count, is_after in zip(bins.counts, bins.are_after, strict=True) if is_after
    )


def _course(found: Fading, hours: float) -> Course:
    reach, error = found.quantile * found.expected_error, found.quantile * found.change_error
    halves = log(2) / found.pace if found.pace > 0 else None
    if halves is not None and found.shape != STEADY:
        halves = 2 ** (1 / found.pace) - 1 if found.pace > 0.1 else None
    return Course(
        shape=found.shape,
        an_hour=significant(found.expected / hours),
        low=significant(max(0.0, found.expected - reach) / hours),
        high=significant((found.expected + reach) / hours),
        change=significant(found.change),
        change_low=significant(found.change - error),
        change_high=significant(found.change + error),
        halves_h=None if halves is None else significant(halves),
    )


def _rate(counted: Counted, from_ms: int, to_ms: int, dispersion: float) -> Rate:
    negatives = sum(one.negatives for one in counted.between(from_ms, to_ms))
    hours = (to_ms - from_ms) / HOUR_MS
    bins = (to_ms - from_ms) // BIN_MS
    reach = t_quantile(max(1, bins - 1)) * sqrt(dispersion * max(negatives, 1))
    return Rate(
        from_ms=from_ms,
        to_ms=to_ms,
        negatives=negatives,
        an_hour=significant(negatives / hours),
        low=significant(max(0.0, negatives - reach) / hours),
        high=significant((negatives + reach) / hours),
    )


def time(time_ms: int) -> str:
    """Return ``2026-03-02 14:05Z``."""
    return f"{datetime.fromtimestamp(time_ms / 1000, UTC):%Y-%m-%d %H:%M}Z"
