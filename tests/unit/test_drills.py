"""D1: a drill is folded beside what is real: found and flagged, and nothing real is moved by it."""

from __future__ import annotations

from dataclasses import dataclass

import msgspec
import pytest

from app.core.crisis import EventType, State
from app.core.drills import END, STORED_MAX
from app.core.event import ClosedWindow, CrisisEvent, CrisisGone, CrisisState, Output
from app.core.mention import Label
from app.core.partition import PartitionFold
from app.core.record import Command, LogRecord, ScoredMention
from app.core.rules import HOUR_MS, STEP_MS, Rules
from app.core.state import BrandState
from app.wire import state as state_wire
from tests.unit.drill_streams import (
    BEGAN_MS,
    DRILL,
    UNTIL_MS,
    drilled,
    fresh,
    is_drilled,
    merged,
    of_drill,
    of_real,
    opened_again,
    outcomes,
    placed,
    play,
    real,
    store,
    usual,
)
from tests.unit.folding import QUICK, beat, command, crisis_events, mention, types

LOUD = 30.0
MINUTE_MS = 60_000


@dataclass
class Told:
    """A fold, and what it has told of a drill and of the rest."""

    fold: PartitionFold
    outputs: list[Output]

    @property
    def drill(self) -> list[CrisisEvent]:
        return crisis_events(of_drill(self.outputs))

    @property
    def last(self) -> CrisisEvent:
        return self.drill[-1]

    def go_on(self, *records: LogRecord) -> list[Output]:
        """Fold more records, and return what these alone cause."""
        more = play(placed(records, self.fold.clock.applied + 1), self.fold)
        self.outputs += more
        return more

    def state(self, brand: str = "larkmoor") -> bytes:
        return state_wire.encode_brand(self.fold.brands[brand].state).value or b""


def told(*records: LogRecord, rules: Rules = QUICK) -> Told:
    fold = fresh(rules)
    return Told(fold, play(placed(records, fold.clock.applied + 1), fold))


def opened_drill() -> Told:
    """A drill whose crisis is open, a quarter of an hour after it began."""
    found = told(*merged(drilled(minutes=15, per_minute=8), usual(15)))
    assert EventType.OPENED in [one.type for one in found.drill]
    return found


def crisis_of(found: Told) -> str:
    return next(one.crisis_id for one in found.drill if one.crisis_id)


def test_a_drill_is_found_and_all_it_tells_is_flagged() -> None:
    found = opened_drill()
    assert types(found.drill)[:3] == ["drill_started", "watch", "opened"]
    assert {(one.drill, one.drill_id) for one in found.drill} == {(True, DRILL)}
    times = {(one.drill_began_ms, one.drill_until_ms) for one in found.drill}
    assert times == {(BEGAN_MS + 1, UNTIL_MS)}
    summaries = [one.summary for one in found.drill if one.summary]
    assert len(summaries) == len(found.drill)
    assert all(one.en.startswith("DRILL, nothing is real: ") for one in summaries)
    assert all(one.pl.startswith("ĆWICZENIA: ") for one in summaries)
    scenarios = [one.scenario for one in found.drill if one.scenario]
    assert scenarios[-1].id == "outage"
    assert scenarios[-1].chain, "whom the playbook names is told of a drill too"
    assert set(outcomes(found.outputs)) == {"folded"}


def test_no_window_of_a_drill_is_told_and_its_ids_are_no_real_ones() -> None:
    log = merged(drilled(per_minute=LOUD), usual(20))
    found = told(*log)
    # The same texts, said for real: another brand's wave in all but name.
    said = [
        msgspec.structs.replace(one, drill="", drill_until_ms=0) if is_drilled(one) else one
        for one in log
    ]
    for_real = told(*said)
    windows = [one for one in found.outputs if isinstance(one, ClosedWindow)]
    really_said = [one for one in usual(20) if isinstance(one, ScoredMention)]
    assert sum(one.mentions for one in windows) == len(really_said)
    ids = {one.id for one in found.drill} | {crisis_of(found)}
    others = {one.id for one in crisis_events(for_real.outputs)} | {
        one.crisis_id for one in crisis_events(for_real.outputs)
    }
    assert EventType.OPENED in [one.type for one in crisis_events(for_real.outputs)]
    assert not ids & others


