"""D12: what the severity would be without bots, copies, the top author, source or language."""

from __future__ import annotations

import pytest

from app.core.cause import Counterfactual
from app.core.crisis import Severity
from app.core.drivers.bots import bots_of
from app.core.drivers.build import drivers_of
from app.core.drivers.given import Usual, Window
from app.core.facts import Fact
from app.core.supported import LANGUAGES
from tests.unit.driver_facts import by_negatives, drivers, fact, window_of

USUAL = Usual(3.0, 20.0, {})
PARTS = ["bots", "copies", "top_author", "top_source", "top_language"]
POLISH, GERMAN = LANGUAGES.index("pl"), LANGUAGES.index("de")


def answers(facts: list[Fact], window: Window | None = None) -> dict[str, Counterfactual]:
    return {one.without: one for one in drivers(facts, window=window).counterfactuals}


def test_there_are_exactly_five_in_a_fixed_order() -> None:
    for facts in ([], [fact(0)], [fact(n, account_days=1) for n in range(40)]):
        assert [one.without for one in drivers(facts).counterfactuals] == PARTS


def test_a_crisis_of_bots_is_a_warning_without_them() -> None:
    """120 negatives of which 110 come from accounts of a week: critical, and without them ten."""
    bots = [fact(n, account_days=7) for n in range(110)]
    people = [fact(200 + n, account_days=900) for n in range(10)]
    without = answers([*bots, *people])
    assert without["copies"].severity is Severity.CRITICAL
    assert without["bots"].severity is Severity.WARNING
    assert without["bots"].percent == 91.7
    assert drivers([*bots, *people]).inauthentic_percent == 91.7


def test_a_crisis_of_people_stays_one_without_bots() -> None:
    people = [fact(n, account_days=900 if n % 2 else None) for n in range(120)]
    without = answers(people)
    assert (without["bots"].percent, without["bots"].severity) == (0.0, Severity.CRITICAL)
    assert drivers(people).inauthentic_percent == 0.0


def test_a_sampled_crisis_is_graded_by_its_share() -> None:
    """160 of 1,600 negatives were looked at; three of four are bots, so 400 of people are left."""
    facts = [fact(n, account_days=3 if n % 4 else 300) for n in range(160)]
    window = Window(2_000, 1_800, 1_600, 0, 16)
    asked = list[tuple[float, int]]()

    def regrade(kept: float, authors_left: int, agreeing: int) -> Severity | None:
        asked.append((kept, authors_left))
        return by_negatives(window)(kept, authors_left, agreeing)

    found = drivers_of(facts, window, USUAL, regrade)
    assert (found.of, found.seen) == (1_600, 160)
    assert asked[0] == (0.25, 16)  # 40 people are seen to stay, of whom the window counts 16
    assert found.counterfactuals[0].severity is Severity.CRITICAL


@pytest.mark.parametrize(("days", "is_bot"), [(0, True), (29, True), (30, False), (None, False)])
def test_an_account_younger_than_30_days_looks_like_a_bot(days: int | None, is_bot: bool) -> None:
    one = fact(0, account_days=days)
    assert (bots_of([one]) == [one]) is is_bot


def test_a_source_may_call_it_a_bot() -> None:
    one = fact(0, account_days=4_000, author_kind="Bot")
    assert bots_of([one]) == [one]


@pytest.mark.parametrize(
    ("texts", "kind", "crowd", "is_bot"),
    [
        (8, "", 20, True),
        (7, "", 20, False),
        (8, "media", 20, False),
        (8, "", 80, False),  # less than a tenth
    ],
)
def test_a_tireless_author_of_unknown_kind_looks_like_one(
    texts: int, kind: str, crowd: int, is_bot: bool
) -> None:
    tireless = [fact(n, author="a" * 16, author_kind=kind) for n in range(texts)]
    people = [fact(100 + n) for n in range(crowd)]
    assert (bots_of([*tireless, *people]) == tireless) is is_bot


def test_a_kind_that_the_scorer_told_shields_no_tireless_author() -> None:
    def tireless(*, is_kind_inferred: bool) -> list[Fact]:
        return [
            fact(n, author="a" * 16, author_kind="media", marks=int(is_kind_inferred))
            for n in range(8)
        ]

    assert bots_of(tireless(is_kind_inferred=False)) == []
    assert len(bots_of(tireless(is_kind_inferred=True))) == 8


def test_copies_change_no_severity_since_texts_count_once() -> None:
    facts = [fact(n) for n in range(40)]
    one = answers(facts, window_of(facts, raw=1_000))["copies"]
    assert (one.percent, one.severity) == (96.0, Severity.ERROR)
    assert answers(facts)["copies"].percent == 0.0
    assert answers([], Window(0, 0, 0, 0, 0))["copies"].percent == 0.0


def test_the_top_author_source_and_language_are_named_and_taken_out() -> None:
    loud = [fact(n, author="a" * 16, source="news", language=POLISH) for n in range(7)]
    people = [fact(100 + n, source="forum", language=GERMAN) for n in range(28)]
    quiet = [fact(200, language=0), fact(201, language=1)]
    without = answers([*loud, *people, *quiet])
    author, source, language = (without[part] for part in PARTS[2:])
    assert (author.value, author.percent, author.severity) == ("a" * 16, 18.9, Severity.ERROR)
    assert (source.value, source.percent) == ("forum", 75.7)
    assert source.severity is None  # three authors are left
    assert (language.value, language.percent, language.severity) == ("de", 75.7, None)


def test_of_equals_the_first_by_name_goes() -> None:
    facts = [fact(n, source=("news", "forum")[n % 2]) for n in range(10)]
    assert answers(facts)["top_source"].value == "forum"


def test_where_no_language_is_known_none_goes() -> None:
    one = answers([fact(n, language=n % 2) for n in range(40)])["top_language"]
    assert (one.value, one.percent, one.severity) == (None, 0.0, Severity.ERROR)


def test_with_one_source_nothing_is_left_without_it() -> None:
    one = answers([fact(n) for n in range(200)])["top_source"]
    assert (one.value, one.percent, one.severity) == ("social", 100.0, None)


def test_taking_more_out_never_raises_the_severity() -> None:
    rank = {None: -1} | {severity: place for place, severity in enumerate(Severity)}
    before = len(rank)
    for bots in range(121):
        facts = [fact(n, account_days=5 if n < bots else 500) for n in range(120)]
        without = answers(facts)
        assert without["copies"].severity is Severity.CRITICAL
        now = rank[without["bots"].severity]
        assert now <= before
        before = now
    assert before == -1


def test_authors_left_are_in_proportion_where_more_were_counted_than_seen() -> None:
    asked = list[int]()

    def regrade(kept: float, authors_left: int, agreeing: int) -> Severity | None:
        asked.append(authors_left)
        return None

    facts = [fact(n, account_days=3 if n < 3 else 300) for n in range(4)]
    drivers_of(facts, Window(80, 80, 80, 0, 14), USUAL, regrade)
    assert asked[:2] == [4, 14]  # a quarter of 14, rounded
