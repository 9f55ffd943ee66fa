"""What limits the figures of a post-mortem: what is not known, not whole, or not of it alone."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime

from app.core.crisis import EventType
from app.report.fired import opening_of
from app.report.postmortem.counted import Counted
from app.report.postmortem.gathered import Other
from app.report.postmortem.kpi import Kpi
from app.report.postmortem.periods import Period
from app.report.postmortem.times import Times, is_cut
from app.report.spans import Crisis


def notes_of(
    crisis: Crisis,
    times: Times,
    counted: Counted,
    periods: Sequence[Period],
    kpis: Sequence[Kpi],
    others: Sequence[Other],
) -> tuple[str, ...]:
    """Return a sentence for each limit, none where the figures are whole."""
    return (
        *_of_drill(crisis),
        *_of_steps(crisis, times),
        *_of_windows(crisis, counted, periods),
        *_of_others(others),
        *_of_kpis(kpis, periods),
    )


def _of_drill(crisis: Crisis) -> Iterator[str]:
    if crisis.events[-1].drill:
        yield (
            "It is a drill, nothing of it is real: its mentions are in no window, so no figure of"
            " windows is its own."
        )


def _of_steps(crisis: Crisis, times: Times) -> Iterator[str]:
    events = crisis.events
    if is_cut(crisis):
        gone = events[0].seq - 1
        yield (
            f"{'Step 1 is' if gone == 1 else f'Steps 1 to {gone} are'} no longer in crisis.events:"
            " the crisis is taken to begin with the first step that is there."
        )
    if missing := events[-1].seq - events[0].seq + 1 - len(events):
        yield f"Of its steps in between {missing} {'is' if missing == 1 else 'are'} missing."
    if times.end_ms is None:
        yield (
            f"It is not over: {events[-1].state.value} by its last step,"
            f" {_time(events[-1].time_ms)}. Its figures go as far as what is told."
        )
    if times.relapses:
        yield (
            f"It burned again {_often(times.relapses)} after it had recovered or was resolved; the"
            " time to recover and to resolve is that of the last."
        )
    by_hand = crisis.opened.actor if crisis.opened is not None else None
    if by_hand is not None:
        yield f"It was opened by hand, by {by_hand}, and not by the detector."
    if crisis.judged is not None and crisis.judged.type is EventType.FALSE_POSITIVE:
        yield "A person called it a false positive: it was no crisis."
    opening = opening_of(events)
    if opening is not None and opening.evidence is not None and opening.evidence.warming:
        yield (
            "The brand's baseline was still being learnt: what is called usual or expected is a"
            " guess."
        )


def _of_windows(crisis: Crisis, counted: Counted, periods: Sequence[Period]) -> Iterator[str]:
    if counted.first_ms is None:
        yield (
            "No window of the brand is there: sentiment.windows keeps them for 30 days. Sentiment"
            " before, during and after is not known, and the peak is as the events tell it."
        )
        return
    for one in periods:
        if one.known_from_ms is None or one.known_to_ms is None:
            yield f"No window of {one.name} is there: its counts are not known."
        elif one.known_from_ms > one.start_ms or one.known_to_ms < one.end_ms:
            yield (
                f"Of {one.name}, windows are there from {_time(one.known_from_ms)} to"
                f" {_time(one.known_to_ms)} alone: its counts are of that time."
            )
        if one.silent_sources:
            kinds = ", ".join(one.silent_sources)
            yield (
                f"In a part of {one.name} mentions are missing: {kinds} said nothing, and that is"
                " no calm."
            )
    if theme := crisis.events[-1].theme:
        yield (
            "Sentiment, reach and peak are of all the brand's mentions, not only of those about"
            f" {theme}."
        )
    if counted.corrected:
        yield (
            f"{_often(counted.corrected).capitalize()} a person's label took the place of the"
            " model's in these counts."
        )


def _of_others(others: Sequence[Other]) -> Iterator[str]:
    for one in others:
        about = f" about {one.theme}" if one.theme else ""
        yield (
            f"Another crisis of the brand, {one.crisis_id}{about}, opened {_time(one.opened_ms)}:"
            " before, during and after hold its mentions too."
        )


def _of_kpis(kpis: Sequence[Kpi], periods: Sequence[Period]) -> Iterator[str]:
    for one in kpis:
        parts = {"before": one.before, "during": one.during, "after": one.after}
        empty = [each.name for each in periods if not parts[each.name].points]
        if empty:
            yield (
                f"{one.name} has no point {' and '.join(empty)}: its file goes from"
                f" {_time(one.first_ms)} to {_time(one.last_ms)}."
            )
    if kpis:
        yield (
            "What a series of figures did beside the crisis says nothing of its cause: the hour and"
            " the day of the week move it too."
        )


def _often(times: int) -> str:
    return "once" if times == 1 else f"{times} times"


def _time(time_ms: int) -> str:
    return f"{datetime.fromtimestamp(time_ms / 1000, UTC):%Y-%m-%d %H:%M}Z"
