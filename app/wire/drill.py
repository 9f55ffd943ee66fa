"""The headers of a mention that a drill invented: what keeps it from ever counting as real.

``drill`` is the drill's id, ``drill_until`` when it ends by itself. ``ce_type`` is a type of its
own, so that a version which knows of no drills refuses the mention in place of counting it.
"""

from __future__ import annotations

import re
from typing import Final, NamedTuple

from app.core.mention import RejectReason
from app.core.record import DRILL_ID
from app.wire import cloudevents, rfc3339
from app.wire.cloudevents import HEADER_MAX_BYTES
from app.wire.message import Headers
from app.wire.refusal import Refusal

TYPE: Final = "squall.mention.drill.v1"
ID: Final = "drill"
UNTIL: Final = "drill_until"
_NAMES: Final = frozenset({ID, UNTIL})
_YEAR_2101_MS: Final = 4_133_980_800_000
_ID: Final = re.compile(DRILL_ID)


class Drilled(NamedTuple):
    """Which drill a mention is of, and when that ends at the latest, in event time."""

    id: str
    until_ms: int


def is_id(text: str) -> bool:
    """Tell whether this can be a drill's id."""
    return _ID.fullmatch(text) is not None


def headers(drilled: Drilled) -> tuple[tuple[str, bytes], ...]:
    """Return the headers of a drill's mention."""
    until = rfc3339.format_ms(drilled.until_ms)
    return (("ce_type", TYPE.encode()), (ID, drilled.id.encode()), (UNTIL, until.encode()))


def kept(given: Headers) -> tuple[tuple[str, bytes], ...]:
    """Return those headers that make a mention one of a drill, or nearly: a dead letter keeps them,
    so that whoever sends it again sends no real mention.
    """
    return tuple(
        (name, (value or b"")[:HEADER_MAX_BYTES])
        for name, value in given
        if name in _NAMES or (name == "ce_type" and value == TYPE.encode())
    )


def read(given: Headers, *, is_meant: bool) -> Drilled | None:
    """Return the drill that a mention is of, None of a real one.

    ``is_meant``: it says by its type that it is of one. Raises Refusal when its headers are half
    there, or are no drill: what may be of a drill never counts as real.
    """
    pairs = tuple(given)
    if not is_meant and not any(name in _NAMES for name, _ in pairs):
        return None
    found = cloudevents.read_headers(pairs, _NAMES)
    name = found.get(ID, "")
    if not is_id(name):
        detail = "header drill is no id: up to 64 of a-z, 0-9 and -, the first no -"
        raise Refusal(RejectReason.BAD_DRILL, detail)
    until_ms = rfc3339.parse_ms(found.get(UNTIL, ""))
    if until_ms is None or not 0 <= until_ms < _YEAR_2101_MS:
        raise Refusal(RejectReason.BAD_DRILL, "header drill_until is no RFC 3339 time up to 2100")
    return Drilled(name, until_ms)
