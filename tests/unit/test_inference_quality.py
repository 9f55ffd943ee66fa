"""The figures of labelled texts, against answers worked out by hand or by drawing."""

from __future__ import annotations

import builtins
from random import Random
from typing import Any

import pytest

from app.core.mention import Label, Sentiment
from app.errors import UsageError
from app.inference import quality
from app.inference.judged import Judged, baseline, by_language, figures, majority, vader


def a_judged(label: int, probabilities: tuple[float, ...], said: Label, lang: str = "en") -> Judged:
    return Judged(label, lang, Sentiment(label=said, probabilities=probabilities, model="m@1"))


def test_a_class_that_never_occurs_is_left_out() -> None:
    matrix = quality.confusion([0, 0, 2], [0, 0, 2])
    assert quality.macro_f1(matrix) == quality.macro_recall(matrix) == 1.0


def test_a_text_without_an_answer_is_never_right() -> None:
    matrix = quality.confusion([0, 0, 1, 2], [0, None, 1, 2])
    assert quality.accuracy(matrix) == 0.75
    assert quality.macro_recall(matrix) == pytest.approx((0.5 + 1 + 1) / 3)
    assert quality.macro_f1(matrix) == pytest.approx((2 / 3 + 1 + 1) / 3)


def test_nothing_has_figures_of_zero_and_the_widest_interval() -> None:
    matrix = quality.confusion([], [])
    assert (quality.macro_f1(matrix), quality.macro_recall(matrix), quality.accuracy(matrix)) == (
        (0.0,) * 3
    )
    assert quality.macro_f1_interval(matrix) == (0.0, 0.0, 1.0)
    assert quality.calibration_error([]) == 0.0


def test_a_calibrated_answer_has_no_error_and_a_sure_one_that_is_wrong_has_all() -> None:
    assert quality.calibration_error([(0.75, True)] * 3 + [(0.75, False)]) == 0.0
    assert quality.calibration_error([(1.0, False)] * 5) == 1.0


def test_the_calibration_error_weighs_bins_by_texts() -> None:
    sure = [(0.9, True)] * 8 + [(0.9, False)] * 2  # 0.1 too sure
    unsure = [(0.5, True)] * 10  # 0.5 too unsure
    assert quality.calibration_error(sure + unsure) == pytest.approx((0.1 * 10 + 0.5 * 10) / 20)


def test_the_interval_of_macro_f1_holds_the_truth_as_often_as_it_says() -> None:
    draw, inside, rounds = Random(3), 0, 300
    # Recall 0.8 in each of three equal classes, mistakes even: macro-F1 is 0.8.
    for _ in range(rounds):
        labels = [draw.randrange(3) for _ in range(400)]
        found = [c if draw.random() < 0.8 else (c + draw.choice((1, 2))) % 3 for c in labels]
        interval = quality.macro_f1_interval(quality.confusion(labels, found))
        inside += interval.low <= 0.8 <= interval.high
    assert 0.92 <= inside / rounds <= 0.98


def test_figures_count_what_was_abstained_apart() -> None:
    rows = [
        a_judged(0, (0.8, 0.1, 0.1), Label.NEGATIVE),
        a_judged(0, (0.4, 0.3, 0.3), Label.UNCERTAIN),
        a_judged(2, (0.2, 0.2, 0.6), Label.POSITIVE, "pl"),
        a_judged(1, (), Label.UNSCORED, "xx"),
        Judged(1, "pl", None),
    ]
    found = figures(rows)
    assert (found["n"], found["abstained"], found["accuracy"]) == (5, 0.6, 0.6)
    assert found["confusion"]["neutral"] == {"negative": 0, "neutral": 0, "positive": 0, "none": 2}
    assert found["ece"] == pytest.approx((0.2 + 0.6 + 0.4) / 3, abs=1e-4)
    parts = by_language(rows)
    assert {name: part["n"] for name, part in parts.items()} == {"en": 2, "pl": 2, "xx": 1}
    assert parts["en"]["accuracy"] == 1.0


def test_a_tie_goes_to_the_more_negative_class() -> None:
    assert a_judged(0, (0.4, 0.4, 0.2), Label.UNCERTAIN).found == 0


def test_the_majority_reaches_a_third_of_recall() -> None:
    labels = [0, 1, 1, 2]
    assert baseline(labels, majority(labels))["macro_recall"] == 0.3333


def test_vader_reads_english() -> None:
    texts = ["What a great, lovely shop!", "The parcel is 30 cm wide", "Horrible, awful service"]
    assert vader(texts) == [2, 1, 0]


def test_without_vader_its_remedy_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    real = builtins.__import__

    def without(name: str, *args: Any, **kwargs: Any) -> Any:
        if name.startswith("vaderSentiment"):
            raise ImportError(name)
        return real(name, *args, **kwargs)

    monkeypatch.setattr(builtins, "__import__", without)
    with pytest.raises(UsageError, match=r"pip install 'squall\[bench\]'"):
        vader(["a"])


def test_a_distribution_that_moved_has_a_high_stability_index() -> None:
    draw = Random(5)
    usual = [draw.randrange(10) for _ in range(5_000)]
    same = [draw.randrange(10) for _ in range(1_000)]
    moved = [min(9, draw.randrange(14)) for _ in range(1_000)]

    def histogram(values: list[int]) -> list[int]:
        return [values.count(bin_) for bin_ in range(10)]

    assert quality.stability_index(histogram(usual), histogram(same)) < 0.05
    assert quality.stability_index(histogram(usual), histogram(moved)) > 0.25
    assert quality.stability_index([0, 5], [5, 0]) > 1.0  # finite, with empty bins
