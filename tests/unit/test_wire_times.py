"""RFC 3339 times, and the clamp of a mention's own time."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.core.event_time import event_time_ms
from app.wire.rfc3339 import format_ms, parse_ms


@pytest.mark.parametrize(
    ("text", "time_ms"),
    [
        ("1970-01-01T00:00:00Z", 0),
        ("1970-01-01t00:00:00z", 0),
        ("1970-01-01 00:00:00+00:00", 0),
        ("1970-01-01T00:00:00-00:00", 0),
        ("1970-01-01T02:30:00.001+02:30", 1),
        ("1970-01-01T00:00:00.0019Z", 1),
        ("1969-12-31T23:59:59.999999999Z", -1),
        ("2016-12-31T23:59:60Z", 1_483_228_800_000),
        ("2017-01-01T01:59:60.5+02:00", 1_483_228_800_500),
        ("0001-01-01T00:00:00+14:00", -62_135_647_200_000),
    ],
)
def test_times_that_are_read(text: str, time_ms: int) -> None:
    assert parse_ms(text) == time_ms


@pytest.mark.parametrize(
    "text",
    [
        "",
        "2026-03-02",
        "2026-03-02T09:15:00",
        "2026-03-02T09:15Z",
        "2026-03-02T09:15:00.Z",
        "2026-03-02T09:15:00,5Z",
        "2026-03-02T09:15:00.1234567890Z",
        "2026-03-02T09:15:00+0100",
        "2026-03-02T09:15:00+1:00",
        "2026-03-02T09:15:00+24:00",
        "2026-03-02T24:00:00Z",
        "2026-02-29T00:00:00Z",
        "2026-03-02T09:15:61Z",
        "2026-03-02T12:00:60Z",
        "0000-01-01T00:00:00Z",
        "٢٠٢٦-03-02T09:15:00Z",
        "2026-03-02T09:15:00Z\n",
        " 2026-03-02T09:15:00Z",
        "2026-W10-1T09:15:00Z",
        "1772442900000",
        "NaN",
    ],
)
def test_times_that_are_none(text: str) -> None:
    assert parse_ms(text) is None


@settings(max_examples=500, derandomize=True, deadline=None, database=None)
@given(st.integers(-62_135_596_800_000, 253_402_300_799_999))
def test_a_time_comes_back(time_ms: int) -> None:
    text = format_ms(time_ms)
    assert parse_ms(text) == time_ms
    assert len(text) == len("2026-03-02T09:15:00.000Z")


def test_format_agrees_with_datetime() -> None:
    moment = datetime(2026, 3, 2, 9, 15, 0, 7_000, tzinfo=UTC)
    assert format_ms(round(moment.timestamp() * 1000)) == "2026-03-02T09:15:00.007Z"


RECORD_MS = 1_772_442_900_000
SKEW_MS = 300_000


@pytest.mark.parametrize(
    ("published_at_ms", "expected_ms"),
    [
        (RECORD_MS - 3_600_000, RECORD_MS - 3_600_000),
        (RECORD_MS, RECORD_MS),
        (RECORD_MS + SKEW_MS - 1, RECORD_MS + SKEW_MS - 1),
        (RECORD_MS + SKEW_MS, RECORD_MS + SKEW_MS),
        (RECORD_MS + SKEW_MS + 1, RECORD_MS + SKEW_MS),
        (4_133_980_799_999, RECORD_MS + SKEW_MS),
    ],
)
def test_a_time_ahead_of_the_broker_is_brought_back(published_at_ms: int, expected_ms: int) -> None:
    assert event_time_ms(published_at_ms, RECORD_MS, SKEW_MS) == expected_ms


def test_a_record_without_a_time_holds_nothing_back() -> None:
    assert event_time_ms(RECORD_MS, -1, SKEW_MS) == RECORD_MS


def test_one_far_future_stamp_leaves_the_others_on_time() -> None:
    """The watermark is the highest event time less the lateness: T12 of the trap list."""
    published = [RECORD_MS + second * 1000 for second in range(60)]
    published[10] = 4_133_980_799_999
    watermark_ms, late = 0, 0
    for second, published_at_ms in enumerate(published):
        time_ms = event_time_ms(published_at_ms, RECORD_MS + second * 1000, 5_000)
        late += time_ms < watermark_ms
        watermark_ms = max(watermark_ms, time_ms - 10_000)
    assert late == 0
