"""The words that drive a crisis, and the words that are usual."""

from __future__ import annotations

from random import Random

import pytest

from app.core.drivers.terms import log_odds_z, terms_of
from app.core.drivers.vocabulary import HALF_LIFE_STEPS, MOST_TERMS, learn_terms, usual_count
from app.core.mention import Label
from tests.unit.driver_facts import drawn, fact, learnt

USUAL = {"": 300.0, "kettle": 150.0, "late": 30.0}


def test_what_is_usual_drives_nothing() -> None:
    """Half of the negatives say kettle, as half of the mentions always do."""
    negatives = [fact(n, terms=("kettle",) if n % 2 else ("smoke",)) for n in range(20)]
    assert [one.term for one in terms_of(negatives, [], USUAL)] == ["smoke"]


def test_a_word_once_in_a_mention_counts_once() -> None:
    negatives = [fact(n, terms=("smoke", "smoke")) for n in range(4)]
    assert terms_of(negatives, [], USUAL)[0].negatives == 4


@pytest.mark.parametrize(("negatives", "least"), [(10, 2), (30, 3)])
def test_a_word_needs_two_negatives_and_three_of_many(negatives: int, least: int) -> None:
    usual = {"": 2_000.0}
    crowd = [fact(n) for n in range(negatives - least)]
    spoken = [fact(100 + n, terms=("smoke",)) for n in range(least)]
    assert [one.term for one in terms_of([*crowd, *spoken], [], usual)] == ["smoke"]
    assert terms_of([*crowd, fact(99), *spoken[1:]], [], usual) == ()


def test_at_most_eight_the_highest_first_of_equals_by_word() -> None:
    words = tuple(f"w{n:02}" for n in range(12))
    negatives = [fact(n, terms=(*words, "top") if n else ("top",)) for n in range(10)]
    found = terms_of(negatives, [], USUAL)
    assert [one.term for one in found] == ["top", *words[:7]]
    assert all(one.z == round(one.z, 2) >= 1.96 for one in found)


def test_without_anything_to_be_held_against_no_word_is_named() -> None:
    negatives = [fact(n, terms=("smoke",)) for n in range(160)]
    assert terms_of(negatives, [], {}) == ()
    others = [fact(1_000, Label.NEUTRAL, terms=("smoke",))]
    assert terms_of(negatives, others, {}) == ()


def test_a_word_never_heard_before_counts_as_heard_once() -> None:
    negatives = [fact(n, terms=("smoke",) if n % 3 else ("late",)) for n in range(12)]
    never = terms_of(negatives, [], {"": 100.0, "late": 40.0})
    assert never == terms_of(negatives, [], {"": 100.0, "late": 40.0, "smoke": 1.0})
    assert never[0].term == "smoke"


def test_the_others_of_the_window_count_as_usual() -> None:
    negatives = [fact(n, terms=("smoke",)) for n in range(10)]
    others = [fact(100 + n, Label.NEUTRAL) for n in range(40)]
    assert [one.term for one in terms_of(negatives, others, {})] == ["smoke"]
    same = [fact(100 + n, Label.NEUTRAL, terms=("smoke",)) for n in range(40)]
    assert terms_of(negatives, same, {}) == ()


def test_more_negatives_with_a_word_mean_a_higher_z_and_more_usual_ones_a_lower() -> None:
    by_now = [log_odds_z(count, 40, 12, 300) for count in range(41)]
    by_usual = [log_odds_z(12, 40, count, 300) for count in range(5, 201)]
    assert by_now == sorted(by_now)
    assert by_usual == sorted(by_usual, reverse=True)


def test_usual_words_are_learnt_whatever_the_order() -> None:
    draw = Random(5)
    steps = [[drawn(draw) for _ in range(draw.randint(1, 40))] for _ in range(60)]
    one, other = dict[str, float](), dict[str, float]()
    for step in steps:
        learn_terms(one, step)
        learn_terms(other, step[::-1])
    assert list(one.items()) == list(other.items())  # the order is part of the stored bytes


def test_a_step_counts_as_one_mention_and_no_fact_teaches_nothing() -> None:
    usual = dict[str, float]()
    learn_terms(usual, [])
    assert usual == {}
    learn_terms(usual, [fact(n, terms=("late",) if n % 2 else ("rude", "")) for n in range(10)])
    assert usual == {"": 1.0, "late": 0.5, "rude": 0.5}


def test_words_fade() -> None:
    usual = dict[str, float]()
    learn_terms(usual, [fact(0, terms=("late",))])
    for number in range(HALF_LIFE_STEPS):
        learn_terms(usual, [fact(number)])
    assert usual["late"] == pytest.approx(0.5)


def test_the_table_is_bounded_and_keeps_what_is_frequent() -> None:
    usual, draw = dict[str, float](), Random(1)
    for number in range(2_000):
        once = tuple(f"once{number}-{n}" for n in range(6))
        often = tuple(f"often{n}" for n in range(20) if draw.random() < 0.1)
        learn_terms(usual, [fact(draw.getrandbits(64), terms=(*often, *once))])
        assert len(usual) <= MOST_TERMS + 1
    shares = [usual.get(f"often{n}", 0.0) / usual[""] for n in range(20)]
    assert all(0.06 < share < 0.14 for share in shares)


def test_new_usual_words_get_into_a_full_table() -> None:
    usual = learnt(3, steps=1_000)
    for number in range(300):
        draw = Random(number)
        learn_terms(usual, [fact(draw.getrandbits(64), terms=("campaign", f"once{number}"))])
    assert usual["campaign"] > 150


def test_a_word_that_a_full_table_lacks_is_as_usual_as_its_rarest() -> None:
    usual = learnt(2, steps=1_000)
    assert len(usual) == MOST_TERMS + 1
    rarest = min(usual.values())
    assert 0 < rarest == usual_count(usual, "never heard of")
    assert rarest < 0.05 * usual[""]


def test_a_burst_does_not_become_usual() -> None:
    usual = learnt(4, steps=600)
    for step in range(4):
        learn_terms(usual, [fact(step * 48 + n, terms=("recall",)) for n in range(48)])
    assert usual_count(usual, "recall") < 0.02 * usual[""]
