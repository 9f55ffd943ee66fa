"""``mentions.dead-letter``: a refused record, byte for byte.

Headers say why it was refused and where it stood; nothing is added to its key or value.
"""

from __future__ import annotations

import re

import msgspec

from app import __version__
from app.core.mention import Rejected, RejectReason
from app.wire.cloudevents import HEADER_MAX_BYTES, read_headers
from app.wire.message import Headers, Message
from app.wire.refusal import Refusal

HEADER_NAMES = (
    "squall_reason",
    "squall_detail",
    "squall_topic",
    "squall_partition",
    "squall_offset",
    "squall_timestamp_ms",
    "squall_version",
)

_NAMES = frozenset(HEADER_NAMES)
_INTEGER = re.compile(r"-?[0-9]{1,19}")


class DeadLetter(msgspec.Struct, frozen=True, kw_only=True):
    """A refused record: its key and value as they were, why it was refused, and where it stood.

    ``timestamp_ms`` is the broker's time of the record, -1 when it had none; ``version`` is that of
    the Squall that refused it.
    """

    key: bytes | None
    value: bytes | None
    reason: RejectReason
    detail: str
    topic: str
    partition: int
    offset: int
    timestamp_ms: int
    version: str


def encode(  # noqa: PLR0913 - the parts of one Kafka record, each with its name
    *,
    key: bytes | None,
    value: bytes | None,
    reason: RejectReason,
    detail: str,
    topic: str,
    partition: int,
    offset: int,
    timestamp_ms: int,
) -> Message:
    """Return the record to send. A detail of more than 256 bytes is cut at the end."""
    texts = (
        reason.value,
        detail,
        topic,
        str(partition),
        str(offset),
        str(timestamp_ms),
        __version__,
    )
    headers = tuple((name, _cut(text)) for name, text in zip(HEADER_NAMES, texts, strict=True))
    return Message(key, value, headers)


def decode(key: bytes | None, value: bytes | None, headers: Headers) -> DeadLetter | Rejected:
    """Return the dead letter, or ``unknown_schema`` if its headers are not what `encode` writes."""
    try:
        found = read_headers(headers, _NAMES)
        return DeadLetter(
            key=key,
            value=value,
            reason=_reason(_text(found, "squall_reason")),
            detail=found.get("squall_detail", ""),
            topic=_text(found, "squall_topic"),
            partition=_integer(found, "squall_partition"),
            offset=_integer(found, "squall_offset"),
            timestamp_ms=_integer(found, "squall_timestamp_ms"),
            version=_text(found, "squall_version"),
        )
    except Refusal as refusal:
        return refusal.rejected


def _cut(text: str) -> bytes:
    # Cut inside a character, it would be no UTF-8; an exception's text may hold a lone surrogate.
    data = text.encode(errors="replace")[:HEADER_MAX_BYTES]
    return data.decode(errors="ignore").encode()


def _text(found: dict[str, str], name: str) -> str:
    text = found.get(name)
    if text is None:
        raise Refusal(RejectReason.UNKNOWN_SCHEMA, f"header {name} is missing")
    return text


def _integer(found: dict[str, str], name: str) -> int:
    text = _text(found, name)
    if _INTEGER.fullmatch(text) is None:
        raise Refusal(RejectReason.UNKNOWN_SCHEMA, f"header {name} is no integer")
    return int(text)


def _reason(text: str) -> RejectReason:
    try:
        return RejectReason(text)
    except ValueError:
        detail = "header squall_reason is none of the reasons"
        raise Refusal(RejectReason.UNKNOWN_SCHEMA, detail) from None
