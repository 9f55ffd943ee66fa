"""A consumed Kafka record as the roles see it, whichever consumer read it."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, NamedTuple

from faust.types import EventT

from app.core.record import LogRecord


class Record(NamedTuple):
    """One record, bytes as they came. ``timestamp_ms`` is the broker's record time."""

    topic: str
    partition: int
    offset: int
    timestamp_ms: int
    key: bytes | None
    value: bytes | None
    headers: tuple[tuple[str, bytes], ...]


class Placed(NamedTuple):
    """A record of the log as it is folded, and where it lies."""

    partition: int
    offset: int
    record: LogRecord


def from_event(event: EventT) -> Record:
    """Return the record behind a Faust event."""
    message = event.message
    return Record(
        message.topic,
        message.partition,
        message.offset,
        round((message.timestamp or 0.0) * 1000),
        message.key,
        message.value,
        _pairs(message.headers),
    )


def next_offsets(records: Iterable[Record]) -> dict[tuple[str, int], int]:
    """Return, per topic and partition, the offset after the last of the records."""
    return {(record.topic, record.partition): record.offset + 1 for record in records}


def _pairs(headers: Any) -> tuple[tuple[str, bytes], ...]:
    if not headers:
        return ()
    return tuple(headers.items() if isinstance(headers, dict) else headers)
