"""``crisis.events``: one step of one crisis a record."""

from __future__ import annotations

import msgspec

from app.core.crisis import EventType
from app.core.event import CrisisEvent
from app.core.mention import Rejected, RejectReason
from app.wire import cloudevents, typed
from app.wire.message import Headers, Message
from app.wire.refusal import Refusal

SOURCE = "/squall/detector"

_ENCODER = msgspec.json.Encoder()
_DECODER = msgspec.json.Decoder(CrisisEvent)


def type_name(event_type: EventType) -> str:
    """Return the ``ce_type`` of an event: ``squall.crisis.opened.v1``."""
    return f"squall.crisis.{event_type.value}.v1"


def encode(event: CrisisEvent) -> Message:
    """Return the record to send, keyed by the crisis, or by the brand where there is none.

    Raises InternalError for an event that would not read back, such as one with a NaN.
    """
    value = typed.check(_DECODER, _ENCODER.encode(event))
    headers = cloudevents.headers(
        event.id, type_name(event.type), SOURCE, event.time_ms, event.brand
    )
    headers = cloudevents.with_drill(headers, event.drill_id)
    return Message((event.crisis_id or event.brand).encode(), value, headers)


def decode(value: bytes | None, headers: Headers | None = None) -> CrisisEvent | Rejected:
    """Return the event, or why it is refused. Without ``headers``, it is read as version 1."""
    try:
        event_type = None if headers is None else cloudevents.read_type(headers)
        if event_type is not None and event_type not in _TYPES:
            raise Refusal(RejectReason.UNKNOWN_SCHEMA, "ce_type is no crisis event of version 1")
        event = typed.read(_DECODER, value)
        if event_type is not None and event_type != type_name(event.type):
            raise Refusal(RejectReason.BAD_VALUE, "ce_type and the event's own type differ")
    except Refusal as refusal:
        return refusal.rejected
    return event


_TYPES = frozenset(type_name(event_type) for event_type in EventType)
