"""Commands: what is read, and what is refused for which reason."""

from __future__ import annotations

import json
from typing import Any

import pytest

from app.core.crisis import Severity
from app.core.mention import Rejected, RejectReason
from app.core.record import Command, Origin
from app.core.themes import THEMES
from app.wire.command import ACTIONS, NOTE_MAX_CHARS, encode, parse

ORIGIN = Origin(topic="crisis.commands", partition=2, offset=9)
FULL = {
    "id": "c-1",
    "brand": "  ACME ",
    "action": "annotate",
    "actor": "ann",
    "crisis_id": "c0ffee",
    "note": "calling\nthe carrier",
    "at": "2026-03-02T09:16:40Z",
}


def reason(**changed: Any) -> RejectReason | None:
    document = {name: value for name, value in {**FULL, **changed}.items() if value != "absent"}
    answer = parse(json.dumps(document).encode(), ORIGIN)
    return answer.reason if isinstance(answer, Rejected) else None


def test_every_field_is_read() -> None:
    assert parse(json.dumps(FULL).encode(), ORIGIN) == Command(
        id="c-1",
        brand="acme",
        action="annotate",
        actor="ann",
        at_ms=1_772_443_000_000,
        origin=ORIGIN,
        crisis_id="c0ffee",
        note="calling\nthe carrier",
    )


@pytest.mark.parametrize("field", ["crisis_id", "note"])
def test_two_fields_may_be_absent(field: str) -> None:
    assert reason(**{field: "absent"}) is None
    assert reason(**{field: None}) is None


OWN: dict[str, dict[str, Any]] = {
    "assign": {"owner": "bob"},
    "open": {"note": "calls since six", "severity": "critical", "theme": "safety"},
    "silence": {"note": "a move", "until": "2026-03-02T18:00:00+01:00"},
    "erase-author": {"author": "8f14e45fceea167a"},
    "correct-label": {"mention_id": "m-1", "label": "neutral"},
}


def parsed(action: str, **changed: Any) -> Command:
    document = {**FULL, **OWN.get(action, {}), "action": action, **changed}
    answer = parse(json.dumps(document).encode(), ORIGIN)
    assert isinstance(answer, Command)
    return answer


@pytest.mark.parametrize("action", ACTIONS)
def test_every_action_is_read_and_written(action: str) -> None:
    command = parsed(action)
    assert command.action == action
    assert parse(encode(command), ORIGIN) == command


def test_the_fields_of_an_action_are_read() -> None:
    assert parsed("assign").owner == "bob"
    assert parsed("silence").until_ms == 1_772_470_800_000
    assert parsed("erase-author").author == "8f14e45fceea167a"
    opened = parsed("open")
    assert (opened.severity, opened.theme) == (Severity.CRITICAL, "safety")


def test_a_crisis_is_opened_as_a_warning_of_no_theme_unless_told_otherwise() -> None:
    opened = parsed("open", severity=None, theme=None)
    assert (opened.severity, opened.theme) == (Severity.WARNING, None)
    assert parsed("open", theme="").theme is None


@pytest.mark.parametrize("theme", THEMES)
def test_every_theme_can_be_opened(theme: str) -> None:
    assert parsed("open", theme=theme).theme == theme


def test_the_fields_of_another_action_are_not_read() -> None:
    everything = {name: value for own in OWN.values() for name, value in own.items()}
    command = parsed("resolve", **everything, crisis_id="a1b2")
    assert (command.owner, command.severity, command.until_ms, command.author) == (None,) * 4


