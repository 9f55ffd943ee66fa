"""A Kafka record as bytes: what every encoder of ``app.wire`` gives out."""

from __future__ import annotations

from collections.abc import Iterable

import msgspec

Headers = Iterable[tuple[str, bytes | None]]


class Message(msgspec.Struct, frozen=True):
    """One record to send. ``value`` None is a tombstone, or the dead letter of one."""

    key: bytes | None
    value: bytes | None
    headers: tuple[tuple[str, bytes], ...] = ()
