"""Quality as it runs: a planted fall crosses its line in time, a clean stream never does."""

from __future__ import annotations

from random import Random

import pytest

from app.core.event import Labelled
from app.core.mention import Label, Sentiment
from app.inference.rolling import ALL, BEFORE, GROUP, LAST, RollingLabels, ScoreDrift

LINE_SIGMAS = 3.0  # as in the alert rules
LINE_DRIFT = 0.25
GIVEN = (Label.NEGATIVE, Label.NEUTRAL, Label.POSITIVE)
SEEDS = range(12)


def labelled(
    before: Label | None, label: Label, lang: str = "pl", *, is_again: bool = False
) -> Labelled:
    return Labelled(
        id="1",
        brand="b",
        mention_id="m",
        label=label,
        labeller="f",
        at_ms=0,
        command_id="c",
        lang=lang,
        before=before,
        is_again=is_again,
    )


def another(draw: Random, label: Label) -> Label:
    return draw.choice([other for other in GIVEN if other != label])


def answer(draw: Random, flipped: float = 0.0) -> Labelled:
    """Return a label of a person beside that of a model right on 84 of 100, then flipped."""
    truth = draw.choices(GIVEN, (5, 3, 2))[0]
    found = truth if draw.random() < 0.84 else another(draw, truth)
    return labelled(another(draw, found) if draw.random() < flipped else found, truth)


@pytest.mark.parametrize("seed", SEEDS)
def test_fifteen_percent_of_flipped_labels_cross_the_line_within_500(seed: int) -> None:
    draw, rolling = Random(seed), RollingLabels()
    for _ in range(2_000):
        rolling.note(answer(draw))
    assert rolling.figures()["pl"].drop_sigmas < LINE_SIGMAS
    for _ in range(500):
        rolling.note(answer(draw, flipped=0.15))
    assert rolling.figures()["pl"].drop_sigmas > LINE_SIGMAS


@pytest.mark.parametrize("seed", SEEDS)
def test_a_clean_month_never_crosses_it(seed: int) -> None:
    draw, rolling = Random(1_000 + seed), RollingLabels()
    for number in range(3_000):  # a hundred labels a day
        rolling.note(answer(draw))
        if number % 25 == 0:
            assert rolling.figures()["pl"].drop_sigmas < LINE_SIGMAS


def test_the_figure_is_of_the_last_500_and_its_interval_holds_it() -> None:
    rolling = RollingLabels()
    for _ in range(LAST + BEFORE):
        rolling.note(labelled(Label.NEGATIVE, Label.NEUTRAL))
    for number in range(LAST):
        rolling.note(labelled(GIVEN[number % 3], GIVEN[number % 3]))
    found = rolling.figures()["pl"]
    assert (found.labels, found.macro_f1.value) == (LAST, 1.0)
    assert found.drop_sigmas < 0


def test_an_interval_lies_around_its_value() -> None:
    draw, rolling = Random(2), RollingLabels()
    for _ in range(300):
        rolling.note(answer(draw))
    value, low, high = rolling.figures()["pl"].macro_f1
    assert low < value < high
    assert 0.05 < high - low < 0.15


def test_languages_are_apart_and_together() -> None:
    rolling = RollingLabels()
    rolling.note(labelled(Label.NEGATIVE, Label.NEGATIVE, "pl"))
    rolling.note(labelled(Label.NEGATIVE, Label.NEUTRAL, "de"))
    rolling.note(labelled(Label.NEGATIVE, Label.NEUTRAL, "no language of ours"))
    found = rolling.figures()
    assert {name: one.labels for name, one in found.items()} == {
        ALL: 3,
        "pl": 1,
        "de": 1,
        "unknown": 1,
    }


@pytest.mark.parametrize(
    "left",
    [
        labelled(None, Label.NEUTRAL),
        labelled(Label.UNCERTAIN, Label.NEUTRAL),
        labelled(Label.UNSCORED, Label.NEUTRAL),
        labelled(Label.NEGATIVE, Label.NEUTRAL, is_again=True),
    ],
)
def test_what_is_no_answer_of_the_model_is_left_out(left: Labelled) -> None:
    rolling = RollingLabels()
    rolling.note(left)
    assert rolling.figures() == {}


def scored(draw: Random, mean: float) -> Sentiment:
    negative = min(1.0, max(0.0, draw.gauss(mean, 0.2)))
    rest = (1 - negative) / 2
    label = Label.NEGATIVE if negative > 0.5 else Label.UNCERTAIN
    return Sentiment(label=label, probabilities=(negative, rest, rest), model="m@1")


@pytest.mark.parametrize("seed", range(3))
def test_scores_that_move_cross_the_drift_line_and_steady_ones_do_not(seed: int) -> None:
    draw, drift = Random(seed), ScoreDrift()
    for _ in range(8 * GROUP):
        drift.note("pl-PL", scored(draw, 0.4))
    assert drift.figures()["pl"].drift < 0.1
    for _ in range(GROUP):
        drift.note("pl-PL", scored(draw, 0.55))
    found = drift.figures()
    assert found["pl"].drift > LINE_DRIFT
    assert found[ALL] == found["pl"]


def test_shares_are_of_the_last_thousand() -> None:
    draw, drift = Random(1), ScoreDrift()
    nothing = Sentiment(label=Label.UNSCORED, probabilities=(), model="m@1")
    for _ in range(GROUP):
        drift.note("nl", nothing)
    assert drift.figures()["other"] == (1.0, 1.0, 0.0)
    for _ in range(GROUP):
        drift.note("nl", scored(draw, 0.9))
    found = drift.figures()["other"]
    assert found.unscored == 0.0
    assert 0.0 < found.abstained < 0.1
