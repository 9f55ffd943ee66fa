"""The value of ``crisis.commands``: what a person or a service asks for."""

from __future__ import annotations

import re
from collections.abc import Callable

import msgspec

from app.core.brand_name import canonical
from app.core.corrections import ACTION as CORRECT
from app.core.crisis import Severity
from app.core.drills import END as END_DRILL
from app.core.erasure import ACTION as ERASE
from app.core.mention import Label, Rejected, RejectReason, SourceKind
from app.core.record import DRILL_ID, Command, Origin
from app.core.themes import THEMES
from app.wire import rfc3339
from app.wire.fields import Fields
from app.wire.refusal import Refusal
from app.wire.strict_json import read_object

ANNOTATE, ASSIGN, OPEN, SILENCE = "annotate", "assign", "open", "silence"
ACTIONS = (
    "acknowledge",
    ASSIGN,
    ANNOTATE,
    "resolve",
    "confirm",
    "false-positive",
    OPEN,
    SILENCE,
    "unsilence",
    ERASE,
    CORRECT,
    END_DRILL,
)
ID_MAX_CHARS = 128
NOTE_MAX_CHARS = 2_000
MENTION_ID_MAX_CHARS = 256
TEXT_MAX_CHARS = 8_000
GIVEN = (Label.NEGATIVE, Label.NEUTRAL, Label.POSITIVE)  # the labels that a person can give
OPENED_AS = (Severity.WARNING, Severity.ERROR, Severity.CRITICAL)
PSEUDONYM = re.compile(r"[0-9a-f]{16}")
_DRILL_ID = re.compile(DRILL_ID)

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
        "mention_id": command.mention_id,
        "label": command.label,
        "source": command.source,
        "model_label": command.model_label,
        "lang": command.lang,
        "text": command.text or None,
        "owner": command.owner,
        "severity": command.severity,
        "theme": command.theme,
        "until": None if command.until_ms is None else rfc3339.format_ms(command.until_ms),
        "author": command.author,
        "drill": command.drill,
        "response": command.response or None,
    }
    return _ENCODER.encode({name: value for name, value in document.items() if value is not None})


def _command(fields: Fields, origin: Origin) -> Command:
    command = _plain(fields, origin)
    read_more = _OWN_FIELDS.get(command.action)
    return command if read_more is None else read_more(fields, command)


def _plain(fields: Fields, origin: Origin) -> Command:
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


def _correction(fields: Fields, command: Command) -> Command:
    label = _label(fields, "label")
    if label is None:
        raise fields.refuse(RejectReason.BAD_COMMAND, "label", "is missing")
    if label not in GIVEN:
        raise fields.refuse(
            RejectReason.BAD_VALUE, "label", "is none of negative, neutral, positive"
        )
    return msgspec.structs.replace(
        command,
        mention_id=_needed(fields, "mention_id", MENTION_ID_MAX_CHARS),
        label=label,
        source=_source(fields),
        model_label=_label(fields, "model_label"),
        lang=fields.token("lang", 35),
        text=fields.text("text", TEXT_MAX_CHARS) or "",
    )


def _assignment(fields: Fields, command: Command) -> Command:
    return msgspec.structs.replace(command, owner=_needed(fields, "owner"))


def _opening(fields: Fields, command: Command) -> Command:
    _need_note(fields, command)
    severity = fields.text("severity", 32)
    if severity is None:
        severity = Severity.WARNING
    if severity not in set(OPENED_AS):
        listed = ", ".join(OPENED_AS)
        raise fields.refuse(RejectReason.BAD_VALUE, "severity", f"is none of {listed}")
    theme = fields.text("theme", 32) or None  # "" is how states and events write that there is none
    if theme is not None and theme not in THEMES:
        raise fields.refuse(RejectReason.BAD_VALUE, "theme", f"is none of {', '.join(THEMES)}")
    return msgspec.structs.replace(command, severity=Severity(severity), theme=theme)


def _silence(fields: Fields, command: Command) -> Command:
    _need_note(fields, command)
    until_ms = fields.time_ms("until", _YEAR_2000_MS, _YEAR_2101_MS)
    if until_ms is None:
        raise fields.refuse(RejectReason.BAD_COMMAND, "until", "is missing")
    return msgspec.structs.replace(command, until_ms=until_ms)


def _erasure(fields: Fields, command: Command) -> Command:
    author = _needed(fields, "author")
    if not PSEUDONYM.fullmatch(author):
        raise fields.refuse(
            RejectReason.BAD_VALUE, "author", "is no pseudonym of 16 hex digits in small letters"
        )
    return msgspec.structs.replace(command, author=author)


def _annotation(fields: Fields, command: Command) -> Command:
    return msgspec.structs.replace(command, response=fields.flag("response") or False)


def _end_of_drill(fields: Fields, command: Command) -> Command:
    drill = fields.token("drill", ID_MAX_CHARS)
    if drill is not None and not _DRILL_ID.fullmatch(drill):
        raise fields.refuse(RejectReason.BAD_VALUE, "drill", "is no id of a drill")
    return msgspec.structs.replace(command, drill=drill)


def _need_note(fields: Fields, command: Command) -> None:
    if not (command.note or "").strip():
        raise fields.refuse(RejectReason.BAD_COMMAND, "note", "is missing: it is the reason")


def _label(fields: Fields, name: str) -> Label | None:
    value = fields.text(name, 32)
    if value is None:
        return None
    if value not in set(Label):
        raise fields.refuse(RejectReason.BAD_VALUE, name, "is no label")
    return Label(value)


def _source(fields: Fields) -> str | None:
    value = fields.text("source", 32)
    if value is not None and value not in set(SourceKind):
        raise fields.refuse(RejectReason.BAD_VALUE, "source", "is none of those of a mention")
    return value


def _needed(fields: Fields, name: str, max_chars: int = ID_MAX_CHARS) -> str:
    value = fields.token(name, max_chars)
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
        raise fields.refuse(RejectReason.BAD_COMMAND, "action", f"is none of {', '.join(ACTIONS)}")
    return action


_OWN_FIELDS: dict[str, Callable[[Fields, Command], Command]] = {
    ASSIGN: _assignment,
    OPEN: _opening,
    SILENCE: _silence,
    ERASE: _erasure,
    CORRECT: _correction,
    END_DRILL: _end_of_drill,
    ANNOTATE: _annotation,
}
