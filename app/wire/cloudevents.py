"""CloudEvents 1.0 in Kafka's binary mode: attributes are headers, the value is the data alone."""

from __future__ import annotations

import hashlib

from app.core.mention import RejectReason
from app.wire import rfc3339
from app.wire.message import Headers
from app.wire.refusal import Refusal

SPEC_VERSION = "1.0"
CONTENT_TYPE = "application/json"
HEADER_MAX_BYTES = 256

_READ = frozenset({"ce_specversion", "ce_type", "content-type"})
_SPEC_VERSION_BYTES = SPEC_VERSION.encode()
_CONTENT_TYPE_BYTES = CONTENT_TYPE.encode()


def headers(
    event_id: str, event_type: str, source: str, time_ms: int, subject: str
) -> tuple[tuple[str, bytes], ...]:
    """Return the headers of one event, in a fixed order; ``ce_subject`` only if it is not ""."""
    attributes = (
        ("ce_specversion", _SPEC_VERSION_BYTES),
        ("ce_id", event_id.encode()),
        ("ce_type", event_type.encode()),
        ("ce_source", source.encode()),
        ("ce_time", rfc3339.format_ms(time_ms).encode()),
    )
    about = (("ce_subject", subject.encode()),) if subject else ()
    return (*attributes, *about, ("content-type", _CONTENT_TYPE_BYTES))


def with_drill(
    given: tuple[tuple[str, bytes], ...], drill_id: str
) -> tuple[tuple[str, bytes], ...]:
    """Return the headers, of a drill with its id as the extension attribute ``drill``."""
    return (*given, ("ce_drill", drill_id.encode())) if drill_id else given


def stable_id(*parts: str | int | bytes) -> str:
    """Return 32 hex digits that depend on ``parts`` alone, equal in every process and version."""
    digest = hashlib.blake2b(digest_size=16)
    for part in parts:
        data = part if isinstance(part, bytes) else str(part).encode()
        digest.update(len(data).to_bytes(4, "big"))  # so that ("ab", "c") is not ("a", "bc")
        digest.update(data)
    return digest.hexdigest()


def read_headers(given: Headers, names: frozenset[str]) -> dict[str, str]:
    """Return the headers ``names`` that are UTF-8 of at most 256 bytes; others count as not given.

    Raises Refusal when one of them comes twice: a reader that takes the first and one that takes
    the last would disagree.
    """
    found: dict[str, str] = {}
    seen: set[str] = set()
    for name, value in given:
        if name not in names:
            continue
        if name in seen:
            raise Refusal(RejectReason.UNKNOWN_SCHEMA, f"header {name} comes twice")
        seen.add(name)
        if value is not None and len(value) <= HEADER_MAX_BYTES:
            try:
                found[name] = value.decode()
            except UnicodeDecodeError:
                continue
    return found


def read_type(given: Headers) -> str:
    """Return ``ce_type``. Raises Refusal without one, or if it is not JSON in CloudEvents 1.0."""
    found = read_headers(given, _READ)
    event_type = found.get("ce_type")
    if event_type is None:
        raise Refusal(RejectReason.UNKNOWN_SCHEMA, "header ce_type is missing")
    if found.get("ce_specversion") != SPEC_VERSION:
        raise Refusal(RejectReason.UNKNOWN_SCHEMA, f"header ce_specversion is not {SPEC_VERSION}")
    media_type = found.get("content-type", CONTENT_TYPE).partition(";")[0].strip().lower()
    if media_type != CONTENT_TYPE:
        raise Refusal(RejectReason.UNKNOWN_SCHEMA, f"header content-type is not {CONTENT_TYPE}")
    return event_type
