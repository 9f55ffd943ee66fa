"""The negative share before and now."""

from __future__ import annotations

from math import sqrt

from app.core.cause import Shift
from app.core.drivers.given import Usual, Window

Z = 1.959963984540054  # the normal quantile of 97.5 %


def shift_of(window: Window, usual: Usual) -> Shift | None:
    """Return how far the negative share moved, in percent points with two places; None when either
    side has no mention with a label.

    The interval is Newcombe's method 10 for a difference of independent proportions (Statistics in
    Medicine 17, 1998, 873-890): with Wilson's limits l, u of each share, from ``d - sqrt((now -
    l_now)^2 + (u_before - before)^2)`` to ``d + sqrt((u_now - now)^2 + (before - l_before)^2)``.
    The usual share counts with the mentions in its decayed sum. An exponential mean knows about
    twice as many, so the interval is rather too wide, as long as mentions are independent.

    >>> shift_of(Window(40, 40, 24, 0, 9), Usual(60.0, 400.0, {}))
    Shift(before=15.0, now=60.0, change=45.0, low=29.13, high=59.01)
    """
    scored = window.distinct - window.unscored
    return difference((window.negatives, scored), (usual.share_negatives, usual.share_scored))


def difference(these: tuple[int, int], usual: tuple[float, float]) -> Shift | None:
    """Return the same of any share: ``these`` are the mentions that count now and all of them,
    ``usual`` the same as decayed sums.
    """
    if these[1] <= 0 or usual[1] <= 0:
        return None
    now, before = min(1.0, these[0] / these[1]), min(1.0, usual[0] / usual[1])
    low_now, high_now = wilson(now, these[1])
    low_before, high_before = wilson(before, usual[1])
    below = sqrt((now - low_now) ** 2 + (high_before - before) ** 2)
    above = sqrt((high_now - now) ** 2 + (before - low_before) ** 2)
    shown_before, shown_now = round(100 * before, 2), round(100 * now, 2)
    return Shift(
        before=shown_before,
        now=shown_now,
        change=round(shown_now - shown_before, 2),
        low=round(100 * (now - before - below), 2),
        high=round(100 * (now - before + above), 2),
    )


def wilson(share: float, mentions: float) -> tuple[float, float]:
    """Return Wilson's 95 % limits (JASA 22, 1927, 209-212) of a share, ``mentions`` > 0.

    >>> [round(limit, 4) for limit in wilson(0.0, 10)]
    [0.0, 0.2775]
    """
    square = Z * Z / mentions
    middle = (share + square / 2) / (1 + square)
    half = Z * sqrt(share * (1 - share) / mentions + square / (4 * mentions)) / (1 + square)
    return max(0.0, middle - half), min(1.0, middle + half)
