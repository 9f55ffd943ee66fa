"""What a channel says it can see, beside what it sees: rises simulated through the live detector.

    python -m benchmarks.detectability [--runs 60] [--json benchmarks/results/detectability.json]

A brand learns flat noise of negatives (15 % of the mentions) for three weeks; then each run has six
fresh hours of it and a rise to a multiple of the usual level as learnt. Simulated: the smallest
multiple of which 9 of 10 runs are found, by straight lines between the multiples tried.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Iterator
from copy import deepcopy
from itertools import pairwise
from pathlib import Path
from typing import Any, NamedTuple

from app.core.detector.detectability import CERTAINTY, smallest_rises
from app.core.detector.series import SeriesScorer
from app.core.detector.spike import LINE, SpikeDetector
from benchmarks.planted_rises import LEARNT_BLOCKS, SHARE, STEP_S, steps

VOLUMES = (20, 150, 1_000, 10_000)
DISPERSIONS = (1.0, 3.0)
SHARES = (0.5, 0.6, 0.7, 0.8, 0.9, 1.0, 1.1, 1.25, 1.4)  # of the statement, tried
LEAD_BLOCKS = 72
DAY_STEPS = 2_880


class Brand(NamedTuple):
    """A channel that has learnt, and the runs that start from it."""

    detector: SpikeDetector
    ready: list[SeriesScorer]
    dispersion: float

    def found(self, factor: float, within_min: int) -> float:
        """Return the share of runs in which a rise to ``factor`` times the usual level is found."""
        per_day = self.detector.state.baseline.level() * DAY_STEPS * factor
        hits = 0
        for number, scorer in enumerate(self.ready):
            counts = steps(per_day, self.dispersion, within_min // 5, 50_000 + number)
            hits += _is_found(deepcopy(scorer), counts)
        return hits / len(self.ready)


def learnt(per_day: float, dispersion: float, runs: int, seed: int) -> Brand:
    """Return a brand with ``per_day`` mentions that has learnt for three weeks."""
    detectors: list[SpikeDetector] = []

    def make(first_step: int = 0, false_alarms_per_week: float = 1.0) -> SpikeDetector:
        detectors.append(SpikeDetector(first_step, false_alarms_per_week))
        return detectors[-1]

    scorer = SeriesScorer(0, STEP_S, detector=make)
    for count in steps(per_day * SHARE, dispersion, LEARNT_BLOCKS, seed):
        scorer.score(float(count))
    ready = [deepcopy(scorer) for _ in range(runs)]
    for number, one in enumerate(ready):
        for count in steps(per_day * SHARE, dispersion, LEAD_BLOCKS, 70_000 + number):
            one.score(float(count))
    return Brand(detectors[0], ready, dispersion)


def _is_found(scorer: SeriesScorer, counts: Any) -> bool:
    for count in counts:
        scorer.score(float(count))
        if scorer.severity >= LINE:
            return True
    return False


def simulated(brand: Brand, within_min: int, said: float) -> float | None:
    """Return the smallest rise found in 9 of 10 runs; None when it is outside of what is tried."""
    factors = [1 + (said - 1) * share if said < 3 else said * share for share in SHARES]
    found = [(factor, brand.found(factor, within_min)) for factor in factors]
    for (low, before), (high, after) in pairwise(found):
        if before < CERTAINTY <= after:
            return low + (high - low) * (CERTAINTY - before) / (after - before)
    return None


def rows(runs: int, seed: int) -> Iterator[dict[str, Any]]:
    """Yield each statement beside its simulation."""
    for dispersion in DISPERSIONS:
        for per_day in VOLUMES:
            brand = learnt(per_day, dispersion, runs, seed)
            for within_min, said in smallest_rises(brand.detector).items():
                yield {
                    "mentions_per_day": per_day,
                    "dispersion": dispersion,
                    "within_min": within_min,
                    "said": said,
                    "simulated": said and simulated(brand, within_min, said),
                }


def main() -> None:
    """Print the table as Markdown, and write the figures."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=60)
    parser.add_argument("--seed", type=int, default=1_003)
    parser.add_argument("--json", type=Path)
    options = parser.parse_args()
    print("| mentions a day | variance / mean | within min | said | simulated | ratio |")
    print("|---|---|---|---|---|---|")
    told = []
    for row in rows(options.runs, options.seed):
        said, seen = row["said"], row["simulated"]
        row["ratio"] = round(said / seen, 3) if said and seen else None
        told.append(row)
        print("|", " | ".join(_shown(value) for value in row.values()), "|", flush=True)
    if options.json:
        result = {"runs": options.runs, "seed": options.seed, "rows": told}
        options.json.write_text(json.dumps(result, indent=1, sort_keys=True) + "\n")


def _shown(value: float | None) -> str:
    return "–" if value is None else f"{value:.3g}"


if __name__ == "__main__":
    main()
