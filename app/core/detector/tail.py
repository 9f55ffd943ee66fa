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
NEARLY_ZERO = 0.05  # below it the correction of the residual is 0 / 0


def residual(count: float, mean: float, dispersion: float) -> float:
    """Return about the normal quantile of ``count`` >= 0, with a sign; 0 within half of ``mean``.

    The signed root of the deviance with a continuity correction, and Barndorff-Nielsen's
    modification of it (Barndorff-Nielsen, Biometrika 73, 1986; Brazzale, Davison and Reid, Applied
    Asymptotics, 2007, 2.3): two logarithms in place of an incomplete beta function, and below the
    mean as well.

    >>> exact = sigma(upper_tail(12, 4.0, 2.0))
    >>> round(exact, 2), round(residual(12, 4.0, 2.0), 2)
    (2.11, 2.1)
    >>> residual(0, 4.0, 2.0) < -1
    True
    """
    if count > mean + 0.5:
        y = count - 0.5
    elif count < mean - 0.5:
        y = count + 0.5
    else:
        return 0.0
    if dispersion > NEARLY_POISSON:
        size = mean / (dispersion - 1)
        slope = log(y * (mean + size) / (mean * (y + size)))
        deviance = y * slope - size * log((y + size) / (mean + size))
        variance = y + y * y / size
    else:
        slope = log(y / mean)
        deviance = y * slope - (y - mean)
        variance = y
    root = sqrt(2 * max(deviance, 0.0))
    if root < NEARLY_ZERO:
        return root if y > mean else -root
    if y < mean:
        root = -root
    return root + log(slope * sqrt(variance) / root) / root


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


def sigma(probability: float) -> float:
    """Return the upper normal quantile of ``probability``: 0.00135 gives 3.0."""
    return -NormalDist().inv_cdf(min(probability, 1 - 1e-16))


def significant(number: float) -> float:
    """Return ``number`` with six significant digits, so that no last bit shows in an event."""
    return float(f"{number:.6g}")
