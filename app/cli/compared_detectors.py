"""Detectors by name for ``squall eval detector``: ours, and River's own beside them.

River's are given the plain values here, with their own settings. In the service they stand in the
place of the second detector, with a tail and a memory (``app.core.detector.plugged``).
"""

from __future__ import annotations

import inspect
from collections.abc import Callable
from math import isfinite
from typing import TYPE_CHECKING, Any, Final

from app.errors import UsageError

if TYPE_CHECKING:
    from app.cli.eval_series import Series

Scores = Callable[["Series"], list[float]]
STOCK: Final = "river.anomaly."
SEED: Final = 1


def scores_by(name: str) -> Scores:
    """Return what scores a series by the detector ``name``: one of ours, or a class of
    ``river.anomaly``. Raises UsageError for a name that is neither.
    """
    from app.core.detector.river_form import DETECTORS
    from app.core.detector.series import SeriesScorer

    if name in DETECTORS:
        make = DETECTORS[name]

        def scores(series: Series) -> list[float]:
            scorer = SeriesScorer(series.start_s, series.step_s, detector=make)
            return [scorer.score(value) for value in series.values]

        return scores
    _stock(name)
    return lambda series: _stock_scores(_stock(name), series)


def _stock(name: str) -> Any:
    """Return a new detector of River with its own settings, seeded where it draws."""
    from river import anomaly

    from app.core.detector.river_form import DETECTORS

    # A filter is no detector of its own: it needs one inside.
    stock = [one for one in anomaly.__all__ if not one.endswith("Filter")]
    if not name.startswith(STOCK) or name.removeprefix(STOCK) not in stock:
        raise UsageError(
            f"no detector {name[:80]!r}: choose one of {', '.join(DETECTORS)},"
            f" or {STOCK}NAME with NAME one of {', '.join(stock)}"
        )
    kind = getattr(anomaly, name.removeprefix(STOCK))
    seeded = {"seed": SEED} if "seed" in inspect.signature(kind).parameters else {}
    return kind(**seeded)


def _stock_scores(detector: Any, series: Series) -> list[float]:
    """Return each value's score before it is learnt; what can't be told is 0.

    A detector with a target is given the value as the target and the one before as its feature;
    the others the value, scaled to 0..1 by what came before, as ``HalfSpaceTrees`` asks for.
    """
    from river.base import SupervisedAnomalyDetector
    from river.preprocessing import MinMaxScaler

    scaler, before, scores = MinMaxScaler(), 0.0, []
    for value in series.values:
        if isinstance(detector, SupervisedAnomalyDetector):
            seen: tuple[Any, ...] = ({"before": before}, value)
        else:
            scaler.learn_one({"value": value})
            seen = (scaler.transform_one({"value": value}),)
        scores.append(_score(detector, seen))
        detector.learn_one(*seen)
        before = value
    return scores


def _score(detector: Any, seen: tuple[Any, ...]) -> float:
    try:
        score = float(detector.score_one(*seen))
    except ZeroDivisionError:  # PredictiveAnomalyDetection, as long as its errors have no spread
        return 0.0
    return score if isfinite(score) else 0.0
