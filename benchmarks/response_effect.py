"""How often is a planted effect of a response found, and how often is one seen where none is?

    python -m benchmarks.response_effect [--runs 500] [--json FILE]

Windows of a crisis as a detector publishes them: half an hour's rise, a peak, and from there a
course that fades by itself, steadily or ever slower. Counts are negative binomial with a variance
of three times the mean. Where an effect is planted, the negatives fall linearly to half of what
would have come within an hour of the response, and stay there. ``at_response`` is their rate then,
an hour; the wave before was larger, as it faded to that.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from app.core.crisis import State
from app.core.detector.series import BASE_S
from app.core.event import ClosedWindow
from app.report.effect.measured import Around, Response, Verdict, effect_of
from app.report.postmortem.counted import Counting

RESULTS = Path(__file__).parent / "results" / "response_effect.json"
STEP_MS, HOUR_MS = BASE_S * 1000, 3_600_000
START_MS = 1_741_000_000_000 // HOUR_MS * HOUR_MS
USUAL = 20.0  # negatives an hour
RISE_H, AFTER_H = 0.5, 4.5
VARIANCE = 3.0  # times the mean
BAND = 3.0  # errors that the published band is wide


class Cell(NamedTuple):
    """One kind of crisis. ``pace``: hours to half, of "steady"; the exponent, of "slowing"."""

    shape: str
    pace: float
    at_response: float
    hours: float  # from the peak to the response


CELLS = tuple(
    Cell(shape, pace, rate, hours)
    for shape, pace in (("steady", 2.0), ("steady", 4.0), ("slowing", 0.5), ("slowing", 1.0))
    for rate, hours in ((200, 2.0), (200, 3.0), (200, 4.0), (200, 6.0), (400, 2.0), (400, 4.0))
)


def main() -> None:
    """Print the figures as JSON, and write them to the file given."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=500)
    parser.add_argument("--json", type=Path, default=RESULTS)
    options = parser.parse_args()
    found = {"runs": options.runs, "cells": [measured(cell, options.runs) for cell in CELLS]}
    text = json.dumps(found, indent=1, sort_keys=True) + "\n"
    options.json.write_text(text)
    sys.stdout.write(text)


def measured(cell: Cell, runs: int, seed: int = 1) -> dict[str, Any]:
    """Return the share of each verdict without an effect and with negatives halved."""
    shares = {}
    for name, left in (("none", 1.0), ("halved", 0.5)):
        rng = np.random.default_rng([seed, round(left * 10), *map(ord, cell.shape)])
        counts = Counter(verdict(cell, left, rng) for _ in range(runs))
        shares[name] = {one.value: round(counts[one] / runs, 3) for one in Verdict}
    return {**cell._asdict(), **shares}


def verdict(cell: Cell, left: float, rng: np.random.Generator) -> Verdict:
    """Return what is said of one crisis; ``left``: the part of its negatives that still comes."""
    counting = Counting("larkmoor", START_MS, None)
    counting.read_all(windows(cell, left, rng))
    at_ms = START_MS + round((RISE_H + cell.hours) * HOUR_MS)
    around = Around(START_MS + STEP_MS, counting.counted(()), (), (at_ms,))
    return effect_of(Response(at_ms=at_ms), around).verdict


def windows(cell: Cell, left: float, rng: np.random.Generator) -> Iterator[ClosedWindow]:
    """Yield the windows of one crisis."""
    steps = round((RISE_H + cell.hours + AFTER_H) * HOUR_MS / STEP_MS)
    hours = (np.arange(steps) + 0.5) * STEP_MS / HOUR_MS - RISE_H
    means = _rates(cell, left, hours) * STEP_MS / HOUR_MS
    negatives = rng.negative_binomial(means / (VARIANCE - 1), 1 / VARIANCE)
    usual = USUAL * STEP_MS / HOUR_MS
    for step, count in enumerate(negatives):
        start_ms = START_MS + step * STEP_MS
        others = 1 + int(rng.poisson(2 * usual))
        yield ClosedWindow(
            brand="larkmoor",
            start_ms=start_ms,
            end_ms=start_ms + STEP_MS,
            mentions=int(count) + others,
            distinct=int(count) + others,
            negatives=int(count),
            positives=0,
            neutrals=others,
            uncertain=0,
            unscored=0,
            reach=0,
            expected_mentions=3 * usual,
            expected_negatives=usual,
            upper_negatives=usual + BAND * (VARIANCE * usual) ** 0.5,
            score=0.9,
            severity_score=0.9,
            state=State.OPEN,
        )


def _rates(cell: Cell, left: float, hours: np.ndarray[Any, Any]) -> np.ndarray[Any, Any]:
    """Return negatives an hour at times since the peak."""
    since = np.append(np.maximum(hours, 0), cell.hours)
    fading = 0.5 ** (since / cell.pace) if cell.shape == "steady" else (1 + since) ** -cell.pace
    peak = (cell.at_response - USUAL) / fading[-1]
    risen = np.clip(1 + hours / RISE_H, 0, 1)
    told = np.clip(hours - cell.hours, 0, 1)  # of the hour after the response
    beyond = peak * np.where(hours < 0, risen, fading[:-1])
    rates: np.ndarray[Any, Any] = (USUAL + beyond) * (1 - (1 - left) * told)
    return rates


if __name__ == "__main__":
    main()
