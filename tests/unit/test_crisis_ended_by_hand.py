"""A crisis that a person ends while its wave goes on is not brought back by that wave: only by a
worse one, or by a new rise after calm.
"""

from __future__ import annotations

from itertools import pairwise

import pytest

from app.core.crisis import EventType, State
from app.core.event import CrisisEvent
from app.core.mention import Label
from app.core.partition import PartitionFold
from app.core.record import ScoredMention
from app.core.rules import HOUR_MS
from app.core.severity import RANK
from tests.unit.crisis_streams import BREAKS_MS, Incident, of_crises, play, shop, with_commands
from tests.unit.folding import QUICK, beat, command, crisis_events, mention

ENDS = ("resolve", "false-positive")
HOURS = 62.0
SEEDS = range(3)
WAVE = Incident(6, 40)
BACK = {EventType.OPENED, EventType.REOPENED, EventType.RELAPSED}
END_AFTER_MS = 2 * HOUR_MS  # the severity is what it will be


def ended_by_hand(seed: int, action: str, incidents: tuple[Incident, ...]) -> list[CrisisEvent]:
    """Return the crisis's events from the one that answers the command on."""
    at_ms = BREAKS_MS + END_AFTER_MS
    log = with_commands(shop(seed, incidents, HOURS), [(at_ms, command(1, action))])
    events = of_crises(play(log))
    place = next(n for n, one in enumerate(events) if one.command_id == "c1")
    assert events[place].type.value in ("resolved", "false_positive")
    return events[place:]


@pytest.mark.parametrize("action", ENDS)
@pytest.mark.parametrize("seed", SEEDS)
def test_the_same_wave_does_not_bring_it_back(seed: int, action: str) -> None:
    """The wave lasts four hours more, and would have kept it open."""
    whole = of_crises(play(shop(seed, (WAVE,), HOURS)))
    over = next(one for one in whole if one.type is EventType.RECOVERING)
    assert over.time_ms > BREAKS_MS + 5 * HOUR_MS
    events = ended_by_hand(seed, action, (WAVE,))
    worse = [one for one in events[1:] if RANK[one.severity] > RANK[events[0].severity]]
    assert not worse
    assert not BACK & {one.type for one in events}


@pytest.mark.parametrize("action", ENDS)
@pytest.mark.parametrize("seed", SEEDS)
def test_a_worse_wave_does(seed: int, action: str) -> None:
    mild = Incident(6, 28, negative=0.85)
    flood = Incident(1, 400, start_ms=BREAKS_MS + 150 * 60_000)
    events = ended_by_hand(seed, action, (mild, flood))
    back = next(one for one in events if one.type in BACK)
    assert back.type is EventType.REOPENED
    assert RANK[back.severity] > RANK[events[0].severity]
    assert back.crisis_id == events[0].crisis_id
    assert flood.start_ms < back.time_ms < flood.start_ms + HOUR_MS


@pytest.mark.parametrize("action", ENDS)
@pytest.mark.parametrize("seed", SEEDS)
def test_a_new_rise_after_calm_does(seed: int, action: str) -> None:
    """It is no worse than the one before, so it is the calm between that counts."""
    wave = Incident(3, 60)
    later = Incident(2, 120, start_ms=BREAKS_MS + 15 * HOUR_MS)
    events = ended_by_hand(seed, action, (wave, later))
    back = next(one for one in events if one.type in BACK)
    assert back.type is EventType.REOPENED
    assert back.crisis_id == events[0].crisis_id
    assert back.time_ms > later.start_ms
    assert RANK[back.severity] <= RANK[events[0].severity]
    assert [one.seq + 1 for one, _ in pairwise(events)] == [one.seq for one in events[1:]]


@pytest.mark.parametrize("seed", SEEDS)
def test_a_watch_called_false_is_over_and_was_never_open(seed: int) -> None:
    fold = PartitionFold(QUICK)
    dozen = [mention(90_000 + n, BREAKS_MS + 60_000, label=Label.NEGATIVE) for n in range(12)]
    calm = [one for one in shop(seed, [], hours=34) if isinstance(one, ScoredMention)]
    play([beat(None), *calm, *dozen, beat(BREAKS_MS + 10 * 60_000)], fold=fold)
    (ended,) = crisis_events(play([command(1, "false-positive")], fold=fold))
    assert (ended.type, ended.previous_state) == (EventType.FALSE_POSITIVE, State.WATCH)
    after = of_crises(play([beat(BREAKS_MS + 30 * HOUR_MS)], fold=fold))
    assert [one.type for one in after] == [EventType.CLOSED]
