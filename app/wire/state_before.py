"""Stored state of older layouts, made into the newest one, a layout at a time.

    layout 2 -> 3   a brand has a crisis for each theme, in place of one at most; the remembered
                    texts are packed; counts have the model's errors and emotions, here none

An upgrade changes named fields alone; what it makes is then read and checked as any stored record.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated, Any, Final

import msgspec

from app.core.crisis import Severity, State
from app.core.event import Evidence
from app.core.groups import GENERAL
from app.core.lifecycle import OVER
from app.core.recent import without_emotions
from app.core.rules import STEP_MS
from app.wire.seen_texts import packed

NOTHING_LEFT: Final = OVER | {State.QUIET}
_NOT_COUNTED: Final = (0, 0, 0)  # of a step: what layout 2 had no columns for
Fields = dict[str, Any]

_encoder = msgspec.msgpack.Encoder()
_decoder = msgspec.msgpack.Decoder(Fields)


class _Crisis(msgspec.Struct, kw_only=True):
    """The only crisis of a brand in layout 2; ``state`` quiet before the first."""

    crisis_id: str = ""
    state: State = State.QUIET
    severity: Severity = Severity.INFO
    seq: int = 0
    watch_since_ms: int = 0
    opened_ms: int | None = None
    recovering_ms: int | None = None
    resolved_ms: int | None = None
    acknowledged_by: str | None = None
    signs: list[int] = []
    last_signal_ms: int = 0
    in_band_since_ms: int | None = None
    reasons: tuple[str, ...] = ()
    evidence: Evidence | None = None


class _Rings(msgspec.Struct):
    next_step: Annotated[int, msgspec.Meta(ge=0, le=2**40)]
    fine: list[list[int]]
    blocks: list[list[int]]
    long: list[list[int]]
    sums: list[list[int]]


class _Brand(msgspec.Struct, kw_only=True):
    """What of a brand in layout 2 the upgrade looks at."""

    rings: _Rings
    fingerprints: dict[Annotated[int, msgspec.Meta(ge=0)], int] = {}
    recent: bytes = b""
    episode: _Crisis
    episodes: int  # begun so far


def can_read(layout: int) -> bool:
    """Tell whether a brand's record of this older layout can be made into the newest."""
    return layout in _UPGRADES


def upgraded(layout: int, value: bytes) -> bytes:
    """Return a brand's record of an older layout as the newest one has it, both without the byte
    of the layout.

    Raises msgspec.DecodeError or msgspec.ValidationError when it is no record of that layout.
    """
    fields = _decoder.decode(value)
    while layout in _UPGRADES:
        fields = _UPGRADES[layout](fields)
        layout += 1
        fields["version"] = layout
    return _encoder.encode(fields)


def _from_2(fields: Fields) -> Fields:
    brand = msgspec.convert(fields, _Brand)
    now_ms = brand.rings.next_step * STEP_MS
    kept = {name: value for name, value in fields.items() if name != "episode"}
    return {
        **kept,
        "rings": _widened(brand.rings),
        "fingerprints": packed(brand.fingerprints),
        "recent": without_emotions(brand.recent),
        "crises": brand.episodes,
        "episodes": _crises(brand.episode, now_ms),
    }


def _widened(rings: _Rings) -> Fields:
    fields: Fields = msgspec.to_builtins(rings)
    for name in ("fine", "blocks", "long", "sums"):
        fields[name] = [[*row, *_NOT_COUNTED] for row in fields[name]]
    return fields


def _crises(crisis: _Crisis, now_ms: int) -> dict[str, Fields]:
    """Return the crisis by theme, as layout 3 keeps it: none when nothing can follow it.

    Whoever is to be told or asked again is so from now on, not for the time before the upgrade.
    """
    if crisis.state in NOTHING_LEFT:
        return {}
    fields = msgspec.to_builtins(crisis)
    return {GENERAL: {**fields, "theme": GENERAL, "told_ms": now_ms, "asked_ms": now_ms}}


_UPGRADES: Final[dict[int, Callable[[Fields], Fields]]] = {2: _from_2}
OLDEST: Final = min(_UPGRADES)
