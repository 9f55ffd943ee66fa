"""``crisis.state``: the latest of each crisis, compacted by the crisis id."""

from __future__ import annotations

import msgspec

from app.core.event import CrisisGone, CrisisState
from app.core.mention import Rejected
from app.wire import cloudevents, typed
from app.wire.event import SOURCE
from app.wire.message import Headers, Message

TYPE = "squall.crisis.state.v1"
TURN_KEY = b"!turn"  # no crisis id can be that: they are hexadecimal

_ENCODER = msgspec.json.Encoder()
_DECODER = msgspec.json.Decoder(CrisisState)


def encode(state: CrisisState) -> Message:
    """Return the record to send. Raises InternalError for a state that can't be read back."""
    value = typed.check(_DECODER, _ENCODER.encode(state))
    event_id = cloudevents.stable_id(TYPE, value)
    headers = cloudevents.headers(event_id, TYPE, SOURCE, state.updated_ms, state.brand)
    headers = cloudevents.with_drill(headers, state.drill_id)
    return Message(state.crisis_id.encode(), value, headers)


def encode_gone(gone: CrisisGone) -> Message:
    """Return the tombstone of a crisis that is over."""
    return Message(gone.crisis_id.encode(), None, ())


def encode_turn() -> Message:
    """Return the tombstone of nothing that a partition gets every few hours.

    Kafka compacts no segment that is still written to, and begins a new one only when something is
    written: in a partition without crises an old record would stay for ever, and in it the author
    who was erased since.
    """
    return Message(TURN_KEY, None, ())


def decode(value: bytes | None, headers: Headers | None = None) -> CrisisState | Rejected:
    """Return the state, or why it is refused. Without ``headers``, it is read as version 1."""
    return typed.decode(_DECODER, value, headers, TYPE)
