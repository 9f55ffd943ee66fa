"""Facets and children: who and what drives a crisis, in percents that add up."""

from __future__ import annotations

import pytest

from app.core.cause import Facet
from app.core.drivers.facets import children_of, facet_of, facets_of, percents_of
from tests.unit.driver_facts import drivers, facet, fact


def lines(facet: Facet) -> list[tuple[str, int, float]]:
    return [(share.value, share.negatives, share.percent) for share in facet.shares]


def test_the_most_frequent_first_and_of_equals_by_value() -> None:
    facts = [fact(n, platform=name) for n, name in enumerate(["x", "b", "a", "b", "a", "c"])]
    assert lines(facet(drivers(facts), "platform")) == [
        ("a", 2, 33.3),
        ("b", 2, 33.3),
        ("c", 1, 16.7),
        ("x", 1, 16.7),
    ]


def test_of_many_equals_the_first_by_value_are_named() -> None:
    facts = [fact(n, platform=f"p{(n * 7) % 20:02}") for n in range(20)]
    named = [value for value, _, _ in lines(facet(drivers(facts), "platform"))]
    assert named == ["p00", "p01", "p02", "p03", "p04", "other"]


def test_five_are_named_the_rest_is_other_and_silence_unknown() -> None:
    names = [name for place, name in enumerate("abcdefgh", 1) for _ in range(10 - place)]
    facts = [fact(n, region=name) for n, name in enumerate([*names, "", ""])]
    found = lines(facet(drivers(facts), "region"))
    assert [value for value, _, _ in found] == [*"abcde", "other", "unknown"]
    assert found[-2][1] == 4 + 3 + 2
    assert found[-1][1] == 2
    assert round(sum(percent for _, _, percent in found), 6) == 100.0


def test_themes_share_a_mention_and_each_counts_it() -> None:
    rows = [fact(0, themes=("late", "rude")), fact(1, themes=("late",)), fact(2)]
    found = lines(facet(drivers(rows), "theme"))
    assert found == [("late", 2, 50.0), ("rude", 1, 16.7), ("unknown", 1, 33.3)]


def test_a_theme_named_twice_counts_once_and_an_empty_one_not() -> None:
    rows = [fact(0, themes=("late", "late", "")), fact(1, themes=("", " "))]
    assert lines(facet(drivers(rows), "theme")) == [("late", 1, 50.0), ("unknown", 1, 50.0)]


def test_other_counts_a_mention_of_several_left_over_themes_once() -> None:
    found = facet_of("theme", [(tuple("abcde"), 3, 30), (("x", "y", "a"), 1, 9)])
    assert found is not None
    assert ("other", 1) in [(share.value, share.negatives) for share in found.shares]


def test_a_facet_that_nothing_is_known_of_is_left_out() -> None:
    names = [one.name for one in facets_of([fact(0), fact(1)])]
    assert names == ["source", "author"]


def test_values_that_are_called_other_or_unknown_are_what_they_say() -> None:
    rows = [fact(0, platform="other"), fact(1, platform="unknown"), fact(2, platform="x")]
    assert [value for value, _, _ in lines(facet(drivers(rows), "platform"))] == [
        "x",
        "other",
        "unknown",
    ]
    unnamed = facet(drivers([fact(0, language=1), fact(1, language=0)]), "language")
    assert lines(unnamed) == [("other", 1, 50.0), ("unknown", 1, 50.0)]


def test_one_author_who_posts_much_comes_first_and_one_of_wide_reach_is_seen() -> None:
    crowd = [fact(n, reach=10) for n in range(20)]
    much = [fact(n, author="a" * 16, reach=1) for n in range(30, 35)]
    found = drivers([*crowd, *much, fact(40, author="b" * 16, reach=5_000)])
    assert facet(found, "author").shares[0].value == "a" * 16
    reach = facet(found, "reach").shares
    assert (reach[0].value, reach[0].negatives) == ("b" * 16, 1)
    assert abs(reach[0].percent - 100 * 5_000 / 5_205) < 0.1


def test_reach_that_is_nowhere_known_is_left_out() -> None:
    assert "reach" not in [one.name for one in drivers([fact(0), fact(1)]).facets]


@pytest.mark.parametrize("weights", [[1] * 7, [2, 1, 1], [997, 1, 1, 1], [10**18, 1], [0, 3]])
def test_percents_add_up_to_100(weights: list[int]) -> None:
    percents = percents_of(weights)
    assert round(sum(percents), 6) == 100.0
    assert percents == sorted(percents, reverse=weights[0] > 0)
    for weight, percent in zip(weights, percents, strict=True):
        assert abs(percent - 100 * weight / sum(weights)) < 0.1


def test_children_are_products_with_two_negatives() -> None:
    names = ["kettle"] * 3 + ["toaster"] * 2 + ["fan", "", "", "other", "other"]
    facts = [fact(n, product=name) for n, name in enumerate(names)]
    found = drivers(facts)
    assert [(one.product, one.negatives) for one in found.children] == [
        ("kettle", 3),
        ("toaster", 2),
    ]
    shown = {share.value: share.percent for share in facet(found, "product").shares}
    assert [one.percent for one in found.children] == [shown["kettle"], shown["toaster"]]


def test_at_most_ten_children() -> None:
    facts = [fact(n, product=f"p{n % 12:02}") for n in range(30)]
    children = children_of(facts, facets_of(facts))
    assert [one.product for one in children] == [f"p{n:02}" for n in range(10)]
    assert children[9].percent == round(100 * 2 / 30, 1)
