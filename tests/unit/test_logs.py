"""Log lines: their form, what they survive, and how repeats are held back."""

from __future__ import annotations

import io
import json
import logging
import warnings
from collections.abc import Iterator
from typing import Any

import pytest

from app.clock import ManualClock
from app.errors import StateError
from app.logs import JsonFormatter, RepeatFilter, configure, event

LOGGER = logging.getLogger("app.test")


@pytest.fixture
def stream() -> Iterator[io.StringIO]:
    root = logging.getLogger()
    handlers, level = list(root.handlers), root.level
    stream = io.StringIO()
    configure("DEBUG", stream=stream, role="scorer")
    yield stream
    logging.captureWarnings(False)
    root.handlers[:] = handlers
    root.setLevel(level)


def _lines(stream: io.StringIO) -> list[dict[str, Any]]:
    return [json.loads(line) for line in stream.getvalue().splitlines()]


def test_an_event_is_one_line_with_its_fields(stream: io.StringIO) -> None:
    event(LOGGER, "state_loaded", partition=3, brands=12, took_s=0.25, reason=None)

    (line,) = _lines(stream)
    assert line.pop("ts").endswith("Z")
    assert line == {
        "level": "info",
        "event": "state_loaded",
        "logger": "app.test",
        "role": "scorer",
        "partition": 3,
        "brands": 12,
        "took_s": 0.25,
        "reason": None,
    }


def test_the_time_is_rfc_3339_in_utc() -> None:
    record = logging.makeLogRecord({"msg": "x", "created": 1_700_000_000.5})

    assert json.loads(JsonFormatter().format(record))["ts"] == "2023-11-14T22:13:20.500Z"


def test_hostile_values_stay_one_line_of_ascii(stream: io.StringIO) -> None:
    event(
        LOGGER,
        "odd",
        text="a\n\ud800\x1b[31m\u2028",
        number=float("nan"),
        level_=1,
        ts="mine",
        items=(1, {"deep": float("inf")}),
        thing=object,
        long="x" * 9_000,
    )

    assert stream.getvalue().isascii()
    (line,) = _lines(stream)
    assert line["text"] == "a\n\ud800\x1b[31m\u2028"
    assert (line["number"], line["items"]) == ("nan", [1, {"deep": "inf"}])
    assert (line["ts_"], line["thing"]) == ("mine", "<class 'object'>")
    assert len(line["long"]) == 2_000


def test_an_error_of_ours_needs_no_traceback(stream: io.StringIO) -> None:
    event(LOGGER, "exit", logging.ERROR, StateError("record 7 is corrupt; delete it"), code=76)

    (line,) = _lines(stream)
    assert line["error"] == "StateError: record 7 is corrupt; delete it"
    assert "traceback" not in line


def test_an_unexpected_error_carries_its_traceback(stream: io.StringIO) -> None:
    try:
        raise ZeroDivisionError("zero")
    except ZeroDivisionError as error:
        event(LOGGER, "exit", logging.ERROR, error)

    (line,) = _lines(stream)
    assert line["error"] == "ZeroDivisionError: zero"
    assert "test_logs.py" in line["traceback"]


def test_levels_below_are_left_out(stream: io.StringIO) -> None:
    configure("WARNING", stream=stream)
    event(LOGGER, "quiet")
    event(LOGGER, "loud", logging.WARNING)

    assert [line["event"] for line in _lines(stream)] == ["loud"]


def test_lines_of_libraries_and_warnings_have_the_same_form(stream: io.StringIO) -> None:
    logging.getLogger("aiokafka.conn").warning("node %s is gone", 3)
    with warnings.catch_warnings():
        warnings.simplefilter("always")
        warnings.warn("old thing", DeprecationWarning, stacklevel=1)

    first, second = _lines(stream)
    assert (first["event"], first["message"]) == ("message", "node 3 is gone")
    assert second["logger"] == "py.warnings"


def test_broken_arguments_of_a_library_do_not_cost_the_line() -> None:
    record = logging.makeLogRecord({"msg": "broken %d arguments", "args": ("x",)})

    assert json.loads(JsonFormatter().format(record))["message"] == "broken %d arguments"


def test_configuring_again_takes_back_what_a_library_did(stream: io.StringIO) -> None:
    foreign = io.StringIO()
    logging.getLogger().addHandler(logging.StreamHandler(foreign))
    logging.getLogger("faust").addHandler(logging.StreamHandler(foreign))
    configure("INFO", stream=stream)
    logging.getLogger("faust").warning("once")

    assert foreign.getvalue() == ""
    assert len(_lines(stream)) == 1


def _passes(repeats: RepeatFilter, name: str, message: str) -> int | None:
    record = logging.makeLogRecord({"name": name, "msg": message})
    return getattr(record, "suppressed", 0) if repeats.filter(record) else None


def test_repeats_of_a_chatty_logger_are_held_back_and_counted() -> None:
    clock = ManualClock()
    repeats = RepeatFilter(10, clock)

    assert _passes(repeats, "aiokafka.conn", "no broker at 9092") == 0
    assert [_passes(repeats, "aiokafka.conn", f"no broker at {n}") for n in range(140)] == [
        None
    ] * 140
    assert _passes(repeats, "aiokafka.conn", "something else") == 0
    assert _passes(repeats, "faust.app", "no broker at 9092") == 0
    clock.advance_s(10)
    assert _passes(repeats, "aiokafka.conn", "no broker at 9093") == 140
    clock.advance_s(10)
    assert _passes(repeats, "aiokafka.conn", "no broker at 9093") == 0


def test_our_own_lines_are_never_held_back() -> None:
    repeats = RepeatFilter(10, ManualClock())

    assert [_passes(repeats, "app.stream", "same") for _ in range(5)] == [0] * 5


def test_the_filter_forgets_old_templates() -> None:
    repeats = RepeatFilter(10, ManualClock(), templates_max=3)
    for name in "abcdefgh":
        _passes(repeats, "mode", f"template {name}")

    assert len(repeats._seen) == 3
    assert _passes(repeats, "mode", "template h") is None
    assert _passes(repeats, "mode", "template a") == 0


def test_steps_of_libraries_are_told_only_where_somebody_debugs(stream: io.StringIO) -> None:
    logging.getLogger("aiokafka.consumer").info("subscribed")
    configure("INFO", stream=stream)
    logging.getLogger("aiokafka.consumer").info("subscribed")
    event(LOGGER, "ready")

    assert [line.get("message", line["event"]) for line in _lines(stream)] == [
        "subscribed",
        "ready",
    ]
