"""A drop of the ratings: the mean of six hours against the usual one.

A mean of n ratings lies t or more below the usual mean with a chance of at most
exp(-n t² / (2 v + 2 t m / 3)), where v is the variance and m the furthest that one can lie below:
Bernstein's inequality (Boucheron, Lugosi and Massart, Concentration Inequalities, 2013, 2.8). A
z-test would take ten ratings for normal, and of reviews, nearly all of five stars and some of one,
it says too often that they fell.

The usual ones are those before the six hours, without the ones of crises; the newest thousand
weigh most.
"""

from __future__ import annotations

from math import log, sqrt

import msgspec

from app.core.event import Trigger
from app.core.rules import STEP_MS
from app.core.triggers.authors import seen
from app.core.triggers.found import RATING, Found, Given
from app.core.triggers.level import Rise
from app.core.window import BLOCKS, LONG_STEPS, SCALES_S

FULL = 100  # a rating is kept in hundredths of its scale
STARS = 5
LEAST_RATED = 10
LEAST_DROP = 0.5  # stars
LEARNT = 50.0
REMEMBERED = 1_000.0
PRIOR = 10.0  # ratings' worth of ...
PRIOR_VARIANCE = 1.0  # ... this, in stars: a brand of nothing but five stars has variance 0
WINDOW_STEPS = SCALES_S[-1] * 1_000 // STEP_MS
_PER_STAR = FULL / STARS


class Ratings(msgspec.Struct, array_like=True, kw_only=True):
    """``slots`` of half an hour: number, ratings, their sum, sum of squares, 1 when usual.

    ``authors``: who rated below the usual mean lately, 32 bits of the pseudonym, and in which step:
    one that does so again within six hours is not counted twice.
    """

    slots: list[tuple[int, int, int, int, int]] = []
    authors: dict[int, int] = {}
    count: float = 0.0
    total: float = 0.0
    squares: float = 0.0
    rise: Rise = msgspec.field(default_factory=Rise)

    def note(self, given: Given, rated: list[tuple[int, int]]) -> bool:
        """Add a step's (rating, author); tell whether one lies below the usual mean."""
        slot = given.step // LONG_STEPS
        self._learn(slot)
        usual = self.total / self.count if self.count > 0 else FULL
        one = (slot, 0, 0, 0, 1)
        if self.slots and self.slots[-1][0] == slot:
            one = self.slots.pop()
        _, count, total, squares, is_usual = one
        for rating, author in rated:
            if rating < usual and self._is_again(author, given.step):
                continue
            count, total, squares = count + 1, total + rating, squares + rating * rating
        self.slots.append((slot, count, total, squares, int(is_usual and given.is_usual)))
        return any(rating < usual for rating, _ in rated)

    def _is_again(self, author: int, step: int) -> bool:
        """Note who rated low; tell whether they did so in the last six hours."""
        last = seen(self.authors, author, step)
        return last is not None and step - last < WINDOW_STEPS

    def _learn(self, slot: int) -> None:
        """Learn what is older than the window."""
        while self.slots and self.slots[0][0] <= slot - BLOCKS:
            _, count, total, squares, is_usual = self.slots.pop(0)
            if is_usual:
                kept = min(1.0, REMEMBERED / (self.count + count))
                self.count = (self.count + count) * kept
                self.total = (self.total + total) * kept
                self.squares = (self.squares + squares) * kept

    def judge(self, given: Given, *, is_new: bool) -> Found | None:
        """Return how the last six hours stand, None where they are little below the usual, or too
        little is learnt or came.
        """
        self._learn(given.step // LONG_STEPS)
        count = sum(one[1] for one in self.slots)
        if not (given.is_warm and self.count >= LEARNT and count):
            return None
        mean = sum(one[2] for one in self.slots) / count / _PER_STAR
        usual = self.total / self.count / _PER_STAR
        if mean > usual - LEAST_DROP:
            return None
        least = usual - max(LEAST_DROP, _drop(count, usual, self._variance(usual), given.chance))
        has_dropped = mean <= least
        authors = sum(given.step - last < WINDOW_STEPS for last in self.authors.values())
        closed = given.first_closed(
            (RATING, has_dropped),
            ("ratings", count >= LEAST_RATED),
            ("authors", authors >= given.rules.minimum_authors),
        )
        if closed is None and self.rise.lasts(given.step):
            self._take_as_usual()
        trigger = Trigger(
            name=RATING,
            unit="stars",
            scale_s=SCALES_S[-1],
            value=round(mean, 2),
            expected=round(usual, 2),
            threshold=round(least, 2),
        )
        return Found(trigger, closed, is_new)

    def _variance(self, usual: float) -> float:
        own = self.squares / self.count / _PER_STAR**2 - usual * usual
        return (PRIOR * PRIOR_VARIANCE + self.count * max(own, 0.0)) / (PRIOR + self.count)

    def _take_as_usual(self) -> None:
        """Begin anew from what came lately: a drop of a day is what is usual now."""
        self.count, self.total, self.squares = (
            float(sum(one[part] for one in self.slots)) for part in (1, 2, 3)
        )


def _drop(count: int, usual: float, variance: float, chance: float) -> float:
    """Return the least drop of the mean of ``count`` ratings, in stars, that is so unlikely."""
    doubt = log(1 / chance)
    slack = doubt * usual / 3  # half of what stands beside t in n t² = doubt (2 v + 2 t m / 3)
    return (slack + sqrt(slack * slack + 2 * count * doubt * variance)) / count
