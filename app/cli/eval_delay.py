"""``squall eval detection-delay``: how soon the detector sees a planted rise, beside the floor."""

from __future__ import annotations

import json
from copy import deepcopy
from typing import TYPE_CHECKING, Annotated, Any

import typer

if TYPE_CHECKING:
    import numpy

    from app.core.detector.series import SeriesScorer

VOLUMES = (20, 150, 1_000, 10_000)  # mentions a day ...
SHARE = 0.15  # ... of which so many are counted, as the negatives are
FACTORS = (3, 5, 10, 30)
DISPERSIONS = (1.0, 3.0)  # variance / mean of five minutes: Poisson, bursty
LEARNT_DAYS = 21
WATCHED_MIN = 48 * 60
DAY_MIN = 1_440
BLOCK_MIN = 5


def detection_delay(
    runs: Annotated[int, typer.Option(min=2, max=1_000, help="Simulated brands a cell.")] = 20,
    as_json: Annotated[bool, typer.Option("--json", help="Print the table as JSON.")] = False,
) -> None:
    """Simulate steps in a flat stream of negatives and print minutes until the default line.

    Beside the time by which 9 of 10 are found stands the floor: no test of the counts of
    5, 15, 60 and 360 minutes can be sooner at the same budget. It takes minutes.
    """
    cells = [
        row
        for dispersion in DISPERSIONS
        for per_day in VOLUMES
        for row in rows(per_day, dispersion, runs)
    ]
    if as_json:
        print(json.dumps({"runs": runs, "cells": cells}))
        return
    for row in cells:
        found, floor = row["found_in_min"], row["floor_min"]
        print(
            f"{row['mentions_per_day']:>6} a day, variance {row['dispersion']:g} x mean,"
            f" x{row['factor']:<2}: {found if found is not None else 'over 2880'} min,"
            f" floor {floor if floor is not None else 'over 360'} min"
        )


def rows(per_day: int, dispersion: float, runs: int) -> list[dict[str, Any]]:
    """Return a cell for each factor: minutes until 90 % and half of the runs are found, and the
    floor; None where that is never, or not within the hours looked at.
    """
    from app.core.detector.floor import floor_min

    delays: dict[int, list[float]] = {factor: [] for factor in FACTORS}
    for seed in range(runs):
        learnt = _learnt(per_day, dispersion, seed)
        for factor in FACTORS:
            delays[factor].append(_delay(deepcopy(learnt), per_day, dispersion, seed, factor))
    return [
        {
            "mentions_per_day": per_day,
            "dispersion": dispersion,
            "factor": factor,
            "found_in_min": _by(0.9, delays[factor]),
            "half_found_in_min": _by(0.5, delays[factor]),
            "floor_min": floor_min(per_day * SHARE, factor, dispersion),
        }
        for factor in FACTORS
    ]


def _by(share: float, delays: list[float]) -> int | None:
    """Return the minutes by which ``share`` of the runs were found; None when they were not."""
    place = -int(-share * len(delays) // 1) - 1
    found = sorted(delays)[place]
    return int(found) if found <= WATCHED_MIN else None


def _learnt(per_day: int, dispersion: float, seed: int) -> SeriesScorer:
    from app.core.detector.series import SeriesScorer

    scorer = SeriesScorer(0, 60)
    for count in _noise(per_day * SHARE, dispersion, LEARNT_DAYS * DAY_MIN, seed):
        scorer.score(float(count))
    return scorer


def _delay(scorer: SeriesScorer, per_day: int, dispersion: float, seed: int, factor: int) -> float:
    counts = _noise(per_day * SHARE * factor, dispersion, WATCHED_MIN, seed + 100_000)
    for minute, count in enumerate(counts, start=1):
        scorer.score(float(count))
        if scorer.severity >= 0.5:
            return minute
    return float("inf")


def _noise(per_day: float, dispersion: float, minutes: int, seed: int) -> numpy.ndarray:
    """Return counts a minute; what a block of five minutes has is thrown into its minutes."""
    import numpy as np

    draw, blocks = np.random.default_rng(seed), minutes // BLOCK_MIN
    mean = per_day / DAY_MIN * BLOCK_MIN
    if dispersion <= 1:
        counts = draw.poisson(mean, blocks)
    else:
        counts = draw.negative_binomial(mean / (dispersion - 1), 1 / dispersion, blocks)
    places = np.repeat(np.arange(blocks) * BLOCK_MIN, counts)
    places += draw.integers(0, BLOCK_MIN, len(places))
    return np.bincount(places, minlength=minutes)
