"""C24, the fold's part: a silence is told and carried by every event, ends by hand or by time, and
is refused when it would be over or too long. The crisis goes its way meanwhile.
"""

from __future__ import annotations

from functools import cache

import pytest

from app.core.crisis import EventType, State
from app.core.event import CrisisEvent, CrisisState, Output
from app.core.partition import PartitionFold
from app.core.rules import DAY_MS, HOUR_MS, STEP_MS
from tests.unit.crisis_streams import BREAKS_MS, Incident, of_crises, play, shop, with_commands
from tests.unit.folding import MONDAY_MS, QUICK, beat, command, crisis_events

INCIDENT = (Incident(2, 60),)
START_MS, END_MS = BREAKS_MS - HOUR_MS, BREAKS_MS + 3 * HOUR_MS
SILENCE = command(1, "silence", until_ms=END_MS, note="trade fair")


@cache
def silenced() -> list[Output]:
    return play(with_commands(shop(1, INCIDENT, 42), [(START_MS, SILENCE)]))


def aside(outputs: list[Output]) -> list[CrisisEvent]:
    wanted = (EventType.SILENCED, EventType.UNSILENCED, EventType.REFUSED)
    return [one for one in crisis_events(outputs) if one.type in wanted]


def test_a_silence_is_told_and_ends_at_its_time() -> None:
    begun, ended = aside(silenced())
    assert (begun.type, ended.type) == (EventType.SILENCED, EventType.UNSILENCED)
    assert (begun.actor, begun.command_id, begun.note) == ("ada", "c1", "trade fair")
    assert begun.silenced_until_ms == END_MS
    assert (ended.time_ms, ended.silenced_until_ms, ended.actor) == (END_MS, None, None)
    assert "ada" in ended.reasons[0]


def test_events_and_states_say_while_it_lasts_that_nobody_is_to_be_told() -> None:
    outputs = silenced()
    first, last = (outputs.index(one) for one in aside(outputs))
    during = [one for one in outputs[first:last] if isinstance(one, CrisisEvent | CrisisState)]
    assert len(during) > 5
    assert {one.silenced_until_ms for one in during} == {END_MS}
    after = [one for one in outputs[last:] if isinstance(one, CrisisEvent | CrisisState)]
    assert len(after) > 2
    assert {one.silenced_until_ms for one in after} == {None}
    # The crisis under way is told of anew, now to be heard.
    assert isinstance(outputs[last + 1], CrisisState)


def test_the_crisis_takes_the_course_that_it_takes_aloud() -> None:
    aloud = of_crises(play(shop(1, INCIDENT, 42)))
    quiet = of_crises(silenced())
    assert [(one.type, one.seq, one.time_ms, one.severity) for one in quiet] == [
        (one.type, one.seq, one.time_ms, one.severity) for one in aloud
    ]
    assert State.OPEN in {one.state for one in quiet}


def test_a_silence_is_lifted_by_hand_and_does_not_end_twice() -> None:
    lift = command(2, "unsilence")
    log = with_commands(shop(1, INCIDENT, 42), [(START_MS, SILENCE), (BREAKS_MS, lift)])
    begun, ended = aside(play(log))
    assert (ended.type, ended.actor) == (EventType.UNSILENCED, "ada")
    assert begun.time_ms < ended.time_ms < END_MS


def test_a_later_silence_takes_the_place_of_the_one_before() -> None:
    longer = command(2, "silence", until_ms=END_MS + HOUR_MS)
    log = with_commands(shop(1, INCIDENT, 42), [(START_MS, SILENCE), (BREAKS_MS, longer)])
    kinds = [(one.type, one.time_ms) for one in aside(play(log))]
    assert [kind for kind, _ in kinds] == [
        EventType.SILENCED,
        EventType.SILENCED,
        EventType.UNSILENCED,
    ]
    assert kinds[-1][1] == END_MS + HOUR_MS


def told_at_noon(until_ms: int | None) -> CrisisEvent:
    fold = PartitionFold(QUICK)
    fold.apply(0, beat(MONDAY_MS + 12 * HOUR_MS + QUICK.allowed_lateness_ms))
    (event,) = fold.apply(1, command(1, "silence", until_ms=until_ms))
    assert isinstance(event, CrisisEvent)
    return event


@pytest.mark.parametrize(
    ("until_ms", "kind"),
    [
        (None, EventType.REFUSED),
        (MONDAY_MS, EventType.REFUSED),
        (MONDAY_MS + 12 * HOUR_MS, EventType.REFUSED),
        (MONDAY_MS + 12 * HOUR_MS + 1, EventType.SILENCED),
        (MONDAY_MS + 12 * HOUR_MS + 30 * DAY_MS, EventType.SILENCED),
        (MONDAY_MS + 12 * HOUR_MS + 30 * DAY_MS + 1, EventType.REFUSED),
    ],
)
def test_a_silence_that_is_over_or_too_long_is_refused(
    until_ms: int | None, kind: EventType
) -> None:
    event = told_at_noon(until_ms)
    assert event.type is kind
    if kind is EventType.REFUSED:
        assert "time" in event.reasons[0]
        assert event.silenced_until_ms is None


def test_lifting_what_is_not_there_is_refused() -> None:
    fold = PartitionFold(QUICK)
    (event,) = crisis_events(fold.apply(0, command(1, "unsilence")))
    assert event.type is EventType.REFUSED


def test_a_silence_of_a_quiet_brand_runs_out_without_a_mention() -> None:
    fold = PartitionFold(QUICK)
    play([beat(MONDAY_MS + 10_000), SILENCE], fold=fold)
    assert play([beat(END_MS + 10_000 - STEP_MS)], fold=fold) == []
    (ended,) = crisis_events(play([beat(END_MS + 10_000)], fold=fold))
    assert (ended.type, ended.time_ms) == (EventType.UNSILENCED, END_MS)
