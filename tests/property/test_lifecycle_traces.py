"""C29, C31: random mentions and commands take only the table's steps, numbered without a gap, and
never two crises of one theme at once.
"""

from __future__ import annotations

from collections.abc import Iterator
from random import Random

import pytest

from app.core.crisis import EventType, Severity, State
from app.core.event import CrisisEvent, CrisisGone, CrisisState, Output
from app.core.lifecycle import ACTIVE, OVER, TRANSITIONS
from app.core.mention import Label
from app.core.partition import PartitionFold
from app.core.record import LogRecord
from app.core.rules import Rules
from tests.unit.folding import MONDAY_MS, beat, command, mention

RESTLESS = Rules(
    warm_blocks=5,
    minimum_negatives=3,
    minimum_authors=2,
    watch_ms=10 * 60_000,
    recover_ms=5 * 60_000,
    resolve_ms=10 * 60_000,
    relapse_ms=60 * 60_000,
    update_ms=15 * 60_000,
    escalate_ms=7 * 60_000,
    calmer_ms=5 * 60_000,
)
COMMANDS: tuple[tuple[str, dict[str, object]], ...] = (
    ("acknowledge", {}),
    ("assign", {"owner": "bob"}),
    ("annotate", {"note": "seen"}),
    ("resolve", {}),
    ("confirm", {}),
    ("false-positive", {}),
    ("open", {"note": "calls at the desk"}),
    ("open", {"note": "a leak", "theme": "security", "severity": Severity.CRITICAL}),
    ("silence", {"note": "fair", "until_ms": MONDAY_MS + 40 * 3_600_000}),
    ("unsilence", {}),
    ("erase-author", {"author": "0123456789abcdef"}),
    ("explode", {}),
)
THEMES = ("delivery", "security", "quality")


def trace(seed: int, length: int) -> list[LogRecord]:
    """Return a day of calm and bursts, each on a theme or none, with commands thrown in."""
    draw, now_ms, records = Random(seed), MONDAY_MS, list[LogRecord]([beat(None)])
    is_burst, themes = False, tuple[str, ...]()
    for number in range(length):
        if draw.random() < 0.02:
            is_burst = not is_burst
            themes = tuple(sorted(draw.sample(THEMES, draw.choice((0, 1, 1, 2)))))
        now_ms += round(draw.expovariate(1 / (8_000 if is_burst else 240_000)))
        if draw.random() < 0.06:
            action, fields = draw.choice(COMMANDS)
            records.append(command(number, action, **fields))
            continue
        is_negative = draw.random() < (0.9 if is_burst else 0.15)
        label = Label.NEGATIVE if is_negative else Label.NEUTRAL
        said = (draw.choice(themes),) if themes and draw.random() < 0.8 else ()
        records.append(mention(number, now_ms, label=label, themes=said))
    return [*records, beat(now_ms + 6 * 3_600_000)]


def outputs(seed: int, length: int = 900) -> Iterator[Output]:
    fold = PartitionFold(RESTLESS)
    for offset, record in enumerate(trace(seed, length)):
        yield from fold.apply(offset, record)


class Ledger:
    """What a consumer knows of the crises, and what it would complain of."""

    def __init__(self) -> None:
        self.ids: set[str] = set()
        self.crises: dict[str, CrisisEvent] = {}  # the last event of each
        self.states: dict[str, CrisisState] = {}

    def read(self, output: Output) -> None:
        if isinstance(output, CrisisState):
            last = self.crises[output.crisis_id]
            assert (output.seq, output.state) == (last.seq, last.state)
            assert output.theme == last.theme or not last.theme  # a young crisis may get a name
            self.states[output.crisis_id] = output
        elif isinstance(output, CrisisGone):
            assert self.crises[output.crisis_id].state in OVER
            self.states.pop(output.crisis_id, None)
        elif isinstance(output, CrisisEvent):
            assert output.id not in self.ids
            self.ids.add(output.id)
            if output.crisis_id:
                self._step(output)

    def _step(self, event: CrisisEvent) -> None:
        before = self.crises.get(event.crisis_id)
        assert event.previous_state is (before.state if before else State.QUIET)
        assert event.seq == (before.seq if before else 0) + 1
        assert TRANSITIONS[event.previous_state, event.type] is event.state
        if before is not None and event.theme != before.theme:
            assert (before.theme, event.type) == ("", EventType.UPDATED)
        self.crises[event.crisis_id] = event
        groups = [(e.brand, e.theme) for e in self.crises.values() if e.state in ACTIVE]
        assert len(groups) == len(set(groups))


@pytest.mark.parametrize("seed", range(8))
def test_only_the_tables_steps_without_a_gap(seed: int) -> None:
    ledger = Ledger()
    for output in outputs(seed):
        ledger.read(output)
    assert ledger.crises
    assert all(one.state in {State.RESOLVED, *OVER} for one in ledger.crises.values())
    # C44: the compacted topic holds what is not over, and nothing else.
    kept = {i for i, last in ledger.crises.items() if last.state not in OVER}
    assert ledger.states.keys() == kept


def test_the_traces_reach_every_step_of_the_table() -> None:
    """A trace that never relapses proves nothing about relapses."""
    reached = {
        (output.previous_state, output.type)
        for seed in range(16)
        for output in outputs(seed)
        if isinstance(output, CrisisEvent) and output.crisis_id
    }
    rare = set(TRANSITIONS) - reached  # test_passage_traces.py reaches them all
    assert len(rare) <= 5, rare
