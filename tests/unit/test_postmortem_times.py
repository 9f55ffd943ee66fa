"""Times of a crisis: what each is counted from and to, and what is said where it is not known."""

from __future__ import annotations

from dataclasses import astuple

import msgspec
import pytest

from app.core.crisis import EventType, Severity, State
from app.core.event import CrisisEvent
from app.errors import UsageError
from app.report.postmortem.gathered import Gathering
from app.report.postmortem.times import KNOWN, LOST, NEVER, SIGN
from tests.unit.postmortem_values import (
    BEGAN_MS,
    ENDED_MS,
    MINUTE_MS,
    OPENED_MS,
    gathered,
    renamed,
    times,
)
from tests.unit.report_values import MONDAY_MS, event
from tests.unit.story_values import steps


def minutes(took_ms: int | None) -> float:
    assert took_ms is not None
    return took_ms / MINUTE_MS


def without(*kinds: EventType) -> list[CrisisEvent]:
    """Return the steps without some, numbered anew."""
    kept = [one for one in steps() if one.type not in kinds]
    return [msgspec.structs.replace(one, seq=seq) for seq, one in enumerate(kept, start=1)]


def then(*more: tuple[EventType, int, State, State]) -> list[CrisisEvent]:
    """Return the steps and more of them: type, minute, state before and after."""
    return steps() + [
        event(kind, 12 + place, minute, state, previous_state=before, evidence=None)
        for place, (kind, minute, before, state) in enumerate(more)
    ]


def test_each_time_is_from_and_to_what_it_says() -> None:
    found = times(steps())
    took = (found.detect, found.acknowledge, found.respond, found.recover, found.resolve)
    assert [minutes(one.took_ms) for one in took] == [2, 35, 35, 178, 298]
    assert minutes(found.duration.took_ms) == 300
    assert (found.begin_ms, found.opened_ms, found.end_ms) == (BEGAN_MS, OPENED_MS, ENDED_MS)
    assert found.detect.since == SIGN
    assert (found.acknowledge.by, found.respond.by) == ("ann", "ann")
    assert "(acknowledged)" in found.respond.until
    assert found.relapses == 0


def test_a_known_beginning_counts_in_place_of_the_first_sign() -> None:
    found = times(steps(), began_ms=MONDAY_MS - 18 * MINUTE_MS)
    assert (minutes(found.detect.took_ms), found.detect.since) == (30, KNOWN)
    assert minutes(found.duration.took_ms) == 328
    assert found.begin_ms == MONDAY_MS - 18 * MINUTE_MS


def test_a_beginning_after_the_opening_is_refused() -> None:
    with pytest.raises(UsageError, match="--began is after crisis c1 had opened"):
        times(steps(), began_ms=OPENED_MS + 1)
    assert minutes(times(steps(), began_ms=OPENED_MS).detect.took_ms) == 0


def test_an_answer_in_public_counts_before_what_was_done_in_squall() -> None:
    found = times(steps(), responded_ms=OPENED_MS + 90 * MINUTE_MS).respond
    assert (minutes(found.took_ms), found.by) == (90, None)
    early = times(steps(), responded_ms=OPENED_MS - 5 * MINUTE_MS).respond
    assert minutes(early.took_ms) == -5


def test_the_first_response_is_whatever_a_person_did_first() -> None:
    found = times(without(EventType.ACKNOWLEDGED)).respond
    assert minutes(found.took_ms) == 37
    assert "(assigned)" in found.until


def test_what_did_not_happen_is_said_so() -> None:
    alone = without(EventType.ACKNOWLEDGED, EventType.ASSIGNED, EventType.ANNOTATED)
    found = times(alone)
    assert (found.acknowledge.took_ms, found.acknowledge.unknown) == (None, "not acknowledged")
    assert (found.respond.took_ms, found.respond.unknown) == (None, "nobody acted in Squall")


def test_a_crisis_that_lasts_has_no_end() -> None:
    found = times(steps()[:8])
    assert found.end_ms is None
    assert found.recover.unknown == "not recovered"
    assert found.resolve.unknown == "not resolved, acknowledged by its last step"
    assert (found.duration.took_ms, found.duration.unknown) == (None, "it lasts")


def test_a_watch_that_never_opened_has_a_duration_alone() -> None:
    watch = event(EventType.WATCH, 1, 10, State.WATCH)
    over = event(EventType.DISMISSED, 2, 40, State.DISMISSED, previous_state=State.WATCH)
    found = times([watch, over])
    unknown = (found.detect, found.acknowledge, found.respond, found.recover, found.resolve)
    assert {one.unknown for one in unknown} == {NEVER}
    assert minutes(found.duration.took_ms) == 30
    with pytest.raises(UsageError, match="had opened or ended"):
        times([watch, over], began_ms=MONDAY_MS + 41 * MINUTE_MS)


