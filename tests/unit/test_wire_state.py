"""Stored state: exact when honest, a named error when not (F2)."""

from __future__ import annotations

from random import Random

import msgspec
import pytest

from app.core.copies import Copied
from app.core.mention import Label
from app.core.partition import PartitionFold
from app.core.recent import FELT
from app.core.state import BrandState, PendingStep
from app.core.watermark import PartitionClock
from app.errors import StateError
from app.wire import state as wire
from app.wire.message import Message
from tests.unit.folding import MONDAY_MS, QUICK, Stream, mention

CRISIS_MS = MONDAY_MS + 40 * 3_600_000


def lived() -> PartitionFold:
    stream = Stream(1, per_day=300).wave(CRISIS_MS, 2, per_hour=60, negative_share=0.9)
    fold = PartitionFold(QUICK)
    for offset, record in enumerate(stream.records(days=2)[:-1]):
        fold.apply(offset, record)
    return fold


def stored() -> Message:
    return wire.encode_brand(lived().brands["larkmoor"].state)


def test_a_brand_round_trips_field_by_field() -> None:
    message = stored()
    assert message.value is not None
    state = wire.decode(message.key, message.value)
    assert isinstance(state, BrandState)
    assert wire.encode_brand(state) == message
    assert state == lived().brands["larkmoor"].state


def test_a_typical_brand_is_small() -> None:
    message = stored()
    assert message.value is not None
    assert len(message.value) <= 15 * 1024  # an open crisis with its evidence in it


def test_a_calm_brand_is_smaller() -> None:
    fold = PartitionFold(QUICK)
    for offset, record in enumerate(Stream(1, per_day=150).records(days=2)[:-1]):
        fold.apply(offset, record)
    message = wire.encode_brand(fold.brands["larkmoor"].state)
    assert message.value is not None
    assert len(message.value) <= 8 * 1024


def test_the_clock_round_trips() -> None:
    clock = lived().clock
    message = wire.encode_clock(clock)
    assert message.value is not None
    assert wire.decode(message.key, message.value) == clock
    assert isinstance(wire.decode(message.key, message.value), PartitionClock)


@pytest.mark.parametrize(
    ("spoil", "part"),
    [
        (lambda value: b"\x63" + value[1:], "layout 99, this version reads 2 to 3"),
        (lambda value: value[: len(value) // 2], "is corrupt"),
        (lambda value: b"", "0 bytes"),
        (lambda value: wire.PREFIX + b"\xc0", "is corrupt"),
        (lambda value: wire.PREFIX + msgspec.msgpack.encode({"brand": 7}), "is corrupt"),
        (
            lambda value: wire.PREFIX + msgspec.msgpack.encode({"brand": "other"}),
            "is about 'other'",
        ),
    ],
)
def test_what_is_not_ours_is_refused_by_name(spoil: object, part: str) -> None:
    value = stored().value
    with pytest.raises(StateError, match=part) as caught:
        wire.decode(b"larkmoor", spoil(value))  # type: ignore[operator]
    assert "larkmoor" in str(caught.value)
    assert "tombstone" in str(caught.value)


@pytest.mark.parametrize(
    ("part", "field", "number"),
    [
        ("baseline", "total", float("nan")),
        ("trend", "square", float("inf")),
        ("trend", "square", -1.0),
        ("calibration", "excess", 0.0),
        ("calibration", "weight", -1.0),
        ("baseline", "spread_weight", [1.0, 0.0, 1.0, 1.0]),
        ("baseline", "spread", [1.0]),
    ],
)
def test_a_number_that_can_not_be_is_refused(part: str, field: str, number: object) -> None:
    state = lived().brands["larkmoor"].state
    setattr(getattr(state.channels["negatives"], part), field, number)
    message = wire.encode_brand(state)
    assert message.value is not None
    with pytest.raises(StateError, match="negative or not finite"):
        wire.decode(message.key, message.value)


@pytest.mark.parametrize(
    ("texts", "copied", "sketch"),
    [
        ({7: b""}, {}, b"\0" * 12),
        ({7: b"\0" * 14}, {}, b"\0" * 12),
        ({}, {7: Copied(1, 2, 0)}, b"\0" * 12),
        ({}, {7: Copied(0, 0, 0)}, b"\0" * 12),
        ({}, {}, b"\0" * 11),
    ],
)
def test_texts_no_fold_wrote_are_refused(
    texts: dict[int, bytes], copied: dict[int, Copied], sketch: bytes
) -> None:
    state = lived().brands["larkmoor"].state
    state.texts, state.copied = texts, copied
    state.pending = {state.rings.next_step: PendingStep(sketches={7: sketch})}
    message = wire.encode_brand(state)
    assert message.value is not None
    with pytest.raises(StateError, match="remembers texts that no fold wrote"):
        wire.decode(message.key, message.value)


@pytest.mark.parametrize("number", [-1, 5])
@pytest.mark.parametrize("where", ["waiting", "facts", "recent"])
def test_emotions_no_fold_wrote_are_refused(number: int, where: str) -> None:
    """Numbers of emotions are 0 to 4: another would end the process when it is counted."""
    state = lived().brands["larkmoor"].state
    if where == "waiting":
        waits = PendingStep(items={7: (1, 1, number * FELT, 0)})
        state.pending = {state.rings.next_step: waits}
    elif where == "facts":
        state.facts = [msgspec.structs.replace(state.facts[0], marks=2 * number)]
    else:
        state.recent = bytes(4) + bytes([number % 8 << 5]) + bytes(3)
    message = wire.encode_brand(state)
    assert message.value is not None
    with pytest.raises(StateError, match="emotions that no fold wrote"):
        wire.decode(message.key, message.value)


def test_flipped_bytes_never_raise_anything_else() -> None:
    value, draw = stored().value, Random(3)
    assert value is not None
    for _ in range(2_000):
        spoiled = bytearray(value)
        for _ in range(draw.randint(1, 8)):
            spoiled[draw.randrange(len(spoiled))] = draw.randrange(256)
        try:
            wire.decode(b"larkmoor", bytes(spoiled))
        except StateError:
            continue


@pytest.mark.parametrize("steps", [1, 40, 100_000])
def test_a_brand_at_its_bounds_stays_below_the_cap(steps: int) -> None:
    """All that the rules let wait, in few steps or many, with links and excerpts."""
    fold, most = PartitionFold(QUICK), 0
    for number in range(8_000):
        text = {"url": "https://example.org/" + "u" * 180, "excerpt": "ó" * 280}
        text["sketch"] = "".join(f"{number:04x}{place:04x}" for place in range(8))
        time_ms = MONDAY_MS + number % steps * 30_000
        fold.apply(number, mention(number, time_ms, label=Label.NEGATIVE, reach=number, **text))
        most = max(most, fold.brands["larkmoor"].state.pending_bytes)
        if number % 500 == 0:
            value = wire.encode_brand(fold.brands["larkmoor"].state).value
            assert value is not None
            assert len(value) < wire.MAX_BYTES
    assert most > 0.99 * QUICK.pending_bytes
