"""C48: the crises of a digest, as they stood at the end of its period."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date

import msgspec
import pytest

from app.core.crisis import EventType, Judged, Severity, State
from app.core.digest import Digest
from app.core.event import CrisisEvent
from app.report.digest.made import digest_of
from app.report.digest.markdown import render
from tests.unit.digest_values import (
    DAY,
    DAY_MS,
    HOUR_MS,
    MINUTE_MS,
    START_MS,
    called_false,
    counted,
    crisis,
    edges,
    made,
    told,
)
from tests.unit.report_values import event


def only(events: Iterable[CrisisEvent], day: date = DAY) -> Digest:
    (found,) = made(edges(), events, day=day).digests
    return found


def test_a_crisis_has_its_times_severity_and_theme() -> None:
    (one,) = only(crisis("c1", 10 * HOUR_MS)).crises
    assert (one.crisis_id, one.state, one.severity) == ("c1", State.RESOLVED, Severity.CRITICAL)
    assert (one.theme, one.product, one.verdict) == ("payment", "kettle", None)
    assert (one.acknowledge_ms, one.resolve_ms) == (2 * HOUR_MS, 4 * HOUR_MS)
    assert one.opened_ms == START_MS + 10 * HOUR_MS


def test_a_crisis_over_midnight_is_of_both_days() -> None:
    events = crisis("c1", 22 * HOUR_MS)
    first, second = only(events), only(events, date(2026, 3, 3))
    assert [(one.opened, one.resolved) for one in (first, second)] == [(1, 0), (0, 1)]
    assert [one.crises[0].state for one in (first, second)] == [State.ACKNOWLEDGED, State.RESOLVED]
    assert [one.crises[0].resolve_ms for one in (first, second)] == [None, 4 * HOUR_MS]
    spent = [one.burning.error_ms + one.burning.critical_ms for one in (first, second)]
    assert spent == [2 * HOUR_MS, 2 * HOUR_MS]
    assert only(events, date(2026, 3, 4)).crises == ()


def test_what_comes_after_the_period_changes_nothing() -> None:
    """So the same day, made again a week later, is the same bytes."""
    events = crisis("c1", 22 * HOUR_MS)
    later = [called_false("c1", 2 * DAY_MS), *crisis("c2", 3 * DAY_MS)]
    assert only([*events, *later]) == only(events)


def test_a_verdict_within_the_period_is_told() -> None:
    found = only([*crisis("c1", 10 * HOUR_MS), called_false("c1", 20 * HOUR_MS)])
    assert (found.false_alarms, found.opened) == (1, 1)
    assert found.crises[0].verdict is Judged.FALSE_POSITIVE
    assert found.crises[0].resolved_ms == START_MS + 14 * HOUR_MS


def test_a_watch_and_a_drill_are_no_crises() -> None:
    watch = crisis("w1", 10 * HOUR_MS)[:1]
    drill = [msgspec.structs.replace(one, drill=True) for one in crisis("d1", 10 * HOUR_MS)]
    found = only([*watch, *drill])
    assert (found.crises, found.opened, found.burning.critical_ms) == ((), 0, 0)


def test_the_worst_severity_counts_where_two_burn_at_once() -> None:
    """Error from 10, critical from 11 to 14; the other two hours later."""
    found = only([*crisis("c1", 10 * HOUR_MS), *crisis("c2", 12 * HOUR_MS, theme="quality")])
    assert (found.burning.error_ms, found.burning.critical_ms) == (HOUR_MS, 5 * HOUR_MS)
    assert [one.crisis_id for one in found.crises] == ["c1", "c2"]


def test_a_crisis_whose_first_steps_have_expired_says_so() -> None:
    found = only(crisis("c1", 10 * HOUR_MS)[3:])
    assert found.crises[0].opened_ms is None
    assert "when it opened is not known" in found.notes[-1]


def test_events_that_cannot_be_read_are_told_of() -> None:
    events = told(crisis("c1", 10 * HOUR_MS))
    assert digest_of("larkmoor", counted(edges()), events).notes == ()
    events.unreadable = 2
    (note,) = digest_of("larkmoor", counted(edges()), events).notes
    assert note.startswith("2 events that were read")


def test_an_opportunity_is_told_by_its_id() -> None:
    praise = event(
        EventType.OPPORTUNITY,
        2,
        0,
        State.WATCH,
        id="w1-2",
        crisis_id="w1",
        time_ms=START_MS + HOUR_MS,
    )
    assert only([*crisis("w1", HOUR_MS)[:1], praise]).opportunities == ("w1",)
    assert only([praise], date(2026, 3, 3)).opportunities == ()


def test_what_was_behind_is_the_sum_over_the_crises() -> None:
    events = [*crisis("c1", 3 * HOUR_MS), *crisis("c2", 12 * HOUR_MS, theme="quality")]
    behind = only(events).behind
    assert behind is not None
    assert behind.seen == 40
    assert [(one.value, one.negatives) for one in behind.themes] == [
        ("payment", 12),
        ("quality", 12),
    ]
    assert [(one.value, one.negatives) for one in behind.words] == [("card", 18)]
    assert [(one.value, one.negatives) for one in behind.sources] == [("social", 40)]


@pytest.mark.parametrize("order", [lambda e: e, lambda e: [*reversed(e), *e[:3]]])
def test_events_in_any_order_and_twice_give_the_same(order: object) -> None:
    events: Sequence[CrisisEvent] = [*crisis("c1", 3 * HOUR_MS), *crisis("c2", 12 * HOUR_MS)]
    assert only(order(events)) == only(events)  # type: ignore[operator]


def test_nothing_of_a_person_or_a_mention_is_kept() -> None:
    """The topic keeps its records for ever."""
    events = [*crisis("c1", 3 * HOUR_MS), called_false("c1", 9 * HOUR_MS, note="a joke by @mo")]
    bytes_ = msgspec.json.encode(only(events))
    for word in (b"ada", b"a joke", b"Payment failed twice", b"a79d091cfcbcd7bf", b"example"):
        assert word not in bytes_


def test_markdown_shows_what_mentions_say_as_text() -> None:
    events = crisis("c1", 3 * HOUR_MS, theme="payment", product="<b>|kettle")
    text = render(made(edges(), events))
    assert r"\<b\>\|kettle" in text
    assert "| c1 | critical | resolved |" in text
    assert "Crises: 1 opened, 1 resolved, 0 called false" in text


def test_only_brands_with_an_event_of_the_period_are_named_by_it() -> None:
    events = told(crisis("c1", 3 * HOUR_MS))
    assert events.brands_in(counted(()).period) == {"larkmoor"}
    assert events.brands_in(counted((), day=date(2026, 3, 4)).period) == frozenset()
    assert events.first_ms == START_MS + 3 * HOUR_MS - 5 * MINUTE_MS