def test_a_relapse_makes_the_last_recovery_count() -> None:
    relapsed = [
        *steps()[:10],
        event(EventType.RELAPSED, 11, 210, State.OPEN, previous_state=State.RECOVERING),
        event(EventType.RECOVERING, 12, 260, State.RECOVERING, previous_state=State.OPEN),
        event(EventType.RESOLVED, 13, 380, State.RESOLVED, previous_state=State.RECOVERING),
    ]
    found = times(relapsed)
    assert (minutes(found.recover.took_ms), found.relapses) == (248, 1)
    again = times(relapsed[:11])
    assert (again.recover.took_ms, again.recover.unknown) == (None, "not recovered")


def test_a_reopened_crisis_ends_when_it_was_resolved_last() -> None:
    reopened = then(
        (EventType.REOPENED, 400, State.RESOLVED, State.OPEN),
        (EventType.RECOVERING, 420, State.OPEN, State.RECOVERING),
        (EventType.RESOLVED, 540, State.RECOVERING, State.RESOLVED),
        (EventType.CLOSED, 1980, State.RESOLVED, State.CLOSED),
    )
    found = times(reopened)
    assert (minutes(found.resolve.took_ms), minutes(found.recover.took_ms)) == (528, 408)
    assert found.relapses == 1
    assert times(reopened[:12]).end_ms is None


def test_called_false_once_it_was_over_it_ended_before() -> None:
    called = then((EventType.FALSE_POSITIVE, 900, State.RESOLVED, State.RESOLVED))
    assert times(called).end_ms == ENDED_MS


def test_what_a_person_ended_did_not_recover() -> None:
    ended = event(
        EventType.RESOLVED,
        9,
        80,
        State.RESOLVED,
        previous_state=State.ACKNOWLEDGED,
        actor="ann",
    )
    found = times([*steps()[:8], ended])
    assert found.recover.unknown == "ann ended it before they were"
    assert (minutes(found.resolve.took_ms), found.resolve.by) == (68, "ann")


def test_opened_by_hand_it_says_who() -> None:
    by_hand = event(EventType.OPENED, 1, 12, State.OPEN, actor="ann", evidence=None)
    found = times([by_hand])
    assert (found.detect.took_ms, found.detect.by) == (0, "ann")
    assert found.respond.unknown == "nobody acted in Squall"


def test_a_watch_called_false_opens_as_one_that_is_reopened() -> None:
    found = times(
        [
            event(EventType.WATCH, 1, 10, State.WATCH),
            event(EventType.FALSE_POSITIVE, 2, 15, State.RESOLVED, previous_state=State.WATCH),
            event(EventType.REOPENED, 3, 30, State.OPEN, previous_state=State.RESOLVED),
        ]
    )
    assert minutes(found.detect.took_ms) == 20
    assert found.relapses == 0


def test_steps_that_left_the_topic_are_not_guessed() -> None:
    without_watch = times(steps()[1:])
    assert (without_watch.detect.took_ms, without_watch.detect.unknown) == (None, LOST)
    assert without_watch.duration.unknown == LOST
    assert minutes(without_watch.acknowledge.took_ms) == 35
    without_opening = times(steps()[2:])
    assert without_opening.acknowledge.unknown == LOST
    assert without_opening.opened_ms is None
    reopened = then((EventType.REOPENED, 400, State.RESOLVED, State.OPEN))[3:]
    assert times(reopened).detect.unknown == LOST
    known = times(steps()[1:], began_ms=MONDAY_MS)
    assert minutes(known.detect.took_ms) == 12


def test_a_crisis_is_found_by_the_beginning_of_its_id_whatever_the_order_and_repeats() -> None:
    events = renamed(steps(), "abc1") + renamed(steps(), "abd2")
    shuffled = [*reversed(events), *events[:3]]
    assert astuple(gathered(shuffled, "abc").crisis) == astuple(gathered(events, "abc1").crisis)
    whole = renamed(steps(), "abc") + events
    assert gathered(whole, "abc").crisis.id == "abc"


@pytest.mark.parametrize(
    ("given", "says"), [("ab", "2 crises begin with 'ab'"), ("x", "no event tells of a crisis 'x'")]
)
def test_an_id_of_none_or_of_two_is_refused(given: str, says: str) -> None:
    gathering = Gathering(given)
    gathering.read_all(renamed(steps(), "abc1") + renamed(steps(), "abd2"))
    with pytest.raises(UsageError, match=says):
        gathering.found()


def test_other_crises_of_the_brand_that_opened_are_told() -> None:
    other = renamed(steps(), "d2", theme="delivery")
    strange = renamed(steps(), "e3", brand="domarenka")
    watched = renamed(steps()[:1], "f4")
    found = gathered([*steps(), *strange, *reversed(other), *watched])
    assert [one.crisis_id for one in found.others] == ["d2"]
    assert (found.others[0].opened_ms, found.others[0].last_ms) == (OPENED_MS, ENDED_MS)
    assert found.crisis.worst is Severity.CRITICAL
