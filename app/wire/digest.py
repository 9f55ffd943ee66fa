"""``crisis.digests``: digests of brands, and causes that come again, by their own keys."""

from __future__ import annotations

from typing import Any, Final

import msgspec

from app.core.digest import Digest, RecurringCause
from app.core.mention import Rejected, RejectReason
from app.wire import cloudevents, typed
from app.wire.message import Headers, Message
from app.wire.refusal import Refusal

PERIOD_TYPE: Final = "squall.digest.period.v1"
CAUSE_TYPE: Final = "squall.digest.recurring_cause.v1"
SOURCE: Final = "/squall/digest"

_ENCODER = msgspec.json.Encoder()
_DECODERS: dict[str, msgspec.json.Decoder[Any]] = {
    PERIOD_TYPE: msgspec.json.Decoder(Digest),
    CAUSE_TYPE: msgspec.json.Decoder(RecurringCause),
}


def encode(record: Digest | RecurringCause) -> Message:
    """Return the record to send, keyed by its id; ``ce_id`` is of its content.

    Raises InternalError for a record that can't be read back.
    """
    if isinstance(record, Digest):
        event_type, time_ms = PERIOD_TYPE, record.end_ms
    else:
        event_type, time_ms = CAUSE_TYPE, record.last_ms
    value = typed.check(_DECODERS[event_type], _ENCODER.encode(record))
    event_id = cloudevents.stable_id(event_type, value)
    headers = cloudevents.headers(event_id, event_type, SOURCE, time_ms, record.brand)
    return Message(record.id.encode(), value, headers)


def encode_gone(cause: RecurringCause) -> Message:
    """Return the tombstone of a cause that turned out to be none."""
    return Message(cause.id.encode(), None, ())


def is_cause(headers: Headers) -> bool:
    """Tell, without reading the record, whether it is a cause that came again."""
    try:
        return cloudevents.read_type(headers) == CAUSE_TYPE
    except Refusal:
        return False


def decode(value: bytes | None, headers: Headers) -> Digest | RecurringCause | Rejected:
    """Return the record that the headers name, or why it is refused."""
    try:
        event_type = cloudevents.read_type(headers)
        if event_type not in _DECODERS:
            raise Refusal(RejectReason.UNKNOWN_SCHEMA, "ce_type is no digest of version 1")
        found: Digest | RecurringCause = typed.read(_DECODERS[event_type], value)
    except Refusal as refusal:
        return refusal.rejected
    return found
