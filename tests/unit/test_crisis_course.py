"""How a crisis is told while it lasts and as it ends: roles asked (C33), milestones and relapses
(C34), updates (C35), one crisis however its signal flutters (C22).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import cache
from itertools import pairwise

import msgspec
import pytest

from app.core.crisis import EventType, Severity, State
from app.core.event import ClosedWindow, CrisisEvent, CrisisGone, CrisisState, Output
from app.core.rules import HOUR_MS, STEP_MS, Rules
from app.core.severity import RANK
from tests.unit.crisis_streams import (
    BREAKS_MS,
    Incident,
    of_crises,
    opened,
    play,
    shop,
    with_commands,
)
from tests.unit.folding import QUICK, closed_windows, command

SEEDS = range(3)
HOURS = 46.0
CHAIN = QUICK.escalation
QUARTER_S, HOUR_S = 900, 3_600
ABOUT = (("delivery",),)
# Six hours; it grows and wanes, so that severities change.
LONG = (
    Incident(6, 25, ABOUT),
    Incident(1.5, 60, ABOUT, BREAKS_MS + 2 * HOUR_MS),
)
SHORT = Incident(1.5, 70, ABOUT)
SMALL = Incident(0.4, 40, ABOUT)


@cache
def told(seed: int, incidents: Sequence[Incident] = LONG, hours: float = HOURS) -> list[Output]:
    return play(shop(seed, incidents, hours))


def again(after_h: float) -> Incident:
    return SHORT._replace(start_ms=BREAKS_MS + round(after_h * HOUR_MS))


def kinds(events: Iterable[CrisisEvent]) -> list[EventType]:
    return [event.type for event in events]


def only(events: Iterable[CrisisEvent], *wanted: EventType) -> list[CrisisEvent]:
    return [event for event in events if event.type in wanted]


# C33


@pytest.mark.parametrize("seed", SEEDS)
def test_each_role_is_asked_once_in_order_when_nobody_takes_it(seed: int) -> None:
    events = of_crises(told(seed))
    asked = only(events, EventType.OPENED, EventType.ESCALATED)
    assert tuple(event.escalated_to for event in asked) == CHAIN
    for before, event in pairwise(asked):
        waited_ms = event.time_ms - before.time_ms
        assert waited_ms == QUICK.escalate_ms or event.reasons == ("the severity rose",)
        assert waited_ms <= QUICK.escalate_ms
    assert events[-1].escalated_to == CHAIN[-1]


@pytest.mark.parametrize("seed", SEEDS)
def test_a_rising_severity_asks_the_next_role_at_once(seed: int) -> None:
    events = of_crises(told(seed))
    rises = 0
    for before, event, after in zip(events, events[1:], events[2:], strict=False):
        if event.type is not EventType.SEVERITY_CHANGED:
            continue
        is_rise = RANK[event.severity] > RANK[before.severity]
        is_left = event.escalated_to != CHAIN[-1]
        asks = after.type is EventType.ESCALATED and after.reasons == ("the severity rose",)
        assert asks == (is_rise and is_left)
        rises += is_rise
    assert rises


@pytest.mark.parametrize("action", ["acknowledge", "assign"])
@pytest.mark.parametrize("seed", SEEDS)
def test_nobody_more_is_asked_for_silence_once_somebody_has_it(seed: int, action: str) -> None:
    log = shop(seed, LONG, HOURS)
    start_ms = opened(told(seed))[0].time_ms
    taken = command(1, action, owner="bob" if action == "assign" else None)
    events = of_crises(play(with_commands(log, [(start_ms + 10 * 60_000, taken)])))
    asked = [one.reasons for one in only(events, EventType.ESCALATED)]
    assert all(reasons == ("the severity rose",) for reasons in asked)
    roles = [one.escalated_to for one in only(events, EventType.OPENED, EventType.ESCALATED)]
    assert tuple(roles) == CHAIN[: len(roles)]


def test_nobody_is_asked_for_silence_while_it_passes_by_itself() -> None:
    """It is back in the band half an hour before it is told to recover; nobody need be woken."""
    events = of_crises(told(0, (SMALL,), 40))
    asked = [one for one in only(events, EventType.ESCALATED) if "nobody" in one.reasons[0]]
    (calm,) = only(events, EventType.RECOVERING)
    assert all(one.time_ms <= calm.time_ms - QUICK.recover_ms for one in asked)
    assert events[-1].escalated_to != CHAIN[-1]


def test_a_calm_quarter_of_an_hour_is_no_reason_to_ask_nobody() -> None:
    """C33: the hour is above the band yet, and nobody has said that they are on it."""
    events = of_crises(told(0, (SMALL,), 40))
    (asked,) = [one for one in only(events, EventType.ESCALATED) if "nobody" in one.reasons[0]]
    assert asked.evidence is not None
    readings = [one for one in asked.evidence.readings if one.channel == "negatives"]
    height = {one.scale_s: one.sigma for one in readings}
    assert height[QUARTER_S] < 2
    assert height[HOUR_S] >= 3


@pytest.mark.parametrize("seed", SEEDS)
def test_who_took_it_is_asked_anew_after_a_relapse_as_after_a_reopening(seed: int) -> None:
    """C33: a crisis that is open again is open, whoever had it before; silence asks the next."""
    patient = msgspec.structs.replace(QUICK, resolve_ms=8 * HOUR_MS)
    log = shop(seed, (SHORT, again(8)), 56)
    start_ms = opened(play(log, patient))[0].time_ms
    taken = [
        (start_ms + 10 * 60_000, command(1, "acknowledge")),
        (start_ms + 11 * 60_000, command(2, "assign", owner="bob")),
    ]
    outputs = play(with_commands(log, taken), patient)
    first, second = lives(of_crises(outputs))
    assert first[-1].owner == "bob"
    assert second[0].type is EventType.RELAPSED
    assert {one.owner for one in second} == {None}
    kept = [one for one in outputs if isinstance(one, CrisisState)]
    since = [one.acknowledged_by for one in kept if one.seq >= second[0].seq]
    assert set(since) == {None}
    assert any("nobody" in one.reasons[0] for one in only(second, EventType.ESCALATED))


def test_without_a_chain_nobody_is_asked() -> None:
    rules = msgspec.structs.replace(QUICK, escalation=())
    events = of_crises(play(shop(1, LONG, 42), rules))
    assert EventType.ESCALATED not in kinds(events)
    assert {event.escalated_to for event in events} == {None}


# C34


def lives(events: Sequence[CrisisEvent]) -> list[list[CrisisEvent]]:
    """Return the events from each opening, relapse or reopening up to the next."""
    found: list[list[CrisisEvent]] = []
    for event in events:
        if event.type in (EventType.OPENED, EventType.RELAPSED, EventType.REOPENED):
            found.append([])
        if found:
            found[-1].append(event)
    return found


def milestones(life: Iterable[CrisisEvent]) -> list[int]:
    """Return the milestones told, which rise to 100 %, one at a time."""
    told = only(life, EventType.MILESTONE)
    reached = [event.milestone or 0 for event in told]
    assert reached == sorted(set(reached))
    assert set(reached) <= {25, 50, 75, 100}
    assert reached[-1] == 100
    assert len({event.time_ms for event in told}) == len(told)
    return reached


def test_of_milestones_passed_at_one_step_the_highest_alone_is_told() -> None:
    """A small crisis loses half of its peak and more from one step to the next."""
    (life,) = lives(of_crises(told(0, (SMALL,), 40)))
    assert milestones(life) == [50, 75, 100]
    first = only(life, EventType.MILESTONE)[0]
    assert first.reasons == ("50 % of the peak's excess is gone",)


@pytest.mark.parametrize("seed", SEEDS)
def test_each_milestone_comes_once_in_order_before_it_recovers(seed: int) -> None:
    (life,) = lives(of_crises(told(seed)))
    order = kinds(only(life, EventType.MILESTONE, EventType.RECOVERING, EventType.RESOLVED))
    assert order[len(milestones(life)) :] == [EventType.RECOVERING, EventType.RESOLVED]
    assert life[-1].state is State.RESOLVED
    recovering, resolved = only(life, EventType.RECOVERING, EventType.RESOLVED)
    assert resolved.time_ms - recovering.time_ms == QUICK.resolve_ms


def sum_of(windows: Iterable[ClosedWindow], start_ms: int, end_ms: int, column: str) -> int:
    inside = [w for w in windows if start_ms <= w.start_ms and w.end_ms <= end_ms]
    return sum(int(getattr(window, column)) for window in inside)


@pytest.mark.parametrize("seed", SEEDS)
def test_a_milestone_is_what_the_windows_say_of_the_peak(seed: int) -> None:
    outputs = told(seed)
    (life,) = lives(of_crises(outputs))
    windows, start_ms = closed_windows(outputs), life[0].time_ms
    ends = [w.end_ms for w in windows if w.end_ms >= start_ms]

    def quarter(end_ms: int) -> int:
        return sum_of(windows, end_ms - QUARTER_S * 1_000, end_ms, "negatives")

    for event in only(life, EventType.MILESTONE):
        assert event.evidence is not None
        assert event.milestone is not None
        now_ms = event.time_ms
        peak = max(quarter(end_ms) for end_ms in ends if end_ms <= now_ms)
        (reading,) = [
            one
            for one in event.evidence.readings
            if (one.channel, one.scale_s) == ("negatives", QUARTER_S)
        ]
        assert reading.observed == quarter(now_ms)
        gone = 100 * (peak - reading.observed) / (peak - reading.expected)
        is_in_band = reading.sigma < 2.01
        assert gone >= event.milestone - 0.01 or is_in_band
        assert peak > reading.expected


@pytest.mark.parametrize("seed", SEEDS)
def test_a_new_rise_within_a_day_is_the_same_crisis_and_counts_milestones_anew(seed: int) -> None:
    outputs = told(seed, (SHORT, again(15)), 60)
    events = of_crises(outputs)
    assert len({event.crisis_id for event in events}) == 1
    assert kinds(events).count(EventType.OPENED) == 1
    first, second = lives(events)
    assert second[0].type is EventType.REOPENED
    assert second[0].previous_state is State.RESOLVED
    assert second[0].escalated_to == CHAIN[0]
    for life in (first, second):
        assert milestones(life)
    assert not [one for one in outputs if isinstance(one, CrisisGone)]


@pytest.mark.parametrize("seed", SEEDS)
def test_a_new_rise_while_it_recovers_is_a_relapse(seed: int) -> None:
    patient = msgspec.structs.replace(QUICK, resolve_ms=8 * HOUR_MS)
    incidents = (SHORT, again(8))
    events = of_crises(play(shop(seed, incidents, 56), patient))
    first, second = lives(events)
    assert second[0].type is EventType.RELAPSED
    assert second[0].previous_state is State.RECOVERING
    assert len({event.crisis_id for event in events}) == 1
    assert first[-1].state is State.RECOVERING


@pytest.mark.parametrize("seed", SEEDS)
def test_after_a_day_it_is_closed_for_good_and_the_next_is_another(seed: int) -> None:
    outputs = told(seed, (SHORT, again(40)), 80)
    first, second = opened(outputs)
    assert first.crisis_id != second.crisis_id
    story = [one for one in of_crises(outputs) if one.crisis_id == first.crisis_id]
    resolved, closed = story[-2:]
    assert (resolved.type, closed.type) == (EventType.RESOLVED, EventType.CLOSED)
    assert closed.time_ms == resolved.time_ms + QUICK.relapse_ms
    place = outputs.index(closed)
    assert outputs[place + 1] == CrisisGone(crisis_id=first.crisis_id, brand="larkmoor")
    later = outputs[place + 2 :]
    assert first.crisis_id not in {getattr(one, "crisis_id", None) for one in later}


# C35


@pytest.mark.parametrize("seed", SEEDS)
def test_an_open_crisis_is_told_of_every_hour_with_what_changed(seed: int) -> None:
    outputs = told(seed)
    windows, events = closed_windows(outputs), of_crises(outputs)
    (start,) = opened(outputs)
    (end,) = only(events, EventType.RECOVERING)
    updates = only(events, EventType.UPDATED)
    hours = (end.time_ms - start.time_ms - 1) // HOUR_MS
    assert hours >= 6
    due = [start.time_ms + n * HOUR_MS for n in range(1, hours + 1)]
    assert [one.time_ms for one in updates] == due
    for before, event in pairwise([start, *updates]):
        change = event.change
        assert change is not None
        assert change.since_ms == before.time_ms
        then, now = hour_of(before, windows), hour_of(event, windows)
        assert (change.negatives_before, change.share_before) == then
        assert (change.negatives, change.share) == now


def hour_of(event: CrisisEvent, windows: Sequence[ClosedWindow]) -> tuple[int, float]:
    """Return negatives and negative share of an event's last hour, added up from the windows."""
    assert event.evidence is not None
    start_ms, end_ms = next(
        (one.start_ms, one.end_ms) for one in event.evidence.readings if one.scale_s == HOUR_S
    )
    negatives = sum_of(windows, start_ms, end_ms, "negatives")
    scored = sum_of(windows, start_ms, end_ms, "distinct")
    scored -= sum_of(windows, start_ms, end_ms, "unscored")
    return negatives, round(negatives / scored, 4) if scored else 0.0


