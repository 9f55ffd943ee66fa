"""Our two detectors and River's own on the five labelled series, scored alike.

    python -m benchmarks.rival_detectors [--json benchmarks/results/rival_detectors.json]

River's have no line of their own: only thresholds chosen on other series (a fair figure) and
on these (a bound) compare. See ``benchmarks.detector_series`` for the figures, and
``app.cli.compared_detectors`` for what each detector is given. LODA, LocalOutlierFactor and
PredictiveAnomalyDetection are left out: the 79,000 values take them too long.
"""

from __future__ import annotations

import argparse
import json
from pathlib import Path
from typing import Any

from app.cli.compared_detectors import scores_by
from app.core.detector.river_form import DETECTORS
from benchmarks.detector_series import Bench

STOCK = (
    "GaussianScorer",
    "HalfSpaceTrees",
    "OneClassSVM",
    "StandardAbsoluteDeviation",
)


def rows() -> list[dict[str, Any]]:
    """Return each detector's scores 0..100; ``line`` only where 0.5 means something."""
    told = []
    for name in (*DETECTORS, *(f"river.anomaly.{one}" for one in STOCK)):
        result = Bench(scores_of=scores_by(name)).result()
        row: dict[str, Any] = {"detector": name, "others": result.others, "best": result.best}
        if name in DETECTORS:
            row |= {"line": result.line, "found": result.found, "episodes": result.episodes}
        told.append({key: round(v, 2) if isinstance(v, float) else v for key, v in row.items()})
        print("|", " | ".join(str(value) for value in told[-1].values()), "|", flush=True)
    return told


def main() -> None:
    """Print the rows as Markdown, and write the figures."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--json", type=Path)
    options = parser.parse_args()
    told = rows()
    if options.json:
        options.json.write_text(json.dumps(told, indent=1, sort_keys=True) + "\n")


if __name__ == "__main__":
    main()
