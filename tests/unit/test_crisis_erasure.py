"""C56, the fold's part: once an author is erased, no stored state, no later event and no later
record of ``crisis.state`` holds their pseudonym or cites them; counts stay.
"""

from __future__ import annotations

from collections.abc import Sequence

import msgspec
import pytest

from app.core.crisis import EventType, State
from app.core.event import ClosedWindow, CrisisEvent, CrisisState, Output
from app.core.fingerprint import author_pseudonym
from app.core.lifecycle import state_of
from app.core.mention import Label
from app.core.partition import PartitionFold
from app.core.record import LogRecord, ScoredMention
from app.core.rules import HOUR_MS
from app.wire import crisis
from app.wire import event as event_wire
from app.wire.state import encode_brand
from tests.unit.crisis_streams import BREAKS_MS, Incident, of_crises, play, shop
from tests.unit.folding import QUICK, beat, closed_windows, command, crisis_events

LOUD = author_pseudonym("social", "loud and clear")
NUMBER = (int(LOUD, 16) >> 1).to_bytes(8, "big")  # as authors are kept beside counts
ERASE = command(1, "erase-author", author=LOUD, note="asked by loud and clear")
CUT_MS = BREAKS_MS + 90 * 60_000
SEEDS = range(3)


def log_of(seed: int) -> list[LogRecord]:
    """Return a crisis in which every sixth negative is by one author of wide reach."""
    found = list[LogRecord]()
    for number, record in enumerate(shop(seed, [Incident(3, 80, (("safety",),))], 44)):
        is_theirs = isinstance(record, ScoredMention) and record.event_time_ms < CUT_MS
        if is_theirs and number % 6 == 0:
            fields: dict[str, object] = {
                "author": LOUD,
                "label": Label.NEGATIVE,
                "reach": 9_000 + number,
                "url": f"https://example.org/{number}",
                "mention_id": f"theirs-{number}",
            }
            record = msgspec.structs.replace(record, **fields)  # noqa: PLW2901
        found.append(record)
    return found


def cut(log: Sequence[LogRecord]) -> int:
    """Return the place behind their last mention, whose step still waits there."""
    theirs = [
        n for n, one in enumerate(log) if isinstance(one, ScoredMention) and one.author == LOUD
    ]
    return theirs[-1] + 1


def written(outputs: Sequence[Output]) -> bytes:
    """Return all that goes on the topics, one record behind the other."""
    found = b""
    for one in outputs:
        if isinstance(one, CrisisEvent):
            found += event_wire.encode(one).value or b""
        elif isinstance(one, CrisisState):
            found += crisis.encode(one).value or b""
    return found


def stored(fold: PartitionFold) -> bytes:
    return encode_brand(fold.brands["larkmoor"].state).value or b""


def begun(seed: int) -> tuple[PartitionFold, list[Output], list[LogRecord]]:
    log, fold = log_of(seed), PartitionFold(QUICK)
    place = cut(log)
    before = play(log[:place], fold=fold)
    return fold, before, log[place:]


@pytest.mark.parametrize("seed", SEEDS)
def test_nothing_kept_or_told_later_names_or_cites_them(seed: int) -> None:
    fold, before, rest = begun(seed)
    state = fold.brands["larkmoor"].state
    assert LOUD.encode() in written(before)  # else the rest would prove nothing
    assert LOUD.encode() in stored(fold)
    assert NUMBER in stored(fold)
    assert any(one.author == LOUD for step in state.pending.values() for one in step.facts)

    answer, *others = play([ERASE], fold=fold)
    assert isinstance(answer, CrisisEvent)
    assert (answer.type, answer.actor) == (EventType.ERASED, "ada")
    assert answer.note is None  # it may say who it was
    assert [one.crisis_id for one in others if isinstance(one, CrisisState)]
    assert LOUD.encode() not in stored(fold)
    assert NUMBER not in stored(fold)

    after = play(rest, fold=fold)
    assert len(of_crises(after)) > 5
    told = written([answer, *others, *after])
    for trace in (LOUD.encode(), b"theirs-", b"https://example.org/", b"loud and clear"):
        assert trace not in told, trace
        assert trace not in stored(fold), trace


@pytest.mark.parametrize("seed", SEEDS)
def test_counts_and_the_course_stay_as_they_were(seed: int) -> None:
    fold, _, rest = begun(seed)
    play([ERASE], fold=fold)
    other, _, _ = begun(seed)
    gone, kept = play(rest, fold=fold), play(rest, fold=other)

    def counts(window: ClosedWindow) -> tuple[int, int, int]:
        return window.mentions, window.negatives, window.reach

    assert list(map(counts, closed_windows(gone))) == list(map(counts, closed_windows(kept)))
    turns = [[(e.type, e.severity, e.time_ms) for e in of_crises(o)] for o in (gone, kept)]
    assert turns[0] == turns[1]


def test_a_crisis_that_is_over_forgets_too() -> None:
    """Its record of ``crisis.state`` is written anew, without them, though nothing else changes."""
    log, fold = log_of(1), PartitionFold(QUICK)
    play(log, fold=fold)
    assert state_of(fold.brands["larkmoor"].state) is State.RESOLVED
    answer, record = play([ERASE], fold=fold)
    assert isinstance(answer, CrisisEvent)
    assert isinstance(record, CrisisState)
    assert LOUD.encode() not in written([record])
    assert LOUD.encode() not in stored(fold)


def test_an_author_that_nobody_knows_is_answered_all_the_same() -> None:
    fold = PartitionFold(QUICK)
    play([*shop(2, [], hours=2), beat(BREAKS_MS + HOUR_MS)], fold=fold)
    (answer,) = crisis_events(play([ERASE], fold=fold))
    assert answer.type is EventType.ERASED
    assert any("0 remembered" in reason for reason in answer.reasons)
