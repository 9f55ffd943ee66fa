"""Whose a crisis is: three competitors with the same trouble within hours are an industry's."""

from __future__ import annotations

import io
from itertools import groupby, permutations

import pytest
from msgspec.structs import replace
from rich.console import Console

from app.core.crisis import Judged, Severity, State
from app.core.event import CrisisState
from app.core.playbook import UNCLASSIFIED
from app.core.record import ScoredMention
from app.core.rules import HOUR_MS
from app.core.scenario import Scenario
from app.core.scope import OF_BRAND, WITHIN_MS, Scope, scopes
from app.core.watchlist import WatchList
from app.report.crisis_table import crisis_lines, industry_lines, scope_line
from tests.unit.crisis_streams import BREAKS_MS, Incident, play, shop
from tests.unit.report_values import MONDAY_MS

COURIERS = ("dropwell", "larkmoor", "parcelio")
INDUSTRIES = dict.fromkeys((*COURIERS, "zustell"), "couriers") | {"brew": "coffee"}
OF_COURIERS = Scope(
    scope="industry", industry="couriers", scenario="delivery_wave", brands=COURIERS
)


def crisis(brand: str, scenario: str | None = "delivery_wave", **fields: object) -> CrisisState:
    values: dict[str, object] = {
        "crisis_id": f"c-{brand}",
        "brand": brand,
        "state": State.OPEN,
        "severity": Severity.ERROR,
        "seq": 2,
        "watch_since_ms": MONDAY_MS,
        "updated_ms": MONDAY_MS,
        "scenario": scenario and Scenario(id=scenario, because="theme"),
    }
    return CrisisState(**(values | fields))  # type: ignore[arg-type]


def three(**of_the_last: object) -> list[CrisisState]:
    """Return three couriers' crises that are one, but for what the last one has in its place."""
    last = crisis(COURIERS[2], **of_the_last)  # type: ignore[arg-type]
    return [*(crisis(brand) for brand in COURIERS[:2]), last]


def test_three_competitors_with_the_same_trouble_are_an_industry() -> None:
    found = scopes(three(), INDUSTRIES)
    assert found == {f"c-{brand}": OF_COURIERS for brand in COURIERS}


def test_two_are_not() -> None:
    assert set(scopes(three()[:2], INDUSTRIES).values()) == {OF_BRAND}


@pytest.mark.parametrize("state", [State.ACKNOWLEDGED, State.RECOVERING])
def test_what_somebody_has_taken_or_what_recovers_still_counts(state: State) -> None:
    assert set(scopes(three(state=state), INDUSTRIES).values()) == {OF_COURIERS}


@pytest.mark.parametrize(
    "last",
    [
        {"state": State.RESOLVED},
        {"state": State.WATCH},
        {"drill": True},
        {"verdict": Judged.FALSE_POSITIVE},
        {"silenced_until_ms": MONDAY_MS + HOUR_MS},
        {"scenario": "outage"},
        {"scenario": UNCLASSIFIED},
        {"scenario": None},
        {"brand": "brew"},
        {"brand": "nobody's"},
        {"watch_since_ms": MONDAY_MS + WITHIN_MS + 1},
    ],
    ids=str,
)
def test_a_third_that_does_not_count_leaves_all_to_their_brands(last: dict[str, object]) -> None:
    brand = last.pop("brand", COURIERS[2])
    crises = [*three()[:2], crisis(str(brand), **last)]  # type: ignore[arg-type]
    found = scopes(crises, INDUSTRIES)
    assert len(found) == 3
    assert set(found.values()) == {OF_BRAND}


def test_a_confirmed_one_counts_and_so_does_the_last_moment() -> None:
    assert scopes(three(verdict=Judged.CONFIRMED), INDUSTRIES)["c-parcelio"] == OF_COURIERS
    late = three(watch_since_ms=MONDAY_MS + WITHIN_MS)
    assert set(scopes(late, INDUSTRIES).values()) == {OF_COURIERS}


@pytest.mark.parametrize("scenario", [None, UNCLASSIFIED])
def test_without_a_scenario_the_theme_says_what_it_is(scenario: str | None) -> None:
    crises = three(scenario=scenario, theme="delivery")
    assert set(scopes(crises, INDUSTRIES).values()) == {OF_COURIERS}
    assert scopes(three(scenario=scenario, theme="price"), INDUSTRIES)["c-parcelio"] == OF_BRAND
    unnamed = [crisis(brand, scenario) for brand in COURIERS]
    assert set(scopes(unnamed, INDUSTRIES).values()) == {OF_BRAND}


def test_two_crises_of_one_brand_are_one_brand() -> None:
    crises = [crisis("dropwell"), crisis("larkmoor"), crisis("larkmoor", crisis_id="c-second")]
    assert set(scopes(crises, INDUSTRIES).values()) == {OF_BRAND}
    found = scopes([*crises, crisis("parcelio")], INDUSTRIES)
    assert found["c-second"] == found["c-larkmoor"] == OF_COURIERS


