"""An author is forgotten: nothing that the brand's record remembers names or cites them after."""

from __future__ import annotations

import msgspec

from app.core.event import Evidence
from app.core.pending import AUTHOR_BITS, forget_author
from app.core.state import BrandState

ACTION = "erase-author"


def erase(state: BrandState, author: str) -> int:
    """Remove an author (pseudonym, 16 hex digits) and return how many mentions of theirs were kept.

    Counts stay: they name nobody.
    """
    found = {fact.mention_id for fact in state.facts if fact.author == author}
    found |= {one.mention_id for one in state.top if one.author == author}
    state.facts = [fact for fact in state.facts if fact.author != author]
    state.facts_bytes = sum(fact.stored_bytes for fact in state.facts)
    state.top = [one for one in state.top if one.author != author]
    state.authors.pop(int(author, 16) >> 1, None)
    if state.signals is not None:
        state.signals.forget_author(int(author, 16) >> 1 >> AUTHOR_BITS)
    found |= forget_author(state, author)
    for episode in state.episodes.values():
        if episode.evidence is not None:
            episode.evidence = _without(episode.evidence, author)
    return len(found)


def _without(evidence: Evidence, author: str) -> Evidence:
    top = tuple(one for one in evidence.top_mentions if one.author != author)
    drivers = evidence.drivers
    if drivers is not None:
        facets = tuple(
            msgspec.structs.replace(
                facet,
                shares=tuple(
                    msgspec.structs.replace(share, value="erased")
                    if share.value == author
                    else share
                    for share in facet.shares
                ),
            )
            for facet in drivers.facets
        )
        drivers = msgspec.structs.replace(
            drivers,
            facets=facets,
            first=(),  # they name mentions without their authors
            spread=(),
            supporters=(),
            counterfactuals=tuple(
                msgspec.structs.replace(one, value="erased") if one.value == author else one
                for one in drivers.counterfactuals
            ),
        )
    return msgspec.structs.replace(evidence, top_mentions=top, drivers=drivers)
