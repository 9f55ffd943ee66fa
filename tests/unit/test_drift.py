"""The rule by which the drift's figures say what came first."""

from __future__ import annotations

from benchmarks.drift import BEFORE, LEARNT, comes_first, fallen, risen

USUAL = {"disagreement": 1.0, "first": 1.0, "either": 1.0}


def rows(*during: tuple[float, float]) -> list[dict[str, float]]:
    """Return eight usual half weeks and those given: disagreement, and recall of both."""
    drifted = [{"disagreement": d, "first": r, "either": r} for d, r in during]
    return [dict(USUAL) for _ in range(BEFORE - LEARNT)] + drifted


def test_a_week_of_half_as_much_again_has_risen() -> None:
    assert risen(rows((1.0, 1.0), (1.9, 1.0), (1.0, 1.0))) is None
    assert risen(rows((1.0, 1.0), (2.0, 1.0), (1.0, 1.0))) == 2
    assert risen(rows((1.5, 1.0), (1.5, 1.0))) == 2


def test_recall_has_fallen_a_fifth_below_what_it_was() -> None:
    assert fallen(rows((1.0, 0.81), (1.0, 0.8)), "first") == 2
    assert fallen(rows((1.0, 0.81)), "either") is None


def test_first_means_before_and_not_with_it() -> None:
    assert comes_first(rows((3.0, 1.0), (1.0, 0.5)), "first")
    assert comes_first(rows((3.0, 0.5)), "first") is False
    assert comes_first(rows((1.0, 0.5), (3.0, 0.5)), "first") is False
    assert comes_first(rows((9.0, 1.0)), "first") is None
