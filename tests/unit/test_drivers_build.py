"""All parts together: what they say of nothing, of one, of everything unknown, of hostile text."""

from __future__ import annotations

import json
from random import Random

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.core.cause import Drivers
from app.core.drivers.given import Usual, Window
from app.core.facts import Fact
from app.core.mention import Label
from app.core.supported import LANGUAGES
from tests.unit.driver_facts import LABELS, MONDAY_MS, drawn, drivers, fact, learnt

HOSTILE = ("", " ", "other", "unknown", "\x00", "'; --", "<b>", "%s", "ß" * 200, "نص", "💥", "NaN")


def numbers(found: Drivers) -> list[float]:
    """Return every number of the value, as JSON has it."""
    every = list[float]()
    json.loads(
        msgspec.json.encode(found),
        parse_float=lambda text: every.append(float(text)),
        parse_int=lambda text: every.append(int(text)),
    )
    return every


def test_nothing_says_nothing() -> None:
    found = drivers([])
    assert (found.of, found.seen, found.inauthentic_percent) == (0, 0, 0.0)
    parts = (found.facets, found.terms, found.first, found.spread, found.children, found.supporters)
    assert parts == ((),) * 6
    assert found.shift is None
    assert [one.percent for one in found.counterfactuals] == [0.0] * 5


def test_one_negative_is_all_of_everything() -> None:
    found = drivers(
        [fact(1, platform="x", product="fan", url="https://x.example/1", terms=("hot",))]
    )
    assert {facet.name for facet in found.facets} == {"source", "platform", "product", "author"}
    assert all(facet.shares[0].percent == 100.0 for facet in found.facets)
    assert (found.terms, found.children) == ((), ())
    assert found.first == found.spread
    assert found.first[0].url == "https://x.example/1"
    assert found.shift is not None
    assert found.shift.now == 100.0


def test_only_negatives_are_looked_at() -> None:
    others = [fact(10 + n, label, platform="y") for n, label in enumerate(list(Label)[1:])]
    found = drivers([fact(0, platform="x"), *others])
    assert (found.of, found.seen) == (1, 1)
    assert [share.value for share in found.facets[1].shares] == ["x"]


def test_what_is_unknown_throughout_is_left_out() -> None:
    found = drivers([fact(n) for n in range(9)])
    assert [facet.name for facet in found.facets] == ["source", "author"]
    assert (found.terms, found.children) == ((), ())


def test_origin_and_spread_come_in_the_order_planted() -> None:
    """C39: it begins on reddit, then x, then a news source that names no platform."""
    planted = [("reddit", "social"), ("x", "social"), ("", "news"), ("youtube", "social")]
    draw, facts = Random(7), []
    for place, (platform, source) in enumerate(planted):
        for _ in range(20):
            minute = place * 10 + draw.randrange(60)
            facts.append(_posted(draw, minute, platform, source))
        facts.append(_posted(draw, place * 10 - 1, platform, source))
    found = drivers(facts)
    told = [(one.platform, one.source) for one in found.spread]
    assert told == [(platform or None, source) for platform, source in planted]
    assert [one.event_time_ms for one in found.spread] == [
        MONDAY_MS + minute * 60_000 for minute in (-1, 9, 19, 29)
    ]
    times = sorted(one.time_ms for one in facts)[:3]
    assert [one.event_time_ms for one in found.first] == times


def _posted(draw: Random, minute: int, platform: str, source: str) -> Fact:
    time_ms = MONDAY_MS + minute * 60_000
    return fact(draw.getrandbits(64), time_ms=time_ms, platform=platform, source=source)


def test_at_most_eight_platforms() -> None:
    facts = [fact(n, platform=f"p{n}") for n in range(12)]
    assert [one.platform for one in drivers(facts).spread] == [f"p{n}" for n in range(8)]


def test_supporters_are_positive_and_the_widest_first() -> None:
    """C40: of the positive mentions, never of negatives or neutrals."""
    positives = [fact(n, Label.POSITIVE, reach=n % 3 * 100) for n in range(6)]
    louder = [fact(20, Label.NEUTRAL, reach=9_000), fact(21, reach=9_000)]
    found = drivers([*positives, *louder])
    assert [one.mention_id for one in found.supporters] == ["m2", "m5", "m1"]
    assert drivers(louder).supporters == ()


def test_an_advocate_leads_the_supporters_praise_or_not() -> None:
    """C40: a planted advocate is there, and "leave them alone" is no praise."""
    crowd = [fact(n, Label.POSITIVE, reach=9_000) for n in range(3)]
    neutral = fact(7, Label.NEUTRAL, reach=1, author_kind="advocate")
    found = drivers([*crowd, neutral, fact(8, reach=9_000, author_kind="advocate")])
    assert [one.mention_id for one in found.supporters] == ["m7", "m0", "m1"]


def test_the_order_of_the_facts_changes_no_byte() -> None:
    draw, usual = Random(11), Usual(30.0, 200.0, learnt(1, steps=50))
    facts = [drawn(draw, draw.choice(LABELS)) for _ in range(200)]
    whole = msgspec.json.encode(drivers(facts, usual))
    for _ in range(5):
        draw.shuffle(facts)
        assert msgspec.json.encode(drivers(facts, usual)) == whole


@pytest.mark.parametrize("seed", range(10))
def test_an_event_stays_small_however_varied_the_mentions(seed: int) -> None:
    draw = Random(seed)
    facts = [drawn(draw, draw.choice(LABELS[:3])) for _ in range(200)]
    assert len(msgspec.json.encode(drivers(facts, Usual(3.0, 20.0, learnt(1, 50))))) < 9_000


texts = st.sampled_from(HOSTILE) | st.text(max_size=12)
facts_made = st.builds(
    fact,
    st.integers(0, 2**64 - 1),
    st.sampled_from(LABELS),
    author=texts,
    time_ms=st.integers(0, 253_402_300_799_999),
    reach=st.integers(0, 2**63 - 1),
    language=st.integers(0, len(LANGUAGES) - 1),
    source=texts,
    platform=texts,
    region=texts,
    product=texts,
    author_kind=texts,
    account_days=st.none() | st.integers(-1, 9_999),
    themes=st.lists(texts, max_size=20).map(tuple),
    terms=st.lists(texts, max_size=20).map(tuple),
)


@given(
    st.lists(facts_made, max_size=30),
    st.tuples(*[st.integers(0, 10**9)] * 5),
    st.floats(0, 1e9),
    st.floats(0, 1e9),
    st.dictionaries(texts, st.floats(0, 1e6), max_size=20),
)
def test_whatever_comes_every_number_is_one_and_percents_add_up(
    facts: list[Fact],
    counts: tuple[int, int, int, int, int],
    negatives: float,
    scored: float,
    words: dict[str, float],
) -> None:
    found = drivers(facts, Usual(negatives, scored, words), Window(*counts))
    assert all(-100 <= number < 2**63 for number in numbers(found))
    assert msgspec.json.decode(msgspec.json.encode(found), type=Drivers) == found
    for facet in found.facets:
        assert round(sum(share.percent for share in facet.shares), 6) == 100.0
        values = [share.value for share in facet.shares]
        assert len(set(values)) == len(values) <= 7
        assert all(1 <= share.negatives <= found.seen for share in facet.shares)
    for one in found.counterfactuals:
        assert 0 <= one.percent <= 100
    assert len(found.terms) <= 8
    assert found.terms == tuple(sorted(found.terms, key=lambda term: -term.z))
