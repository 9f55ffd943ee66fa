"""C29: random mentions and commands take only the table's steps, numbered without a gap."""

from __future__ import annotations

from random import Random

import pytest

from app.core.event import CrisisEvent, CrisisState, State
from app.core.lifecycle import TRANSITIONS
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
)
ACTIONS = ("acknowledge", "annotate", "resolve", "explode")


def trace(seed: int, length: int) -> list[LogRecord]:
    """Return a day of calm and bursts with commands thrown in."""
    draw, now_ms, records = Random(seed), MONDAY_MS, list[LogRecord]([beat(None)])
    is_burst = False
    for number in range(length):
        if draw.random() < 0.02:
            is_burst = not is_burst
        now_ms += round(draw.expovariate(1 / (8_000 if is_burst else 240_000)))
        if draw.random() < 0.03:
            records.append(command(number, draw.choice(ACTIONS)))
            continue
        is_negative = draw.random() < (0.9 if is_burst else 0.15)
        label = Label.NEGATIVE if is_negative else Label.NEUTRAL
        records.append(mention(number, now_ms, label=label))
    return [*records, beat(now_ms + 6 * 3_600_000)]


@pytest.mark.parametrize("seed", range(8))
def test_only_the_tables_steps_without_a_gap(seed: int) -> None:
    fold, seqs, now, seen = PartitionFold(RESTLESS), dict[str, int](), State.QUIET, set[str]()
    for offset, record in enumerate(trace(seed, 900)):
        for output in fold.apply(offset, record):
            if isinstance(output, CrisisState):
                assert output.seq == seqs[output.crisis_id]
                assert output.state is now
            if not isinstance(output, CrisisEvent):
                continue
            assert output.id not in seen
            seen.add(output.id)
            if output.crisis_id:
                assert output.previous_state is now
                assert TRANSITIONS[output.previous_state, output.type] is output.state
                assert output.seq == seqs.get(output.crisis_id, 0) + 1
                seqs[output.crisis_id], now = output.seq, output.state
    assert now in {State.RESOLVED, State.DISMISSED, State.QUIET}


def test_the_traces_reach_every_step_of_the_table() -> None:
    """A trace that never relapses proves nothing about relapses."""
    reached = set[tuple[State, str]]()
    for seed in range(12):
        fold = PartitionFold(RESTLESS)
        for offset, record in enumerate(trace(seed, 900)):
            for output in fold.apply(offset, record):
                if isinstance(output, CrisisEvent) and output.crisis_id:
                    reached.add((output.previous_state, output.type))
    rare = set(TRANSITIONS) - reached
    assert len(rare) <= 3, rare
