"""C42: which of twelve scenarios a crisis is, from the texts of its mentions to its events."""

from __future__ import annotations

from functools import cache
from pathlib import Path

import pytest
import yaml
from msgspec.structs import replace

from app.core.crisis import EventType, Severity, State
from app.core.event import CrisisEvent, CrisisState, Output
from app.core.fingerprint import text_fingerprint
from app.core.mention import Label
from app.core.playbook import COORDINATED, OF_THEME, SCENARIOS, SHIPPED, UNCLASSIFIED
from app.core.record import ScoredMention
from app.core.rules import HOUR_MS
from app.core.scenario import NOTHING, Found, Said, Scenario, Signs, decide, named_by, said_of
from app.inference.themes import themes_of
from tests.unit.crisis_streams import BREAKS_MS, Incident, of_crises, play, shop, with_commands
from tests.unit.folding import beat, command, fold, mention

TEXTS: dict[str, list[tuple[str, str]]] = yaml.safe_load(
    (Path(__file__).parent / "data/scenario_texts.yaml").read_text("utf-8")
)
HOURS = 35.5
USUAL = dict.fromkeys(OF_THEME, 1 / 11)


@cache
def wave(scenario: str) -> list[Output]:
    """A usual shop, then ninety minutes of one complaint in five languages."""
    about = tuple(themes_of(text, language) for language, text in TEXTS[scenario])
    return play(shop(5, [Incident(1.5, 60, about)], HOURS))


@cache
def attack() -> list[Output]:
    """Twenty texts, over and over, by accounts four days old, on an ordinary day."""
    bots = [
        mention(
            90_000 + number,
            BREAKS_MS + number * 10_000,
            label=Label.NEGATIVE,
            fingerprint=text_fingerprint(f"text {number % 20}"),
            account_days=4,
            themes=(tuple(OF_THEME)[number % len(OF_THEME)],),
        )
        for number in range(300)
    ]
    calm = [one for one in shop(5, [], 34) if isinstance(one, ScoredMention)]
    return fold([beat(None), *calm, *bots, beat(BREAKS_MS + 2 * HOUR_MS)])


def last(outputs: list[Output], state: State = State.OPEN) -> Scenario:
    told = [one for one in of_crises(outputs) if one.state is state]
    assert told
    assert told[-1].scenario is not None
    return told[-1].scenario


def test_each_of_twelve_scenarios_is_told_by_its_texts() -> None:
    named = {scenario: last(wave(scenario)).id for scenario in OF_THEME.values()}
    named[COORDINATED] = last(attack(), State.WATCH).id
    wrong = {scenario: told for scenario, told in named.items() if told != scenario}
    assert len(named) == len(SCENARIOS) == 12
    assert len(wrong) <= 2
    assert set(wrong.values()) <= {UNCLASSIFIED}


def test_what_fits_no_scenario_is_unclassified() -> None:
    scenario = last(wave(UNCLASSIFIED))
    assert (scenario.id, scenario.because, scenario.team) == (
        UNCLASSIFIED,
        "nothing",
        "communications",
    )


def test_every_event_and_state_of_a_crisis_carries_its_playbook() -> None:
    outputs = wave("delivery_wave")
    told: list[CrisisEvent | CrisisState] = list(of_crises(outputs))
    told += [one for one in outputs if isinstance(one, CrisisState)]
    assert len(told) > 4
    for one in told:
        assert one.scenario is not None
        assert one.scenario.team
        assert one.scenario.chain == ("on-call", "lead", "management")
        assert one.scenario.spokesperson
        assert one.scenario.templates
        assert one.scenario.faq


def test_a_theme_is_told_with_its_numbers_as_the_drivers_have_them() -> None:
    events = [one for one in of_crises(wave("outage")) if one.evidence and one.scenario]
    for event in events:
        scenario, evidence = event.scenario, event.evidence
        if scenario is None or evidence is None or scenario.because != "theme":
            continue
        assert evidence.drivers is not None
        (themes,) = [one for one in evidence.drivers.facets if one.name == "theme"]
        (own,) = [one for one in themes.shares if one.value == scenario.about == "outage"]
        assert own.negatives == scenario.negatives
        assert scenario.share == round(own.negatives / evidence.drivers.seen, 4)
        return
    raise AssertionError("no event was told by a theme")


def test_the_first_assessment_is_due_from_the_opening_on() -> None:
    events = of_crises(wave("outage"))
    (opened,) = [one for one in events if one.type is EventType.OPENED]
    assert events[0].scenario is not None
    assert events[0].scenario.assess_by_ms is None  # a watch: nobody is asked yet
    assert opened.scenario is not None
    due_ms = opened.scenario.assess_by_ms
    assert due_ms == opened.time_ms + opened.scenario.first_assessment_ms
    assert opened.summary is not None
    assert "first assessment due at" in opened.summary.en
    assert "pierwsza ocena do" in opened.summary.pl


