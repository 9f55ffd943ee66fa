"""What the log says of dead letters: enough to act on, and never a line a record."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from typing import Any

import pytest

from app.clock import ManualClock
from app.core.mention import Rejected, RejectReason
from app.stream.records import Record
from app.stream.rejecting import AGAIN_S, RejectLog
from app.wire import mention


def rejected(offset: int, reason: RejectReason) -> tuple[Record, Rejected]:
    record = Record("mentions", 2, offset, 0, None, b"secret text", ())
    return record, Rejected(reason=reason, detail="source is none of review")


def fields(caplog: pytest.LogCaptureFixture) -> Sequence[dict[str, Any]]:
    return [record.__dict__["squall_fields"] for record in caplog.records]


def test_a_reason_is_told_at_once_and_then_once_a_minute(caplog: pytest.LogCaptureFixture) -> None:
    clock = ManualClock()
    log = RejectLog(clock)
    with caplog.at_level(logging.WARNING):
        log.tell(rejected(offset, RejectReason.BAD_VALUE) for offset in range(3))
        log.tell([rejected(3, RejectReason.BAD_VALUE), rejected(4, RejectReason.BAD_TIME)])
        clock.advance_s(AGAIN_S)
        log.tell([rejected(5, RejectReason.BAD_VALUE)])
        log.tell([])

    told = [(one["reason"], one["records"], one["offset"]) for one in fields(caplog)]
    assert told == [("bad_value", 3, 2), ("bad_time", 1, 4), ("bad_value", 2, 5)]
    assert {one["detail"] for one in fields(caplog)} == {"source is none of review"}
    assert "secret" not in caplog.text


def test_a_source_that_is_not_known_is_told_those_that_are() -> None:
    raw = b'{"id": "1", "text": "a", "published_at": "2026-03-01T10:00:00Z", "source": "reviews"}'
    found = mention.parse(raw)

    assert isinstance(found, Rejected)
    assert found.detail.startswith("source is none of ")
    assert "review" in found.detail.split(" of ")[1].split(", ")
