"""C32, D8: a person says that a crisis was one, or that it never was; the last word counts, and
nothing but the word changes.
"""

from __future__ import annotations

import re
from functools import cache

import msgspec
import pytest

from app.config import CANARY_BRAND, Topics
from app.core.crisis import EventType, Judged, Severity, State
from app.core.event import CrisisEvent, CrisisState, Judgement, Output
from app.core.lifecycle import state_of
from app.core.partition import PartitionFold
from app.core.rules import HOUR_MS
from app.core.state import Episode
from app.metrics import Metrics
from app.stream.folding import Folded
from app.stream.telling import Teller
from tests.unit.crisis_streams import BREAKS_MS, Incident, shop, until_open
from tests.unit.folding import QUICK, beat, command, crisis_events
from tests.unit.report_values import event
from tests.unit.test_crisis_commands import copy_of, give, remembered

REAL, FALSE = Judged.CONFIRMED, Judged.FALSE_POSITIVE
LOG = shop(5, [Incident(2, 60)])


@cache
def burning() -> PartitionFold:
    fold = PartitionFold(QUICK)
    until_open(fold, LOG)
    return fold


def opened() -> Episode:
    (episode,) = burning().brands["larkmoor"].state.episodes.values()
    return episode


def open_fold() -> PartitionFold:
    return copy_of(burning())


def word(outputs: list[Output]) -> tuple[CrisisEvent, CrisisState]:
    (event_,) = crisis_events(outputs)
    (state,) = [one for one in outputs if isinstance(one, CrisisState)]
    return event_, state


def test_a_confirmed_crisis_goes_on_as_it_was() -> None:
    fold, other = open_fold(), open_fold()
    said, state = word(give(fold, command(700, "confirm", note="the depot burnt")))
    noted = give(other, command(700, "annotate", note="the depot burnt"))
    assert (said.type, said.state, said.previous_state) == (
        EventType.CONFIRMED,
        State.OPEN,
        State.OPEN,
    )
    assert (said.actor, said.note, state.verdict) == ("ada", "the depot burnt", REAL)
    assert crisis_events(noted)[0].seq == said.seq
    assert after(fold) == after(other)  # what time brings is the same, word or no word


def after(fold: PartitionFold) -> list[tuple[object, ...]]:
    found = []
    for hour in range(1, 8):
        outputs = fold.apply(fold.clock.applied + 1, beat(BREAKS_MS + hour * 6 * HOUR_MS))
        found += crisis_events(outputs)
    assert found
    return [(one.type, one.seq, one.state, one.severity, one.time_ms) for one in found]


def test_the_word_says_what_the_crisis_opened_on() -> None:
    evidence = opened().evidence  # of the newest event, which opened it
    assert evidence is not None
    said, _ = word(give(open_fold(), command(700, "confirm")))
    names = tuple(sorted(one.name for one in evidence.triggers))
    assert "negatives" in names
    assert said.judgement == Judgement(verdict=REAL, opened_as=opened().severity, triggers=names)


def test_the_last_word_counts_and_names_the_one_before() -> None:
    fold = open_fold()
    words = [
        word(give(fold, command(700 + n, action)))
        for n, action in enumerate(("confirm", "false-positive", "confirm", "confirm"))
    ]
    judged = [one.judgement for one, _ in words if one.judgement is not None]
    assert [one.verdict for one in judged] == [REAL, FALSE, REAL, REAL]
    assert [one.before for one in judged] == [None, REAL, FALSE, REAL]
    assert [state.verdict for _, state in words] == [REAL, FALSE, REAL, REAL]
    assert [state.state for _, state in words] == [State.OPEN, *[State.RESOLVED] * 3]
    seqs = [one.seq for one, _ in words]
    assert seqs == list(range(seqs[0], seqs[0] + 4))


def test_a_wave_called_false_and_then_real_is_not_taken_for_usual() -> None:
    fold = open_fold()
    brand = fold.brands["larkmoor"]
    give(fold, command(700, "false-positive"))
    (episode,) = brand.state.episodes.values()
    assert (episode.is_false, episode.is_muted) == (True, True)
    give(fold, command(701, "confirm"))
    assert (episode.is_false, episode.is_muted) == (False, True)
    assert state_of(brand.state) is State.RESOLVED


def test_a_word_outlives_a_reopening_by_hand() -> None:
    fold = open_fold()
    give(fold, command(700, "false-positive"))
    outputs = give(fold, command(701, "open", note="it is back"))
    (state,) = [one for one in outputs if isinstance(one, CrisisState)]
    assert (state.state, state.verdict) == (State.OPEN, FALSE)
    said, _ = word(give(fold, command(702, "confirm")))
    assert said.judgement is not None
    assert said.judgement.before is FALSE
    assert said.judgement.opened_as is opened().severity


