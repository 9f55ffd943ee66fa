"""C47: who is told of which crisis, and that whoever was told hears of its end."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import replace

from app.config import CANARY_BRAND, Settings, load_settings
from app.core.cause import Child, Drivers
from app.core.crisis import EventType, Severity, State
from app.core.event import CrisisEvent, CrisisState
from app.core.routed import MOST, RoutedAs, routed
from app.core.scenario import Scenario
from app.errors import ConfigError
from app.metrics import Metrics
from app.sinks.alert import Alert
from app.sinks.open_alerts import OpenAlerts
from app.sinks.posting import AlertRefused
from app.sinks.routing import Route, Routing
from app.sinks.several import Several
from app.sinks.webhook import Webhook
from app.stream.notifier import make_sink
from app.stream.receivers import receivers_of
from tests.unit.crisis_streams import Incident, play, shop
from tests.unit.scripted_server import Script, answering
from tests.unit.test_alertmanager import EVIDENCE, NOW, OPENED, T0

SECRET = "a secret that is long enough to sign with"
YAML = """
notifier:
  alertmanager_url: http://localhost:9093
  receivers:
    security-pager: {kind: pagerduty, secret: planted-1}
    shop-pager: {kind: pagerduty, secret: planted-2}
    board: {kind: webhook, url: "https://board.example/hook", secret: "SECRET"}
    logistics: {kind: webhook, url: "https://logistics.example", secret: "SECRET"}
    kettles: {kind: webhook, url: "https://kettles.example", secret: "SECRET"}
    archive: {kind: alertmanager, url: "https://archive.example"}
  routes:
    - {receivers: [archive], severity: error, goes_on: true}
    - {receivers: [security-pager, board], scenarios: [data_breach], severity: error}
    - {receivers: [security-pager], scenarios: [data_breach, coordinated_attack]}
    - {receivers: [board], roles: [management]}
    - {receivers: [logistics], scenarios: [delivery_wave], brands: [Larkmoor, zumbry]}
    - {receivers: [kettles], products: [kettle], scenarios: [product_defect, safety_recall]}
    - {receivers: [shop-pager], severity: critical}
