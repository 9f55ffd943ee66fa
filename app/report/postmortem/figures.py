"""The post-mortem as one value: what its JSON holds, and its page and Markdown are made of."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import msgspec

from app.core.crisis import EventType, Severity, State
from app.core.event import CrisisEvent, Evidence, Trigger
from app.core.scenario import Scenario
from app.report.bins import series
from app.report.effect.measured import Effect
from app.report.fired import opening_of, verdict_of
from app.report.postmortem.counted import Counted
from app.report.postmortem.gathered import Gathered, Other
from app.report.postmortem.kpi import Bounds, Kpi, KpiSeries, compared
from app.report.postmortem.notes import notes_of
from app.report.postmortem.periods import Peak, Period, peak_of, period
from app.report.postmortem.times import Times
from app.report.worst import worst_of

BINS = 160  # of the joined series, at the most; two more where their edges lie outside
_WIDTHS_MIN = (5, 15, 30, 60, 180, 360, 1_440)
WIDEST_MS = _WIDTHS_MIN[-1] * 60_000
_ROOM_MS = 3 * 3_600_000  # shown before and after a crisis, at the least


class Worst(msgspec.Struct, frozen=True, kw_only=True):
    """The step at which it was worst: what its themes, channels and drivers are told of."""

    seq: int
    time_ms: int
    severity: Severity
    evidence: Evidence


class Step(msgspec.Struct, frozen=True, kw_only=True):
    """One step of the crisis: what, when, who and why."""

    seq: int
    type: EventType
    time_ms: int
    state: State
    previous_state: State
    severity: Severity
    reasons: tuple[str, ...]
    actor: str | None
    note: str | None
    owner: str | None
    escalated_to: str | None
    milestone: int | None


class Bin(msgspec.Struct, frozen=True, kw_only=True):
    """A bin of the joined series: mentions and distinct negatives beside their band, None where no
    window is known, and the mean of each KPI's points in it, None without any.
    """

    start_ms: int
    mentions: int | None
    negatives: int | None
    expected: float | None
    upper: float | None
    kpis: dict[str, float | None]


class PostMortem(msgspec.Struct, frozen=True, kw_only=True):
    """One crisis in figures. Times are event time in ms; None is not known, never zero.

    ``around_ms``: how long the periods before and after are. ``severity``: the highest it had.
    ``notes``: what limits these figures, of a drill first that it is one.
    """

    crisis_id: str
    brand: str
    theme: str
    state: State
    severity: Severity
    scenario: Scenario | None  # as its last step has it
    owner: str | None
    verdict: str | None
    triggers: tuple[Trigger, ...]  # that fired when it opened
    times: Times
    peak: Peak | None
    around_ms: int
    periods: tuple[Period, ...]  # before, during and, of a crisis that is over, after
    worst: Worst | None
    annotations: tuple[Step, ...]
    steps: tuple[Step, ...]
    effects: tuple[Effect, ...]  # of each response
    kpis: tuple[Kpi, ...]
    others: tuple[Other, ...]  # crises of the brand within these periods
    bin_ms: int
    bins: tuple[Bin, ...]
    notes: tuple[str, ...]
    drill: bool = False  # nothing of it is real


def postmortem(
    gathered: Gathered,
    times: Times,
    counted: Counted,
    series_given: Sequence[KpiSeries] = (),
    *,
    around_ms: int,
    effects: tuple[Effect, ...] = (),
) -> PostMortem:
    """Return the figures of a crisis; nothing but the arguments goes into them."""
    crisis, last = gathered.crisis, gathered.crisis.events[-1]
    bounds = bounds_of(times, counted, last, around_ms)
    periods = tuple(period(counted, name, *one) for name, one in bounds.items() if one is not None)
    kpis = tuple(compared(one, *bounds.values()) for one in series_given)
    others = _beside(gathered.others, periods)
    opening, during = opening_of(crisis.events), periods[1]
    within = shown(during, around_ms, is_over=times.end_ms is not None)
    steps = tuple(_step(event) for event in crisis.events)
    return PostMortem(
        crisis_id=crisis.id,
        brand=crisis.brand,
        theme=last.theme,
        state=last.state,
        severity=crisis.worst,
        scenario=last.scenario,
        owner=last.owner,
        verdict=None if crisis.judged is None else verdict_of(crisis.judged),
        triggers=opening.evidence.triggers if opening is not None and opening.evidence else (),
        times=times,
        peak=peak_of(counted.between(during.start_ms, during.end_ms), crisis.events),
        around_ms=around_ms,
        periods=periods,
        worst=_worst(crisis.events),
        annotations=tuple(one for one in steps if one.note),
        steps=steps,
        effects=effects,
        kpis=kpis,
        others=others,
        bin_ms=within.width_ms,
        bins=_bins(counted, series_given, within),
        notes=notes_of(crisis, times, counted, periods, kpis, others),
        drill=last.drill,
    )


def bounds_of(
    times: Times, counted: Counted, last: CrisisEvent, around_ms: int
) -> dict[str, Bounds]:
    """Return from when to when each period is; a crisis that lasts has no after, and what is told
    last ends its during.
    """
    end_ms = times.end_ms
    until_ms = max(last.time_ms, counted.last_ms or 0) if end_ms is None else end_ms
    return {
        "before": (times.begin_ms - around_ms, times.begin_ms),
        "during": (times.begin_ms, until_ms),
        "after": None if end_ms is None else (end_ms, end_ms + around_ms),
    }


class Shown(NamedTuple):
    """From when to when the picture and the joined series are, in whole bins of ``width_ms``."""

    from_ms: int
    to_ms: int
    width_ms: int


def shown(during: Period, around_ms: int, *, is_over: bool = True) -> Shown:
    """Return the crisis, and as much again before it and, once it is over, after it: 3 hours at the
    least and the length of those periods at the most; widened to whole bins, the smallest that are
    few enough.
    """
    room_ms = min(around_ms, max(_ROOM_MS, during.end_ms - during.start_ms))
    from_ms, to_ms = during.start_ms - room_ms, during.end_ms + room_ms * is_over
    widths = [minutes * 60_000 for minutes in _WIDTHS_MIN]
    width_ms = next((one for one in widths if (to_ms - from_ms) / one <= BINS), widths[-1])
    return Shown(from_ms // width_ms * width_ms, -(-to_ms // width_ms) * width_ms, width_ms)


def _bins(counted: Counted, series_given: Sequence[KpiSeries], within: Shown) -> tuple[Bin, ...]:
    from_ms, to_ms, width_ms = within
    found = series(counted.between(from_ms, to_ms), width_ms)
    if not found and not series_given:
        return ()
    counts = {
        start: (one.mentions[place], one.negatives[place], one.expected[place], one.upper[place])
        for one in found
        for place, start in enumerate(one.starts_ms)
    }
    return tuple(
        _bin(start, width_ms, counted, counts.get(start), series_given)
        for start in range(from_ms, to_ms, width_ms)
    )


_Counts = tuple[int, int, float | None, float | None]


def _bin(
    start_ms: int,
    width_ms: int,
    counted: Counted,
    counts: _Counts | None,
    series_given: Sequence[KpiSeries],
) -> Bin:
    if counts is None and counted.covers(start_ms, start_ms + width_ms):
        counts = 0, 0, None, None  # a step without a mention leaves no window
    mentions, negatives, expected, upper = counts or (None, None, None, None)
    return Bin(
        start_ms=start_ms,
        mentions=mentions,
        negatives=negatives,
        expected=expected,
        upper=upper,
        kpis={one.name: one.mean(start_ms, start_ms + width_ms) for one in series_given},
    )


def _worst(events: Sequence[CrisisEvent]) -> Worst | None:
    found = worst_of(events)
    if found is None or found.evidence is None:
        return None
    return Worst(
        seq=found.seq, time_ms=found.time_ms, severity=found.severity, evidence=found.evidence
    )


def _beside(others: Sequence[Other], periods: Sequence[Period]) -> tuple[Other, ...]:
    start_ms, end_ms = periods[0].start_ms, periods[-1].end_ms
    return tuple(one for one in others if one.opened_ms < end_ms and one.last_ms >= start_ms)


def _step(event: CrisisEvent) -> Step:
    return Step(**{name: getattr(event, name) for name in Step.__struct_fields__})
