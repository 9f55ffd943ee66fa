"""Closed windows added up to bins that a picture can show."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from math import sqrt

from app.core.brand import BAND
from app.core.event import ClosedWindow

_PRIOR = 0.25  # as in the band of one step, so that a mean near zero still has a width


@dataclass(frozen=True, slots=True, kw_only=True)
class Series:
    """One brand in equal bins. Lists are of equal length; ``expected`` and ``upper`` may hold None.

    ``upper`` is the upper end of the band for the negatives of a whole bin, from the steps' own
    expectation and dispersion. Before the first and after the last window there is none.
    """

    brand: str
    width_ms: int
    starts_ms: list[int]
    mentions: list[int]
    negatives: list[int]
    expected: list[float | None]
    upper: list[float | None]


def series(windows: Iterable[ClosedWindow], width_ms: int) -> list[Series]:
    """Return one Series a brand, the loudest first, all over the same time. Empty without windows.

    A step without mentions leaves no window, so the expectation of a bin is the mean of the steps
    it has, times the steps that fit in; bins without any lie on the line between their neighbours.
    """
    by_brand: dict[str, list[ClosedWindow]] = defaultdict(list)
    for window in windows:
        by_brand[window.brand].append(window)
    if not by_brand:
        return []
    first = min(w.start_ms for ws in by_brand.values() for w in ws) // width_ms
    last = max(w.start_ms for ws in by_brand.values() for w in ws) // width_ms
    found = [_one(brand, ws, width_ms, first, last) for brand, ws in by_brand.items()]
    return sorted(found, key=lambda one: (-sum(one.mentions), one.brand))


def _one(
    brand: str, windows: Sequence[ClosedWindow], width_ms: int, first: int, last: int
) -> Series:
    mentions, negatives = [0] * (last - first + 1), [0] * (last - first + 1)
    seen: dict[int, list[ClosedWindow]] = defaultdict(list)
    for window in windows:
        place = window.start_ms // width_ms - first
        mentions[place] += window.mentions
        negatives[place] += window.negatives
        seen[place].append(window)
    bands = {place: band(found, width_ms) for place, found in seen.items()}
    return Series(
        brand=brand,
        width_ms=width_ms,
        starts_ms=[(first + place) * width_ms for place in range(len(mentions))],
        mentions=mentions,
        negatives=negatives,
        expected=_between({place: band[0] for place, band in bands.items()}, len(mentions)),
        upper=_between({place: band[1] for place, band in bands.items()}, len(mentions)),
    )


def band(windows: Sequence[ClosedWindow], width_ms: int) -> tuple[float, float]:
    """Return (expected, upper end) of the negatives in ``width_ms``, from some of its steps, at
    least one.
    """
    step_ms = windows[0].end_ms - windows[0].start_ms
    step_mean = sum(w.expected_negatives for w in windows) / len(windows)
    above = sum(w.upper_negatives - w.expected_negatives for w in windows) / len(windows)
    dispersion = (above / BAND) ** 2 / (step_mean + _PRIOR)
    mean = step_mean * width_ms / step_ms
    return mean, mean + BAND * sqrt(dispersion * (mean + _PRIOR))


def _between(known: dict[int, float], length: int) -> list[float | None]:
    """Return ``length`` values: the known ones, straight lines between them, None outside."""
    values: list[float | None] = [None] * length
    places = sorted(known)
    for left, right in zip(places, places[1:] or places, strict=False):
        span = max(1, right - left)
        for place in range(left, right + 1):
            values[place] = known[left] + (known[right] - known[left]) * (place - left) / span
    return values
