"""C31: one incident is one crisis whatever products and sources it shows in; incidents that have
nothing to do with each other are crises of their own; what follows from one is part of it.
"""

from __future__ import annotations

from functools import cache

import pytest

from app.core.cause import Drivers
from app.core.crisis import State
from app.core.event import CrisisEvent, CrisisState, Output
from app.core.groups import GENERAL, _named, usual_share_of
from app.core.rules import HOUR_MS, STEP_MS
from app.core.state import BrandState, Episode
from app.core.window import Rings
from tests.unit.crisis_streams import (
    BREAKS_MS,
    PRODUCTS,
    SOURCES,
    Incident,
    of_crises,
    opened,
    play,
    shop,
)
from tests.unit.driver_facts import fact

SEEDS = range(10)
HOURS = 41.0
DELIVERY, SECURITY, SERVICE = ("delivery",), ("security",), ("service",)


@cache
def one_incident(seed: int) -> list[Output]:
    """A defect: three products, four sources, one theme."""
    return play(shop(seed, [Incident(3, 60, (("quality",),))], HOURS))


def last_while_open(events: list[CrisisEvent]) -> Drivers:
    event = [one for one in events if one.evidence and one.state is State.OPEN][-1]
    assert event.evidence is not None
    assert event.evidence.drivers is not None
    return event.evidence.drivers


@pytest.mark.parametrize("seed", SEEDS)
def test_one_incident_in_three_products_and_four_sources_is_one_crisis(seed: int) -> None:
    events = of_crises(one_incident(seed))
    assert len(opened(one_incident(seed))) == 1
    drivers = last_while_open(events)
    assert {child.product for child in drivers.children} == set(PRODUCTS)
    (sources,) = [facet for facet in drivers.facets if facet.name == "source"]
    assert {share.value for share in sources.shares} >= set(SOURCES)


@pytest.mark.parametrize("seed", SEEDS)
def test_a_product_has_no_crisis_of_its_own(seed: int) -> None:
    """Inhibition: products are children, and no event or state is about one alone."""
    outputs = one_incident(seed)
    kept = {one.crisis_id for one in outputs if isinstance(one, CrisisState)}
    assert len(kept) == len({one.crisis_id for one in of_crises(outputs)}) == 1


@pytest.mark.parametrize("apart_h", [0, 1])
@pytest.mark.parametrize("seed", SEEDS)
def test_two_unrelated_themes_are_two_crises(seed: int, apart_h: int) -> None:
    second = Incident(3, 60, (SECURITY,), BREAKS_MS + apart_h * HOUR_MS)
    outputs = play(shop(seed, [Incident(3, 60, (DELIVERY,)), second], HOURS))
    begun = opened(outputs)
    assert len(begun) == 2
    assert len({one.theme for one in begun}) == 2
    for event in begun:
        last = last_while_open([one for one in of_crises(outputs) if one.theme == event.theme])
        if event.theme:
            (themes,) = [facet for facet in last.facets if facet.name == "theme"]
            assert themes.shares[0].value == event.theme


@pytest.mark.parametrize("seed", SEEDS)
def test_what_follows_from_an_incident_is_part_of_it(seed: int) -> None:
    """Parcels are late, people complain of parcels, of service, and of both."""
    about = (DELIVERY, ("delivery", "service"), SERVICE)
    outputs = play(shop(seed, [Incident(3, 60, about)], HOURS))
    assert len(opened(outputs)) == 1


@pytest.mark.parametrize("seed", SEEDS)
def test_a_consequence_that_comes_an_hour_later_is_part_of_it(seed: int) -> None:
    incidents = [Incident(3, 50, (DELIVERY,)), Incident(3, 50, (SERVICE,), BREAKS_MS + HOUR_MS)]
    outputs = play(shop(seed, incidents, HOURS))
    assert len(opened(outputs)) == 1


def test_what_has_no_theme_is_not_held_against_all_negatives() -> None:
    usual = {"": 90.0, "delivery": 60.0, "service": 25.0}
    assert usual_share_of(usual, "") == pytest.approx(0.15)
    assert usual_share_of(usual, "delivery") == pytest.approx(60.8 / 100, abs=0.01)
    assert usual_share_of({}, "") == 1.0
    assert usual_share_of({"": 40.0, "delivery": 60.0}, "") == pytest.approx(1 / 12)


@pytest.mark.parametrize("apart_h", [0, 1])
@pytest.mark.parametrize("seed", SEEDS[:4])
def test_with_nothing_taken_out_a_theme_is_as_bad_as_it_is(seed: int, apart_h: int) -> None:
    """D12: beside another crisis too, where its negatives are but a part of the brand's."""
    second = Incident(3, 60, (SECURITY,), BREAKS_MS + apart_h * HOUR_MS)
    outputs = play(shop(seed, [Incident(3, 60, (DELIVERY,)), second], HOURS))
    for event in opened(outputs):
        assert event.evidence is not None
        assert event.evidence.drivers is not None
        answers = event.evidence.drivers.counterfactuals
        untouched = {one.severity for one in answers if not one.percent}
        assert untouched == {event.severity}


def general_crisis(
    age_ms: int, first_hour: int, about_delivery: int, stands: State = State.OPEN
) -> BrandState:
    """Return a brand with a general crisis, in whose first hour so many negatives came."""
    state = BrandState(brand="larkmoor", rings=Rings.starting_at((BREAKS_MS + age_ms) // STEP_MS))
    state.episodes[GENERAL] = Episode(
        crisis_id="c", theme=GENERAL, watch_since_ms=BREAKS_MS, last_signal_ms=BREAKS_MS
    )
    state.episodes[GENERAL].state = stands
    state.facts = [
        fact(n, time_ms=BREAKS_MS + n, themes=DELIVERY if n < about_delivery else ())
        for n in range(first_hour)
    ]
    return state


@pytest.mark.parametrize(
    ("age_h", "about_delivery", "is_one"),
    [(1, 0, True), (3, 6, True), (3, 4, False), (3, 0, False)],
)
def test_a_theme_that_shows_late_is_the_general_crisis_if_it_was_in_its_first_hour(
    age_h: int, about_delivery: int, is_one: bool
) -> None:
    """C31: one incident whose theme is too rare to show at first is one crisis; what comes up hours
    later is another.
    """
    state = general_crisis(age_h * HOUR_MS, 15, about_delivery)
    assert _named(state, ["delivery"]) == ["delivery"]
    assert sorted(state.episodes) == (["delivery"] if is_one else [GENERAL])
    if is_one:
        assert state.episodes["delivery"].theme == "delivery"


def test_a_crisis_that_is_passing_is_not_about_what_shows_late() -> None:
    state = general_crisis(3 * HOUR_MS, 15, 15, State.RECOVERING)
    assert _named(state, ["delivery"]) == ["delivery"]
    assert sorted(state.episodes) == [GENERAL]


def test_two_mentions_in_the_first_hour_make_no_crisis_about_them() -> None:
    state = general_crisis(3 * HOUR_MS, 2, 2)
    assert _named(state, ["delivery"]) == ["delivery"]
    assert sorted(state.episodes) == [GENERAL]
