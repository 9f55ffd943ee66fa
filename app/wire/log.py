"""The one log, ``mentions.scored``: scored mentions, heartbeats and commands.

A repeat after a crash of its writer is byte-identical, headers included: ``ce_id`` is a hash of
where the record comes from, and ``ce_time`` is the record's own time.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import msgspec

from app.core.corrections import ACTION as CORRECT
from app.core.drills import END as END_DRILL
from app.core.emotions import EMOTIONS
from app.core.erasure import ACTION as ERASE
from app.core.flags import FLAGS
from app.core.mention import Label, Rejected, RejectReason
from app.core.record import (
    DRILL_ID,
    RISK_NAME,
    RISKS_MAX,
    Command,
    Heartbeat,
    LogRecord,
    Origin,
    ScoredMention,
)
from app.core.sketch import HASH_BYTES, HASHES, SHARED
from app.core.themes import TERM_MAX_CHARS, TERMS_MAX, THEMES
from app.errors import InternalError
from app.wire import cloudevents, typed
from app.wire.command import ASSIGN, GIVEN, OPEN, OPENED_AS, PSEUDONYM, SILENCE
from app.wire.fields import COUNT_MAX
from app.wire.message import Headers, Message
from app.wire.refusal import Refusal
from app.wire.strict_json import MAX_BYTES

MENTION_TYPE = "squall.mention.scored.v1"
HEARTBEAT_TYPE = "squall.heartbeat.v1"
DRILL_TYPE = "squall.mention.rehearsed.v1"  # a scored mention of a drill: no other version's
COMMAND_TYPE = "squall.command.v1"

_SCORER = "/squall/scorer"
_ROUTER = "/squall/router"
_MAX = 2**63
_END_MS = 253_402_300_800_000  # the year 10000, past which no time can be written
_THEMES = frozenset(THEMES)
_EMOTIONS = frozenset(EMOTIONS)
_FLAGS = frozenset(FLAGS)
_SKETCH = re.compile(rf"(?:[0-9a-f]{{{2 * HASH_BYTES}}}){{{SHARED},{HASHES}}}")
_ACCOUNT_DAYS_MAX = 10_000 * 366  # no two times that can be written lie further apart
ERRORS_MAX = 1_000  # thousandths
_RISK_NAME = re.compile(RISK_NAME)
_DRILL_ID = re.compile(DRILL_ID)
_ENCODER = msgspec.json.Encoder()
_DECODERS: dict[str, msgspec.json.Decoder[Any]] = {
    MENTION_TYPE: msgspec.json.Decoder(ScoredMention),
    HEARTBEAT_TYPE: msgspec.json.Decoder(Heartbeat),
    DRILL_TYPE: msgspec.json.Decoder(ScoredMention),
    COMMAND_TYPE: msgspec.json.Decoder(Command),
}


def encode(record: LogRecord) -> Message:
    """Return the record to send, the same bytes each time. A heartbeat, for every partition, has
    no key.

    Raises InternalError for a record that `decode` would refuse: a probability that is NaN, say.
    """
    fault = _fault(record)
    if fault is not None:
        message = (
            f"{type(record).__name__}.{fault}; report it as a bug with the log of this process"
        )
        raise InternalError(message)
    value = _ENCODER.encode(record)
    if isinstance(record, Heartbeat):
        event_id = cloudevents.stable_id(HEARTBEAT_TYPE, value)
        headers = cloudevents.headers(event_id, HEARTBEAT_TYPE, _SCORER, record.at_ms, "")
        return Message(None, value, headers)
    event_id = _record_id(record)
    if isinstance(record, Command):
        headers = cloudevents.headers(event_id, COMMAND_TYPE, _ROUTER, record.at_ms, record.brand)
    else:
        kind = DRILL_TYPE if record.drill else MENTION_TYPE
        headers = cloudevents.headers(event_id, kind, _SCORER, record.event_time_ms, record.brand)
        headers = cloudevents.with_drill(headers, record.drill)
    return Message(record.brand.encode(), value, headers)


def decode(value: bytes | None, headers: Headers) -> LogRecord | Rejected:
    """Return the record, told by ``ce_type``, or why it is refused.

    A type or version that is not ours is ``unknown_schema``.
    """
    try:
        kind = cloudevents.read_type(headers)
        decoder = _DECODERS.get(kind)
        if decoder is None:
            raise Refusal(RejectReason.UNKNOWN_SCHEMA, "ce_type is none of the log's types")
        record: LogRecord = typed.read(decoder, value, MAX_BYTES)
        fault = _fault(record) or _type_fault(kind, record)
        if fault is not None:
            raise Refusal(RejectReason.BAD_VALUE, fault)
    except Refusal as refusal:
        return refusal.rejected
    return record


def _record_id(record: ScoredMention | Command) -> str:
    origin = record.origin
    kind = COMMAND_TYPE if isinstance(record, Command) else MENTION_TYPE
    return cloudevents.stable_id(kind, record.brand, origin.topic, origin.partition, origin.offset)


def _fault(record: LogRecord) -> str | None:
    """Return what is impossible about ``record``, None when nothing is."""
    return _FAULTS[type(record)](record)


def _type_fault(kind: str, record: LogRecord) -> str | None:
    if isinstance(record, ScoredMention) and (kind == DRILL_TYPE) != bool(record.drill):
        return "drill and ce_type do not say the same"
    return None


def _drill_fault(record: ScoredMention) -> str | None:
    if _DRILL_ID.fullmatch(record.drill) and 0 <= record.drill_until_ms < _END_MS:
        return None
    return "drill is no id, or drill_until_ms no time"


def _mention_fault(record: ScoredMention) -> str | None:
    shares = record.probabilities
    if len(shares) not in (0, 3) or not all(0 <= share <= 1 for share in shares):
        return "probabilities are not three shares or none"
    if not 0 <= record.event_time_ms < _END_MS:
        return "event_time_ms is no time"
    if not 0 <= record.reach <= COUNT_MAX:
        return "reach is no count"
    if record.rating is not None and not 0 <= record.rating <= 1:
        return "rating is no share"
    drawn = _drawn_fault(record)
    if drawn is not None:
        return drawn
    return "brand is empty" if not record.brand else _origin_fault(record.origin)


def _said_fault(record: ScoredMention) -> str | None:
    if not _THEMES.issuperset(record.themes) or not _is_sorted(record.themes):
        return "themes are not of the closed list, sorted, each once"
    if len(record.terms) > TERMS_MAX or any(
        not 0 < len(term) <= TERM_MAX_CHARS for term in record.terms
    ):
        return "terms are too many, or one is empty or too long"
    if not _are_emotions(record.emotions):
        return "emotions are not of the closed list, sorted, each once"
    if not _FLAGS.issuperset(record.flags or ()) or not _is_sorted(record.flags or ()):
        return "flags are not of the closed list, sorted, each once"
    return None


def _drawn_fault(record: ScoredMention) -> str | None:
    said = _said_fault(record)
    if said is None and record.drill:
        said = _drill_fault(record)
    if said is not None:
        return said
    if record.account_days is not None and not 0 <= record.account_days <= _ACCOUNT_DAYS_MAX:
        return "account_days is no number of days"
    if not _are_errors(record.negative_errors, record.label):
        return "negative_errors are not two rates of a mention with a label"
    if not (record.sketch == "" or _SKETCH.fullmatch(record.sketch)):
        return "sketch is no 3 to 8 hashes"
    return None if _are_risks(record.risks) else "risks are not at most 32 names, sorted, each once"


def _are_emotions(names: tuple[str, ...] | None) -> bool:
    return not names or (_EMOTIONS.issuperset(names) and _is_sorted(names))


def _is_sorted(names: tuple[str, ...]) -> bool:
    return list(names) == sorted({*names})


def _are_risks(names: tuple[str, ...]) -> bool:
    return _is_sorted(names) and len(names) <= RISKS_MAX and all(map(_RISK_NAME.fullmatch, names))


def _are_errors(errors: tuple[int, int] | None, label: Label) -> bool:
    if errors is None:
        return True
    return label is not Label.UNSCORED and all(0 <= rate <= ERRORS_MAX for rate in errors)


def _heartbeat_fault(record: Heartbeat) -> str | None:
    if not 0 <= record.partition < record.partitions < 2**31:
        return "partition is none of the partitions"
    if record.time_ms is not None and not 0 <= record.time_ms < _END_MS:
        return "time_ms is no time"
    return None if 0 <= record.at_ms < _END_MS else "at_ms is no time"


def _command_fault(record: Command) -> str | None:
    if not 0 <= record.at_ms < _END_MS:
        return "at_ms is no time"
    own_fault = _OWN_FAULTS.get(record.action)
    fault = own_fault(record) if own_fault is not None else None
    if fault is not None:
        return fault
    return "brand is empty" if not record.brand else _origin_fault(record.origin)


def _correction_fault(record: Command) -> str | None:
    if record.mention_id and record.label in GIVEN:
        return None
    return "mention_id or label is none that a correction has"


def _assignment_fault(record: Command) -> str | None:
    return None if record.owner else "owner is none that an assignment has"


def _opening_fault(record: Command) -> str | None:
    if record.severity not in OPENED_AS or record.theme not in (None, *THEMES):
        return "severity or theme is none that a crisis is opened with"
    return _note_fault(record)


def _silence_fault(record: Command) -> str | None:
    if record.until_ms is None or not 0 <= record.until_ms < _END_MS:
        return "until_ms is none that a silence has"
    return _note_fault(record)


def _erasure_fault(record: Command) -> str | None:
    # The fold reads it as a number: what is none would end the detector.
    return None if PSEUDONYM.fullmatch(record.author or "") else "author is no pseudonym"


def _end_fault(record: Command) -> str | None:
    return None if record.drill is None or _DRILL_ID.fullmatch(record.drill) else "drill is no id"


def _note_fault(record: Command) -> str | None:
    return None if (record.note or "").strip() else "note is blank"


def _origin_fault(origin: Origin) -> str | None:
    if 0 <= origin.offset < _MAX and 0 <= origin.partition < 2**31:
        return None
    return "origin is no place in a topic"


_FAULTS: dict[type, Callable[[Any], str | None]] = {
    ScoredMention: _mention_fault,
    Heartbeat: _heartbeat_fault,
    Command: _command_fault,
}

_OWN_FAULTS: dict[str, Callable[[Command], str | None]] = {
    CORRECT: _correction_fault,
    ASSIGN: _assignment_fault,
    OPEN: _opening_fault,
    SILENCE: _silence_fault,
    ERASE: _erasure_fault,
    END_DRILL: _end_fault,
}
