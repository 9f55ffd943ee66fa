"""C10: a new kind of trouble shows as a cluster with its words, though no theme knows it."""

from __future__ import annotations

from random import Random

import pytest

from app.core.crisis import EventType
from app.core.drivers.clusters import clusters_of
from app.core.drivers.given import Usual
from app.core.drivers.terms import terms_of
from app.core.facts import Fact
from app.core.mention import Label
from tests.unit.driver_facts import MONDAY_MS, drawn, drivers, fact, learnt
from tests.unit.folding import crisis_events, fold
from tests.unit.signal_streams import BREAKS_MS, burst, log, usual

NEW = ("casing", "zorbelin")  # words of like weight stand in order of the alphabet


def planted(
    number: int, *terms: str, label: Label = Label.NEGATIVE, themes: tuple[str, ...] = ()
) -> Fact:
    return fact(1_000 + number, label, terms=terms, themes=themes)


def test_forty_mentions_of_an_invented_word_are_a_cluster_with_its_terms() -> None:
    draw = Random(3)
    usual = [drawn(draw) for _ in range(60)]
    new = [planted(number, *NEW, f"w{number}") for number in range(40)]
    facts = usual + new
    draw.shuffle(facts)
    (first, *_) = drivers(facts, Usual(3.0, 20.0, learnt(3))).clusters
    assert (first.terms, first.negatives, first.theme) == (NEW, 40, "")
    assert first.first.mention_id == "m1000"
    assert first.latest_ms == MONDAY_MS + 1_039_000


@pytest.mark.parametrize(("count", "clusters"), [(0, 0), (4, 0), (5, 1)])
def test_a_word_of_too_few_is_no_cluster(count: int, clusters: int) -> None:
    facts = [planted(number, "zorbelin") for number in range(count)]
    terms = terms_of(facts, [], learnt(1))
    assert len(terms) == (count > 0)
    assert len(clusters_of(facts, terms)) == clusters


def test_a_tenth_of_the_negatives_is_the_least() -> None:
    facts = [planted(number, "zorbelin") for number in range(9)]
    facts += [planted(100 + number, f"w{number}") for number in range(91)]
    terms = terms_of(facts, [], learnt(1))
    assert [term.term for term in terms] == ["zorbelin"]
    assert clusters_of(facts, terms) == ()
    (found,) = clusters_of(facts[:90], terms)
    assert found.negatives == 9


def test_two_troubles_are_two_clusters_and_no_mention_is_in_both() -> None:
    facts = [planted(number, "zorbelin", "both") for number in range(10)]
    facts += [planted(20 + number, "quaxel", themes=("safety",)) for number in range(8)]
    facts += [planted(40 + number, "both") for number in range(6)]
    found = clusters_of(facts, terms_of(facts, [], learnt(2)))
    assert sum(one.negatives for one in found) == len(facts)
    assert {one.terms[0]: one.theme for one in found}["quaxel"] == "safety"


def test_neutral_mentions_are_in_no_cluster() -> None:
    facts = [planted(number, "zorbelin", label=Label.NEUTRAL) for number in range(40)]
    assert drivers(facts).clusters == ()


def test_at_most_three_are_told_in_any_order_of_the_facts() -> None:
    words = ("aaaa", "bbbb", "cccc", "dddd", "eeee")
    counts = {word: 8 + 2 * place for place, word in enumerate(words)}
    facts = [planted(100 * n + counts[word], word) for word in words for n in range(counts[word])]
    terms = terms_of(facts, [], learnt(4))
    found = clusters_of(facts, terms)
    assert [(one.terms, one.negatives) for one in found] == [
        (("eeee",), 16),
        (("dddd",), 14),
        (("cccc",), 12),
    ]
    assert clusters_of(facts[::-1], terms) == found


def test_a_new_word_s_cluster_is_in_the_event_that_opens_its_crisis() -> None:
    words = usual(7)
    for place, one in enumerate(words):
        one.fields["terms"] = (f"daily{place % 30}", f"talk{place % 11}")
    trouble = burst(40, 10, label=Label.NEGATIVE, terms=NEW)
    events = crisis_events(fold(log(words, trouble)))
    opened = next(event for event in events if event.type is EventType.OPENED)
    assert opened.evidence is not None
    assert opened.evidence.drivers is not None
    cluster = opened.evidence.drivers.clusters[0]
    assert (cluster.terms, cluster.theme) == (NEW, "")
    assert cluster.first.event_time_ms == BREAKS_MS
    assert opened.time_ms - BREAKS_MS <= 5 * 60_000
