"""The detector on labelled series of real counts, scored as the Numenta Anomaly Benchmark does.

    python -m benchmarks.detector_series [--neighbours 40] [--ablation] [--json FILE]

Prints, from the product's own code: the score at the default line (nothing chosen), with the best
threshold (chosen on these series, so of no interest but as a bound), with the threshold chosen on
the other series, and the same for joint random changes of all settings by up to a third. The
series and their scorer (nabscore.py) are kept beside the project: DATA.
"""

from __future__ import annotations

import argparse
import importlib.util
import json
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from random import Random
from statistics import median, quantiles
from types import ModuleType
from typing import Any, NamedTuple

import numpy

from app.cli.eval_series import Series, read_series
from app.core.detector import baseline, calibration, spike, trend
from app.core.detector.series import SeriesScorer

DATA = Path(__file__).parents[2] / "shared" / "data" / "volume"
PROFILE = "standard"
WEEK_S = 604_800

# Setting -> the modules that hold it. A decay is changed by its half-life.
PLAIN = {
    "FIRST_DISPERSION": (baseline,),
    "DOUBT_DAY_0": (baseline,),
    "CLIP": (baseline,),
    "FLOOR": (trend,),
    "FIRST_THRESHOLD": (calibration,),
    "LOWEST": (calibration,),
    "FIRST_EXCESS": (calibration,),
    "EXCESS_WEIGHT": (calibration,),
    "LARGEST_EXCESS": (calibration,),
    "LEARNING_RATE": (calibration,),
    "SEARCH": (calibration,),
    "RUN_BLOCKS": (calibration,),
    "RATE": (calibration,),
    "SPREAD": (calibration,),
    "QUIET_SPREAD": (calibration,),
    "QUIET_HOURLY": (calibration,),
    "NEW": (calibration,),
    "BUDGET_WEEKS": (calibration,),
    "LEAST_EXPECTED": (spike,),
    "TREND_WEIGHT": (spike,),
    "TREND_HOURLY": (spike,),
}
DECAYS = {
    "LEVEL_DECAY": (baseline, trend),
    "SPREAD_DECAYS": (baseline,),
    "SPREAD_DECAY": (trend,),
    "RUN_DECAY": (calibration,),
    "NEW_DECAY": (calibration,),
    "PARTS": (trend,),  # of the smoothing, with SMOOTHING
}
PARTS_TAKEN_OUT: dict[str, dict[str, float]] = {
    "no trend": {"TREND_WEIGHT": 0.0},
    "trend alone": {"TREND_WEIGHT": 1e6},
    "smoothing half as long": {"PARTS": 0.5},
    "every sign scores, new or not": {"NEW": 0.0},
    "tail not learnt": {"LEARNING_RATE": 0.0, "EXCESS_WEIGHT": 1e9},
    "no search for the first peak": {"SEARCH": 0.2},
    "a run of peaks teaches in full": {"RUN_BLOCKS": 1e9},
    "no clipping": {"CLIP": 1e9},
    "level half-life 12 h": {"LEVEL_DECAY": 0.25},
    "level half-life a week": {"LEVEL_DECAY": 3.5},
    "dispersion half-life a month": {"SPREAD_DECAYS": 4.3, "SPREAD_DECAY": 4.3},
    "no allowance for quiet brands": {"QUIET_SPREAD": 0.0},
    "budget not fed back": {"BUDGET_WEEKS": 1e9},
}


class Result(NamedTuple):
    """Scores 0..100; ``episodes``: false ones a series and week at the default line."""

    best: float
    line: float
    others: float  # threshold chosen on the other series
    found: int
    episodes: float
    most_episodes: float


class Bench:
    """The series of DATA with their labels; ``scores_of`` scores a series, as the live detector
    does if not told otherwise.
    """

    def __init__(
        self, data: Path = DATA, scores_of: Callable[[Series], list[float]] | None = None
    ) -> None:
        self._scores_of = scores_of or _scores
        self._nab = _load(data / "nabscore.py")
        self._corpus = self._nab.Corpus(str(data))
        self.names: list[str] = list(self._corpus.files)
        self._series = {name: read_series(data / "data" / name) for name in self.names}

    def scores(self) -> dict[str, Any]:
        """Return each series's scores by the detector as it is now."""
        return {name: numpy.asarray(self._scores_of(one)) for name, one in self._series.items()}

    def result(self) -> Result:
        """Return the figures of the detector as it is now."""
        scores = self.scores()
        details = self._nab.score_at(self._corpus, self.names, scores, PROFILE, spike.LINE)
        weeks = {n: len(one.values) * one.step_s / WEEK_S for n, one in self._series.items()}
        rates = [details["per"][name]["episodes"] / weeks[name] for name in self.names]
        return Result(
            best=self.score(scores, self.threshold(scores, self.names)),
            line=self._normal(details["raw"]),
            others=self._left_out(scores),
            found=details["found"],
            episodes=details["episodes"] / sum(weeks.values()),
            most_episodes=max(rates),
        )

    def score(self, scores: Mapping[str, Any], threshold: float) -> float:
        """Return the score 0..100 at a threshold."""
        details = self._nab.score_at(self._corpus, self.names, scores, PROFILE, threshold)
        return self._normal(details["raw"])

    def threshold(self, scores: Mapping[str, Any], names: list[str]) -> float:
        """Return the threshold that is best for the series named."""
        found: float = self._nab.best_threshold(self._corpus, names, scores, PROFILE)[0]
        return found

    def _left_out(self, scores: Mapping[str, Any]) -> float:
        raw = 0.0
        for name in self.names:
            threshold = self.threshold(scores, [one for one in self.names if one != name])
            raw += self._nab.score_at(self._corpus, [name], scores, PROFILE, threshold)["raw"]
        return self._normal(raw)

    def _normal(self, raw: float) -> float:
        normal: float = self._nab.normalise(self._corpus, self.names, raw, PROFILE)
        return normal


