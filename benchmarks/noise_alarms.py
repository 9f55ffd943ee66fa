"""How often pure noise passes the alert line of one channel, before any gate: alarms a week.

    python -m benchmarks.noise_alarms [--seeds 6] [--weeks 4] [--detector rate-1]
        [--volumes 20 150 1000 10000] [--json FILE]

The detector is `spike-2`, `rate-1`, or one of River's as the settings name it.

Three families, each with a daily cycle of 60 % and 30 % less at weekends: Poisson, negative
binomial with variance three times the mean in each five minutes, and a self-exciting (Hawkes)
stream in which every mention brings 0.6 others, an hour later on average. Each five minutes' count
is thrown into its ten base steps, and every step with a mention is judged, as in the fold. From an
empty detector, its first weeks included; an alarm is a score at or above the line.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import numpy

from app.core.detector import spike
from app.core.detector.plugged import making
from app.core.detector.river_form import DETECTORS
from app.core.detector.series import SeriesScorer

BUDGETS = (1.0, 0.25, 0.1)
VOLUMES = (20, 150, 1_000, 10_000)
FAMILIES = ("Poisson", "variance 3 x mean", "self-exciting")
WEEK_BLOCKS = 2_016
STEP_S = 30
BRANCHING, KERNEL_BLOCKS = 0.6, 12.0


def noise(family: str, per_day: float, weeks: int, seed: int) -> Any:
    """Return counts of 30 seconds."""
    draw = numpy.random.default_rng(seed)
    blocks = _blocks(draw, family, per_day, weeks)
    steps = numpy.repeat(numpy.arange(len(blocks)) * 10, blocks)
    steps += draw.integers(0, 10, len(steps))
    return numpy.bincount(steps, minlength=len(blocks) * 10)


def _blocks(draw: Any, family: str, per_day: float, weeks: int) -> Any:
    hour = numpy.arange(weeks * WEEK_BLOCKS) / 12
    mean = per_day / 288 * (1 + 0.6 * numpy.sin((hour - 8) / 24 * 2 * numpy.pi))
    mean *= numpy.where(hour // 24 % 7 >= 5, 0.7, 1.0) / 0.914
    if family == "Poisson":
        return draw.poisson(mean)
    if family == "self-exciting":
        return _self_exciting(draw, mean)
    return draw.negative_binomial(mean / 2, 1 / 3)


def _self_exciting(draw: Any, mean: Any) -> Any:
    """Return a branching process: each generation brings BRANCHING times as many."""
    generation = draw.poisson((1 - BRANCHING) * mean)
    total = generation.copy()
    while generation.sum():
        parents = numpy.repeat(numpy.arange(len(mean)), generation)
        parents = numpy.repeat(parents, draw.poisson(BRANCHING, len(parents)))
        delays = draw.random(len(parents)) + draw.exponential(KERNEL_BLOCKS, len(parents))
        places = (parents + delays).astype(int)
        generation = numpy.bincount(places[places < len(mean)], minlength=len(mean))
        total += generation
    return total


def alarms(counts: Iterable[float], budget: float, detector: str = spike.VERSION) -> int:
    """Return how many of the counts score at the line or above it, at ``budget`` alarms a week."""
    scorer = SeriesScorer(0, STEP_S, budget, DETECTORS.get(detector) or making(detector))
    return sum(scorer.score(float(count)) >= 0.5 for count in counts)


def row(
    family: str, per_day: float, weeks: int, seeds: int, detector: str = spike.VERSION
) -> tuple[float, ...]:
    """Return the alarms a week at each budget, the mean over the seeds."""
    drawn = [noise(family, per_day, weeks, seed) for seed in range(seeds)]
    return tuple(
        sum(alarms(counts, budget, detector) for counts in drawn) / weeks / seeds
        for budget in BUDGETS
    )


def main() -> None:
    """Print the table as Markdown."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seeds", type=int, default=6)
    parser.add_argument("--weeks", type=int, default=4)
    parser.add_argument("--detector", default=spike.VERSION)
    parser.add_argument("--volumes", type=int, nargs="+", default=VOLUMES)
    parser.add_argument("--json", type=Path)
    options = parser.parse_args()
    rows = []
    print("| noise | mentions a day | budget 1 a week | 0.25 | 0.1 |\n|---|---|---|---|---|")
    for family in FAMILIES:
        for per_day in options.volumes:
            found = row(family, per_day, options.weeks, options.seeds, options.detector)
            rows.append({"noise": family, "mentions_per_day": per_day, "alarms_a_week": found})
            cells = " | ".join(f"{rate:.2f}" for rate in found)
            print(f"| {family} | {per_day:,} | {cells} |", flush=True)
    if options.json:
        result = {"detector": options.detector, "budgets_a_week": BUDGETS, "cells": rows}
        result |= {"seeds": options.seeds, "weeks": options.weeks}
        options.json.write_text(json.dumps(result, indent=1, sort_keys=True) + "\n")


if __name__ == "__main__":
    main()
