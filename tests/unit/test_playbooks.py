"""C42: playbooks as settings: ids that resolve, texts filled, chains of their own."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from msgspec.structs import replace

from app.config import load_settings
from app.core.classed import waits_for_first
from app.core.crisis import EventType, Severity, State
from app.core.event import CrisisEvent, CrisisState
from app.core.playbook import SCENARIOS, SHIPPED, STORED, UNCLASSIFIED, Playbook, playbook_of
from app.core.rules import Rules
from app.core.scenario import BECAUSE, Found, Scenario, said_of
from app.core.state import Episode
from app.core.statement import PLACES, SHIPPED_TEXTS, filled
from app.errors import ConfigError
from app.report.playbook import drafts_of, playbook_lines
from tests.unit.crisis_streams import Incident, of_crises, play, shop, with_commands
from tests.unit.folding import MONDAY_MS, QUICK, command
from tests.unit.test_alertmanager import EVIDENCE
from tests.unit.test_crisis_command import printed

CHAINED = "playbooks: {scenarios: {data_breach: {team: blue, chain: [security, ciso]}}}"


def rules(text: str, tmp_path: Path) -> Rules:
    path = tmp_path / "squall.yaml"
    path.write_text(text)
    return load_settings(path).rules()


def crisis(**fields: object) -> CrisisState:
    """Return a crisis of which nothing is known but what must be."""
    values: dict[str, object] = {
        "crisis_id": "c1",
        "brand": "acme",
        "state": State.WATCH,
        "severity": Severity.INFO,
        "seq": 1,
        "watch_since_ms": MONDAY_MS,
        "updated_ms": MONDAY_MS + 60_000,
    }
    return CrisisState(**(values | fields))  # type: ignore[arg-type]


def test_there_is_a_playbook_for_each_scenario_and_for_none() -> None:
    assert tuple(one.scenario for one in SHIPPED) == (*SCENARIOS, UNCLASSIFIED)


@pytest.mark.parametrize("playbook", SHIPPED, ids=lambda one: str(one.scenario))
@pytest.mark.parametrize("language", ["en", "pl", "de"])
@pytest.mark.parametrize("is_full", [True, False])
def test_each_id_resolves_and_is_filled_without_a_blank(
    playbook: Playbook, language: str, is_full: bool
) -> None:
    scenario = Scenario(
        id=playbook.scenario, because="nothing", team=playbook.team, assess_by_ms=MONDAY_MS
    )
    about = crisis(scenario=scenario, evidence=EVIDENCE, escalated_to="lead", opened_ms=MONDAY_MS)
    for name in (*playbook.templates, playbook.faq):
        text = filled(SHIPPED_TEXTS[name], about if is_full else crisis(), language)
        assert "{" not in text
        assert "  " not in text
        assert ": ." not in text
        assert " ;" not in text


def test_every_place_has_a_value_of_a_crisis_of_which_nothing_is_known() -> None:
    text = "|".join(f"{{{place}}}" for place in PLACES)
    for about in (crisis(), crisis(brand="\u200b", scenario=Scenario(id="outage", because="x"))):
        assert all(filled({"en": text}, about, "pl").split("|"))


def test_a_text_is_in_the_language_asked_for_else_english_else_any() -> None:
    assert filled({"en": "a {state}", "pl": "b {state}"}, crisis(), "pl") == "b obserwacja"
    assert filled({"en": "a {state}", "pl": "b {state}"}, crisis(), "de") == "a watch"
    assert filled({"fr": "c {state}"}, crisis(), "de") == "c watch"


@pytest.mark.parametrize(
    ("playbooks", "says"),
    [
        ({"scenarios": {"fire": {}}}, "playbooks.scenarios: 'fire' is no scenario; one of coord"),
        ({"scenarios": {"outage": {"tem": "x"}}}, "playbooks.scenarios.outage.tem: unknown key"),
        ({"scenarios": {"outage": {"team": " "}}}, "outage.team: string should match"),
        ({"scenarios": {"outage": {"chain": ["a", "a"]}}}, "chain: a role is named twice; each"),
        ({"scenarios": {"outage": {"templates": []}}}, "templates: tuple should have at least 1"),
        ({"scenarios": {"outage": {"templates": ["outage-holdin"]}}}, "did you mean outage-hold"),
        ({"scenarios": {"outage": {"faq": "zzz"}}}, "zzz is no text; add it to playbooks.templ"),
        ({"scenarios": {"outage": {"first_assessment_minutes": 0}}}, "first_assessment_minutes: "),
        ({"scenarios": {"outage": {"keywords": ["down"]}}}, "down is no risk keyword; name one"),
        ({"scenarios": {"outage": {"keywords": ["down"]}}}, "scorer.risk_keywords, which has none"),
        ({"templates": {"a": {}}}, "playbooks.templates.a: has no text; give one by language"),
        ({"templates": {"a": {"en": " "}}}, "playbooks.templates.a.en: is empty; write a text"),
        ({"templates": {"a": {"xx": "b"}}}, "templates.a.xx: is no ISO 639-1 code in use"),
        ({"templates": {"a": {"en": "{who}"}}}, "{who} is no place; one of brand, scenario"),
        ({"templates": {"a": {"en": "{brand.x}"}}}, "{brand.x} is no place; one of brand"),
        ({"templates": {"a": {"en": "{}"}}}, "{} is no place; one of brand"),
        ({"templates": {"a": {"en": "{brand!r}"}}}, "{brand} has a format; write its name alone"),
        ({"templates": {"a": {"en": "{brand:>9}"}}}, "{brand} has a format; write its name"),
        ({"templates": {"a": {"en": "a } b"}}}, "write {{ or }} for a brace of the text"),
        ({"templates": {"a": {"en": "x" * 4_001}}}, "has more than 4000 characters; shorten it"),
        ({"templates": {"A b": {"en": "x"}}}, "playbooks.templates.A b.[key]: string should match"),
    ],
)
def test_what_is_wrong_with_playbooks_is_named(playbooks: dict[str, object], says: str) -> None:
    with pytest.raises(ConfigError) as caught:
        load_settings(playbooks=playbooks)
    assert says in str(caught.value)


def test_a_keyword_means_one_scenario() -> None:
    known = {"risk_keywords": {"leak": {"words": {"any": ["leak"]}}}}
    both = {"data_breach": {"keywords": ["leak"]}, "outage": {"keywords": ["leak"]}}
    with pytest.raises(ConfigError, match="leak means data_breach already; keep it in one"):
        load_settings(scorer=known, playbooks={"scenarios": both})
    one = load_settings(scorer=known, playbooks={"scenarios": {"outage": {"keywords": ["leak"]}}})
    assert playbook_of(one.rules().playbooks, "outage").keywords == ("leak",)


def test_what_is_set_takes_the_place_of_what_was_shipped_and_nothing_else() -> None:
    given = {"team": "sre", "faq": "own", "first_assessment_minutes": 7.5, "chain": ["a", "b"]}
    settings = load_settings(
        playbooks={"scenarios": {"outage": given}, "templates": {"own": {"pl": "O {brand}."}}}
    )
    found = settings.rules().playbooks
    shipped = playbook_of(SHIPPED, "outage")
    assert playbook_of(found, "outage") == replace(
        shipped, team="sre", faq="own", first_assessment_ms=450_000, chain=("a", "b")
    )
    assert [one for one in found if one.scenario != "outage"] == [
        one for one in SHIPPED if one.scenario != "outage"
    ]
    assert settings.playbooks.texts()["own"] == {"pl": "O {brand}."}


def test_scenarios_are_stored_by_their_place_in_a_list_that_only_grows() -> None:
    assert set(STORED) == {*SCENARIOS, UNCLASSIFIED}
    assert " ".join(STORED[:13]) == (
        "unclassified coordinated_attack safety_recall data_breach ethics_scandal outage"
        " payment_failure product_defect misdescription delivery_wave price_backlash"
        " refund_dispute service_failure"
    )
    assert BECAUSE == ("nothing", "theme", "keyword", "coordinated", "person")


def test_playbooks_as_shipped_give_verdicts_no_other_name() -> None:
    assert load_settings().rules() == Rules()
    other = load_settings(playbooks={"scenarios": {"outage": {"team": "sre"}}}).rules()
    assert other.baseline_id("x") != Rules().baseline_id("x")
    assert Rules(open_steps=3).baseline_id("x") != Rules().baseline_id("x")


def test_a_scenario_with_a_chain_of_its_own_asks_that_one(tmp_path: Path) -> None:
    ours = replace(QUICK, playbooks=rules(CHAINED, tmp_path).playbooks)
    log = shop(5, [Incident(1.5, 60, (("security",),))], 36.5)
    asked = [one.escalated_to for one in of_crises(play(log, ours)) if one.type in ASKING]
    assert asked[:2] == ["security", "ciso"]
    order = command(1, "open", theme="security", note="a call")
    opened = play(with_commands(shop(5, [], 6), [(MONDAY_MS + 4 * 3_600_000, order)]), ours)
    (event,) = [one for one in of_crises(opened) if one.type is EventType.OPENED]
    assert (event.escalated_to, event.scenario and event.scenario.team) == ("security", "blue")


ASKING = (EventType.OPENED, EventType.ESCALATED)


def test_what_turns_out_to_be_another_scenario_asks_that_ones_first(tmp_path: Path) -> None:
    """It begins without a theme, and nobody of the on-call role knows what to do of a breach."""
    ours = replace(QUICK, playbooks=rules(CHAINED, tmp_path).playbooks)
    start_ms = MONDAY_MS + 34 * 3_600_000
    waves = [
        Incident(1, 40, ((),), start_ms),
        Incident(1.5, 90, (("security",),), start_ms + 40 * 60_000),
    ]
    events = of_crises(play(shop(5, waves, 36.5), ours))
    (turned,) = [one for one in events if "data_breach from now on" in " ".join(one.reasons)]
    assert turned.type is EventType.UPDATED
    assert turned.scenario is not None
    assert turned.scenario.chain == ("on-call", "lead", "security", "ciso")
    assert asked_in(events) == ["on-call", "lead", "security", "ciso"]
    dues = [one.scenario.assess_by_ms for one in events if one.scenario]
    known = [due for due in dues if due is not None]
    assert known == sorted(known, reverse=True)  # never later than was said


def asked_in(events: list[CrisisEvent]) -> list[str]:
    named = [one.escalated_to for one in events if one.type in ASKING]
    return [role for role in named if role is not None]


def test_nobody_waits_where_nothing_is_known_of_a_scenario() -> None:
    assert not waits_for_first(Episode(crisis_id="c"), Rules())
    none = said_of(Found("outage", "nothing"), SHIPPED)
    assert not waits_for_first(Episode(crisis_id="c", scenario=none), Rules(escalation=()))


def test_a_playbook_is_shown_with_its_settings(tmp_path: Path) -> None:
    path = tmp_path / "squall.yaml"
    path.write_text(CHAINED)
    shown = json.loads(json.dumps(load_settings(path).effective()))
    assert shown["playbooks"]["scenarios"]["data_breach"]["chain"] == ["security", "ciso"]


def test_a_playbook_in_a_terminal_says_who_until_when_and_the_texts() -> None:
    scenario = Scenario(
        id="outage",
        because="theme",
        about="outage",
        negatives=30,
        share=0.6,
        usual=0.1,
        team="platform",
        chain=("on-call", "lead"),
        spokesperson="head-of-communications",
        templates=("outage-holding", "gone"),
        faq="outage-faq",
        assess_by_ms=MONDAY_MS + 900_000,
    )
    about = crisis(scenario=scenario, opened_ms=MONDAY_MS, state=State.OPEN)
    drafts = drafts_of(about, SHIPPED_TEXTS, "pl")
    text = printed(playbook_lines(about, drafts))
    for part in (
        "theme outage, 60% of the negatives, usually 10%",
        "on-call, lead",
        "2024-01-01 00:15 UTC",
        "usługi acme nie działają",
        "Co nie działa i u kogo?",
        "This text is no longer in playbooks.templates",
    ):
        assert part in text
    bots = replace(scenario, id="coordinated_attack", because="coordinated", assess_by_ms=None)
    text = printed(playbook_lines(replace(about, scenario=bots), {}))
    assert "posts of bots, 60% of the negative ones" in text
    assert drafts_of(crisis(), SHIPPED_TEXTS, "en") == {}
    assert "its next event has one" in printed(playbook_lines(crisis(), {}))
    said = replace(scenario, because="keyword", about="down", negatives=0)
    lines = printed(playbook_lines(replace(about, scenario=said), {})).splitlines()
    assert lines[2].split() == ["because", "of", "keyword", "down"]
