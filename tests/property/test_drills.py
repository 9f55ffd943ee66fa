"""D1, D2: however a drill lies between what is real, and however the log is cut into batches and
restarts, what is real is the same bytes with and without it, and the drill itself too.
"""

from __future__ import annotations

from random import Random

from hypothesis import given, settings
from hypothesis import strategies as st

from app.core.event import Output
from app.core.playbook import SCENARIOS
from app.core.record import LogRecord, ScoredMention
from app.wire import state as state_wire
from tests.unit.drill_streams import (
    BEGAN_MS,
    Placed,
    drilled,
    fresh,
    of_drill,
    of_real,
    opened_again,
    placed,
    play,
    real,
    store,
    time_of,
    usual,
)
from tests.unit.folding import QUICK, command

Stored = dict[bytes, bytes]


def drawn(draw: Random) -> list[Placed]:
    """Return a log in which a drill, what is real and orders lie in any order within a minute."""
    scenario = draw.choice(SCENARIOS)
    per_minute, minutes = draw.choice((1.0, 6.0, 30.0)), draw.choice((2.0, 15.0))
    until_ms = BEGAN_MS + draw.choice((3, 12, 60)) * 60_000
    streams: list[LogRecord] = [
        *drilled(scenario, per_minute, minutes, draw.randrange(99), drill_until_ms=until_ms),
        *usual(draw.choice((5, 20, 70)), draw.randrange(99)),
    ]
    if draw.random() < 0.5:
        streams.append(command(1, "end-drill", at_ms=BEGAN_MS + draw.randrange(15 * 60_000)))
    if draw.random() < 0.3:
        at_ms = BEGAN_MS + draw.randrange(15 * 60_000)
        streams.append(command(2, "open", at_ms=at_ms, severity="error", note="known"))
    log = sorted(streams, key=lambda one: time_of(one) + _moved(draw, one))
    return placed(log, fresh().clock.applied + 1)


def _moved(draw: Random, record: LogRecord) -> int:
    return draw.randrange(-8_000, 8_000) if isinstance(record, ScoredMention) else 0


def cut(log: list[Placed], draw: Random, share: float) -> tuple[list[Output], Stored]:
    """Fold a log in batches, each of which a process may end with; what is stored goes on."""
    fold, records, outputs = fresh(), Stored(), list[Output]()
    store(fold, records)
    records |= {
        state_wire.encode_brand(brand.state).key or b"": state_wire.encode_brand(brand.state).value
        or b""
        for brand in fold.brands.values()
    }
    while log:
        size = draw.randint(1, 60)
        batch, log = log[:size], log[size:]
        outputs += play(batch, fold)
        store(fold, records)
        if draw.random() < share:
            fold = opened_again(QUICK, records)
    return outputs, records


@given(st.integers(0, 2**32))
@settings(max_examples=25, deadline=None)
def test_what_is_real_is_the_same_bytes_with_and_without_a_drill(seed: int) -> None:
    log = drawn(Random(seed))
    outputs, records = cut(log, Random(seed + 1), share=0.3)
    without, bare = cut(without_orders(real(log)), Random(seed + 2), share=0.3)
    assert of_real(outputs) == without
    assert brands(records) == brands(bare)


def without_orders(log: list[Placed]) -> list[Placed]:
    """An order about a drill is of the drill: without the one there is none of the other."""
    return [one for one in log if getattr(one[1], "action", "") != "end-drill"]


def brands(records: Stored) -> Stored:
    """The clock's place in the log is that of the last record, whichever it was."""
    return {key: value for key, value in records.items() if b"!" not in key}


@given(st.integers(0, 2**32))
@settings(max_examples=15, deadline=None)
def test_a_drill_is_the_same_whatever_the_batches_and_restarts(seed: int) -> None:
    log = drawn(Random(seed))
    whole, stored = cut(log, Random(0), share=0.0)
    parts, again = cut(log, Random(seed + 3), share=0.5)
    assert parts == whole
    assert again == stored
    assert of_drill(whole)
