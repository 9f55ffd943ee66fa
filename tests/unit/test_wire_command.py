"""Commands: what is read, and what is refused for which reason."""

from __future__ import annotations

import json
from typing import Any

import pytest

from app.core.mention import Rejected, RejectReason
from app.core.record import Command, Origin
from app.wire.command import encode, parse

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


@pytest.mark.parametrize("action", ["acknowledge", "annotate", "resolve"])
def test_three_actions(action: str) -> None:
    assert reason(action=action) is None


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
