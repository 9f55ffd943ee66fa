"""`squall eval detector --detector NAME`: ours and River's, by name; another name is refused."""

from __future__ import annotations

from pathlib import Path

import pytest

from app.cli.compared_detectors import scores_by
from app.cli.eval_detector import detector
from app.cli.eval_series import Series
from app.core.detector.river_form import DETECTORS
from app.errors import UsageError
from tests.unit.test_cli_eval_detector import scored, write

RIVAL = "river.anomaly."
SPIKE = 380


def series(points: int = 400) -> Series:
    values = [float(n % 3 + 2) for n in range(points)]
    values[SPIKE] = 200.0
    return Series(rows=[], values=values, start_s=0.0, step_s=300.0)


@pytest.mark.parametrize(
    "name", [*DETECTORS, RIVAL + "GaussianScorer", RIVAL + "StandardAbsoluteDeviation"]
)
def test_a_spike_is_highest_by_any_detector(name: str) -> None:
    scores = scores_by(name)(series())
    assert len(scores) == 400
    assert max(scores[SPIKE:]) == scores[SPIKE] == max(scores[288:])
    assert scores_by(name)(series()) == scores


@pytest.mark.parametrize("name", ["HalfSpaceTrees", "OneClassSVM", "PredictiveAnomalyDetection"])
def test_others_run_too(name: str) -> None:
    assert len(scores_by(RIVAL + name)(series())) == 400


def test_no_score_knows_what_comes_later() -> None:
    whole = scores_by(RIVAL + "GaussianScorer")(series())
    assert scores_by(RIVAL + "GaussianScorer")(series(390)) == whole[:390]


@pytest.mark.parametrize(
    "name",
    [
        "",
        "spike-1",
        "GaussianScorer",
        "os.system",
        "river.anomaly.None",
        "river.anomaly.base",
        "river.anomaly.__all__",
        "river.anomaly.QuantileFilter",
        "river.anomaly.ThresholdFilter",
        "river.linear_model.LinearRegression",
    ],
)
def test_another_name_is_refused(name: str, tmp_path: Path) -> None:
    write(tmp_path / "in" / "a.csv", [1, 2, 3])
    choices = "choose one of spike-2, rate-1, or river.anomaly.NAME with NAME one of GaussianScorer"
    with pytest.raises(UsageError, match=f"no detector {name!r}: {choices}"):
        detector(tmp_path / "in", tmp_path / "out", name=name)
    assert not (tmp_path / "out").exists()


def test_the_named_detector_writes_the_scores(tmp_path: Path) -> None:
    values = [int(value) for value in series().values]
    write(tmp_path / "in" / "a.csv", values)
    for name in ("rate-1", RIVAL + "GaussianScorer"):
        detector(tmp_path / "in", tmp_path / name, name=name)
        written = [float(row["anomaly_score"]) for row in scored(tmp_path / name / "a.csv")]
        assert max(written) == written[SPIKE] > 0.5
