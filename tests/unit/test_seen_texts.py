"""Remembered texts are stored in ten bytes each, and read back as they were."""

from __future__ import annotations

import msgspec
import pytest

from app.core.partition import PartitionFold
from app.core.pending import FINGERPRINT_STEPS
from app.core.record import LogRecord
from app.errors import StateError
from app.wire import state as wire
from app.wire.seen_texts import SeenTexts, packed, unpacked
from tests.unit.folding import MONDAY_MS, QUICK, beat, mention

DAY_MS = 86_400_000
LARGEST = 2**63 - 1


@pytest.mark.parametrize(
    "texts",
    [
        {},
        {7: 0},
        {LARGEST: 5, 0: 5, 1: 6},
        {3: 1_000, 2: 1_000 + FINGERPRINT_STEPS},
    ],
)
def test_what_is_packed_comes_back_in_its_order(texts: dict[int, int]) -> None:
    assert list(unpacked(packed(texts)).items()) == list(texts.items())


def test_ten_bytes_each() -> None:
    stored = packed({number: number for number in range(256)})
    assert len(msgspec.msgpack.encode(stored)) <= 2_560 + 16


def test_a_text_too_old_to_have_a_copy_is_left_out() -> None:
    texts = {1: 999, 2: 1_000, 3: 1_000 + FINGERPRINT_STEPS}
    assert unpacked(packed(texts)) == {2: 1_000, 3: 1_000 + FINGERPRINT_STEPS}


def test_a_text_too_old_to_have_a_copy_is_forgotten() -> None:
    fold = PartitionFold(QUICK)
    log: list[LogRecord] = [beat(None)]
    log += [mention(day, MONDAY_MS + day * DAY_MS) for day in range(6)]
    for offset, record in enumerate(log):
        fold.apply(offset, record)
    state = fold.brands["larkmoor"].state
    oldest = state.rings.next_step - 1 - FINGERPRINT_STEPS
    assert len(state.fingerprints) == 4
    assert min(state.fingerprints.values()) >= oldest
    message = wire.encode_brand(state)
    assert message.value is not None
    assert wire.decode(message.key, message.value) == state


@pytest.mark.parametrize(
    "stored",
    [
        SeenTexts(5, b"\x00" * 8, b""),
        SeenTexts(5, b"\x00" * 7, b"\x00" * 2),
        SeenTexts(5, b"\x00" * 8, b"\x00" * 3),
        SeenTexts(5, b"", b"\x00" * 2),
    ],
)
def test_texts_cut_short_are_refused(stored: SeenTexts) -> None:
    fold = PartitionFold(QUICK)
    fold.apply(0, mention(0, MONDAY_MS))
    message = wire.encode_brand(fold.brands["larkmoor"].state)
    assert message.value is not None
    fields = msgspec.msgpack.decode(message.value[1:], strict=False) | {"fingerprints": stored}
    with pytest.raises(StateError, match="cut short"):
        wire.decode(message.key, wire.PREFIX + msgspec.msgpack.encode(fields))


def test_texts_that_are_none_are_refused() -> None:
    fold = PartitionFold(QUICK)
    fold.apply(0, mention(0, MONDAY_MS))
    message = wire.encode_brand(fold.brands["larkmoor"].state)
    assert message.value is not None
    fields = msgspec.msgpack.decode(message.value[1:], strict=False) | {"fingerprints": {1: 2}}
    with pytest.raises(StateError, match="is corrupt"):
        wire.decode(message.key, wire.PREFIX + msgspec.msgpack.encode(fields))
