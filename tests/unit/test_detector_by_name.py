"""C17: which detectors the settings may name, with what, and what fails its trial."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from river.base import AnomalyDetector

from app.config import load_settings
from app.core.detector import by_name
from app.core.detector.by_name import NoDetector, called, kinds, maker
from app.core.detector.trial import fault_of
from app.errors import ConfigError

GAUSSIAN = "river.anomaly.GaussianScorer"
TREES = "river.anomaly.HalfSpaceTrees"
SMALL_TREES = '{"height":4,"n_trees":5,"window_size":100}'


def problems(**detector: object) -> str:
    with pytest.raises(ConfigError) as caught:
        load_settings(detector=detector)
    return str(caught.value)


def test_a_detector_named_in_a_file_is_taken(tmp_path: Path) -> None:
    path = tmp_path / "squall.yaml"
    path.write_text(
        "detector:\n  second_model: anomaly.HalfSpaceTrees\n"
        "  second_model_parameters: {n_trees: 5, height: 4, window_size: 100}\n"
    )
    rules = load_settings(path).rules()
    assert rules.second_model == "anomaly.HalfSpaceTrees"
    assert rules.second_parameters == SMALL_TREES
    assert called(rules.second_model).startswith(f"{TREES}@")


@pytest.mark.parametrize(
    "name",
    [
        "",
        "rate-2",
        "spike-2",
        "GaussianScorer",
        "os.system",
        "river.anomaly",
        "river.anomaly.base",
        "anomaly.anomaly.GaussianScorer",
        "river.anomaly.QuantileFilter",
        "river.anomaly.ThresholdFilter",
        "river.linear_model.LinearRegression",
    ],
)
def test_another_name_is_refused_with_those_there_are(name: str) -> None:
    said = problems(second_model=name)
    assert said.startswith("detector.second_model: names no detector: write rate-1, or river.anom")
    assert "GaussianScorer, HalfSpaceTrees" in said


@pytest.mark.parametrize(
    ("name", "parameters", "says"),
    [
        ("rate-1", {"n": 1}, "rate-1 takes no parameters: remove them"),
        (
            TREES,
            {"trees": 5},
            "'trees' is no parameter of HalfSpaceTrees: it takes n_trees, height",
        ),
        (GAUSSIAN, {"window_size": "x"}, "GaussianScorer can't be made with {"),
        (GAUSSIAN, {"window_size": float("nan")}, "second_model_parameters are no JSON: give"),
        (TREES, {"height": "x"}, "failed on counts of a trial (TypeError"),
        (GAUSSIAN, {"grace_period": 10**6}, "sees no tenfold rise in a trial of"),
    ],
)
def test_parameters_that_make_no_detector_are_refused(
    name: str, parameters: dict[str, object], says: str
) -> None:
    said = problems(second_model=name, second_model_parameters=parameters)
    assert said.startswith("detector.second_model: ")
    assert says in said


class Forgetful(AnomalyDetector):  # type: ignore[misc]
    """Its scores depend on how often it was asked, as those of some of River's do."""

    def __init__(self) -> None:
        self.asked = 0

    def score_one(self, x: dict[str, float]) -> float:
        self.asked += 1
        return x["five_minutes"] * self.asked

    def learn_one(self, x: dict[str, float]) -> None:
        pass


class NotFinite(Forgetful):
    def score_one(self, x: dict[str, float]) -> float:
        return float("nan")


class Broken(Forgetful):
    def learn_one(self, x: dict[str, float]) -> None:
        raise KeyError("x")


@pytest.mark.parametrize(
    ("kind", "says"),
    [
        (Forgetful, "scores the same counts otherwise after a restart: choose another detector"),
        (NotFinite, "sees no tenfold rise in a trial of"),
        (Broken, "failed on counts of a trial (KeyError: 'x'): choose other parameters, or"),
    ],
)
def test_a_detector_that_fails_its_trial_is_refused(
    kind: type[Any], says: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(by_name, "kinds", lambda: {kind.__name__: kind})
    fault = fault_of(f"anomaly.{kind.__name__}")
    assert fault is not None
    assert says in fault


def test_all_of_rivers_are_offered_and_no_filter() -> None:
    found = kinds()
    assert {"GaussianScorer", "HalfSpaceTrees", "LODA", "OneClassSVM"} <= set(found)
    assert not [name for name in found if name.endswith("Filter")]
    with pytest.raises(NoDetector, match="names no detector"):
        maker("anomaly.QuantileFilter")


def test_what_draws_draws_the_same_with_and_without_a_seed() -> None:
    scores = [maker(TREES, given)() for given in ("{}", '{"seed":null}', '{"seed":1}')]
    assert {one.seed for one in scores} == {1}
    assert maker(TREES, '{"seed":7}')().seed == 7


@pytest.mark.parametrize("second", ["off", "beside"])
def test_with_the_first_off_the_second_has_to_decide(second: str) -> None:
    assert problems(first_detector="off", second_detector=second) == (
        "detector.first_detector: is off and second_detector does not decide, so nothing would; set"
        " second_detector to deciding, or first_detector back"
    )


def test_with_the_first_off_and_the_second_deciding_the_settings_are_taken() -> None:
    rules = load_settings(detector={"first_detector": "off", "second_detector": "deciding"}).rules()
    assert rules.is_first_off
    assert not rules.are_compared
