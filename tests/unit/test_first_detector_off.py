"""C17: the first detector can be switched off; the second decides alone, and is told."""

from __future__ import annotations

import msgspec
import pytest

from app.config import Topics
from app.core.brand import Brand
from app.core.detector.by_name import called
from app.core.event import ClosedWindow, CrisisEvent
from app.core.partition import PartitionFold
from app.core.rules import DAY_MS, Rules
from app.core.state import BrandState
from app.metrics import Metrics
from app.stream.detectable import Detectable
from app.stream.explaining import Asked, Explainer
from app.stream.folding import Folded
from app.stream.telling import Teller
from tests.unit.folding import (
    MONDAY_MS,
    QUICK,
    Stream,
    closed_windows,
    crisis_events,
    fold,
    turns,
)
from tests.unit.test_brand import crisis

GAUSSIAN = "river.anomaly.GaussianScorer"


def off(model: str = "rate-1") -> Rules:
    return msgspec.structs.replace(
        QUICK, first_detector="off", second_detector="deciding", second_model=model
    )


@pytest.mark.parametrize("model", ["rate-1", GAUSSIAN])
def test_with_the_first_off_the_second_opens_and_is_what_is_told(model: str) -> None:
    rules = off(model)
    outputs = fold(crisis().records(days=4), rules)
    opened = next(event for event in crisis_events(outputs) if event.type.value == "opened")
    evidence = opened.evidence
    assert evidence is not None
    assert evidence.score >= evidence.threshold
    assert evidence.second_score is None
    assert evidence.baseline.startswith(f"{called(model)}+")
    assert all(reading.expected > 0 for reading in evidence.readings)
    fired = [trigger.name for trigger in evidence.triggers]
    assert "negatives_rate" in fired
    assert not {"volume", "negatives"} & set(fired)
    assert rules.budget_each == rules.false_alarms_per_week


def test_with_the_first_off_the_usual_is_learnt_as_ever() -> None:
    records = Stream(2, per_day=300).records(days=5)
    alone, both = (closed_windows(fold(records, rules)) for rules in (off(), QUICK))
    assert [levels(window) for window in alone] == [levels(window) for window in both]
    assert {window.severity_score for window in alone} == {0.0}
    assert [window.score for window in alone] == [window.second_score for window in both]
    assert {window.second_score for window in alone} == {0.0}


def levels(window: ClosedWindow) -> tuple[float, float, float]:
    return window.expected_mentions, window.expected_negatives, window.upper_negatives


def test_with_the_first_off_a_loud_brand_is_not_watched() -> None:
    loud = Stream(4, per_day=300).wave(MONDAY_MS + 3 * DAY_MS, 2, 400, 0.02)
    records = loud.records(days=3.5)
    assert "watch" in turns(fold(records, QUICK))
    assert "watch" not in turns(fold(records, off()))


def opening(outputs: list[object]) -> CrisisEvent:
    events = (one for one in outputs if isinstance(one, CrisisEvent))
    return next(event for event in events if event.type.value == "opened")


@pytest.mark.parametrize(
    "rules", [off(), msgspec.structs.replace(QUICK, second_detector="deciding")]
)
def test_an_explanation_shows_the_score_that_opened(rules: Rules) -> None:
    records = crisis().records(days=4)
    opened = opening(list(fold(records, rules)))
    asked = Asked(opened.brand, opened.time_ms)
    explainer = Explainer(rules, [asked])
    for offset, record in enumerate(records):
        explainer.take(0, offset, record)
    found = explainer.answer(asked)
    assert found.verdict == "opened"
    assert found.look is not None
    score = next(gate for gate in found.look.gates if gate.name == "score")
    assert score.is_open
    assert score.value >= score.threshold


def test_a_distance_is_told_only_of_two_scores() -> None:
    window = closed_windows(fold(Stream(1, per_day=300).records(days=0.1)))[-1]
    for are_compared in (True, False):
        metrics = Metrics(brands=["larkmoor"])
        teller = Teller(metrics, Topics(), are_compared=are_compared)
        teller.partition(0, Folded([], [window], []), None)
        said = metrics.render().decode()
        assert "squall_brand_score{" in said
        assert ("squall_brand_disagreement{" in said) is are_compared


def test_what_the_first_could_see_is_not_told() -> None:
    partition, metrics = PartitionFold(off()), Metrics(brands=["a"])
    brand = partition.brands["a"] = Brand(BrandState(brand="a"), partition.rules)
    brand.state.is_warm = True
    Detectable(metrics).tell([partition])
    assert "squall_detectable_rise{" not in metrics.render().decode()
