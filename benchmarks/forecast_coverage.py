"""How often does the 80 % interval of a forecast hold what comes?

    python -m benchmarks.forecast_coverage [--runs 60] [--json FILE]

Replays of brands of several sizes: 18 days with a daily and a weekly cycle, negative binomial
counts (variance 1.5 times the mean), a tenth to a third of them negative, and every four days or so
a crisis that rises within an hour and fades by half every one to four hours. In each of them the
forecast is made at 24 hours of the last four days.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections import defaultdict
from pathlib import Path
from typing import Any

import numpy as np

from app.report.forecast import AHEAD, ahead_of

RESULTS = Path(__file__).parent / "results" / "forecast_coverage.json"
VOLUMES = (150, 1_000, 10_000)  # mentions a day
DAYS, TRIED_DAYS, TRIED = 18, 4, 24
VARIANCE = 1.5  # times the mean
CRISIS_EVERY_H = 96.0

Counts = np.ndarray[Any, Any]


def main() -> None:
    """Print the figures as JSON, and write them to the file given."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=60)
    parser.add_argument("--json", type=Path, default=RESULTS)
    options = parser.parse_args()
    found = {"runs": options.runs, "cells": [covered(one, options.runs) for one in VOLUMES]}
    text = json.dumps(found, indent=1, sort_keys=True) + "\n"
    options.json.write_text(text)
    sys.stdout.write(text)


def covered(volume: int, runs: int, seed: int = 1) -> dict[str, Any]:
    """Return the part of the intervals that held what came, by channel and hours ahead; and of
    those alone that were made within six hours of a crisis's beginning.
    """
    rng = np.random.default_rng([seed, volume])
    held: dict[str, list[list[bool]]] = defaultdict(list)
    for _ in range(runs):
        mentions, negatives, began = replay(volume, rng)
        last = len(mentions) - AHEAD
        for now in rng.choice(np.arange(last - TRIED_DAYS * 24, last), TRIED, replace=False):
            in_crisis = any(0 < now - one <= AHEAD for one in began)
            for name, counts in (("mentions", mentions), ("negatives", negatives)):
                ranges = ahead_of([int(one) for one in counts[:now]])
                sums = np.cumsum(counts[now : now + AHEAD])
                row = [one.low <= come <= one.high for one, come in zip(ranges, sums, strict=True)]
                held[name].append(row)
                if in_crisis:
                    held[f"{name}_in_crisis"].append(row)
    shares = {name: np.mean(rows, axis=0).round(3).tolist() for name, rows in held.items()}
    return {"mentions_a_day": volume, "crisis_hours": len(held["mentions_in_crisis"]), **shares}


def replay(volume: int, rng: np.random.Generator) -> tuple[Counts, Counts, list[int]]:
    """Return mentions and negatives an hour, and the hours at which crises begin."""
    hours = np.arange(DAYS * 24)
    cycle = 1 + 0.7 * np.sin(2 * np.pi * hours / 24) + 0.15 * np.sin(2 * np.pi * hours / 168)
    share = rng.uniform(0.1, 0.33)
    usual = volume / 24 * cycle
    crisis = np.zeros(len(hours))
    began = [int(one) for one in np.cumsum(rng.exponential(CRISIS_EVERY_H, 12)) if one < len(hours)]
    for start in began:
        since = hours - start
        height, half_h = rng.uniform(2, 8) * volume / 24 * share, rng.uniform(1, 4)
        crisis += np.where(since < 0, 0, height * 0.5 ** (np.maximum(since - 1, 0) / half_h))
    negatives = _drawn(usual * share + crisis, rng)
    return negatives + _drawn(usual * (1 - share) + 0.2 * crisis, rng), negatives, began


def _drawn(means: Counts, rng: np.random.Generator) -> Counts:
    drawn: Counts = rng.negative_binomial(means / (VARIANCE - 1), 1 / VARIANCE)
    return drawn


if __name__ == "__main__":
    main()
