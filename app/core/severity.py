"""Severity from four facts, each of which can only raise it.

Negatives, sigma and share give 0, 1 or 2 points; the sum names the severity: 0-1 warning, 2-3
error, from 4 on critical. Sources that agree give one more, where it makes nothing critical: that
takes the wave's own size. ``info`` is a watch that has not opened.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable

from app.core.crisis import Severity

NEGATIVES = (30, 100)  # distinct negatives in the evidence window
SIGMA = (6.0, 12.0)  # of the strongest scale
SHARE = (0.5, 0.75)  # of distinct scored mentions
SOURCES = 3  # kinds of source, each with ...
OF_EACH = 5  # ... so many of the negatives looked at: what makes a crisis by itself
BY_POINTS = (
    Severity.WARNING,
    Severity.WARNING,
    Severity.ERROR,
    Severity.ERROR,
    Severity.CRITICAL,
    Severity.CRITICAL,
    Severity.CRITICAL,
)
MOST_BY_AGREEMENT = 3  # points: an error
RANK = {severity: rank for rank, severity in enumerate(Severity)}


def grade(
    negatives: int, strongest_sigma: float, share: float, sources: int = 1
) -> tuple[Severity, tuple[str, ...]]:
    """Return the severity of an open crisis and the facts it comes from; ``sources``: how many have
    enough of the negatives (``agreeing``).

    >>> grade(120, 14.0, 0.8)[0]
    <Severity.CRITICAL: 'critical'>
    >>> grade(8, 4.5, 0.4)[0]
    <Severity.WARNING: 'warning'>
    >>> grade(40, 4.5, 0.4, sources=1)[0], grade(40, 4.5, 0.4, sources=6)[0]
    (<Severity.WARNING: 'warning'>, <Severity.ERROR: 'error'>)
    """
    points = _points(negatives, NEGATIVES) + _points(strongest_sigma, SIGMA) + _points(share, SHARE)
    reasons: tuple[str, ...] = (
        f"{negatives} distinct negatives",
        f"{strongest_sigma:.1f} sigma above what is usual",
        f"{share:.0%} of the scored mentions are negative",
    )
    if sources >= SOURCES:
        points += points < MOST_BY_AGREEMENT
        reasons += (f"{sources} kinds of source agree, each with {OF_EACH} negatives at least",)
    return BY_POINTS[points], reasons


def agreeing(sources: Iterable[str]) -> int:
    """Return how many kinds of source have enough of the negatives, whose sources these are, to
    count as one that says so by itself. More negatives never make it fewer.

    >>> agreeing(["social"] * 40 + ["news"] * 5 + ["forum"] * 4)
    2
    """
    return sum(negatives >= OF_EACH for negatives in Counter(sources).values())


def _points(value: float, limits: tuple[float, float]) -> int:
    return sum(value >= limit for limit in limits)