def test_a_chain_of_neighbours_is_no_wave() -> None:
    """Each begins within six hours of the next, and the three within eight."""
    chain = [
        crisis(brand, watch_since_ms=MONDAY_MS + hours * HOUR_MS)
        for brand, hours in zip(COURIERS, (0, 4, 8), strict=True)
    ]
    assert set(scopes(chain, INDUSTRIES).values()) == {OF_BRAND}
    more = [*chain, crisis("zustell", watch_since_ms=MONDAY_MS + 5 * HOUR_MS)]
    found = scopes(more, INDUSTRIES)
    assert found["c-dropwell"].brands == ("dropwell", "larkmoor", "zustell")
    assert found["c-parcelio"].brands == ("larkmoor", "parcelio", "zustell")
    assert found["c-zustell"].brands == ("dropwell", "larkmoor", "parcelio", "zustell")


def test_the_order_of_the_records_does_not_matter() -> None:
    crises = [
        *three(),
        crisis("zustell", watch_since_ms=MONDAY_MS + 7 * HOUR_MS),
        crisis("brew", drill=True),
    ]
    wanted = scopes(crises, INDUSTRIES)
    assert {one.scope for one in wanted.values()} == {"brand", "industry"}
    assert all(scopes(order, INDUSTRIES) == wanted for order in permutations(crises))


def test_without_industries_every_crisis_is_its_brands() -> None:
    assert set(scopes(three(), {}).values()) == {OF_BRAND}
    assert scopes([], INDUSTRIES) == {}


def test_a_watch_list_names_the_industry_of_canonical_brands() -> None:
    couriers: list[dict[str, object]] = [
        {"name": "Larkmoor", "aliases": ["LM"], "industry": "couriers"},
        {"name": "Dropwell", "industry": "couriers"},
        {"name": "Parcelio", "industry": "couriers"},
    ]
    document = {"version": 1, "brands": [*couriers, {"name": "Brew"}]}
    found = WatchList.from_yaml_dict(document).industries
    assert found == dict.fromkeys(("larkmoor", "dropwell", "parcelio"), "couriers")
    assert WatchList.given().industries == {}


def folded(brand: str, seed: int, theme: str, start_ms: int) -> list[CrisisState]:
    """Return what the detector writes of a brand, alone on its partition, that has an incident."""
    log = shop(seed, [Incident(2, 80, ((theme,),), start_ms)])
    own = [replace(one, brand=brand) if isinstance(one, ScoredMention) else one for one in log]
    return [one for one in play(own) if isinstance(one, CrisisState)]


def course(states: list[CrisisState], crisis_id: str) -> list[str]:
    """Return the scopes that a crisis has one after the other, as all of these are written."""
    latest: dict[str, CrisisState] = {}
    seen = []
    for state in sorted(states, key=lambda one: one.updated_ms):
        latest[state.crisis_id] = state
        if crisis_id in latest:
            seen.append(scopes(latest.values(), INDUSTRIES)[crisis_id].scope)
    return [scope for scope, _ in groupby(seen)]


def test_what_three_partitions_write_of_one_evening_is_an_industrys_while_it_lasts() -> None:
    """The detector folds each brand alone, and the three incidents begin within half an hour."""
    starts = [BREAKS_MS + number * 15 * 60_000 for number in range(3)]
    alike = [
        folded(brand, seed, "delivery", start)
        for seed, (brand, start) in enumerate(zip(COURIERS, starts, strict=True))
    ]
    first = alike[0][0].crisis_id
    assert course([one for brand in alike for one in brand], first) == [
        "brand",
        "industry",
        "brand",
    ]
    other = folded(COURIERS[2], 2, "price", starts[2])
    assert course([*alike[0], *alike[1], *other], first) == ["brand"]


def printed(*renderables: object) -> str:
    console = Console(file=io.StringIO(), width=140)
    for one in renderables:
        console.print(one)
    file = console.file
    assert isinstance(file, io.StringIO)
    return file.getvalue()


LINE = "scope: industry (couriers, delivery_wave: dropwell, larkmoor, parcelio)"


def test_list_and_show_say_it_once() -> None:
    crises = [*three(), crisis("brew")]
    found = scopes(crises, INDUSTRIES)
    assert printed(*industry_lines(crises, found)) == f"{LINE}\n"
    assert industry_lines(crises, {}) == []
    assert LINE in printed(crisis_lines(crises[0], [], found["c-dropwell"]))
    assert "scope: brand\n" in printed(crisis_lines(crises[3], [], found["c-brew"]))
    assert "scope" not in printed(crisis_lines(crises[0], []))
    assert printed(scope_line(OF_COURIERS)) == f"{LINE}\n"
