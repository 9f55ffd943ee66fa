"""A crisis event as somebody hands it in to be verified: nothing is put right on the way.

`app.wire.event` reads an event for those who act on it: it ignores fields it does not know and
refuses words it does not know. Here both are kept, so that they can be named as differences.
"""

from __future__ import annotations

import json
from typing import Any

from app.core.mention import Rejected, RejectReason
from app.wire.refusal import Refusal
from app.wire.typed import MAX_BYTES

Document = dict[str, Any]
NEEDED = ("id", "brand", "type")


def parse(value: bytes) -> Document | Rejected:
    """Return the JSON object with all it holds, or why it can't be an event. Never raises."""
    try:
        document = _loads(value)
        if not isinstance(document, dict):
            raise Refusal(RejectReason.NOT_AN_OBJECT, "the value is JSON but no object")
        for name in NEEDED:
            if not isinstance(document.get(name), str):
                raise Refusal(RejectReason.MISSING_FIELD, f"$.{name} is no text")
    except Refusal as refusal:
        return refusal.rejected
    return document


def _loads(value: bytes) -> Any:
    if len(value) > MAX_BYTES:
        raise Refusal(RejectReason.TOO_LARGE, f"the value is longer than {MAX_BYTES} bytes")
    try:
        return json.loads(value.decode(), object_pairs_hook=_object, parse_constant=_constant)
    except UnicodeDecodeError:
        raise Refusal(RejectReason.BAD_ENCODING, "the value is no UTF-8") from None
    except json.JSONDecodeError as error:
        raise Refusal(RejectReason.BAD_JSON, f"no JSON at character {error.pos}") from None
    except (RecursionError, ValueError):  # nested too deep, or an integer of too many digits
        raise Refusal(RejectReason.BAD_JSON, "nested too deep, or a number too long") from None


def _object(pairs: list[tuple[str, Any]]) -> Document:
    document = dict(pairs)
    if len(document) != len(pairs):
        raise Refusal(RejectReason.BAD_JSON, "an object has a key twice")
    return document


def _constant(_name: str) -> float:
    raise Refusal(RejectReason.BAD_JSON, "NaN and Infinity are no JSON")
