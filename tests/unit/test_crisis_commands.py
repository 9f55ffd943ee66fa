"""C32: every command in every state is carried out with its actor and time, or refused with a
reason, by exactly one event; what a person opens runs its course to the end.
"""

from __future__ import annotations

from functools import cache

import pytest

from app.core.crisis import EventType, Severity, State
from app.core.event import CrisisEvent, CrisisGone, CrisisState, Output
from app.core.lifecycle import state_of
from app.core.mention import Label
from app.core.partition import PartitionFold
from app.core.record import Command, LogRecord, ScoredMention
from app.core.rules import DAY_MS, HOUR_MS, STEP_MS
from app.core.state import BrandState
from app.wire.message import Message
from app.wire.state import decode, encode_brand
from tests.unit.crisis_streams import BREAKS_MS, Incident, play, shop, until_open
from tests.unit.folding import (
    MONDAY_MS,
    QUICK,
    beat,
    closed_windows,
    command,
    crisis_events,
    mention,
)

AUTHOR = "0123456789abcdef"
UNTIL_MS = MONDAY_MS + 9 * DAY_MS
FIELDS: dict[str, dict[str, object]] = {
    "acknowledge": {},
    "assign": {"owner": "bob"},
    "annotate": {"note": "seen"},
    "resolve": {},
    "confirm": {},
    "false-positive": {},
    "open": {"note": "calls at the desk"},
    "silence": {"until_ms": UNTIL_MS, "note": "fair"},
    "unsilence": {},
    "erase-author": {"author": AUTHOR},
    "correct-label": {"mention_id": "m1", "label": Label.POSITIVE, "labeller": AUTHOR},
    "explode": {},
}
BURNING = {State.OPEN, State.ACKNOWLEDGED}
BEGUN = BURNING | {State.RECOVERING, State.RESOLVED}
STATES = (State.QUIET, State.WATCH, *sorted(BEGUN))
ANSWERS: dict[str, tuple[set[State], EventType]] = {
    "acknowledge": ({State.OPEN}, EventType.ACKNOWLEDGED),
    "assign": (BEGUN, EventType.ASSIGNED),
    "annotate": (BEGUN, EventType.ANNOTATED),
    "resolve": (BURNING | {State.RECOVERING}, EventType.RESOLVED),
    "confirm": (BEGUN, EventType.CONFIRMED),
    "false-positive": (BEGUN | {State.WATCH}, EventType.FALSE_POSITIVE),
    "silence": (set(STATES), EventType.SILENCED),
    "erase-author": (set(STATES), EventType.ERASED),
    "correct-label": (set(STATES), EventType.CORRECTED),
}


def blip() -> list[LogRecord]:
    """Return a calm day and a half, then a dozen negatives in one step: a watch and no more."""
    calm = [one for one in shop(5, []) if isinstance(one, ScoredMention)]
    calm = [one for one in calm if one.event_time_ms < BREAKS_MS]
    dozen = [mention(90_000 + n, BREAKS_MS + 60_000, label=Label.NEGATIVE) for n in range(12)]
    return [beat(None), *calm, *dozen, beat(BREAKS_MS + 10 * 60_000)]


@cache
def reached(state: State) -> PartitionFold:
    fold = PartitionFold(QUICK)
    if state is State.QUIET:
        play(shop(5, [], hours=34), fold=fold)
    elif state is State.WATCH:
        play(blip(), fold=fold)
    else:
        _burn(fold, state)
    return fold


def _burn(fold: PartitionFold, state: State) -> None:
    log = shop(5, [Incident(2, 60)])
    place = until_open(fold, log)
    if state is State.ACKNOWLEDGED:
        play([command(1, "acknowledge")], fold=fold)
    for record in log[place:]:
        if standing(fold) is state:
            return
        fold.apply(fold.clock.applied + 1, record)


def standing(fold: PartitionFold) -> State:
    return state_of(fold.brands["larkmoor"].state)


def at(state: State) -> PartitionFold:
    """Return a fold whose brand stands there: its own copy, read back from what would be stored."""
    fold = reached(state)
    assert standing(fold) is state
    return copy_of(fold)


def copy_of(fold: PartitionFold) -> PartitionFold:
    states = [decode(m.key, m.value or b"") for m in stored(fold)]
    brands = [one for one in states if isinstance(one, BrandState)]
    clock = type(fold.clock)(
        **{name: getattr(fold.clock, name) for name in fold.clock.__struct_fields__}
    )
    return PartitionFold.restore(QUICK, clock, brands)


def stored(fold: PartitionFold) -> list[Message]:
    return [encode_brand(brand.state) for brand in fold.brands.values()]


def give(fold: PartitionFold, one: Command) -> list[Output]:
    return fold.apply(fold.clock.applied + 1, one)


def remembered(fold: PartitionFold) -> dict[str, object]:
    """Return all that is known of the brand but where its records were read."""
    state = fold.brands["larkmoor"].state
    found = {name: getattr(state, name) for name in state.__struct_fields__}
    return {name: value for name, value in found.items() if name not in ("applied", "sources")}


