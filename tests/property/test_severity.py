"""C30: the severity is a function of what was seen, no worse fact ever lowers it, and its names are
PagerDuty's.
"""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.core.coordination import coordination_of
from app.core.copies import Copied
from app.core.crisis import Severity
from app.core.detector.spike import ScaleVerdict, Verdict
from app.core.evidence import Case, regrade
from app.core.mention import SourceKind
from app.core.rules import Rules
from app.core.severity import NEGATIVES, RANK, SHARE, SIGMA, SOURCES, agreeing, grade
from tests.property.passage_traces import a_case
from tests.unit.driver_facts import MONDAY_MS, by_negatives, fact, window_of

PAGERDUTY = (
    "info",
    "warning",
    "error",
    "critical",
)  # Events API v2, payload.severity, mildest first
FACTORS = ("negatives", "sigma", "share", "sources")
SHARES = st.floats(0, 1) | st.sampled_from(SHARE)
SIGMAS = st.floats(-5, 40) | st.sampled_from(SIGMA)
COUNTS = st.integers(0, 500) | st.sampled_from(NEGATIVES)
KINDS = st.integers(0, len(SourceKind))
QUIET = Verdict(0.0, 0.9, 1.0, 1.0)


@settings(derandomize=True, max_examples=300, deadline=None)
@given(
    facts=st.tuples(COUNTS, SIGMAS, SHARES, KINDS), more=st.tuples(COUNTS, SIGMAS, SHARES, KINDS)
)
def test_no_factor_lowers_the_severity_as_it_rises(
    facts: tuple[int, float, float, int], more: tuple[int, float, float, int]
) -> None:
    before, reasons = grade(*facts)
    assert grade(*facts) == (before, reasons)
    assert before is not Severity.INFO
    assert len(reasons) == len(FACTORS) - (facts[3] < SOURCES)
    for place in range(len(FACTORS)):
        raised = list(facts)
        raised[place] = max(facts[place], more[place])
        after = grade(int(raised[0]), raised[1], raised[2], int(raised[3]))[0]
        assert RANK[after] >= RANK[before], (FACTORS[place], facts, raised)


@pytest.mark.parametrize("place", range(3))
def test_each_factor_alone_can_raise_it(place: int) -> None:
    low, high = (0, 0.0, 0.0), [0, 0.0, 0.0]
    high[place] = (NEGATIVES, SIGMA, SHARE)[place][-1]
    assert grade(*low)[0] is Severity.WARNING
    assert grade(int(high[0]), high[1], high[2])[0] is Severity.ERROR


def test_sources_that_agree_raise_it_and_one_leaves_it() -> None:
    """C26: the same forty negatives from one source and from six."""
    kinds = [kind.value for kind in SourceKind]
    one, six = agreeing(["social"] * 40), agreeing(kinds * 7)
    assert (one, six) == (1, 6)
    assert grade(40, 4.5, 0.4, one) == grade(40, 4.5, 0.4)
    severity, reasons = grade(40, 4.5, 0.4, six)
    assert RANK[severity] == RANK[grade(40, 4.5, 0.4, one)[0]] + 1
    assert reasons[-1] == "6 kinds of source agree, each with 5 negatives at least"


@settings(derandomize=True, max_examples=200, deadline=None)
@given(
    few=st.lists(st.sampled_from(list(SourceKind)), max_size=40),
    more=st.lists(st.sampled_from(list(SourceKind)), max_size=40),
)
def test_more_negatives_never_mean_fewer_sources(
    few: list[SourceKind], more: list[SourceKind]
) -> None:
    assert agreeing(few) <= agreeing([*few, *more])


@st.composite
def cases(draw: st.DrawFn) -> Case:
    negatives, others = draw(st.integers(0, 300)), draw(st.integers(0, 300))
    unscored = draw(st.integers(0, 20))
    scale = ScaleVerdict(
        scale_s=3_600,
        observed=negatives,
        expected=draw(st.floats(0.01, 200)),
        dispersion=draw(st.floats(1, 20)),
        probability=0.01,
    )
    distinct = negatives + others + unscored
    counts = [distinct, distinct, negatives, unscored, 0, 0, 0]
    return a_case((scale,), counts, verdict=QUIET, usual_share=draw(st.floats(0.01, 0.9)))


