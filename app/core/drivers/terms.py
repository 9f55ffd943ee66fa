"""Words that the negatives of a window use oftener than the brand's mentions usually do."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from math import log, sqrt

from app.core.cause import Term
from app.core.drivers.vocabulary import LEARNT, usual_count
from app.core.facts import Fact

MOST = 8
LEAST_Z = 1.96
LEAST_NEGATIVES = 2
MANY, LEAST_OF_MANY = 30, 3  # of so many negatives a word needs three
PRIOR_MENTIONS = 20.0
ONCE = 1.0  # a word never heard before: with 0 its ratio is so uncertain that z falls again


def terms_of(
    negatives: Sequence[Fact], others: Sequence[Fact], usual: Mapping[str, float]
) -> tuple[Term, ...]:
    """Return at most eight words, the highest z first, of equals the one in more negatives.

    The negatives are held against the usual mentions and the window's others together. Once a brand
    is known, the usual ones are hundreds and decide; without them, a new brand still has the others
    to be held against. Only others would be wrong where a crisis is: neutral reports use its words
    as well.
    """
    counts, other_counts = _mentions_with(negatives), _mentions_with(others)
    before = usual.get(LEARNT, 0.0) + len(others)
    least = LEAST_OF_MANY if len(negatives) >= MANY else LEAST_NEGATIVES
    found = list[Term]()
    for term, count in counts.items():
        if count < least:
            continue
        usually = max(ONCE, usual_count(usual, term) + other_counts[term])
        z = log_odds_z(count, len(negatives), min(usually, before), before)
        if z >= LEAST_Z:
            found.append(Term(term=term, negatives=count, z=round(z, 2)))
    return tuple(sorted(found, key=lambda term: (-term.z, -term.negatives, term.term))[:MOST])


def log_odds_z(now: float, mentions_now: float, before: float, mentions_before: float) -> float:
    """Return the z-score of a word's log-odds ratio with an informative Dirichlet prior (Monroe,
    Colaresi and Quinn, Fightin' Words, Political Analysis 16, 2008, 372-403).

    A mention has a word or not, so a count y is of the n mentions of its side. The prior is worth
    a0 = 20 mentions of which a = a0 (y_1 + y_2 + 0.5) / (n_1 + n_2 + 1) have the word. With h = y +
    a and l = n - y + a0 - a on either side, d = log(h_1 / l_1) - log(h_2 / l_2) and z = d / sqrt(1
    / h_1 + 1 / l_1 + 1 / h_2 + 1 / l_2). The paper drops the terms of l, since its words are rare
    among words; among mentions they are not.

    >>> round(log_odds_z(20, 40, 12, 300), 2), round(log_odds_z(2, 40, 12, 300), 2)
    (6.62, 0.26)
    """
    share = (now + before + 0.5) / (mentions_now + mentions_before + 1.0)
    prior_having = PRIOR_MENTIONS * share
    prior_lacking = PRIOR_MENTIONS - prior_having
    having = now + prior_having, before + prior_having
    lacking = mentions_now - now + prior_lacking, mentions_before - before + prior_lacking
    ratio = having[0] * lacking[1] / (lacking[0] * having[1])
    return log(ratio) / sqrt(sum(1.0 / count for count in having + lacking))


def _mentions_with(facts: Iterable[Fact]) -> Counter[str]:
    return Counter(term for fact in facts for term in set(fact.terms) if term)
