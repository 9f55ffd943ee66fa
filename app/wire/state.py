"""`squall.brand-state`: one record a brand, and one for the partition's clock. Read as hostile
input.

MessagePack with named fields, the remembered texts packed (``seen_texts``). The first byte is the
version of the layout: a record of an older one is upgraded by ``state_before``, a newer one is
refused by name in place of a guess. Numbers must be finite: a NaN in a mean would make a brand deaf
for ever.
"""

from __future__ import annotations

from math import isfinite

import msgspec

from app.core.copies import are_sound, is_sketch
from app.core.emotions import COUNTED
from app.core.heard import KINDS
from app.core.recent import emotions_in, felt_of
from app.core.state import STATE_VERSION, BrandState
from app.core.watermark import PartitionClock
from app.errors import StateError
from app.wire import state_before
from app.wire.message import Message
from app.wire.seen_texts import SeenTexts, packed, unpacked

OF_NO_BRAND = b"!"  # in the key of the clock and of a drill's copy: outside a brand's characters
CLOCK_KEY = b"!clock"
MAX_BYTES = 256 * 1024
LONGEST_GAP = 2**40
PREFIX = bytes([STATE_VERSION])
READABLE = f"{state_before.OLDEST} to {STATE_VERSION}"
REMEDY = (
    "stop the detectors, delete the record (a tombstone with its key) to rebuild the brand from"
    " new mentions, or run the version that wrote it"
)

_EMOTIONS = frozenset(range(len(COUNTED)))
_encoder = msgspec.msgpack.Encoder()
_fields_decoder = msgspec.msgpack.Decoder(dict[str, msgspec.Raw])
_texts_decoder = msgspec.msgpack.Decoder(SeenTexts)
_brand_decoder = msgspec.msgpack.Decoder(BrandState)
_clock_decoder = msgspec.msgpack.Decoder(PartitionClock)


def encode_brand(state: BrandState) -> Message:
    """Return the brand's record; StateError when it passes 256 KiB."""
    fields = msgspec.structs.asdict(state) | {"fingerprints": packed(state.fingerprints)}
    if state.drill is None:
        del fields["drill"]  # as before there were drills
    value = PREFIX + _encoder.encode(fields)
    if len(value) > MAX_BYTES:
        raise StateError(
            f"state of brand {state.brand!r} is {len(value)} bytes, the cap is {MAX_BYTES}:"
            " lower detector.pending_kib"
        )
    return Message(key=state.key.encode(), value=value, headers=())


def encode_clock(clock: PartitionClock) -> Message:
    """Return the partition clock's record."""
    return Message(key=CLOCK_KEY, value=PREFIX + _encoder.encode(clock), headers=())


def encode_tombstone(brand: str) -> Message:
    """Return the record that erases an evicted brand."""
    return Message(key=brand.encode(), value=None, headers=())


def decode(key: bytes | None, value: bytes) -> BrandState | PartitionClock:
    """Return what a record holds; StateError naming the key when it can't be trusted."""
    name = (key or b"").decode("utf-8", "replace")
    if len(value) > MAX_BYTES or not value:
        raise StateError(f"state record {name!r} has {len(value)} bytes: {REMEDY}")
    layout = value[0]
    if layout != STATE_VERSION and not state_before.can_read(layout):
        raise StateError(
            f"state record {name!r} has layout {layout}, this version reads {READABLE}: {REMEDY}"
        )
    try:
        state = _read(layout, value[1:], is_clock=key == CLOCK_KEY)
    except (msgspec.DecodeError, msgspec.ValidationError, RecursionError, ValueError) as error:
        raise StateError(f"state record {name!r} is corrupt ({error}): {REMEDY}") from error
    _check(name, state)
    return state


def _read(layout: int, value: bytes, *, is_clock: bool) -> BrandState | PartitionClock:
    if is_clock:  # its fields are the same in every layout so far
        return _clock_decoder.decode(value)
    current = layout == STATE_VERSION
    return _brand(value if current else state_before.upgraded(layout, value))


