"""``sentiment.windows``: one judged base step of one brand a record, keyed by brand."""

from __future__ import annotations

import msgspec

from app.core.event import ClosedWindow
from app.core.mention import Rejected
from app.wire import cloudevents, typed
from app.wire.event import SOURCE
from app.wire.message import Headers, Message

TYPE = "squall.window.closed.v1"

_ENCODER = msgspec.json.Encoder()
_DECODER = msgspec.json.Decoder(ClosedWindow)


def encode(window: ClosedWindow) -> Message:
    """Return the record to send. Raises InternalError for a window that can't be read back."""
    value = typed.check(_DECODER, _ENCODER.encode(window))
    event_id = cloudevents.stable_id(TYPE, value)
    headers = cloudevents.headers(event_id, TYPE, SOURCE, window.end_ms, window.brand)
    return Message(window.brand.encode(), value, headers)


def decode(value: bytes | None, headers: Headers | None = None) -> ClosedWindow | Rejected:
    """Return the window, or why it is refused. Without ``headers``, it is read as version 1."""
    return typed.decode(_DECODER, value, headers, TYPE)