""".replace("SECRET", SECRET)
INFO, WARNING, ERROR, CRITICAL = Severity
BREACH, BOTS, WAVE, DEFECT = "data_breach", "coordinated_attack", "delivery_wave", "product_defect"
NONE, PAGER, SHOP = "unclassified", "security-pager", "shop-pager"
CASES: list[tuple[str, Severity, str, str, str, list[str]]] = [
    # brand, severity, scenario, role, product, who is told
    ("larkmoor", WARNING, NONE, "", "", ["alertmanager"]),
    ("larkmoor", ERROR, NONE, "", "", ["archive"]),
    ("larkmoor", CRITICAL, NONE, "", "", ["archive", SHOP]),
    ("larkmoor", INFO, NONE, "on-call", "", ["alertmanager"]),
    ("larkmoor", WARNING, NONE, "lead", "", ["alertmanager"]),
    ("larkmoor", WARNING, NONE, "management", "", ["board"]),
    ("larkmoor", ERROR, NONE, "management", "", ["archive", "board"]),
    ("larkmoor", CRITICAL, NONE, "management", "", ["archive", "board"]),
    ("larkmoor", WARNING, BREACH, "", "", [PAGER]),
    ("larkmoor", ERROR, BREACH, "", "", ["archive", PAGER, "board"]),
    ("larkmoor", CRITICAL, BREACH, "", "", ["archive", PAGER, "board"]),
    ("larkmoor", CRITICAL, BREACH, "management", "", ["archive", PAGER, "board"]),
    ("other", WARNING, BREACH, "management", "kettle", [PAGER]),
    ("larkmoor", WARNING, BOTS, "", "", [PAGER]),
    ("larkmoor", CRITICAL, BOTS, "management", "", ["archive", PAGER]),
    ("larkmoor", WARNING, WAVE, "", "", ["logistics"]),
    ("zumbry", WARNING, WAVE, "", "", ["logistics"]),
    ("other", WARNING, WAVE, "", "", ["alertmanager"]),
    ("other", CRITICAL, WAVE, "", "", ["archive", SHOP]),
    ("larkmoor", ERROR, WAVE, "", "", ["archive", "logistics"]),
    ("larkmoor", WARNING, WAVE, "management", "", ["board"]),
    ("larkmoor", WARNING, DEFECT, "", "kettle", ["kettles"]),
    ("other", ERROR, DEFECT, "", "kettle", ["archive", "kettles"]),
    ("larkmoor", WARNING, DEFECT, "", "toaster", ["alertmanager"]),
    ("larkmoor", WARNING, DEFECT, "", "", ["alertmanager"]),
    ("larkmoor", CRITICAL, "safety_recall", "", "kettle", ["archive", "kettles"]),
    ("larkmoor", WARNING, "outage", "", "kettle", ["alertmanager"]),
    ("larkmoor", CRITICAL, "outage", "", "kettle", ["archive", SHOP]),
    ("zumbry", CRITICAL, DEFECT, "lead", "toaster", ["archive", SHOP]),
    ("zumbry", INFO, WAVE, "management", "kettle", ["board"]),
]


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    path = tmp_path / "squall.yaml"
    path.write_text(YAML)
    return load_settings(path)


def test_there_are_thirty_cases_and_each_receiver_is_in_one() -> None:
    assert len(CASES) == 30
    assert len({name for case in CASES for name in case[-1]}) == 7


@pytest.mark.parametrize(("brand", "severity", "scenario", "role", "product", "told"), CASES)
def test_each_case_goes_to_its_receivers(
    settings: Settings,
    brand: str,
    severity: Severity,
    scenario: str,
    role: str,
    product: str,
    told: list[str],
) -> None:
    now = RoutedAs(severity=severity, scenario=scenario, role=role, product=product)
    assert settings.notifier.routing().receivers(brand, now) == tuple(told)


def test_without_routes_all_that_are_set_are_told() -> None:
    notifier = load_settings(
        notifier={
            "alertmanager_url": "http://localhost:9093",
            "webhook_url": "https://hook.example",
            "webhook_secret": SECRET,
        }
    ).notifier
    routing = notifier.routing()
    assert routing.receivers("any", RoutedAs(severity=INFO)) == ("alertmanager", "webhook")
    assert Settings().notifier.routing() == Routing((), ())


def test_every_receiver_is_made_of_its_kind(settings: Settings) -> None:
    kinds, sinks = receivers_of(settings.notifier)
    assert sinks.keys() == kinds.keys() == {name for case in CASES for name in case[-1]}
    assert {name: type(sink).__name__.lower() for name, sink in sinks.items()} == kinds
    shown = str(settings.effective()["notifier"])
    assert "planted" not in shown
    assert SECRET not in shown


async def test_what_a_named_receiver_refuses_names_its_setting() -> None:
    script = Script(400)
    with answering(script) as url:
        given = {"orders": {"kind": "webhook", "url": url, "secret": SECRET}}
        notifier = load_settings(
            notifier={"receivers": given, "default_receivers": ["orders"]}
        ).notifier
        sink = receivers_of(notifier)[1]["orders"]
        assert isinstance(sink, Webhook)
        alert = Alert(labels={"crisis_id": "c1", "brand": "acme"}, annotations={}, starts_ms=T0)
        with pytest.raises(AlertRefused, match=r"check notifier\.receivers\.orders"):
            await sink.post([alert])
        await sink.close()


A_HOOK = {"kind": "webhook", "url": "https://hook.example", "secret": SECRET}


@pytest.mark.parametrize(
    ("notifier", "says"),
    [
        ({"receivers": {"a": {"kind": "mail"}}}, "receivers.a.kind: should be 'alertmanager',"),
        ({"receivers": {"a": {"kind": "webhook", "secret": SECRET}}}, "a.url: missing; a receiver"),
        ({"receivers": {"a": {"kind": "webhook", "url": "https://b"}}}, "secret_file: missing; a"),
        ({"receivers": {"a": {"kind": "pagerduty"}}}, "a.secret_file: missing; a receiver of the"),
        ({"receivers": {"a": A_HOOK | {"secret_file": "x"}}}, "secret is given too; keep one"),
        ({"receivers": {"a": A_HOOK | {"url": "http://b.example"}}}, "in the clear; use https"),
        ({"receivers": {"a": A_HOOK | {"url": "b.example"}}}, "must be an http or https address"),
        ({"receivers": {"a": A_HOOK | {"url": "https://u:p@b"}}}, "must not hold a user name"),
        ({"receivers": {"a": A_HOOK | {"secret": "short"}}}, "secret: is shorter than 24 bytes"),
        ({"receivers": {"a": {"kind": "pagerduty", "secret": ""}}}, "a.secret: is empty; give it"),
        ({"receivers": {"A b": A_HOOK}}, "receivers.A b.[key]: string should match pattern"),
        ({"receivers": {"a": A_HOOK | {"key": "x"}}}, "notifier.receivers.a.key: unknown key"),
        ({"receivers": {"webhook": A_HOOK}}, "is the name of the one that is set without a name"),
        ({"receivers": {"a": A_HOOK}}, "receivers.a: is told nothing; name it in a route or def"),
        ({"routes": [{"receivers": ["b"]}]}, "routes.0.receivers: 'b' is no receiver; one of none"),
        ({"routes": [{"receivers": []}]}, "routes.0.receivers: tuple should have at least 1 item"),
        ({"routes": [{}]}, "routes.0.receivers: field required"),
        ({"routes": [{"receivers": ["b"], "scenarios": ["x"]}]}, "'x' is no scenario; one of coo"),
        ({"routes": [{"receivers": ["b"], "severity": "bad"}]}, "routes.0.severity: should be '"),
        ({"routes": [{"receivers": ["b"], "brands": ["!"]}]}, "'!' is no brand of a watch list"),
        ({"routes": [{"receivers": ["b"], "brand": ["c"]}]}, "routes.0.brand: unknown key"),
        ({"default_receivers": ["b"]}, "default_receivers: 'b' is no receiver; one of none is set"),
        (
            {"receivers": {"a": A_HOOK}, "routes": [{"receivers": ["a"]}]},
            "default_receivers: missing; name who is told where no route matches, or [] for nobody",
        ),
    ],
)
def test_what_is_wrong_with_routes_is_named(notifier: dict[str, Any], says: str) -> None:
    with pytest.raises(ConfigError) as caught:
        load_settings(notifier=notifier)
    assert says in str(caught.value)
    assert SECRET not in str(caught.value)


def test_a_secret_comes_from_its_file_or_is_refused_by_name(tmp_path: Path) -> None:
    path = tmp_path / "key"
    hook = {"kind": "webhook", "url": "https://b.example", "secret_file": str(path)}
    given = {"receivers": {"a": hook}, "default_receivers": ["a"]}
    receiver = load_settings(notifier=given).notifier.receivers["a"]
    with pytest.raises(ConfigError, match=r"receivers\.a\.secret_file: .* is no readable text"):
        receiver.key("a")
    path.write_text(f"{SECRET}\n")
    assert receiver.key("a") == SECRET
    path.write_text("short\n")
    with pytest.raises(ConfigError, match="is shorter than 24 bytes"):
        receiver.key("a")
    path.write_bytes(b"\xff" * 30)
    with pytest.raises(ConfigError, match="mount it"):
        receiver.key("a")


class Told:
    """A sink that notes what it was handed."""

    def __init__(self) -> None:
        self.steps: list[tuple[str, bool]] = []  # severity, whether it is over

    async def post(self, alerts: Sequence[Alert]) -> Sequence[Alert]:
        self.steps += [(one.labels["severity"], one.ends_ms is not None) for one in alerts]
        return alerts


BY_SEVERITY = Routing((Route(("pager",), severity=CRITICAL),), ("mail",))


async def run(
    *crises: CrisisEvent | CrisisState, start: OpenAlerts | None = None
) -> dict[str, Told]:
    """Return what each of two receivers was told of the records, one after the other."""
    sinks = {"pager": Told(), "mail": Told()}
    several = Several(sinks, lambda *_: None, canary="c", heard_by=(), routing=BY_SEVERITY)
    alerts = start or OpenAlerts(resend_s=30)
    for crisis in crises:
        alerts.apply(crisis, NOW)
        due = alerts.due(NOW)
        await several.post(due)
        alerts.sent(due, NOW)
    return sinks


def step(seq: int, kind: EventType, state: State, severity: Severity) -> CrisisEvent:
    return replace(OPENED, seq=seq, id=f"e{seq}", type=kind, state=state, severity=severity)


WORSE = step(3, EventType.SEVERITY_CHANGED, State.OPEN, CRITICAL)
CALMER = step(4, EventType.SEVERITY_CHANGED, State.OPEN, WARNING)
OVER = step(5, EventType.RESOLVED, State.RESOLVED, WARNING)


async def test_whoever_was_told_hears_of_every_later_step_and_of_the_end() -> None:
    told = await run(OPENED, WORSE, CALMER, OVER)
    assert told["mail"].steps[0] == ("warning", False)
    assert ("critical", False) in told["mail"].steps  # though its route is not for that
    assert told["pager"].steps[0] == ("critical", False)
    assert ("warning", False) in told["pager"].steps
    for receiver in told.values():
        assert receiver.steps[-1] == ("warning", True)


async def test_who_has_no_route_to_it_hears_nothing() -> None:
    told = await run(OPENED, replace(OVER, seq=3))
    assert told["pager"].steps == []
    assert told["mail"].steps == [("warning", False), ("warning", True)]


async def test_after_a_restart_the_same_receivers_hear_of_the_end() -> None:
    """The state says what the crisis was, though it is critical no more."""
    was = (RoutedAs(severity=WARNING), RoutedAs(severity=CRITICAL))
    state = CrisisState(
        crisis_id="c1",
        brand="acme",
        state=State.OPEN,
        severity=WARNING,
        seq=4,
        watch_since_ms=T0,
        updated_ms=T0 + 4_000,
        opened_ms=T0,
        routed_as=was,
    )
    told = await run(state, OVER)
    assert [told[name].steps[-1] for name in ("pager", "mail")] == [("warning", True)] * 2
    resolved = replace(state, state=State.RESOLVED, resolved_ms=NOW - 60_000)
    told = await run(resolved)
    assert [told[name].steps for name in ("pager", "mail")] == [[("warning", True)]] * 2
    told = await run(replace(state, routed_as=()))  # one from before it was kept
    assert [len(told[name].steps) for name in ("pager", "mail")] == [0, 1]


async def test_a_reopened_crisis_begins_anew() -> None:
    again = step(6, EventType.REOPENED, State.OPEN, WARNING)
    told = await run(OPENED, WORSE, CALMER, OVER, again)
    assert told["pager"].steps[-1] == ("warning", True)
    assert told["mail"].steps[-1] == ("warning", False)


async def test_the_canary_goes_its_own_way(settings: Settings) -> None:
    metrics = Metrics("test")
    several = make_sink(settings.notifier, metrics)
    canary = Alert(labels={"brand": CANARY_BRAND}, annotations={}, starts_ms=T0)
    told = [name for name in receivers_of(settings.notifier)[0] if several.is_told(name, canary)]
    assert told == ["alertmanager", "archive"]


def of(*products: tuple[str, float]) -> Drivers:
    children = tuple(Child(product=name, negatives=3, percent=part) for name, part in products)
    return Drivers(of=9, seen=9, facets=(), terms=(), children=children)


def test_a_product_counts_when_it_has_most_of_the_negatives() -> None:
    told = routed((), ERROR, "outage", None, of(("kettle", 60.0), ("mixer", 40.0)))
    assert told == (RoutedAs(severity=ERROR, scenario="outage", product="kettle"),)
    assert routed(told, ERROR, "outage", None, None) == told  # a note says nothing of it
    after = routed(told, ERROR, "outage", "lead", of(("kettle", 50.0), ("mixer", 50.0)))
    assert after == (*told, RoutedAs(severity=ERROR, scenario="outage", role="lead"))
    assert routed(after, ERROR, "outage", None, of(("kettle", 60.0))) == after


def test_what_is_kept_of_it_is_bounded() -> None:
    told: tuple[RoutedAs, ...] = ()
    for number in range(MOST + 4):
        told = routed(told, ERROR, "outage", f"role {number}", None)
    assert len(told) == MOST
    assert told[-1].role == f"role {MOST + 3}"


def test_the_fold_keeps_in_the_state_what_its_events_said() -> None:
    outputs = play(shop(5, [Incident(2, 80, (("security",),))], 40))
    states = [one for one in outputs if isinstance(one, CrisisState)]
    events = [one for one in outputs if isinstance(one, CrisisEvent) and one.crisis_id]
    seen = {
        (one.severity, one.scenario and one.scenario.id, one.escalated_to)
        for one in events
        if one.state in (State.OPEN, State.ACKNOWLEDGED, State.RECOVERING)
    }
    kept = {(one.severity, one.scenario, one.role) for one in states[-1].routed_as}
    assert kept == seen
    assert len(kept) > 2
    assert all(not one.routed_as for one in states if one.state is State.WATCH)


def test_an_alert_names_scenario_and_team() -> None:
    scenario = Scenario(id="outage", because="theme", team="platform", assess_by_ms=T0)
    alerts = OpenAlerts(resend_s=30)
    alerts.apply(replace(OPENED, scenario=scenario, evidence=EVIDENCE), NOW)
    (alert,) = alerts.due(NOW)
    assert (alert.labels["scenario"], alert.labels["team"]) == ("outage", "platform")
    assert alert.annotations["first_assessment_due"] == "2023-11-14T22:13:20.000Z"
