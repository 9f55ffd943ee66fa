"""The value of ``crisis.commands``: what a person or a service asks for."""

from __future__ import annotations

import msgspec

from app.core.brand_name import canonical
from app.core.mention import Rejected, RejectReason
from app.core.record import Command, Origin
from app.wire import rfc3339
from app.wire.fields import Fields
from app.wire.refusal import Refusal
from app.wire.strict_json import read_object

ACTIONS = ("acknowledge", "annotate", "resolve")
ID_MAX_CHARS = 128
NOTE_MAX_CHARS = 2_000

_YEAR_2000_MS = 946_684_800_000
_YEAR_2101_MS = 4_133_980_800_000
_ENCODER = msgspec.json.Encoder()


def parse(value: bytes | None, origin: Origin) -> Command | Rejected:
    """Return the command that ``value`` holds, or why it is refused. Never raises.

    ``origin`` is the record it came in. Whether the command is allowed (the crisis exists, the step
    is one of its transitions) is not decided here.
    """
    try:
        return _command(Fields(read_object(value)), origin)
    except Refusal as refusal:
        return refusal.rejected


def encode(command: Command) -> bytes:
    """Return the value that `parse` gives back equal; the origin is not part of it."""
    document = {
        "id": command.id,
        "brand": command.brand,
        "action": command.action,
        "actor": command.actor,
        "at": rfc3339.format_ms(command.at_ms),
        "crisis_id": command.crisis_id,
        "note": command.note,
    }
    return _ENCODER.encode({name: value for name, value in document.items() if value is not None})


def _command(fields: Fields, origin: Origin) -> Command:
    return Command(
        id=fields.needed_token("id", ID_MAX_CHARS),
        brand=_brand(fields),
        action=_action(fields),
        actor=_needed(fields, "actor"),
        at_ms=fields.needed("at", fields.time_ms("at", _YEAR_2000_MS, _YEAR_2101_MS)),
        origin=origin,
        crisis_id=fields.token("crisis_id", ID_MAX_CHARS),
        note=fields.text("note", NOTE_MAX_CHARS),
    )


def _needed(fields: Fields, name: str) -> str:
    value = fields.token(name, ID_MAX_CHARS)
    if value is None:
        raise fields.refuse(RejectReason.BAD_COMMAND, name, "is missing")
    return value


def _brand(fields: Fields) -> str:
    given = fields.text("brand", 512)
    if given is None:
        raise fields.refuse(RejectReason.BAD_COMMAND, "brand", "is missing")
    brand = canonical(given)
    if brand is None:
        raise fields.refuse(
            RejectReason.BAD_BRAND, "brand", "is empty, too long or outside the declared characters"
        )
    return brand


def _action(fields: Fields) -> str:
    action = _needed(fields, "action")
    if action not in ACTIONS:
        raise fields.refuse(
            RejectReason.BAD_COMMAND, "action", "is none of acknowledge, annotate, resolve"
        )
    return action
