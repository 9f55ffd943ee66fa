"""JSON of Squall's own topics: by msgspec into a declared type, or refused with a reason."""

from __future__ import annotations

import re
from typing import TypeVar

import msgspec

from app.core.mention import Rejected, RejectReason
from app.errors import InternalError
from app.wire import cloudevents
from app.wire.message import Headers
from app.wire.refusal import Refusal

MAX_BYTES = 256 * 1024

_T = TypeVar("_T")
_PATH = re.compile(r"`(\$[^`]*)`$")
_MISSING = "Object missing required field"
_NOT_AN_OBJECT = "Expected `object`"
_IMPOSSIBLE = ("Invalid enum value", "Number out of range")


def read(decoder: msgspec.json.Decoder[_T], value: bytes | None, max_bytes: int = MAX_BYTES) -> _T:
    """Return what ``value`` holds; unknown fields are ignored. Raises Refusal."""
    if not value:
        raise Refusal(RejectReason.EMPTY, "the record has no value")
    if len(value) > max_bytes:
        raise Refusal(RejectReason.TOO_LARGE, f"the value is longer than {max_bytes} bytes")
    try:
        return decoder.decode(value)
    except UnicodeDecodeError:
        raise Refusal(RejectReason.BAD_ENCODING, "the value is no UTF-8") from None
    except msgspec.ValidationError as error:
        raise _misfit(str(error)) from None
    except msgspec.DecodeError:
        raise Refusal(RejectReason.BAD_JSON, "the value is no JSON") from None
    except RecursionError:
        raise Refusal(RejectReason.BAD_JSON, "the value is nested too deep") from None


def decode(
    decoder: msgspec.json.Decoder[_T], value: bytes | None, headers: Headers | None, event_type: str
) -> _T | Rejected:
    """Return what ``value`` holds, or why it is refused; with headers, their type too."""
    try:
        if headers is not None and cloudevents.read_type(headers) != event_type:
            raise Refusal(RejectReason.UNKNOWN_SCHEMA, f"ce_type is not {event_type}")
        return read(decoder, value)
    except Refusal as refusal:
        return refusal.rejected


def check(decoder: msgspec.json.Decoder[_T], value: bytes) -> bytes:
    """Return ``value`` if it reads back. Raises InternalError if it does not.

    msgspec writes a NaN as null: better no record than one that no consumer can read.
    """
    try:
        read(decoder, value)
    except Refusal as refusal:
        message = (
            f"a record of our own does not read back: {refusal.rejected.detail}; "
            "report it as a bug with the log of this process"
        )
        raise InternalError(message) from None
    return value


def _misfit(message: str) -> Refusal:
    # Only the path goes into the detail: msgspec's message can quote the value.
    path = _PATH.search(message)
    where = path[1] if path else "$"
    if message.startswith(_MISSING):
        field = message.removeprefix(_MISSING).split("`")[1]
        return Refusal(RejectReason.MISSING_FIELD, f"{where}.{field} is missing")
    if message.startswith(_NOT_AN_OBJECT) and where == "$":
        return Refusal(RejectReason.NOT_AN_OBJECT, "the value is JSON but no object")
    if message.startswith(_IMPOSSIBLE):
        return Refusal(RejectReason.BAD_VALUE, f"{where} has an impossible value")
    return Refusal(RejectReason.WRONG_TYPE, f"{where} has a wrong type")
