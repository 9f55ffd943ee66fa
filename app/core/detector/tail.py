"""Tail probabilities of counts.

A count with mean ``m`` and variance ``d * m`` (d > 1) is taken as negative binomial with size ``k =
m / (d - 1)`` and success probability ``1 / d``; its upper tail is a regularised incomplete beta
function (Johnson, Kemp and Kotz, Univariate Discrete Distributions, 3rd ed., 5.6). For d near 1 it
is Poisson, whose tail is a regularised incomplete gamma function (4.9 there).
"""

from __future__ import annotations

from math import log, sqrt
from statistics import NormalDist

from scipy.special import betainc, gammainc

SMALLEST = 1e-300
NEARLY_POISSON = 1.02


def upper_tail(count: float, mean: float, dispersion: float) -> float:
    """Return P(N >= count), 1e-300..1, of a count of ``mean`` > 0 and variance ``dispersion *
    mean``.

    >>> round(upper_tail(3, 1.0, 1.0), 4)
    0.0803
    >>> upper_tail(0, 1.0, 2.0)
    1.0
    """
    if count <= 0:
        return 1.0
    if dispersion < NEARLY_POISSON:
        probability = float(gammainc(count, mean))
    else:
        probability = float(betainc(count, mean / (dispersion - 1), 1 - 1 / dispersion))
    return max(probability, SMALLEST)


def binomial_tail(count: int, trials: int, share: float) -> float:
    """Return P(N >= count) of ``trials`` draws that each count with probability ``share`` in (0,
    1).
    """
    if count <= 0:
        return 1.0
    return max(float(betainc(count, trials - count + 1, share)), SMALLEST)


def surprise(probability: float) -> float:
    """Return sqrt(-2 ln p): about the normal quantile of a small ``p``, 0 for p = 1; 37.2 at
    most.
    """
    return sqrt(-2 * log(probability)) if probability < 1 else 0.0


def sigma(probability: float) -> float:
    """Return the upper normal quantile of ``probability``: 0.00135 gives 3.0."""
    return -NormalDist().inv_cdf(min(probability, 1 - 1e-16))
