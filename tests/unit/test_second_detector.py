"""C17, D17: both detectors' scores are told; the second can be off, beside, or deciding too."""

from __future__ import annotations

import msgspec
import pytest

from app.core.crisis import EventType
from app.core.evidence import deciding_score
from app.core.rules import Rules
from tests.unit.folding import (
    QUICK,
    Stream,
    closed_windows,
    crisis_events,
    fold,
    turns,
)
from tests.unit.test_brand import crisis


def ruled(second: str) -> Rules:
    return msgspec.structs.replace(QUICK, second_detector=second)


def test_an_event_tells_both_scores() -> None:
    opened = next(
        event
        for event in crisis_events(fold(crisis().records(days=4)))
        if event.type is EventType.OPENED
    )
    assert opened.evidence is not None
    assert opened.evidence.score >= opened.evidence.threshold
    assert opened.evidence.second_score is not None
    assert 0 <= opened.evidence.second_score <= 1


def test_a_window_tells_both_scores_and_they_part() -> None:
    windows = closed_windows(fold(crisis().records(days=4)))
    assert max(window.second_score for window in windows) > 0.5
    assert max(abs(window.score - window.second_score) for window in windows) > 0.1


def test_beside_the_first_it_changes_no_crisis() -> None:
    records = crisis().records(days=4)
    alone, beside = (turns(fold(records, ruled(name))) for name in ("off", "beside"))
    assert alone == beside


def test_switched_off_it_is_not_told() -> None:
    outputs = fold(crisis().records(days=4), ruled("off"))
    assert all(window.second_score == 0 for window in closed_windows(outputs))
    scores = {event.evidence.second_score for event in crisis_events(outputs) if event.evidence}
    assert scores == {None}


@pytest.mark.parametrize(("second", "each"), [("off", 1.0), ("beside", 1.0), ("deciding", 0.5)])
def test_deciding_detectors_share_the_budget(second: str, each: float) -> None:
    assert ruled(second).budget_each == each


def test_the_higher_score_decides_only_where_both_do() -> None:
    class Case:
        negatives = msgspec.defstruct("V", [("severity", float)])(0.2)
        second = msgspec.defstruct("V", [("severity", float)])(0.8)

    assert deciding_score(Case, ruled("deciding")) == 0.8  # type: ignore[arg-type]
    assert deciding_score(Case, ruled("beside")) == 0.2  # type: ignore[arg-type]


def test_a_calm_week_has_no_crisis_even_when_both_decide() -> None:
    outputs = fold(Stream(2, per_day=300).records(days=7), ruled("deciding"))
    assert "opened" not in turns(outputs)