def test_what_is_real_is_told_and_stored_as_without_the_drill() -> None:
    log = placed(merged(drilled(per_minute=LOUD), usual(70)), fresh().clock.applied + 1)
    with_it, without = fresh(), fresh()
    outputs = play(log, with_it)
    assert of_real(outputs) == play(real(log), without)
    one, other = dict[bytes, bytes](), dict[bytes, bytes]()
    store(with_it, one)
    store(without, other)
    assert one == other, "the clock and every brand, byte for byte, once the drill is over"
    assert one.keys() == {state_wire.CLOCK_KEY, b"larkmoor"}
    assert with_it.duplicates == without.duplicates == 0


def test_a_drill_ends_by_its_time_with_what_it_opened_and_its_key_is_erased() -> None:
    found = opened_drill()
    records = dict[bytes, bytes]()
    store(found.fold, records)
    assert f"larkmoor!{DRILL}".encode() in records
    ending = found.go_on(beat(UNTIL_MS + 10_000 + STEP_MS))
    assert types(of_drill(ending))[-3:] == ["resolved", "closed", "drill_ended"]
    assert found.last.reasons == ("its time is over", "120 mentions of it were folded")
    gone = [one for one in ending if isinstance(one, CrisisGone)]
    assert [(one.crisis_id, one.drill) for one in gone] == [(crisis_of(found), True)]
    _, _, erased = found.fold.take_changed()
    assert erased == [f"larkmoor!{DRILL}"]


def test_a_drill_ends_by_order_and_its_late_mentions_begin_no_other() -> None:
    found = opened_drill()
    before = found.state()
    answer = crisis_events(found.go_on(command(1, END, drill=DRILL)))
    assert (answer[-1].type, answer[-1].command_id, answer[-1].actor) == (
        EventType.DRILL_ENDED,
        "c1",
        "ada",
    )
    late = drilled(minutes=1)[-3:]
    assert outcomes(found.go_on(*late)) == ["over"] * 3
    assert found.state() == before, "an order about a drill is none about its brand"
    again = crisis_events(found.go_on(command(2, END, drill=DRILL)))
    assert [(one.type, one.drill) for one in again] == [(EventType.REFUSED, True)]
    assert again[0].reasons == (f"larkmoor has no drill {DRILL} under way",)


def test_an_ended_drill_is_remembered_over_a_restart() -> None:
    found = opened_drill()
    found.go_on(command(1, END))
    records = dict[bytes, bytes]()
    fold = fresh()
    store(fold, records)
    store(found.fold, records)
    again = Told(opened_again(QUICK, records), [])
    assert outcomes(again.go_on(*drilled(minutes=1)[-2:])) == ["over"] * 2


def test_a_mention_whose_drill_is_over_by_its_own_word_begins_none() -> None:
    found = told(*drilled(minutes=1, drill_until_ms=BEGAN_MS - HOUR_MS))
    assert set(outcomes(found.outputs)) == {"over"}
    assert not found.drill


def test_a_drill_that_names_an_end_years_away_is_none_at_any_time_of_it() -> None:
    """Else it would begin anew each day, and nobody could end it for good."""
    for_ever = BEGAN_MS + 365 * 24 * HOUR_MS
    found = told(*drilled(minutes=1, drill_until_ms=for_ever))
    assert set(outcomes(found.outputs)) == {"too_long"}
    assert not found.drill


def test_an_order_to_end_a_drill_that_comes_twice_is_answered_once() -> None:
    found = opened_drill()
    order = command(1, END)
    assert types(crisis_events(found.go_on(order)))[-1] == "drill_ended"
    assert found.go_on(order) == []