def rank(severity: Severity | None) -> int:
    return -1 if severity is None else RANK[severity]


@settings(derandomize=True, max_examples=250, deadline=None)
@given(
    case=cases(),
    kept=st.lists(st.floats(0, 1), min_size=2, max_size=6),
    authors=st.lists(st.integers(0, 16), min_size=2, max_size=2),
    sources=st.lists(KINDS, min_size=2, max_size=2),
)
def test_more_negatives_or_authors_or_sources_left_never_mean_less(
    case: Case, kept: list[float], authors: list[int], sources: list[int]
) -> None:
    few, many = sorted(authors)
    found = [rank(regrade(case, Rules(), part, many)) for part in sorted(kept)]
    assert found == sorted(found)
    for part in kept:
        assert rank(regrade(case, Rules(), part, few)) <= rank(regrade(case, Rules(), part, many))
        less, most = [regrade(case, Rules(), part, many, None, n) for n in sorted(sources)]
        assert rank(less) <= rank(most)


def test_a_part_of_a_large_wave_is_every_severity_in_turn() -> None:
    """Else the property above would hold of a grader that says nothing."""
    scale = ScaleVerdict(
        scale_s=3_600, observed=200, expected=3.0, dispersion=2.0, probability=1e-9
    )
    case = a_case((scale,), [230, 230, 200, 0, 0, 0, 0], verdict=QUIET, usual_share=0.1)
    found = [regrade(case, Rules(), kept / 100, 16) for kept in range(101)]
    assert list(dict.fromkeys(found)) == [
        None,
        Severity.WARNING,
        Severity.ERROR,
        Severity.CRITICAL,
    ]


def test_the_names_are_pagerdutys_in_their_order() -> None:
    assert tuple(severity.value for severity in Severity) == PAGERDUTY
    assert [RANK[Severity(name)] for name in PAGERDUTY] == [0, 1, 2, 3]


def with_bots(people: int, bots: int, copies: int) -> int:
    """Return the rank of a wave of people's texts and of bots' texts, each copied so often by bots:
    -1 for none, 0 for what is only watched.
    """
    facts = [fact(number, account_days=900) for number in range(people)]
    facts += [fact(1_000 + number, account_days=3) for number in range(bots)]
    copied = {1_000 + number: Copied(copies, copies, 0) for number in range(bots) if copies}
    window = window_of(facts)._replace(copied=copied, end_ms=MONDAY_MS + 86_400_000)
    regrade = by_negatives(window)
    found = coordination_of(facts, window, regrade)
    full = regrade(1.0, window.authors, 1)
    if full is None:
        return -1
    is_loud = found.severity is not None
    return RANK[found.held(full, ())[0]] if found._replace(is_loud=is_loud).may_open else 0


@settings(derandomize=True, max_examples=200, deadline=None)
@given(
    people=st.tuples(st.integers(0, 130), st.integers(0, 130)),
    bots=st.integers(0, 60),
    copies=st.integers(0, 40),
)
def test_more_people_never_lower_it_however_many_bots_there_are(
    people: tuple[int, int], bots: int, copies: int
) -> None:
    few, many = sorted(people)
    assert with_bots(few, bots, copies) <= with_bots(many, bots, copies)


@settings(derandomize=True, max_examples=200, deadline=None)
@given(people=st.integers(0, 130), bots=st.integers(0, 60), copies=st.integers(0, 40))
def test_bots_never_lower_it_below_what_people_make_it(people: int, bots: int, copies: int) -> None:
    assert with_bots(people, bots, copies) >= with_bots(people, 0, 0)


def test_bots_alone_are_watched_and_never_more() -> None:
    assert [with_bots(0, bots, 40) for bots in (4, 5, 60)] == [-1, 0, 0]
    assert with_bots(40, 0, 0) == with_bots(40, 60, 40) == RANK[Severity.ERROR]
    assert with_bots(40, 70, 0) == RANK[Severity.CRITICAL]  # 64 % new accounts, words of their own
