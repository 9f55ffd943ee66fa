"""D1: what ``squall drill`` looks at, waits for and reports."""

from __future__ import annotations

import pytest
from msgspec.structs import replace

from app.config import Settings
from app.core.crisis import EventType, State
from app.core.drills import END, MEMORY_MS
from app.core.event import CrisisState
from app.errors import InputError, UnavailableError
from app.report.drill import Heard, drill_report, report_lines
from app.stream.drilling import awaited_until_ms, in_the_way, running_drill
from app.wire import event
from tests.unit.drill_streams import (
    BEGAN_MS,
    DRILL,
    UNTIL_MS,
    drilled,
    fresh,
    merged,
    of_drill,
    placed,
    play,
    usual,
)
from tests.unit.folding import command as an_order
from tests.unit.folding import crisis_events


def heard(*, order_at_s: float | None = None) -> list[Heard]:
    """Return the events of a drill as Kafka took them, 12 s after their steps."""
    fold = fresh()
    log_of = placed(merged(drilled(per_minute=8, minutes=50), usual(55)), fold.clock.applied + 1)
    found = [
        Heard(one, one.time_ms + 12_000) for one in crisis_events(of_drill(play(log_of, fold)))
    ]
    if order_at_s is not None:
        crisis_id = next(one.event.crisis_id for one in found if one.event.crisis_id)
        offset = fold.clock.applied + 1
        order = an_order(1, "acknowledge", crisis_id=crisis_id)
        answer = crisis_events(fold.apply(offset, order))
        found += [Heard(one, BEGAN_MS + 1 + round(order_at_s * 1000)) for one in answer]
    return found


def test_a_report_says_when_it_was_found_as_what_and_who_did_not_take_it() -> None:
    report = drill_report(DRILL, heard())
    first = next(one for one in heard() if one.event.type is EventType.OPENED)
    assert report.detected_after_s == (first.at_ms - BEGAN_MS - 1) / 1000
    assert (report.scenario, report.because, report.brand) == ("outage", "theme", "larkmoor")
    assert report.severity in ("error", "critical")
    assert len(report.asked) > 1
    assert report.missing == tuple(one.role for one in report.asked)
    shown = "\n".join(report_lines(report))
    assert f"missing: {', '.join(report.missing)}" in shown
    assert "it is still under way" in shown


def test_whoever_takes_it_answers_for_the_role_asked_last() -> None:
    report = drill_report(DRILL, heard(order_at_s=3_400))
    assert report.asked[-1].taken_by == "ada"
    assert report.asked[-1].role not in report.missing
    assert report.missing == tuple(one.role for one in report.asked[:-1])


def test_a_report_of_a_drill_that_nothing_tells_of_is_refused() -> None:
    with pytest.raises(InputError, match=r"no drill 'other': see that scorer and detector run"):
        drill_report("other", heard())


def test_a_report_begins_with_the_drill_and_not_with_an_answer_to_an_early_order() -> None:
    (refused,) = crisis_events(
        fresh().apply(fresh().clock.applied + 1, an_order(1, END, drill=DRILL))
    )
    early = Heard(refused, BEGAN_MS - 1)
    assert drill_report(DRILL, [early, *heard()]).began_ms == BEGAN_MS + 1
    with pytest.raises(InputError, match="has no drill"):
        drill_report(DRILL, [early])
    assert dict(event.encode(refused).headers)["ce_drill"] == DRILL.encode()


def test_a_drill_is_under_way_until_it_ended_or_its_time_is_over() -> None:
    events = heard()
    assert running_drill(events, "larkmoor", BEGAN_MS + 60_000) == DRILL
    assert running_drill(events, "zumbry", BEGAN_MS + 60_000) is None
    assert running_drill(events, "larkmoor", UNTIL_MS) is None
    ended = replace(events[0].event, type=EventType.DRILL_ENDED, state=State.QUIET)
    assert running_drill([*events, Heard(ended, UNTIL_MS)], "larkmoor", BEGAN_MS) is None


def test_a_crisis_in_the_way_is_said_before_anything_is_sent() -> None:
    """The detector leaves out what comes within six hours of a real one: nobody waits for that."""
    fold = fresh()
    log_of = placed(merged(drilled(per_minute=8), usual(20)), fold.clock.applied + 1)
    state = [one for one in of_drill(play(log_of, fold)) if isinstance(one, CrisisState)][-1]
    assert in_the_way([state], "larkmoor", BEGAN_MS) is None, "a drill is no crisis"
    real_one = replace(state, drill=False)
    assert in_the_way([real_one], "larkmoor", BEGAN_MS) == real_one
    assert in_the_way([real_one], "zumbry", BEGAN_MS) is None
    over = replace(real_one, state=State.RESOLVED, resolved_ms=BEGAN_MS)
    assert in_the_way([over], "larkmoor", BEGAN_MS + MEMORY_MS - 1) == over
    assert in_the_way([over], "larkmoor", BEGAN_MS + MEMORY_MS) is None


def test_the_end_of_a_drill_is_awaited_for_as_long_as_mentions_may_come_late() -> None:
    usual, patient = Settings(), Settings.model_validate({"detector": {"allowed_lateness_s": 600}})
    later_ms = awaited_until_ms(patient, UNTIL_MS) - awaited_until_ms(usual, UNTIL_MS)
    assert later_ms == 600_000 - usual.rules().allowed_lateness_ms
    assert awaited_until_ms(usual, UNTIL_MS) > UNTIL_MS + usual.rules().allowed_lateness_ms


def test_the_notifiers_metrics_must_be_an_address_that_answers() -> None:
    from app.cli.drill_sinks import told_after_s

    with pytest.raises(InputError, match="is no http address"):
        told_after_s("file:///etc/hostname")
    with pytest.raises(UnavailableError, match="give the address of the notifier's /metrics"):
        told_after_s("http://127.0.0.1:9/metrics")
