"""Reach-weighted negatives: complaints that are seen by many more people than usual.

A mention weighs one from a reach of 100 on and one more for each doubling, ten at most (51,200): so
reach counts by its order of magnitude, and one huge account weighs no more than ten small ones. The
sum over an hour's distinct negatives, one an author, is held against the usual hour's, or against
the usual negative share of all that the hour's mentions weigh, whichever is more: a loud hour with
as many complaints as ever in it is none.
"""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from app.core.detector.tail import significant
from app.core.event import Trigger
from app.core.triggers.authors import seen
from app.core.triggers.found import REACH, Found, Given
from app.core.triggers.level import HOUR_STEPS, Level, Rise, least_count
from app.core.window import BLOCK_STEPS, BLOCKS

LEAST_REACH = 100
MOST_WEIGHT = 10
# A Poisson number of mentions of weights w has variance / mean E[w²] / E[w], at most their cap.
PRIOR_DISPERSION = float(MOST_WEIGHT)


def weight_of(reach: int) -> int:
    """Return what a mention of this reach weighs, 0..10.

    >>> [weight_of(reach) for reach in (99, 100, 199, 200, 10**9)]
    [0, 1, 1, 2, 10]
    """
    weight = (reach // LEAST_REACH).bit_length()
    return weight if weight < MOST_WEIGHT else MOST_WEIGHT


class Reach(msgspec.Struct, array_like=True, kw_only=True):
    """``blocks`` of five minutes of the last hour: number, weight of negatives, of all.

    ``authors`` of negatives, 32 bits of the pseudonym, and the step: none counts twice in an hour.
    """

    blocks: list[tuple[int, int, int]] = []
    authors: dict[int, int] = {}
    level: Level = msgspec.field(default_factory=Level)
    rise: Rise = msgspec.field(default_factory=Rise)

    def note(self, given: Given, heavy: Sequence[tuple[int, int]], everything: int) -> None:
        """Add what a step's distinct mentions weigh; ``heavy``: author and weight of negatives."""
        negatives = sum(
            weight for author, weight in heavy if not self._is_again(author, given.step)
        )
        block = given.step // BLOCK_STEPS
        self.blocks = [one for one in self.blocks if one[0] > block - BLOCKS]
        if self.blocks and self.blocks[-1][0] == block:
            _, before, all_before = self.blocks.pop()
            negatives, everything = negatives + before, everything + all_before
        self.blocks.append((block, negatives, everything))
        hour = given.step // HOUR_STEPS
        self.level.turn(hour, is_usual=given.is_usual)
        first = hour * HOUR_STEPS // BLOCK_STEPS
        self.level.amount = sum(one[1] for one in self.blocks if one[0] >= first)

    def _is_again(self, author: int, step: int) -> bool:
        last = seen(self.authors, author, step)
        return last is not None and step - last < HOUR_STEPS

    def judge(self, given: Given, negatives: int, authors: int, *, is_new: bool) -> Found | None:
        """Return how the last hour stands, None where it weighs no more than usual or too little is
        learnt; ``negatives`` and their ``authors`` are the hour's.
        """
        if not (given.is_warm and self.level.is_learnt):
            return None
        first = given.step // BLOCK_STEPS - BLOCKS
        recent = [one for one in self.blocks if one[0] > first]
        weighed, everything = sum([one[1] for one in recent]), sum([one[2] for one in recent])
        usual = max(self.level.expected(), given.usual_share * everything)
        if weighed <= usual:
            return None
        dispersion = self.level.dispersion(PRIOR_DISPERSION)
        least = least_count(usual, dispersion, given.chance)
        if weighed >= least and self.rise.lasts(given.step):
            self.level.forget()
        closed = given.first_closed(
            (REACH, weighed >= least),
            ("negatives", negatives >= given.rules.minimum_negatives),
            ("authors", authors >= given.rules.minimum_authors),
        )
        trigger = Trigger(
            name=REACH,
            unit="weight",
            scale_s=3_600,
            value=float(weighed),
            expected=significant(usual),
            threshold=float(least),
        )
        return Found(trigger, closed, is_new)
