"""Windows in bins, crises as spans, and the picture of both."""

from __future__ import annotations

import struct
import warnings
import zlib

import pytest

from app.core.crisis import EventType, Severity, State
from app.core.rules import STEP_MS
from app.report import timeline
from app.report.bins import series
from app.report.spans import crises, spans
from tests.unit.report_values import MONDAY_MS, crisis, day, event, window

MINUTE_MS = 60_000
QUARTER_MS = 15 * MINUTE_MS


def test_bins_add_up_to_the_windows() -> None:
    for one in series(day(), QUARTER_MS):
        own = [w for w in day() if w.brand == one.brand]
        assert sum(one.mentions) == sum(w.mentions for w in own)
        assert sum(one.negatives) == sum(w.negatives for w in own)


def test_the_loudest_brand_comes_first_and_all_have_the_same_bins() -> None:
    found = series(day(), QUARTER_MS)
    assert [one.brand for one in found] == ["larkmoor", "domarenka"]
    assert found[0].starts_ms == found[1].starts_ms
    assert len(found[0].starts_ms) == 24


def test_the_expectation_of_a_bin_is_of_all_its_steps_not_of_those_with_mentions() -> None:
    sparse = series([window("a", 0), window("a", 20)], QUARTER_MS)[0]
    full = series([window("a", step) for step in range(30)], QUARTER_MS)[0]
    assert sparse.expected == pytest.approx(full.expected)
    assert full.expected[0] == pytest.approx(0.01 * QUARTER_MS / STEP_MS)


def test_bins_between_two_windows_have_a_band_and_those_outside_have_none() -> None:
    windows = [window("a", 30), window("a", 90), window("b", 0), window("b", 150)]
    one = next(found for found in series(windows, QUARTER_MS) if found.brand == "a")
    assert [value is None for value in one.upper] == [True, False, False, False, True, True]


def test_no_windows_no_series() -> None:
    assert series([], QUARTER_MS) == []


def test_spans_follow_state_and_severity() -> None:
    end_ms = MONDAY_MS + 300 * MINUTE_MS
    found = [(s.state, s.severity, s.end_ms - s.start_ms) for s in spans(crisis(), end_ms)]
    assert found == [
        (State.WATCH, Severity.INFO, 2 * MINUTE_MS),
        (State.OPEN, Severity.ERROR, 18 * MINUTE_MS),
        (State.OPEN, Severity.CRITICAL, 60 * MINUTE_MS),
        (State.RECOVERING, Severity.CRITICAL, 120 * MINUTE_MS),
    ]


def test_a_crisis_that_has_not_ended_lasts_to_the_end() -> None:
    end_ms = MONDAY_MS + 300 * MINUTE_MS
    assert spans(crisis()[:3], end_ms)[-1].end_ms == end_ms


def test_a_crisis_is_put_together_whatever_the_order_and_repeats() -> None:
    shuffled = [*reversed(crisis()), crisis()[1]]
    warmed = event(EventType.WARMED, 0, 1, State.QUIET, crisis_id="", id="w")
    (found,) = crises([*shuffled, warmed])
    assert list(found.events) == crisis()
    assert found.worst is Severity.CRITICAL
    assert found.opened == crisis()[1]
    assert found.resolved == crisis()[-1]


def test_a_watch_is_no_crisis_and_has_no_end_of_its_own() -> None:
    (found,) = crises(crisis()[:1])
    assert found.opened is None
    assert found.resolved is None


def test_the_picture_has_the_size_promised_and_is_not_blank() -> None:
    picture = timeline.render(day(), crisis(), title="Six hours")
    assert size_of(picture) == (1950, 142 + 2 * 405)
    assert len(picture) > 30_000


def test_the_picture_is_the_same_each_time() -> None:
    assert timeline.render(day(), crisis()) == timeline.render(day(), crisis())


def test_a_crisis_changes_the_picture() -> None:
    assert timeline.render(day(), crisis()) != timeline.render(day(), [])


def test_a_picture_of_nothing_is_drawn_all_the_same() -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert size_of(timeline.render([], []))[0] == 1950


def size_of(png: bytes) -> tuple[int, int]:
    """Return width and height from the PNG's own header, and check its first block's sum."""
    assert png[:8] == b"\x89PNG\r\n\x1a\n"
    assert zlib.crc32(png[12:29]) == struct.unpack(">I", png[29:33])[0]
    width, height = struct.unpack(">II", png[16:24])
    return width, height
