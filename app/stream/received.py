"""A document from a hook or a feed as a mention that counts when it should."""

from __future__ import annotations

import json
from typing import Any, Final, Literal, NamedTuple

import msgspec

from app.core.mention import Mention, Rejected
from app.wire import mention as mention_wire
from app.wire import rfc3339

DAY_MS: Final = 86_400_000

CountedAt = Literal["arrival", "published"]


class Clocked(NamedTuple):
    """When things are counted: ``now_ms`` by the wall clock; older than ``max_age_ms``: not."""

    counted_at: CountedAt
    now_ms: int
    max_age_ms: int


def mention_of(document: dict[str, Any], clocked: Clocked) -> Mention | Rejected | None:
    """Return the mention, why it is none, or None for what was said too long ago.

    A feed looked at every five minutes is later than any watermark waits: so a mention counts when
    it arrives unless it is said otherwise. One without a time arrives now.
    """
    now = rfc3339.format_ms(clocked.now_ms)
    dated = {"published_at": now, **document}
    # Escaped, so that a lone surrogate gets as far as the wire, which names it.
    parsed = mention_wire.parse(json.dumps(dated, ensure_ascii=True).encode())
    if isinstance(parsed, Rejected):
        return parsed
    if parsed.published_at_ms < clocked.now_ms - clocked.max_age_ms:
        return None
    if clocked.counted_at == "arrival":
        return msgspec.structs.replace(parsed, published_at_ms=clocked.now_ms)
    return parsed