@pytest.mark.parametrize(
    ("action", "changed", "expected"),
    [
        ("assign", {"owner": None}, RejectReason.BAD_COMMAND),
        ("assign", {"owner": " "}, RejectReason.BAD_VALUE),
        ("assign", {"owner": "b\nob"}, RejectReason.BAD_VALUE),
        ("assign", {"owner": "b" * 129}, RejectReason.TOO_LARGE),
        ("assign", {"owner": ["bob"]}, RejectReason.WRONG_TYPE),
        ("open", {"note": None}, RejectReason.BAD_COMMAND),
        ("open", {"note": " \n "}, RejectReason.BAD_COMMAND),
        ("open", {"note": "n" * (NOTE_MAX_CHARS + 1)}, RejectReason.TOO_LARGE),
        ("open", {"severity": "info"}, RejectReason.BAD_VALUE),
        ("open", {"severity": ""}, RejectReason.BAD_VALUE),
        ("open", {"severity": 3}, RejectReason.WRONG_TYPE),
        ("open", {"theme": "weather"}, RejectReason.BAD_VALUE),
        ("open", {"theme": "x" * 33}, RejectReason.TOO_LARGE),
        ("silence", {"note": None}, RejectReason.BAD_COMMAND),
        ("silence", {"until": None}, RejectReason.BAD_COMMAND),
        ("silence", {"until": "tomorrow"}, RejectReason.BAD_TIME),
        ("silence", {"until": "2026-03-02T18:00:00"}, RejectReason.BAD_TIME),
        ("silence", {"until": "2126-03-02T18:00:00Z"}, RejectReason.BAD_TIME),
        ("silence", {"until": 1_772_470_800_000}, RejectReason.WRONG_TYPE),
        ("erase-author", {"author": None}, RejectReason.BAD_COMMAND),
        ("erase-author", {"author": "@ann"}, RejectReason.BAD_VALUE),
        ("erase-author", {"author": "8F14E45FCEEA167A"}, RejectReason.BAD_VALUE),
        ("erase-author", {"author": "8f14e45fceea167a8"}, RejectReason.BAD_VALUE),
        ("erase-author", {"author": "\u0661" * 16}, RejectReason.BAD_VALUE),
    ],
)
def test_refusals_of_an_action(
    action: str, changed: dict[str, Any], expected: RejectReason
) -> None:
    assert reason(**{"action": action, **OWN[action], **changed}) is expected


@pytest.mark.parametrize(
    ("changed", "expected"),
    [
        ({"id": "absent"}, RejectReason.MISSING_FIELD),
        ({"id": "i" * 129}, RejectReason.TOO_LARGE),
        ({"brand": "absent"}, RejectReason.BAD_COMMAND),
        ({"brand": ""}, RejectReason.BAD_BRAND),
        ({"brand": 5}, RejectReason.WRONG_TYPE),
        ({"action": "absent"}, RejectReason.BAD_COMMAND),
        ({"action": "delete"}, RejectReason.BAD_COMMAND),
        ({"actor": None}, RejectReason.BAD_COMMAND),
        ({"actor": "\n"}, RejectReason.BAD_VALUE),
        ({"at": "absent"}, RejectReason.MISSING_FIELD),
        ({"at": "2026-03-02T09:16:40"}, RejectReason.BAD_TIME),
        ({"at": 1_772_443_000_000}, RejectReason.WRONG_TYPE),
        ({"note": "n" * 2_001}, RejectReason.TOO_LARGE),
        ({"note": "\ud800"}, RejectReason.BAD_ENCODING),
        ({"note": "\0"}, RejectReason.BAD_VALUE),
    ],
)
def test_refusals(changed: dict[str, Any], expected: RejectReason) -> None:
    assert reason(**changed) is expected


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (None, RejectReason.EMPTY),
        (b"[]", RejectReason.NOT_AN_OBJECT),
        (b"resolve acme", RejectReason.BAD_JSON),
    ],
)
def test_values_that_are_no_object(value: bytes | None, expected: RejectReason) -> None:
    answer = parse(value, ORIGIN)
    assert isinstance(answer, Rejected)
    assert answer.reason is expected


def test_encode_leaves_the_origin_out() -> None:
    command = parse(json.dumps(FULL).encode(), ORIGIN)
    assert isinstance(command, Command)
    assert encode(command) == (
        b'{"id":"c-1","brand":"acme","action":"annotate","actor":"ann",'
        b'"at":"2026-03-02T09:16:40.000Z","crisis_id":"c0ffee","note":"calling\\nthe carrier"}'
    )
    assert parse(encode(command), ORIGIN) == command
