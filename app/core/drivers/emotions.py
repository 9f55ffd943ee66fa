"""How many negatives show anger and fear, before and now."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from app.core.cause import EmotionShare
from app.core.drivers.shift import difference
from app.core.emotions import COUNTED, EMOTIONS, counts_in
from app.core.facts import Fact


def emotions_of(now: Sequence[int], usual: Sequence[float]) -> tuple[EmotionShare, ...]:
    """Return the share of each emotion among the negatives that were looked through for them; none
    where no negative was.

    ``now``: those negatives, of them with anger, with fear; ``usual``: the same as decayed sums.

    >>> (anger, fear) = emotions_of((30, 18, 0), (60.0, 6.0, 0.0))
    >>> anger.shift
    Shift(before=10.0, now=60.0, change=50.0, low=29.61, high=66.31)
    """
    of, before = now[0], usual[0]
    if not of:
        return ()
    return tuple(
        EmotionShare(
            emotion=emotion, negatives=count, of=of, shift=difference((count, of), (sum_, before))
        )
        for emotion, count, sum_ in zip(EMOTIONS, now[1:], usual[1:], strict=True)
    )


def felt_by(negatives: Iterable[Fact]) -> tuple[int, int, int]:
    """Return how many of these were looked through for emotions, and show anger, and fear."""
    return counts_in(sum(COUNTED[fact.felt] for fact in negatives))