def test_acknowledging_and_resolving_say_nothing_of_it() -> None:
    fold = open_fold()
    for number, action in enumerate(("acknowledge", "resolve")):
        said, state = word(give(fold, command(700 + number, action)))
        assert (said.judgement, state.verdict) == (None, None)


def test_what_a_person_opened_names_no_trigger() -> None:
    fold = PartitionFold(QUICK)
    fold.apply(0, beat(None))
    fold.apply(1, beat(BREAKS_MS))
    give(fold, command(700, "open", note="calls", severity=Severity.ERROR))
    said, _ = word(give(fold, command(701, "confirm")))
    assert said.judgement == Judgement(verdict=REAL, opened_as=Severity.ERROR)


def test_a_refused_word_changes_nothing() -> None:
    fold = PartitionFold(QUICK)
    fold.apply(0, beat(BREAKS_MS))
    give(fold, command(699, "unsilence"))
    before = remembered(fold)
    (refused,) = crisis_events(give(fold, command(700, "confirm", crisis_id="nosuch")))
    assert refused.type is EventType.REFUSED
    assert remembered(fold) == before


def told_by(metrics: Metrics) -> dict[tuple[str, str, str], int]:
    found = re.findall(
        r'squall_judged_total\{said="(\w+)",trigger="(\w+)",verdict="(\w+)"\} (\d+)',
        metrics.render().decode(),
    )
    return {(t, v, s): int(count) for s, t, v, count in found if int(count)}


def a_word(verdict: Judged, before: Judged | None, **fields: object) -> CrisisEvent:
    judgement = Judgement(
        verdict=verdict,
        before=before,
        opened_as=Severity.ERROR,
        triggers=("negatives", "reach"),
    )
    return event(EventType(verdict.value), 4, 47, State.OPEN, **({"judgement": judgement} | fields))


def count(*events: CrisisEvent) -> dict[tuple[str, str, str], int]:
    metrics = Metrics("detector", brands=["larkmoor"])
    Teller(metrics, Topics()).partition(0, Folded([], list(events), []), None)
    return told_by(metrics)


def test_a_word_counts_once_for_each_trigger_and_once_for_the_crisis() -> None:
    names = ("all", "negatives", "reach")
    assert count(a_word(REAL, None)) == {(name, "confirmed", "first"): 1 for name in names}


def test_another_word_is_counted_as_a_change_and_the_same_one_not_at_all() -> None:
    told = count(a_word(REAL, None), a_word(FALSE, REAL), a_word(FALSE, FALSE))
    assert told["all", "confirmed", "first"] == told["all", "false_positive", "changed"] == 1
    assert len(told) == 6


@pytest.mark.parametrize(
    "not_an_alarm",
    [
        {"judgement": Judgement(verdict=REAL, opened_as=Severity.ERROR)},  # opened by a person
        {"judgement": Judgement(verdict=REAL)},  # a watch
        {"brand": CANARY_BRAND},
    ],
)
def test_what_was_no_alarm_is_not_counted(not_an_alarm: dict[str, object]) -> None:
    assert count(a_word(REAL, None, **not_an_alarm)) == {}


def test_a_trigger_of_a_later_version_adds_one_series_alone() -> None:
    strange = Judgement(verdict=REAL, opened_as=Severity.ERROR, triggers=("x" * 500, "y"))
    told = count(a_word(REAL, None, judgement=strange))
    assert told == {("all", "confirmed", "first"): 1, ("other", "confirmed", "first"): 2}


def test_what_the_fold_says_is_counted_when_it_is_committed() -> None:
    fold, metrics = open_fold(), Metrics("detector", brands=["larkmoor"])
    teller = Teller(metrics, Topics())
    for number, action in enumerate(("confirm", "false-positive")):
        outputs = give(fold, command(700 + number, action))
        teller.partition(0, Folded([], outputs, []), None)
        repeated = give(fold, command(700 + number, action))  # a repeat is no event
        teller.partition(0, Folded([], repeated, []), None)
    told = told_by(metrics)
    assert told["negatives", "confirmed", "first"] == 1
    assert told["negatives", "false_positive", "changed"] == 1
    assert all(one == 1 for one in told.values())


def test_a_state_without_a_word_is_read_as_before() -> None:
    fold = open_fold()
    (episode,) = fold.brands["larkmoor"].state.episodes.values()
    old = msgspec.to_builtins(episode)
    for name in ("opened_as", "opened_by", "verdict"):
        old.pop(name, None)
    read = msgspec.convert(old, type(episode))
    assert (read.opened_as, read.opened_by, read.verdict) == (None, (), None)
