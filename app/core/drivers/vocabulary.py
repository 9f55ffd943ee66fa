"""The words a brand's mentions usually have: a bounded table of decayed counts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from zlib import crc32

from app.core.facts import Fact

MOST_TERMS = 120
LEARNT = ""  # no word: the decayed number of steps learnt
HALF_LIFE_STEPS = 1_440  # steps with mentions: half a day of a busy brand, months of a quiet one
FADE = 0.5 ** (1 / HALF_LIFE_STEPS)
DRAWS = 1 << 32


def learn_terms(usual: dict[str, float], facts: Sequence[Fact]) -> None:
    """Learn the words of one step's facts, in place, whatever their order.

    A step counts as one mention in all, whatever it holds: ``usual[term] / usual[""]`` is the share
    of mentions with the word, and one burst of mentions can't become usual.

    A word that is new to a full table takes the place of the rarest one, and its count, by a draw
    with the chance w / (rarest + w), w being its weight (Ben Basat, Einziger, Friedman and Kassner,
    Randomized Admission Policy for Efficient Top-k and Frequency Estimation, INFOCOM 2017). The
    draw is a hash of the word and of a mention's id, so a replay draws the same.
    """
    if not facts:
        return
    counts = dict[str, int]()
    for fact in facts:
        for term in set(fact.terms):
            counts[term] = counts.get(term, 0) + 1
    counts.pop(LEARNT, None)
    for term, count in usual.items():
        usual[term] = count * FADE
    usual[LEARNT] = usual.get(LEARNT, 0.0) + 1.0
    new = dict[str, float]()
    for term in sorted(counts):
        weight = counts[term] / len(facts)
        if term in usual:
            usual[term] += weight
        else:
            new[term] = weight
    if new:
        _admit(usual, new, min(fact.number for fact in facts))


def usual_count(usual: Mapping[str, float], term: str) -> float:
    """Return the decayed number of mentions with a word.

    A word that is not in a full table is taken for as frequent as the rarest there, so that only
    what is clearly more frequent now counts as new.

    >>> usual_count({"": 40.0, "late": 3.0}, "late"), usual_count({"": 40.0, "late": 3.0}, "rude")
    (3.0, 0.0)
    """
    known = usual.get(term)
    if known is None:
        known = min(usual.values()) if len(usual) > MOST_TERMS else 0.0
    return min(known, usual.get(LEARNT, 0.0))


def _admit(usual: dict[str, float], new: Mapping[str, float], number: int) -> None:
    rarest = min(usual.values())  # no word has more than LEARNT
    for term, weight in new.items():
        if len(usual) <= MOST_TERMS:
            usual[term] = weight
            rarest = min(rarest, weight)
            continue
        draw = (crc32(term.encode("utf-8", "surrogatepass")) ^ number) % DRAWS / DRAWS
        if draw * (rarest + weight) < weight:
            equals = [word for word, count in usual.items() if count == rarest]
            del usual[min(equals)]
            usual[term] = rarest + weight
            if len(equals) == 1:
                rarest = min(usual.values())
