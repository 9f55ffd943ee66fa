"""``mentions.labelled``: the pool of mentions that a person labelled, one a record."""

from __future__ import annotations

import msgspec

from app.core.event import Labelled
from app.core.mention import Rejected
from app.wire import cloudevents, typed
from app.wire.event import SOURCE
from app.wire.message import Headers, Message

TYPE = "squall.mention.labelled.v1"

_ENCODER = msgspec.json.Encoder()
_DECODER = msgspec.json.Decoder(Labelled)


def encode(labelled: Labelled) -> Message:
    """Return the record to send, keyed by brand. Raises InternalError if it can't be read back."""
    value = typed.check(_DECODER, _ENCODER.encode(labelled))
    headers = cloudevents.headers(labelled.id, TYPE, SOURCE, labelled.at_ms, labelled.brand)
    return Message(labelled.brand.encode(), value, headers)


def decode(value: bytes | None, headers: Headers | None = None) -> Labelled | Rejected:
    """Return the labelled mention, or why it is refused. Without ``headers``, as version 1."""
    return typed.decode(_DECODER, value, headers, TYPE)
