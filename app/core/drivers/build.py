"""All that drives one crisis, from the facts of its evidence's window."""

from __future__ import annotations

from collections.abc import Sequence

from app.core.cause import Drivers
from app.core.drivers.bots import bots_of
from app.core.drivers.clusters import clusters_of
from app.core.drivers.counterfactual import counterfactuals_of
from app.core.drivers.emotions import emotions_of, felt_by
from app.core.drivers.facets import children_of, facets_of
from app.core.drivers.flags import flags_of
from app.core.drivers.given import Regrade, Usual, Window
from app.core.drivers.shift import shift_of
from app.core.drivers.spread import first_of, spread_of, supporters_of
from app.core.drivers.terms import terms_of
from app.core.facts import Fact


def drivers_of(facts: Sequence[Fact], window: Window, usual: Usual, regrade: Regrade) -> Drivers:
    """Return what drives a crisis, the same for facts in whatever order.

    ``facts``: of the window, each text once; a sample, so every percent is of the negatives among
    them. ``regrade`` is called five times.
    """
    ranked = sorted(facts, key=lambda fact: (fact.number, fact.source, fact.mention_id))
    negatives = [fact for fact in ranked if fact.is_negative]
    others = [fact for fact in ranked if not fact.is_negative]
    facets = facets_of(negatives)
    bots = bots_of(negatives, window.copied)
    terms = terms_of(negatives, others, usual.terms)
    return Drivers(
        of=window.negatives,
        seen=len(negatives),
        facets=facets,
        terms=terms,
        shift=shift_of(window, usual),
        first=first_of(negatives),
        spread=spread_of(negatives),
        supporters=supporters_of(others),
        counterfactuals=counterfactuals_of(negatives, bots, window, regrade),
        children=children_of(negatives, facets),
        emotions=emotions_of(window.felt or felt_by(negatives), usual.felt),
        flags=flags_of(negatives),
        clusters=clusters_of(negatives, terms),
        inauthentic_percent=round(100 * len(bots) / len(negatives), 1) if bots else 0.0,
    )