def test_an_order_that_names_a_drills_crisis_and_is_of_the_brand_is_carried_out_for_real() -> None:
    """An author is forgotten and a brand silenced whatever crisis is named beside it."""
    found = opened_drill()
    author, crisis_id = "0123456789abcdef", crisis_of(found)
    found.go_on(mention(1, BEGAN_MS + 16 * MINUTE_MS, author=author, label=Label.NEGATIVE))
    assert author.encode() in found.state()
    erased = found.go_on(command(1, "erase-author", author=author, crisis_id=crisis_id))
    assert types(of_real(erased)) == ["erased"]
    assert author.encode() not in found.state()
    opening = command(2, "open", severity="error", note="calls", crisis_id=crisis_id)
    assert types(of_real(found.go_on(opening))) == ["opened"]


def test_an_order_to_end_no_drill_says_nothing_of_when_one_was() -> None:
    (answer,) = crisis_events(told(command(1, END)).outputs)
    assert (answer.type, answer.drill, answer.drill_id) == (EventType.REFUSED, True, "none")
    assert (answer.drill_began_ms, answer.drill_until_ms) == (None, None)
    assert answer.reasons == ("larkmoor has no drill under way",)


def test_a_second_drill_of_a_brand_is_left_out() -> None:
    found = opened_drill()
    other = drilled(minutes=1, drill="other")
    assert set(outcomes(found.go_on(*other))) == {"other_drill"}


def test_a_drill_of_a_brand_that_nobody_heard_of_is_left_out() -> None:
    found = told(*drilled(minutes=1, brand="zumbry"))
    assert set(outcomes(found.outputs)) == {"unknown_brand"}
    assert "zumbry" not in found.fold.brands


def test_late_and_repeated_mentions_of_a_drill_count_as_no_late_or_repeated_ones() -> None:
    found = opened_drill()
    one = drilled(minutes=1)[0]
    late = found.go_on(msgspec.structs.replace(one, mention_id="new"))
    assert outcomes(late) == ["late"]
    first = fresh().clock.applied + 1
    log = placed(drilled(minutes=1)[:1], first)
    fold = fresh()
    repeated = play([*log, (first + 1, log[0][1])], fold)
    assert outcomes(repeated) == ["folded", "repeated"]
    assert fold.duplicates == 0
    assert of_real(late) == of_real(repeated) == []


def test_a_real_crisis_ends_the_drill_and_none_begins_beside_one() -> None:
    found = opened_drill()
    opening = command(1, "open", severity="error", note="calls at the desk")
    outputs = found.go_on(opening)
    assert types(of_real(outputs)) == ["opened"]
    assert found.last.type is EventType.DRILL_ENDED
    assert found.last.reasons[0] == "the brand has a real crisis"
    other = drilled(minutes=1, drill="other")
    assert set(outcomes(found.go_on(*other))) == {"in_crisis"}


def test_a_crisis_of_a_drill_is_taken_like_any_other() -> None:
    found = opened_drill()
    before, crisis_id = found.state(), crisis_of(found)
    answer = found.go_on(command(1, "acknowledge", crisis_id=crisis_id))
    assert types(of_drill(answer)) == ["acknowledged"]
    assert of_real(answer) == []
    state = next(one for one in answer if isinstance(one, CrisisState))
    assert (state.state, state.acknowledged_by, state.drill) == (State.ACKNOWLEDGED, "ada", True)
    assert found.state() == before
    refused = crisis_events(found.go_on(command(2, "acknowledge", crisis_id=crisis_id)))
    assert [(one.type, one.drill) for one in refused] == [(EventType.REFUSED, True)]


def test_the_next_role_is_asked_while_nobody_takes_it() -> None:
    found = told(*merged(drilled(minutes=55, per_minute=8), usual(58)))
    asked = [one.escalated_to for one in found.drill if one.type is EventType.ESCALATED]
    assert asked == ["lead", "management"]