@pytest.mark.parametrize("state", STATES)
@pytest.mark.parametrize("action", FIELDS)
def test_every_command_in_every_state_has_one_answer(action: str, state: State) -> None:
    fold = at(state)
    before = remembered(copy_of(fold))
    now_ms = (fold.watermark_ms or 0) // STEP_MS * STEP_MS
    outputs = give(fold, command(700, action, **FIELDS[action]))
    (event,) = crisis_events(outputs)
    assert (event.actor, event.command_id, event.time_ms) == ("ada", "c700", now_ms)
    if event.type is EventType.REFUSED:
        assert event.reasons[0]
        assert not [one for one in outputs if isinstance(one, CrisisState)]
        assert remembered(fold) == before
    else:
        kept = [one for one in outputs if isinstance(one, CrisisState)]
        assert [one.seq for one in kept if one.crisis_id == event.crisis_id] == (
            [event.seq] if event.crisis_id else []
        )
    assert event.type is expected(action, state)
    assert give(fold, command(700, action, **FIELDS[action])) == []  # C32: once


def expected(action: str, state: State) -> EventType:
    if action == "open":
        if state is State.RESOLVED:
            return EventType.REOPENED
        return EventType.OPENED if state in (State.QUIET, State.WATCH) else EventType.REFUSED
    states, kind = ANSWERS.get(action, (set[State](), EventType.REFUSED))
    return kind if state in states else EventType.REFUSED


def test_an_assigned_owner_and_a_note_come_back_in_the_events() -> None:
    fold = at(State.OPEN)
    (assigned,) = crisis_events(give(fold, command(700, "assign", owner="bob")))
    (noted,) = crisis_events(give(fold, command(701, "annotate", note="seen")))
    assert (assigned.owner, noted.owner, noted.note) == ("bob", "bob", "seen")


def opened_by_hand(fold: PartitionFold, start_ms: int) -> list[Output]:
    """Return what follows when a person opens a crisis and nobody says a word for two days."""
    found = give(fold, command(800, "open", severity=Severity.ERROR))
    for minutes in range(0, 2 * 24 * 60, 30):
        found += fold.apply(fold.clock.applied + 1, beat(start_ms + minutes * 60_000))
    return found


def runs_to_its_end(outputs: list[Output], start_ms: int) -> None:
    events = [one for one in crisis_events(outputs) if one.crisis_id]
    kinds = [one.type for one in events if one.type is not EventType.ESCALATED]
    assert kinds[0] is EventType.OPENED
    assert (events[0].actor, events[0].severity) == ("ada", Severity.ERROR)
    assert events[0].time_ms == start_ms
    assert kinds[-3:] == [EventType.RECOVERING, EventType.RESOLVED, EventType.CLOSED]
    assert [one.seq for one in events] == list(range(1, len(events) + 1))
    assert events[-1].time_ms == events[-2].time_ms + QUICK.relapse_ms
    (gone,) = [one for one in outputs if isinstance(one, CrisisGone)]
    assert {one.crisis_id for one in events} == {gone.crisis_id}


def test_a_quiet_brands_crisis_that_a_person_opens_runs_its_course() -> None:
    fold = at(State.QUIET)
    now_ms = (fold.watermark_ms or 0) // STEP_MS * STEP_MS
    runs_to_its_end(opened_by_hand(fold, now_ms), now_ms)


def test_a_brand_never_seen_can_have_a_crisis_once_there_is_a_time() -> None:
    fold = PartitionFold(QUICK)
    (early,) = give(fold, command(799, "open"))
    assert isinstance(early, CrisisEvent)
    assert early.type is EventType.REFUSED
    assert "no event time" in early.reasons[0]
    fold.apply(1, beat(MONDAY_MS + 10_000))
    runs_to_its_end(opened_by_hand(fold, MONDAY_MS), MONDAY_MS)


def test_a_brand_silent_for_a_month_is_opened_now_and_no_step_is_judged_twice() -> None:
    """The first mention after a month starts a brand anew; its crisis must not go back in time."""
    fold = PartitionFold(QUICK)
    play([*shop(5, [], hours=3), beat(MONDAY_MS + 5 * DAY_MS)], fold=fold)
    silence = command(600, "silence", until_ms=MONDAY_MS + 34 * DAY_MS)  # so it is not evicted
    now_ms = MONDAY_MS + 31 * DAY_MS + 17 * STEP_MS
    outputs = give(fold, silence) + play([beat(now_ms + 10_000)], fold=fold)
    outputs += give(fold, command(601, "open"))
    later_ms = now_ms + 3 * STEP_MS
    outputs += play([mention(50_000, later_ms), beat(later_ms + HOUR_MS)], fold=fold)
    starts = [one.start_ms for one in closed_windows(outputs) if one.start_ms >= now_ms]
    assert starts[:4] == [now_ms + n * STEP_MS for n in range(4)]
    assert starts == sorted(set(starts))
    times = [one.time_ms for one in crisis_events(outputs) if one.crisis_id]
    assert times == sorted(times)


def test_two_crises_under_way_ask_which_is_meant() -> None:
    fold = at(State.OPEN)
    other = crisis_events(give(fold, command(700, "open", theme="security")))[0]
    (refused,) = crisis_events(give(fold, command(701, "acknowledge")))
    assert refused.type is EventType.REFUSED
    assert other.crisis_id in refused.reasons[0]
    named = command(702, "acknowledge", crisis_id=other.crisis_id)
    (taken,) = crisis_events(give(fold, named))
    assert (taken.type, taken.crisis_id) == (EventType.ACKNOWLEDGED, other.crisis_id)
