"""Planted rises that the detection floors call visible: found by the detector, by the second, by
either.

    python -m benchmarks.planted_rises [--rises 600] [--budget 1.0] [--second rate-1] [--json FILE]

Flat noise of negatives (15 % of the mentions), Poisson or with variance three times the mean,
learnt for three weeks; then the rate times 3, 5, 10 or 30 for 15 minutes to six hours. A rise is
visible when it lasts at least as long as the best test of the same windows needs for 9 of 10
(``app.core.detector.floor``); it is found when a step within it lies at the line or above.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Mapping
from copy import deepcopy
from pathlib import Path
from random import Random
from typing import Any, NamedTuple

import numpy

from app.core.detector.floor import floor_min
from app.core.detector.plugged import making
from app.core.detector.rate_test import RateTest
from app.core.detector.series import SeriesScorer
from app.core.detector.spike import LINE, SpikeDetector

DETECTORS = {"spike-2": SpikeDetector, "rate-1": RateTest}
VOLUMES = (20, 150, 1_000, 10_000)
SHARE = 0.15
FACTORS = (3, 5, 10, 30)
DISPERSIONS = (1.0, 3.0)
DURATIONS_MIN = (15, 30, 60, 120, 240, 360)
LEARNT_BLOCKS = 21 * 288
BRANDS = 5  # learnt a volume and kind of noise
STEP_S = 30


class Rise(NamedTuple):
    """One planted rise."""

    per_day: int
    dispersion: float
    factor: int
    minutes: int
    seed: int

    @property
    def is_visible(self) -> bool:
        floor = floor_min(self.per_day * SHARE, self.factor, self.dispersion)
        return floor is not None and floor <= self.minutes


def rises(count: int, seed: int = 1) -> list[Rise]:
    """Return ``count`` visible rises, drawn evenly from all kinds that are visible."""
    draw = Random(seed)
    kinds = [
        (per_day, dispersion, factor, minutes)
        for per_day in VOLUMES
        for dispersion in DISPERSIONS
        for factor in FACTORS
        for minutes in DURATIONS_MIN
        if Rise(per_day, dispersion, factor, minutes, 0).is_visible
    ]
    return [Rise(*draw.choice(kinds), number) for number in range(count)]


def steps(per_day: float, dispersion: float, blocks: int, seed: int) -> Any:
    """Return counts of 30 seconds: each five minutes' count thrown into its ten steps."""
    draw, mean = numpy.random.default_rng(seed), per_day / 288
    if dispersion <= 1:
        counts = draw.poisson(mean, blocks)
    else:
        counts = draw.negative_binomial(mean / (dispersion - 1), 1 / dispersion, blocks)
    places = numpy.repeat(numpy.arange(blocks) * 10, counts)
    places += draw.integers(0, 10, len(places))
    return numpy.bincount(places, minlength=blocks * 10)


class Learnt:
    """Scorers that have learnt, one a kind of noise and brand."""

    def __init__(self, make: Any, budget: float) -> None:
        self._make = make
        self._budget = budget
        self._known: dict[tuple[int, float, int], SeriesScorer] = {}

    def scorer(self, rise: Rise) -> SeriesScorer:
        """Return a scorer of its own that has learnt the rise's noise."""
        key = (rise.per_day, rise.dispersion, rise.seed % BRANDS)
        if key not in self._known:
            self._known[key] = scorer = SeriesScorer(0, STEP_S, self._budget, self._make)
            noise = steps(rise.per_day * SHARE, rise.dispersion, LEARNT_BLOCKS, 1_000 + key[2])
            for count in noise:
                scorer.score(float(count))
        return deepcopy(self._known[key])


def is_found(scorer: SeriesScorer, rise: Rise) -> bool:
    """Tell whether a step of the rise lies at the line or above it."""
    per_day = rise.per_day * SHARE * rise.factor
    for count in steps(per_day, rise.dispersion, rise.minutes // 5, 50_000 + rise.seed):
        scorer.score(float(count))
        if scorer.severity >= LINE:
            return True
    return False


def run(count: int, budget: float = 1.0, second: str = "rate-1") -> dict[str, Any]:
    """Return the recall of each detector and of either, over all and by volume and noise.

    ``budget``: alarms a week of each detector. ``second``: `rate-1`, or one of River's as the
    settings name it.
    """
    planted = rises(count)
    found: dict[str, list[bool]] = {}
    for name in ("spike-2", second):
        make = DETECTORS.get(name) or making(name)
        learnt = Learnt(make, budget)
        found[name] = [is_found(learnt.scorer(rise), rise) for rise in planted]
    found["either"] = [any(row) for row in zip(*found.values(), strict=True)]
    cells = {(rise.per_day, rise.dispersion) for rise in planted}
    return {
        "rises": count,
        "budget_a_week_each": budget,
        "recall": {name: _share(hits) for name, hits in found.items()},
        "cells": [_cell(planted, found, cell) for cell in sorted(cells)],
        "missed_by_both": [
            rise._asdict() for rise, hit in zip(planted, found["either"], strict=True) if not hit
        ],
    }


def _cell(
    planted: list[Rise], found: Mapping[str, list[bool]], cell: tuple[int, float]
) -> dict[str, Any]:
    places = [n for n, rise in enumerate(planted) if (rise.per_day, rise.dispersion) == cell]
    recall = {name: _share([hits[n] for n in places]) for name, hits in found.items()}
    return {"mentions_per_day": cell[0], "dispersion": cell[1], "rises": len(places)} | recall


def _share(hits: list[bool]) -> float:
    return round(sum(hits) / len(hits), 3)


def main() -> None:
    """Print the table as Markdown, and write the figures."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rises", type=int, default=600)
    parser.add_argument("--budget", type=float, default=1.0, help="alarms a week of each detector")
    parser.add_argument("--second", default="rate-1", help="rate-1, or a detector of River")
    parser.add_argument("--json", type=Path)
    options = parser.parse_args()
    result = run(options.rises, options.budget, options.second)
    names = list(result["recall"])
    print(f"| mentions a day | variance / mean | rises | {' | '.join(names)} |")
    print("|---|---|---|" + "---|" * len(names))
    rows = [*result["cells"], {"mentions_per_day": "all", "dispersion": "", "rises": options.rises}]
    rows[-1] |= result["recall"]
    for row in rows:
        cells = " | ".join(f"{row[name]:.3f}" for name in names)
        print(f"| {row['mentions_per_day']} | {row['dispersion']} | {row['rises']} | {cells} |")
    if options.json:
        options.json.write_text(json.dumps(result, indent=1, sort_keys=True) + "\n")


if __name__ == "__main__":
    main()
