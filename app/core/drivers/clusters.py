"""Groups of negatives that share a word which drives them: what a new kind of trouble looks like
before it has a theme.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence

from app.core.cause import Cluster, Term
from app.core.drivers.spread import cited, earliest
from app.core.facts import Fact

MOST = 3
LEAST_NEGATIVES = 5
LEAST_PART = 0.1  # of the negatives
TOGETHER = 0.5  # of a cluster's negatives have another of its words, or its theme


def clusters_of(negatives: Sequence[Fact], terms: Sequence[Term]) -> tuple[Cluster, ...]:
    """Return at most three clusters, in the order of their first words among ``terms``.

    A word that drives the negatives gathers those that use it and are in no cluster yet: five, and
    a tenth of all, at least. Words of ``terms`` that half of them use as well are the cluster's
    too, and gather none of their own. The same whatever the order of the negatives.
    """
    return tuple(_found(negatives, [term.term for term in terms]))[:MOST]


def _found(negatives: Sequence[Fact], words: Sequence[str]) -> Iterator[Cluster]:
    least = max(LEAST_NEGATIVES, LEAST_PART * len(negatives))
    left, used = list(negatives), set[str]()
    for word in words:
        members = [fact for fact in left if word in fact.terms]
        if word in used or len(members) < least:
            continue
        own = tuple(one for one in words if one not in used and _is_of(one, members))
        used.update(own)
        left = [fact for fact in left if word not in fact.terms]
        yield _cluster((word, *(one for one in own if one != word)), members)


def _is_of(word: str, members: Sequence[Fact]) -> bool:
    return sum(word in fact.terms for fact in members) >= TOGETHER * len(members)


def _cluster(terms: tuple[str, ...], members: Sequence[Fact]) -> Cluster:
    times = sorted(fact.time_ms for fact in members)
    themes = Counter(theme for fact in members for theme in fact.themes)
    common = sorted(themes, key=lambda theme: (-themes[theme], theme))[:1]
    return Cluster(
        terms=terms,
        negatives=len(members),
        first=cited(min(members, key=earliest)),
        latest_ms=times[-1],
        half_ms=times[len(times) // 2],
        theme=next((one for one in common if themes[one] >= TOGETHER * len(members)), ""),
    )