def test_a_crisis_opened_by_a_person_is_what_its_theme_says() -> None:
    order = command(1, "open", theme="security", note="a call", severity=Severity.ERROR)
    outputs = play(with_commands(shop(5, [], 6), [(BREAKS_MS - 30 * HOUR_MS, order)]))
    (opened,) = [one for one in of_crises(outputs) if one.type is EventType.OPENED]
    assert opened.scenario is not None
    told = opened.scenario
    assert (told.id, told.because, told.about) == ("data_breach", "person", "security")
    assert told.assess_by_ms == opened.time_ms + 15 * 60_000
    assert opened.escalated_to == told.chain[0]


def said(scenario: str, because: str, about: str = "") -> Said:
    return said_of(Found(scenario, because, about), SHIPPED)


def decided(signs: Signs, before: Said | None = None) -> tuple[str, str]:
    found = decide(signs, SHIPPED, 5, before)
    return found.id, found.about


def signs(seen: int, **themes: int) -> Signs:
    return Signs(seen, themes, USUAL)


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        (signs(0), UNCLASSIFIED),
        (signs(40, delivery=20), "delivery_wave"),
        (signs(40, delivery=4, price=4), UNCLASSIFIED),  # too few of each
        (signs(4, delivery=4), UNCLASSIFIED),  # all of them, yet too few
        (signs(40, delivery=10), UNCLASSIFIED),  # hardly more than usual
        (signs(40, quality=35, safety=14), "safety_recall"),  # the graver one
        (signs(40, payment=35, security=14), "data_breach"),
        (signs(40, delivery=18, service=30), "delivery_wave"),  # service follows from it
        (signs(40, delivery=14, service=30), "service_failure"),
        (signs(40, payment=20, outage=20), "outage"),  # of equal ones the first in the table
        (signs(40, gossip=40), UNCLASSIFIED),  # a theme of a later scorer
    ],
)
def test_what_the_signs_say(given: Signs, expected: str) -> None:
    assert decided(given)[0] == expected


def test_what_is_usual_of_a_brand_says_nothing() -> None:
    usual = Signs(40, {"delivery": 24}, {"delivery": 0.55})
    assert decided(usual)[0] == UNCLASSIFIED
    assert decided(usual._replace(usual={"delivery": 0.2}))[0] == "delivery_wave"


@pytest.mark.parametrize(
    ("before", "given", "expected"),
    [
        ((UNCLASSIFIED, "nothing"), signs(40, price=20), "price_backlash"),
        (("delivery_wave", "theme", "delivery"), signs(40), "delivery_wave"),
        (("delivery_wave", "theme", "delivery"), signs(40, delivery=7, price=30), "delivery_wave"),
        (("delivery_wave", "theme", "delivery"), signs(40, delivery=5, price=30), "price_backlash"),
        (("delivery_wave", "theme", "delivery"), signs(40, delivery=2, price=18), "delivery_wave"),
        (("product_defect", "theme", "quality"), signs(40, quality=30, safety=14), "safety_recall"),
        (("safety_recall", "theme", "safety"), signs(40, quality=30, safety=6), "safety_recall"),
        (("service_failure", "theme", "service"), signs(40, service=20, delivery=14), "X"),
        (("delivery_wave", "theme", "delivery"), signs(40, delivery=14, service=36), "X"),
        (("price_backlash", "person", "price"), signs(40, price=8, outage=30), "price_backlash"),
        ((COORDINATED, "coordinated"), signs(40, price=30), "price_backlash"),
        (("outage", "keyword", "down"), signs(40, price=15), "outage"),
    ],
)
def test_what_was_said_stands_until_something_clearly_says_another(
    before: tuple[str, ...], given: Signs, expected: str
) -> None:
    wanted = "delivery_wave" if expected == "X" else expected
    assert decided(given, said(*before))[0] == wanted


def test_bots_go_before_keywords_and_these_before_themes() -> None:
    playbooks = tuple(
        replace(one, keywords=("leak",) if one.scenario == "data_breach" else ()) for one in SHIPPED
    )
    given = Signs(40, {"safety": 38}, USUAL, keywords=frozenset({"leak"}))
    found = decide(given, playbooks, 5)
    assert (found.id, found.because, found.about) == ("data_breach", "keyword", "leak")
    again = said_of(decide(given, playbooks, 5, said_of(found, playbooks)), playbooks)
    assert (again.id, again.share_parts) == ("data_breach", 0)
    assert decide(given._replace(bots=0.6), playbooks, 5).id == COORDINATED
    assert decide(given._replace(bots=0.4), playbooks, 5).id == "data_breach"


def test_no_theme_named_by_a_person_is_no_scenario() -> None:
    assert named_by("").id == UNCLASSIFIED
    assert NOTHING.id == UNCLASSIFIED
