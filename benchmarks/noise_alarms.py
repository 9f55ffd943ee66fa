"""How often pure noise passes the alert line of one channel, before any gate: alarms a week.

    python -m benchmarks.noise_alarms

Two seeds a row, eight weeks each from an empty detector, five-minute blocks, a daily cycle of 60 %.
Alarms within twelve hours of one another are one episode.
"""

from __future__ import annotations

import numpy

from app.core.detector.spike import SpikeDetector
from app.core.evidence import LINE

WEEKS = 8
WEEK_BLOCKS = 2_016
EPISODE_BLOCKS = 144


def episodes_a_week(per_day: float, dispersion: float, seed: int) -> float:
    """Return the episodes a week of counts with variance ``dispersion`` times their mean."""
    counts = _noise(per_day, dispersion, seed)
    sums = numpy.concatenate([[0], numpy.cumsum(counts)])
    detector, last, episodes = SpikeDetector(), -EPISODE_BLOCKS - 1, 0
    for block in range(1, len(counts) + 1):
        x = _features(sums, block)
        if counts[block - 1] and detector.score_one(x) >= LINE:
            episodes += block - last > EPISODE_BLOCKS
            last = block
        detector.learn_one(x)
    return episodes / WEEKS


def _noise(per_day: float, dispersion: float, seed: int) -> numpy.ndarray:
    draw, blocks = numpy.random.default_rng(seed), WEEKS * WEEK_BLOCKS
    hour = numpy.arange(blocks) // 12 % 24
    mean = per_day / 288 * (1 + 0.6 * numpy.sin((hour - 8) / 24 * 2 * numpy.pi))
    if dispersion <= 1:
        return draw.poisson(mean)
    return draw.negative_binomial(mean / (dispersion - 1), 1 / dispersion)


def _features(sums: numpy.ndarray, block: int) -> dict[str, float]:
    newest = block * 10 - 1
    starts = (block - 1, block - 3, newest // 10 - 11, (newest // 60 - 11) * 6)
    names = ("w300", "w900", "w3600", "w21600")
    windows = (float(sums[block] - sums[max(0, start)]) for start in starts)
    return {"step": float(block * 10), **dict(zip(names, windows, strict=True))}


if __name__ == "__main__":
    for dispersion in (1.0, 3.0):
        for per_day in (3, 22, 150, 1_500):
            found = [episodes_a_week(per_day, dispersion, seed) for seed in (0, 1)]
            print(f"variance/mean {dispersion:g}, {per_day} a day: {found} a week")
