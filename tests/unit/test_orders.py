"""Commands are accepted or refused by the fold, each with one answer (C32)."""

from __future__ import annotations

import pytest

from app.core.crisis import EventType, State
from app.core.event import CrisisEvent, CrisisState
from app.core.partition import PartitionFold
from app.core.record import ScoredMention
from tests.unit.folding import MONDAY_MS, QUICK, Stream, command, crisis_events

HOUR_MS = 3_600_000
CRISIS_MS = MONDAY_MS + 76 * HOUR_MS


def burning() -> tuple[PartitionFold, int, str]:
    """Return a fold in the middle of an open crisis, its next offset and the crisis id."""
    stream = Stream(1, per_day=300).wave(CRISIS_MS, 3, per_hour=40, negative_share=0.9)
    fold, offset, crisis_id = PartitionFold(QUICK), 0, ""
    for offset, record in enumerate(stream.records(days=4)):
        if isinstance(record, ScoredMention) and record.event_time_ms > CRISIS_MS + 2 * HOUR_MS:
            break
        for event in crisis_events(fold.apply(offset, record)):
            crisis_id = event.crisis_id or crisis_id
    return fold, offset, crisis_id


def test_acknowledge_names_the_owner_and_takes_the_next_number() -> None:
    fold, offset, crisis_id = burning()
    before = fold.brands["larkmoor"].state.episodes[""].seq
    event, state = fold.apply(offset, command(1, "acknowledge", crisis_id=crisis_id))
    assert isinstance(event, CrisisEvent)
    assert isinstance(state, CrisisState)
    assert (event.type, event.state) == (EventType.ACKNOWLEDGED, State.ACKNOWLEDGED)
    assert (event.seq, event.actor, event.command_id) == (before + 1, "ada", "c1")
    assert state.acknowledged_by == "ada"


def test_an_acknowledged_crisis_can_be_annotated_and_resolved() -> None:
    fold, offset, _ = burning()
    seen = [
        event.type.value
        for number, action in enumerate(("acknowledge", "annotate", "resolve"))
        for event in crisis_events(fold.apply(offset + number, command(number, action)))
    ]
    assert seen == ["acknowledged", "annotated", "resolved"]


@pytest.mark.parametrize(
    ("action", "crisis_id", "part"),
    [
        ("annotate", "0" * 24, "unknown crisis"),
        ("explode", None, "unknown action"),
    ],
)
def test_a_refusal_says_why_and_changes_nothing(
    action: str, crisis_id: str | None, part: str
) -> None:
    fold, offset, _ = burning()
    before = fold.brands["larkmoor"].state.episodes[""].seq
    (event,) = fold.apply(offset, command(1, action, crisis_id=crisis_id))
    assert isinstance(event, CrisisEvent)
    assert event.type is EventType.REFUSED
    assert part in event.reasons[0]
    assert (event.crisis_id, event.seq, event.command_id) == ("", 0, "c1")
    assert fold.brands["larkmoor"].state.episodes[""].seq == before


def test_a_command_about_a_brand_without_a_crisis_is_refused() -> None:
    fold = PartitionFold(QUICK)
    (event,) = fold.apply(0, command(1, "resolve"))
    assert isinstance(event, CrisisEvent)
    assert event.type is EventType.REFUSED
    assert "no crisis" in event.reasons[0]


def test_acknowledging_twice_is_refused_the_second_time() -> None:
    fold, offset, _ = burning()
    fold.apply(offset, command(1, "acknowledge"))
    (event,) = fold.apply(offset + 1, command(2, "acknowledge"))
    assert isinstance(event, CrisisEvent)
    assert event.reasons == ("acknowledge is not possible while the crisis is acknowledged",)


def test_a_repeat_of_a_command_is_answered_once() -> None:
    """The router may append a command twice after a crash: same source offset, other log offset."""
    fold, offset, _ = burning()
    assert fold.apply(offset, command(1, "acknowledge"))
    assert fold.apply(offset + 1, command(1, "acknowledge")) == []
    assert fold.apply(offset, command(2, "annotate")) == []