def _brand(value: bytes) -> BrandState:
    fields = _fields_decoder.decode(value)
    texts = fields.pop("fingerprints", None)
    state = _brand_decoder.decode(_encoder.encode(fields))
    if texts is not None:
        state.fingerprints = unpacked(_texts_decoder.decode(texts))
    return state


def _check(name: str, state: BrandState | PartitionClock) -> None:
    if isinstance(state, PartitionClock):
        return
    if state.key != name:
        raise StateError(f"state record {name!r} is about {state.key!r}: {REMEDY}")
    if not state.rings.are_sound():
        raise StateError(f"state record {name!r} has rings that don't add up: {REMEDY}")
    if state.rate is not None and not state.rate.is_sound():
        raise StateError(f"state record {name!r} has a rate test that no fold wrote: {REMEDY}")
    if state.plugged is not None and not state.plugged.is_sound():
        raise StateError(f"state record {name!r} has a detector that no fold wrote: {REMEDY}")
    if state.signals is not None and not state.signals.is_sound():
        raise StateError(f"state record {name!r} has triggers that no fold wrote: {REMEDY}")
    waiting = [text for step in state.pending.values() for text in step.sketches.values()]
    copied = all(one.is_sound() for one in state.copied.values())
    if not (copied and are_sound(state.texts) and all(map(is_sketch, waiting))):
        raise StateError(f"state record {name!r} remembers texts that no fold wrote: {REMEDY}")
    if not _EMOTIONS.issuperset(_emotions(state)):
        raise StateError(f"state record {name!r} has emotions that no fold wrote: {REMEDY}")
    if not all(isfinite(number) and number >= 0 for number in _numbers(state)):
        raise StateError(
            f"state record {name!r} holds a number that is negative or not finite: {REMEDY}"
        )


def _emotions(state: BrandState) -> list[int]:
    waiting = list(state.pending.values())
    codes = [item[2] for step in waiting for item in step.items.values()]
    facts = [fact for facts in (state.facts, *(step.facts for step in waiting)) for fact in facts]
    return [*map(felt_of, codes), *(fact.felt for fact in facts), *emotions_in(state.recent)]


def _numbers(state: BrandState) -> list[float]:
    numbers = [state.share_negatives, state.share_scored, state.usual_suspects]
    numbers += [state.share_missed, state.share_false, state.share_weighed]
    numbers += msgspec.structs.astuple(state.felt)
    numbers += [rate for errors in state.errors.values() for rate in errors]
    numbers += [*state.usual_terms.values(), *state.usual_themes.values(), state.source_due]
    for channel in state.channels.values():
        base, tail = channel.baseline, channel.calibration
        if len(base.spread) != 4 or len(base.spread_weight) != 4:
            return [float("nan")]
        numbers += [base.total, base.weight, *base.spread, channel.block_statistic]
        numbers += [channel.held_until, channel.held_weight]
        numbers += msgspec.structs.astuple(channel.trend) + msgspec.structs.astuple(tail)
        numbers += _divisors(tail.excess, tail.weight, *base.spread_weight)
    return numbers + _numbers_before(state) + _numbers_heard(state)


def _numbers_before(state: BrandState) -> list[float]:
    if state.before is None:
        return []
    if not state.before.channels.keys() <= state.channels.keys():
        return [float("nan")]
    numbers = [state.before.step, state.before.newest, state.before.share_negatives]
    numbers += _divisors(state.before.share_scored)
    numbers += [state.before.share_missed, state.before.share_false, state.before.share_weighed]
    numbers += msgspec.structs.astuple(state.before.felt)
    for known in state.before.channels.values():
        kept, divisors = known.numbers()
        numbers += kept + _divisors(*divisors)
    return numbers


def _numbers_heard(state: BrandState) -> list[float]:
    if not state.heard.keys() <= KINDS:
        return [float("nan")]
    numbers = [number for one in state.heard.values() for number in msgspec.structs.astuple(one)]
    # So large a one would be due at a step that no record can hold.
    return [number if number < LONGEST_GAP else float("nan") for number in numbers]


def _divisors(*numbers: float) -> list[float]:
    """Return the numbers, with one that can't be for each that nothing can be divided by."""
    return [number if number > 0 else float("nan") for number in numbers]
