"""How a crisis fades by itself, and by how much what came after a response is off that course.

An interrupted time series (Box and Tiao, Intervention analysis with applications to economic and
environmental problems, JASA 70, 1975, 70-79). The count of a bin has the mean

    usual + exp(level - pace * s) * (1 + change * after)

where ``s`` grows with the time since the peak and ``after`` is 1 behind the response. ``change`` is
-0.5 when half of what was still to come beyond the usual did not. Its variance is ``dispersion``
times its mean, so that bursts widen the intervals: quasi-likelihood by Fisher scoring (McCullagh
and Nelder, Generalized Linear Models, 2nd ed., 1989, chapter 9).
"""

from __future__ import annotations

from collections.abc import Callable
from math import log1p
from typing import Any, Final, NamedTuple

import numpy as np
from scipy.special import stdtrit

STEADY, SLOWING = "steady", "slowing"
SHAPES: Final[dict[str, Callable[[float], float]]] = {
    STEADY: lambda hours: hours,  # exp(-pace * hours): halves every so often
    SLOWING: log1p,  # (1 + hours) ** -pace: ever slower, as attention on the web does
}
"""Both are found in what crowds pay attention to (Crane and Sornette, Robust dynamic classes
revealed by measuring the response function of a social system, PNAS 105, 2008, 15649-15653), and a
few hours of counts can't tell them apart.
"""
_ROUNDS: Final = 100
_STEP: Final = 0.7  # the longest of a round
_CLOSE: Final = 1e-7
_LEAST_MEAN: Final = 1.0  # in variances: below it a bin says next to nothing of its dispersion
_PARAMETERS: Final = 3


class Bins(NamedTuple):
    """Counts of bins of one length: hours from the peak to the middle of each, whether it lies
    behind the response, and the count that is usual in a bin.
    """

    hours: tuple[float, ...]
    counts: tuple[int, ...]
    are_after: tuple[bool, ...]
    usual: float


class Fading(NamedTuple):
    """A course that fits. ``change``: what came after, beyond the usual, against the course, as a
    part of it; ``expected``: the count of all bins after without a change. ``dispersion`` is at
    least 1; errors are standard deviations, for Student's t with ``freedom`` degrees.
    """

    shape: str
    pace: float
    change: float
    change_error: float
    expected: float
    expected_error: float
    dispersion: float
    freedom: int

    @property
    def quantile(self) -> float:
        """Return how many errors a 95 % interval reaches to each side."""
        return t_quantile(self.freedom)


def t_quantile(freedom: int) -> float:
    """Return the 97.5 % quantile of Student's t."""
    return float(stdtrit(freedom, 0.975))


def fading(bins: Bins, shape: str) -> Fading | None:
    """Return the course of a shape that fits best, None where none does.

    There must be more bins than three, some of them before the response and some after.
    """
    times = np.array([SHAPES[shape](hours) for hours in bins.hours])
    after = np.array(bins.are_after, dtype=float)
    counts = np.array(bins.counts, dtype=float)
    found = _fitted(counts, bins.usual, times, after)
    if found is None:
        return None
    means, slopes = _course(found, bins.usual, times, after)
    weights = 1 / np.maximum(means, _LEAST_MEAN)
    freedom = len(counts) - _PARAMETERS
    dispersion = max(1.0, float(np.sum((counts - means) ** 2 * weights)) / freedom)
    errors = np.linalg.pinv(slopes.T @ (slopes * weights[:, None])) * dispersion
    _, pace, change = found
    unchanged, slopes = _course((*found[:2], 0.0), bins.usual, times, after)
    toward = np.array([slopes[after > 0, 0].sum(), slopes[after > 0, 1].sum(), 0.0])
    return Fading(
        shape=shape,
        pace=pace,
        change=change,
        change_error=float(errors[2, 2]) ** 0.5,
        expected=float(unchanged[after > 0].sum()),
        expected_error=float(toward @ errors @ toward) ** 0.5,
        dispersion=dispersion,
        freedom=freedom,
    )


_Found = tuple[float, float, float]
_Array = np.ndarray[Any, np.dtype[np.float64]]


def _fitted(counts: _Array, usual: float, times: _Array, after: _Array) -> _Found | None:
    """Return level, pace and change; None when they do not settle."""
    found = np.array(_first(counts, usual, times, after))
    for _ in range(_ROUNDS):
        means, slopes = _course(tuple(found), usual, times, after)
        weighted = slopes / np.maximum(means, _LEAST_MEAN)[:, None]
        try:
            step = np.linalg.solve(weighted.T @ slopes, weighted.T @ (counts - means))
        except np.linalg.LinAlgError:
            return None
        length = float(np.max(np.abs(step)))
        if not np.isfinite(length):
            return None
        found += step * min(1.0, _STEP / max(length, _CLOSE))
        if length < _CLOSE:
            return float(found[0]), float(found[1]), float(found[2])
    return None


def _first(counts: _Array, usual: float, times: _Array, after: _Array) -> _Found:
    """Return where to begin: a line through the logarithms before the response."""
    before = after == 0
    beyond = np.log(np.maximum(counts - usual, 0.5))
    weight = np.sqrt(np.maximum(counts, 1))[before]
    line = np.stack([np.ones(int(before.sum())), -times[before]], axis=1) * weight[:, None]
    level, pace = np.linalg.lstsq(line, beyond[before] * weight, rcond=None)[0]
    return float(level), float(pace), 0.0


def _course(found: Any, usual: float, times: _Array, after: _Array) -> tuple[_Array, _Array]:
    """Return the mean of each bin, and how it moves with level, pace and change."""
    level, pace, change = found
    beyond = np.exp(np.clip(level - pace * times, -30, 30))
    told = beyond * (1 + change * after)
    return usual + told, np.stack([told, -told * times, beyond * after], axis=1)
