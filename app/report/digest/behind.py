"""What was behind the negatives of the crises of a period, as far as their evidence tells."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable

from app.core.cause import Drivers
from app.core.digest import Behind, Named
from app.core.drivers.facets import OTHER, UNKNOWN

MOST = 5  # values of a property, and ...
MOST_WORDS = 8


def behind_of(found: Iterable[Drivers]) -> Behind | None:
    """Return the sums over the crises, each at its worst; None without any.

    Of a property that says nothing, or of what each crisis has too little of to name, nothing is
    there. Crises that burn at once may have a mention in common.
    """
    drivers = list(found)
    if not drivers:
        return None
    values = {name: _values(drivers, name) for name in ("theme", "product", "source", "language")}
    words = Counter[str]()
    for one in drivers:
        words.update({term.term: term.negatives for term in one.terms})
    return Behind(
        seen=sum(one.seen for one in drivers),
        themes=_named(values["theme"], MOST),
        words=_named(words, MOST_WORDS),
        products=_named(values["product"], MOST),
        sources=_named(values["source"], MOST),
        languages=_named(values["language"], MOST),
    )


def _values(drivers: Iterable[Drivers], name: str) -> Counter[str]:
    found = Counter[str]()
    for facet in (facet for one in drivers for facet in one.facets if facet.name == name):
        shares = (one for one in facet.shares if one.value not in (OTHER, UNKNOWN))
        found.update({one.value: one.negatives for one in shares})
    return found


def _named(counts: Counter[str], most: int) -> tuple[Named, ...]:
    ranked = sorted(counts.items(), key=lambda item: (-item[1], item[0]))[:most]
    return tuple(Named(value=value, negatives=count) for value, count in ranked)