@pytest.mark.parametrize("seed", SEEDS)
def test_between_updates_only_what_changed_is_told(seed: int) -> None:
    events = of_crises(told(seed))
    severity: Severity | None = None
    for before, event in pairwise(events):
        if before.type is EventType.OPENED:
            severity = before.severity
        if event.type is EventType.SEVERITY_CHANGED:
            assert event.severity is not severity
            severity = event.severity
        elif severity is not None:
            assert event.severity is severity
    while_open = [one for one in events if one.previous_state in (State.OPEN, State.ACKNOWLEDGED)]
    assert set(kinds(while_open)) <= {
        EventType.UPDATED,
        EventType.SEVERITY_CHANGED,
        EventType.ESCALATED,
        EventType.MILESTONE,
        EventType.RECOVERING,
    }


def test_what_a_person_opened_compares_with_the_hour_it_was_opened_in() -> None:
    """No step was judged at that moment; the numbers to compare with are those of the rings."""
    rules = Rules(warm_blocks=20, recover_ms=4 * HOUR_MS)
    log = shop(3, [], 42, per_day=1_000)  # a calm day
    by_hand = (BREAKS_MS + 2 * HOUR_MS, command(1, "open"))
    outputs = play(with_commands(log, [by_hand]), rules)
    start, windows = opened(outputs)[0], closed_windows(outputs)
    assert start.actor == "ada"
    update = only(of_crises(outputs), EventType.UPDATED)[0]
    assert update.change is not None
    block_ms = 10 * STEP_MS
    hour_start_ms = ((start.time_ms - STEP_MS) // block_ms - 11) * block_ms
    then = sum_of(windows, hour_start_ms, start.time_ms, "negatives")
    assert then > 0
    assert update.change.negatives_before == then


# C22


@pytest.mark.parametrize("seed", SEEDS)
def test_forty_bursts_in_six_hours_are_one_crisis(seed: int) -> None:
    bursts = tuple(Incident(0.05, 200, ABOUT, BREAKS_MS + n * 9 * 60_000, 0.95) for n in range(40))
    outputs = told(seed, bursts, 50)
    events = kinds(of_crises(outputs))
    assert events.count(EventType.OPENED) == 1
    assert events.count(EventType.RESOLVED) == 1
    assert not {EventType.REOPENED, EventType.RELAPSED} & set(events)
    inside = [w for w in closed_windows(outputs) if 0 <= w.start_ms - BREAKS_MS < 6 * HOUR_MS]
    loud = [w.negatives > w.upper_negatives for w in inside]
    assert sum(now and not before for before, now in pairwise(loud)) >= 40
