"""Severity from three facts, each of which can only raise it.

Every factor gives 0, 1 or 2 points; the sum names the severity: 0-1 warning, 2-3 error, 4-6
critical. ``info`` is a watch that has not opened.
"""

from __future__ import annotations

from app.core.crisis import Severity

NEGATIVES = (30, 100)  # distinct negatives in the evidence window
SIGMA = (6.0, 12.0)  # of the strongest scale
SHARE = (0.5, 0.75)  # of distinct scored mentions
BY_POINTS = (
    Severity.WARNING,
    Severity.WARNING,
    Severity.ERROR,
    Severity.ERROR,
    Severity.CRITICAL,
    Severity.CRITICAL,
    Severity.CRITICAL,
)
RANK = {severity: rank for rank, severity in enumerate(Severity)}


def grade(negatives: int, strongest_sigma: float, share: float) -> tuple[Severity, tuple[str, ...]]:
    """Return the severity of an open crisis and the facts it comes from.

    >>> grade(120, 14.0, 0.8)[0]
    <Severity.CRITICAL: 'critical'>
    >>> grade(8, 4.5, 0.4)[0]
    <Severity.WARNING: 'warning'>
    """
    points = _points(negatives, NEGATIVES) + _points(strongest_sigma, SIGMA) + _points(share, SHARE)
    reasons = (
        f"{negatives} distinct negatives",
        f"{strongest_sigma:.1f} sigma above what is usual",
        f"{share:.0%} of the scored mentions are negative",
    )
    return BY_POINTS[points], reasons


def _points(value: float, limits: tuple[float, float]) -> int:
    return sum(value >= limit for limit in limits)