@contextmanager
def changed(factors: Mapping[str, float]) -> Iterator[None]:
    """Multiply settings by ``factors`` (a decay's half-life) while the block runs."""
    before = [
        (module, name, getattr(module, name))
        for name in factors
        for module in (PLAIN | DECAYS).get(name, (calibration,))
    ]
    for module, name, value in before:
        setattr(module, name, _times(name, value, factors[name]))
    try:
        yield
    finally:
        for module, name, value in before:
            setattr(module, name, value)


def _times(name: str, value: Any, factor: float) -> Any:
    if name in PLAIN:
        return value * factor
    if name == "QUANTILE":
        return 1 - (1 - value) * factor
    if name == "PARTS":
        return tuple((part, kept ** (1 / factor)) for part, kept in value)
    if isinstance(value, tuple):
        return tuple(decay ** (1 / factor) for decay in value)
    return value ** (1 / factor)


def neighbour(draw: Random) -> dict[str, float]:
    """Return a joint change of all settings, each by up to a third."""
    return {name: 1 + draw.uniform(-1 / 3, 1 / 3) for name in (*PLAIN, *DECAYS, "QUANTILE")}


def _scores(series: Series) -> list[float]:
    scorer = SeriesScorer(series.start_s, series.step_s)
    return [scorer.score(value) for value in series.values]


def _load(path: Path) -> ModuleType:
    spec = importlib.util.spec_from_file_location(path.stem, path)
    assert spec is not None  # noqa: S101
    assert spec.loader is not None  # noqa: S101
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def _row(name: str, one: Result) -> str:
    return (
        f"| {name} | {one.line:.1f} | {one.others:.1f} | {one.best:.1f} | {one.found} |"
        f" {one.episodes:.2f} (most {one.most_episodes:.2f}) |"
    )


def _spread(name: str, values: list[float]) -> str:
    low, middle, high = quantiles(values, n=4)
    return f"| {name} | {min(values):.1f} | {low:.1f} | {middle:.1f} | {high:.1f} |"


def main() -> None:
    """Print the tables as Markdown."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--neighbours", type=int, default=40)
    parser.add_argument("--ablation", action="store_true")
    parser.add_argument("--json", type=Path)
    options = parser.parse_args()
    bench = Bench()
    print("| | line 0.5 | others' threshold | best threshold | found | false episodes a week |")
    print("|---|---|---|---|---|---|")
    whole: dict[str, dict[str, float]] = {"as it is": {}}
    parts = _parts(bench, whole | PARTS_TAKEN_OUT if options.ablation else whole)
    neighbours = _neighbours(bench, options.neighbours)
    if options.json:
        told = {name: one._asdict() for name, one in parts.items()}
        found = {"parts": told, "neighbours": [one._asdict() for one in neighbours]}
        options.json.write_text(json.dumps(found, indent=1) + "\n")


def _parts(bench: Bench, parts: Mapping[str, Mapping[str, float]]) -> dict[str, Result]:
    results = {}
    for name, factors in parts.items():
        with changed(factors):
            results[name] = bench.result()
        print(_row(name, results[name]), flush=True)
    return results


def _neighbours(bench: Bench, count: int) -> list[Result]:
    draw, results = Random(1), []
    for _ in range(count):
        with changed(neighbour(draw)):
            results.append(bench.result())
    if results:
        print(f"\n{count} joint changes of {len(neighbour(draw))} settings\n")
        print("| | least | quartile | median | quartile |\n|---|---|---|---|---|")
        print(_spread("line 0.5", [one.line for one in results]))
        print(_spread("others' threshold", [one.others for one in results]))
        print(_spread("best threshold", [one.best for one in results]))
        episodes, found = median(r.episodes for r in results), median(r.found for r in results)
        print(f"\nmedian: {found:g} windows found, {episodes:.2f} false episodes a series and week")
    return results


if __name__ == "__main__":
    main()
