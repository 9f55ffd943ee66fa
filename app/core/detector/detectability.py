"""How small a rise one channel's detector would see at today's volume: the product's own limits.

A statement is made from what the detector has learnt: the usual level, the dispersion of each
scale and the learnt tail. The rate is taken to jump from the usual to ``m`` times as much; after
``within_min`` minutes the detector is shown the counts of that moment, and asked how many new
mentions it takes to reach the line. ``m`` is the smallest factor by which so many come with 90 %
certainty. Nothing is learnt, and nothing is simulated.
"""

from __future__ import annotations

from collections.abc import Callable
from math import ceil, sqrt

import msgspec

from app.core.detector.spike import LINE, SpikeDetector
from app.core.detector.tail import upper_tail
from app.core.detector.trend import SMOOTHING
from app.core.window import BLOCK_STEPS, LONG_STEPS, window_starts

WITHIN_MIN = (15, 60, 360)
CERTAINTY = 0.9
LARGEST_RISE = 1_000.0
MIN_STEPS = 2  # steps of 30 s in a minute
SCALES = {15: 1, 60: 2, 360: 3}  # the scale whose dispersion the new mentions have
# A moment in the middle of a half hour, long past any first step: windows of usual length.
STEADY = 1_000 * LONG_STEPS + LONG_STEPS // 2
HALVINGS = 20
# By so many sd the windows that are shorter than the rise exceed their mean at the best moment.
CLUSTER = 1.0


def smallest_rises(detector: SpikeDetector) -> dict[int, float | None]:
    """Return, by minutes, the smallest factor of the usual rate that is found within them with
    90 % certainty; None where even a thousandfold rise is not.
    """
    return {within: _smallest(detector, within) for within in WITHIN_MIN}


def _smallest(detector: SpikeDetector, within_min: int) -> float | None:
    baseline = detector.state.baseline
    steps = within_min * MIN_STEPS
    usual = baseline.level() * steps
    most = usual * LARGEST_RISE
    needed = _least(lambda new: _is_seen(detector, steps, new), 0.0, max(most, 1.0))
    if needed is None:
        return None
    count = ceil(needed - 1e-9)
    dispersion = baseline.dispersion(SCALES[within_min])
    mean = _least(lambda mean: upper_tail(count, mean, dispersion) >= CERTAINTY, 1e-9, most)
    return None if mean is None else max(mean / usual, 1.0)


def _least(is_enough: Callable[[float], bool], low: float, high: float) -> float | None:
    """Return the least number that is enough, by halving; None if ``high`` is not."""
    if not is_enough(high):
        return None
    for _ in range(HALVINGS):
        middle = (low + high) / 2
        low, high = (low, middle) if is_enough(middle) else (middle, high)
    return high


def _is_seen(detector: SpikeDetector, steps: int, new: float) -> bool:
    """Tell whether ``new`` mentions in the last ``steps`` of a channel that was as usual before
    reach the line at the best moment.
    """
    baseline, rate = detector.state.baseline, new / steps
    level, counts = baseline.level(), []
    for scale, start in enumerate(window_starts(STEADY)):
        inside = min(STEADY - start, steps)
        fresh = rate * inside
        if inside < steps:
            fresh = min(fresh + CLUSTER * sqrt(baseline.dispersion(scale) * fresh), new)
        counts.append(level * (STEADY - start - inside) + fresh)
    verdict = _after(detector, steps, rate).judge(STEADY, counts, counts[0])
    return verdict.severity >= LINE


def _after(detector: SpikeDetector, steps: int, rate: float) -> SpikeDetector:
    """Return the detector as it is before the last block of such a rise; only its trend moves."""
    state = detector.state
    trend, level = state.trend, state.baseline.level()
    kept = SMOOTHING ** (steps / BLOCK_STEPS - 1)
    mean = BLOCK_STEPS * (level * kept + rate * (1 - kept))
    raised = msgspec.structs.replace(trend, count=mean * trend.blocks)
    baseline = msgspec.structs.replace(state.baseline, first_step=0)
    budget = detector.false_alarms_per_week
    shown = msgspec.structs.replace(state, trend=raised, baseline=baseline)
    return SpikeDetector(0, budget, shown)