@pytest.mark.parametrize("action", ["silence", "erase-author", "correct-label"])
def test_a_real_order_is_answered_once_and_the_copy_follows_it(action: str) -> None:
    found = opened_drill()
    author = "0123456789abcdef"
    found.go_on(mention(1, BEGAN_MS + 16 * MINUTE_MS, author=author, label=Label.NEGATIVE))
    outputs = found.go_on(order(action, author))
    assert len(types(of_real(outputs))) == 1
    assert [one for one in crisis_events(of_drill(outputs)) if not one.crisis_id] == []
    copy = found.fold.drills.copy_of("larkmoor")
    assert copy is not None
    stored = state_wire.encode_brand(copy.state).value or b""
    if action == "silence":
        assert copy.state.silence is not None
    if action == "erase-author":
        assert author.encode() not in stored


def order(action: str, author: str) -> Command:
    fields: dict[str, dict[str, object]] = {
        "silence": {"until_ms": UNTIL_MS, "note": "planned"},
        "erase-author": {"author": author},
        "correct-label": {"mention_id": "m1", "label": Label.POSITIVE, "labeller": author},
    }
    return command(1, action, **fields[action])


def test_a_copy_that_could_not_be_stored_ends_the_drill_and_not_the_detector() -> None:
    rules = msgspec.structs.replace(QUICK, pending_bytes=255 * 1024)
    found = told(*merged(drilled(per_minute=LOUD), usual(5)), rules=rules)
    assert types(found.drill)[-1] == "drill_ended"
    assert "too large to store" in found.last.reasons[0]
    assert set(outcomes(found.outputs)) == {"over"}
    records = dict[bytes, bytes]()
    store(found.fold, records)
    assert len(records[f"larkmoor!{DRILL}".encode()]) < 4_096


def test_a_copy_is_never_stored_before_it_is_known_to_fit() -> None:
    """While no step is judged, as where a source lags, a batch may end at any mention."""
    size = len(msgspec.msgpack.encode(fresh().brands["larkmoor"].state))
    rules = msgspec.structs.replace(QUICK, pending_bytes=STORED_MAX - size - 4_096)
    fold, records = fresh(rules), dict[bytes, bytes]()
    log = [with_room(one, n) for n, one in enumerate(drilled(minutes=15, per_minute=200))]
    first = fold.clock.applied + 1
    outputs = play(placed(log, first), fold)
    store(fold, records)
    assert types(of_drill(outputs))[-1] == "drill_ended"
    assert set(outcomes(outputs)) == {"folded", "over"}
    assert f"larkmoor!{DRILL}".encode() in records


def with_room(record: LogRecord, number: int) -> ScoredMention:
    """Return a mention that takes as much room as one may."""
    assert isinstance(record, ScoredMention)
    return msgspec.structs.replace(record, mention_id=f"{number:0128}", url="http://a/" + "b" * 900)


def test_a_record_without_a_drill_is_stored_as_before_there_were_any() -> None:
    value = state_wire.encode_brand(BrandState(brand="larkmoor")).value or b""
    assert b"drill" not in value


def test_a_drill_is_found_as_soon_where_the_partition_is_behind_the_clock() -> None:
    """Said in the year after what the partition takes for now, as where old mentions are replayed:
    the same steps after it, and the same end.
    """
    year_ms = 365 * 24 * HOUR_MS
    log = merged(drilled(per_minute=8), usual(70))
    late = [
        msgspec.structs.replace(
            one, event_time_ms=one.event_time_ms + year_ms, drill_until_ms=UNTIL_MS + year_ms
        )
        if isinstance(one, ScoredMention) and one.drill
        else one
        for one in log
    ]
    now, then = told(*log), told(*late)
    assert [(one.type, one.time_ms) for one in now.drill] == [
        (one.type, one.time_ms) for one in then.drill
    ]
    assert now.last.type is EventType.DRILL_ENDED
    assert {one.drill_began_ms for one in then.drill} == {BEGAN_MS + 1 + year_ms}
    assert then.fold.watermark_ms == now.fold.watermark_ms
