"""Which of the negatives claim a breach, an injury, steps at law, or repeat a rumour."""

from __future__ import annotations

from collections.abc import Sequence

from app.core.cause import Flagged
from app.core.drivers.spread import earliest
from app.core.facts import Fact
from app.core.flags import FLAGS

NAMED = 3  # mentions of a flag that an event names


def flags_of(negatives: Sequence[Fact]) -> tuple[Flagged, ...]:
    """Return the flags that at least one of these has, in the order of ``FLAGS``."""
    found: dict[str, list[Fact]] = {flag: [] for flag in FLAGS}
    for fact in negatives:
        for flag in fact.flags:
            found[flag].append(fact)
    return tuple(
        Flagged(flag=flag, negatives=len(facts), first=_earliest(facts))
        for flag, facts in found.items()
        if facts
    )


def _earliest(facts: Sequence[Fact]) -> tuple[str, ...]:
    return tuple(fact.mention_id for fact in sorted(facts, key=earliest)[:NAMED])
