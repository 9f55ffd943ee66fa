"""C58: what a partner is told of a crisis is a closed list by scenario, in whatever is sent."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import msgspec
import pytest
from msgspec.structs import replace

from app.config import CANARY_BRAND, Settings, load_settings
from app.core.cause import Child
from app.core.crisis import EventType, Severity, State
from app.core.event import CrisisEvent, CrisisState
from app.core.playbook import OF_THEME, SCENARIOS, UNCLASSIFIED
from app.core.scenario import Scenario
from app.core.views import ALWAYS, OF_SCENARIO, Seen, partner_fields
from app.errors import ConfigError, InternalError
from app.metrics import Metrics
from app.sinks.alert import Alert, rfc3339
from app.sinks.open_alerts import OpenAlerts
from app.sinks.several import Sink
from app.sinks.viewed import Viewed
from app.stream.notifier import make_sink
from app.stream.receivers import receivers_of
from app.wire import event as event_wire
from tests.unit.partner_values import leaves, planted
from tests.unit.scripted_server import Request, Script, answering
from tests.unit.story_values import drivers, facet
from tests.unit.test_alertmanager import EVIDENCE, NOW, OPENED, T0

ROOT = Path(__file__).parents[2]
EXAMPLES = sorted((ROOT / "schemas/crisis.events/examples/valid").glob("*.json"))
ALL = (*SCENARIOS, UNCLASSIFIED)
KINDS = ("webhook", "pagerduty", "alertmanager")
SECRET = "a secret that is long enough to sign with"
COURIER = {"receivers": ["courier"], "scenarios": ["delivery_wave"]}


def settings_of(kind: str, url: str, *routes: dict[str, Any]) -> Settings:
    """Return settings with a partner of this kind, told of all unless there are routes."""
    courier = {"kind": kind, "url": url, "secret": SECRET, "view": "partner"}
    given = {"receivers": {"courier": courier}, "routes": routes}
    return load_settings(notifier=given | {"default_receivers": () if routes else ("courier",)})


async def sent(
    kind: str, crises: Sequence[CrisisEvent | CrisisState], *routes: dict[str, Any]
) -> list[Request]:
    """Return what a partner is sent of these records, one after the other, as a notifier would."""
    script = Script(202)
    with answering(script) as url:
        several = make_sink(settings_of(kind, url, *routes).notifier, Metrics("test"))
        alerts = OpenAlerts(resend_s=30, source_url="https://dashboard.example/planted-url")
        for crisis in crises:
            alerts.apply(crisis, NOW)
            due = alerts.due(NOW)
            await several.post(due)
            alerts.sent(due, NOW)
    return script.requests


def allowed_paths(scenario: str) -> set[str]:
    """Return where in a planted event those values stand that the scenario's list names."""
    paths = {
        "brand": {".brand"},
        "crisis_id": {".crisis_id"},
        "severity": {".severity"},
        "state": {".state"},
        "since_ms": {".time_ms"},
        "updated_ms": {".time_ms"},
        "drill": set(),
        "scenario": {".scenario.id"},
        "theme": {".evidence.drivers.facets[0].shares[0].value"},
        "negatives_of_theme": {".evidence.drivers.facets[0].shares[0].negatives"},
        "counted_from_ms": {".evidence.start_ms"},
        "counted_to_ms": {".evidence.end_ms"},
        "product": {".evidence.drivers.children[0].product"},
    }
    whole = ("mentions", "distinct", "negatives", "copies", "inauthentic_share")
    paths |= {name: {f".evidence.{name}"} for name in whole}
    names = (*ALWAYS, *OF_SCENARIO[scenario])
    return {".seq"}.union(*(paths[name] for name in names))


def forms(value: str | float) -> set[str]:
    """Return how a value may be written."""
    is_number = isinstance(value, int | float)
    return {str(value), *({rfc3339(int(value))} if is_number else ())}


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("scenario", ALL)
async def test_nothing_but_the_list_is_in_the_bytes_sent(scenario: str, kind: str) -> None:
    """Each text and number of the event, those of later versions too, is planted and unlike all
    others; what the list names is there.
    """
    event = planted(scenario)
    found = await sent(kind, [event, replace(event, seq=event.seq + 1, severity=Severity.CRITICAL)])
    assert len(found) == 2
    body = b"".join(one.raw for one in found).decode()
    everything = dict(leaves(msgspec.to_builtins(event)))
    hidden = {path: one for path, one in everything.items() if path not in allowed_paths(scenario)}
    assert len(hidden) > 150
    for place in (".later_text", ".later_count", ".later_table[0]", ".scenario.later_hint"):
        assert place in hidden
    assert {".evidence.later_number", ".evidence.drivers.later_driver", ".note"} < hidden.keys()
    words = {"open", "error", "watch", "opened", "negative", "confirmed", "theme", scenario}
    leaked = {
        path: one
        for path, one in hidden.items()
        if one not in words and any(form in body for form in forms(one))
    }
    assert not leaked
    assert "planted-url" not in body
    missing = [
        path
        for path in allowed_paths(scenario) - {".seq"}
        if path in everything and not any(form in body for form in forms(everything[path]))
    ]
    assert not missing
    assert '"view": "partner"' in body


@pytest.mark.parametrize("scenario", ALL)
def test_a_field_that_comes_later_is_not_told(scenario: str) -> None:
    fields = partner_fields(Seen(planted(scenario), T0, "kettle"), is_theirs=True)
    assert fields.keys() <= {*ALWAYS, *OF_SCENARIO[scenario]}
    assert not [name for name in fields if "later" in name]
    assert not [one for one in fields.values() if "later" in str(one)]


def test_every_scenario_has_its_list_and_a_new_one_tells_the_least() -> None:
    assert set(OF_SCENARIO) == set(ALL)
    assert len(ALL) == 13
    event = replace(planted("outage"), scenario=Scenario(id="flood", because="theme"))
    fields = partner_fields(Seen(event, T0, "kettle"), is_theirs=True)
    assert fields.keys() == {*ALWAYS} - {"drill"}


@pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: path.stem)
def test_of_every_example_the_list_alone_is_told(path: Path) -> None:
    event = event_wire.decode(path.read_bytes())
    assert isinstance(event, CrisisEvent)
    seen = Seen(event, event.time_ms, "")
    fields = partner_fields(seen, is_theirs=True)
    assert fields.keys() <= {*ALWAYS, *OF_SCENARIO[seen.scenario]}
    told = {str(one) for one in fields.values()}
    texts = {one for _, one in leaves(json.loads(path.read_bytes())) if isinstance(one, str)}
    shared = {one for one in texts if one in told}
    themes, states = set(OF_THEME), {str(one) for one in (*State, *Severity)}
    assert shared <= {event.brand, event.crisis_id, *ALL, *themes, *states}


def test_the_examples_hold_what_must_not_be_told() -> None:
    documents = [json.loads(one.read_bytes()) for one in EXAMPLES]
    for name in ("actor", "note", "owner", "escalated_to", "reasons", "summary", "judgement"):
        assert any(name in one for one in documents), name
    assert len(EXAMPLES) > 20


@pytest.mark.parametrize("kind", KINDS)
async def test_of_every_example_that_is_sent_no_other_text_is_in_the_bytes(kind: str) -> None:
    words = {*ALL, *OF_THEME, *map(str, State), *map(str, Severity), *KINDS}
    fields = {*ALWAYS, *(name for one in OF_SCENARIO.values() for name in one)}
    words |= {name.removesuffix("_ms") for name in fields}
    told = 0
    for path in EXAMPLES:
        event = event_wire.decode(path.read_bytes())
        assert isinstance(event, CrisisEvent)
        body = b"".join(one.raw for one in await sent(kind, [event])).decode()
        told += bool(body)
        for place, text in leaves(json.loads(path.read_bytes())):
            own = text in words or text in (event.brand, event.crisis_id)
            own = own or place == ".type" or re.search(r"facets\[\d\]\.name", place) is not None
            if isinstance(text, str) and len(text) > 2 and not own:
                assert f'"{text}"' not in body, place
                assert len(text) < 12 or text not in body, place
    assert told >= 8


def delivery(seq: int, **more: Any) -> CrisisEvent:
    scenario = Scenario(id="delivery_wave", because="theme", team="logistics")
    return replace(OPENED, id=f"e{seq}", **({"seq": seq, "scenario": scenario} | more))


async def test_what_a_courier_hears_of_a_delivery_wave() -> None:
    shares = facet("theme", ("delivery", 41.0), ("refund", 59.0))
    cause = replace(drivers(), facets=(shares,), children=())
    event = delivery(2, evidence=replace(EVIDENCE, drivers=cause), actor="ann")
    (request,) = await sent("webhook", [event], COURIER)
    assert request.body == {
        "type": "crisis.firing",
        "timestamp": "2023-11-14T22:13:22.000Z",
        "data": {
            "labels": {
                "alertname": "SquallCrisis",
                "view": "partner",
                "brand": "acme",
                "severity": "warning",
                "crisis_id": "c1",
                "scenario": "delivery_wave",
                "theme": "delivery",
            },
            "annotations": {
                "summary": "acme: delivery wave open, severity warning",
                "view": "partner",
                "state": "open",
                "scenario": "delivery_wave",
                "theme": "delivery",
                "since": "2023-11-14T22:13:22.000Z",
                "negatives_of_theme": "41",
                "counted_from": "2023-11-14T22:03:20.000Z",
                "counted_to": "2023-11-14T22:13:20.000Z",
                "updated": "2023-11-14T22:13:22.000Z",
            },
            "startsAt": "2023-11-14T22:13:22.000Z",
            "seq": 2,
        },
    }


async def test_the_signature_is_of_what_is_sent() -> None:
    (request,) = await sent("webhook", [planted("outage")])
    signed = [request.headers["webhook-id"], request.headers["webhook-timestamp"]]
    message = ".".join(signed).encode() + b"." + request.raw
    mac = base64.b64encode(hmac.digest(SECRET.encode(), message, hashlib.sha256)).decode()
    assert request.headers["webhook-signature"] == f"v1,{mac}"


async def test_steps_that_only_the_house_sees_are_no_news() -> None:
    """A note, an owner, another role: no request, and no sign of them in later ones."""
    house = [
        delivery(3, type=EventType.ANNOTATED, note="a name", evidence=None, time_ms=T0 + 9_000),
        delivery(4, type=EventType.ASSIGNED, owner="ann", evidence=None),
        delivery(5, type=EventType.ESCALATED, escalated_to="lead", evidence=None),
    ]
    found = await sent("webhook", [delivery(2), *house], COURIER)
    assert [one.headers["webhook-id"] for one in found] == ["c1.2.trigger"]
    over = delivery(6, type=EventType.RESOLVED, state=State.RESOLVED, evidence=None)
    found = await sent("webhook", [delivery(2), *house, over], COURIER)
    assert [one.body["type"] for one in found] == ["crisis.firing", "crisis.resolved"]
    assert "22:13:29" not in found[1].raw.decode()


async def test_alertmanager_hears_no_end_for_another_role_and_one_for_another_severity() -> None:
    asked = delivery(3, type=EventType.ESCALATED, escalated_to="lead")
    worse = delivery(4, type=EventType.SEVERITY_CHANGED, severity=Severity.CRITICAL)
    found = await sent("alertmanager", [delivery(2), asked, worse], COURIER)
    ends = [[(one["labels"]["severity"], "endsAt" in one) for one in each.body] for each in found]
    assert ends == [
        [("warning", False)],
        [("warning", False)],
        [("warning", True), ("critical", False)],
    ]


async def test_once_it_is_another_matter_a_partner_hears_that_it_goes_on_and_ends() -> None:
    breach = Scenario(id="data_breach", because="keyword", about="leak")
    turned = delivery(3, type=EventType.UPDATED, scenario=breach)
    over = delivery(4, type=EventType.RESOLVED, state=State.RESOLVED, scenario=breach)
    found = await sent("webhook", [delivery(2), turned, over], COURIER)
    assert [one.body["type"] for one in found] == [*["crisis.firing"] * 2, "crisis.resolved"]
    for request in found[1:]:
        told = request.body["data"]
        assert told["labels"].keys() == {"alertname", "view", "brand", "severity", "crisis_id"}
        assert told["annotations"].keys() == {"summary", "view", "state", "since", "updated"}
        for word in (b"breach", b"security", b"leak", b"counted"):
            assert word not in request.raw
    calmer = delivery(3, type=EventType.SEVERITY_CHANGED, severity=Severity.INFO)
    only_bad = COURIER | {"severity": "warning"}
    (_, request) = await sent("webhook", [delivery(2), calmer], only_bad)
    assert request.body["data"]["labels"]["scenario"] == "delivery_wave"  # milder, the same matter


async def test_after_a_restart_the_state_tells_the_same_part() -> None:
    child = Child(product="kettle", negatives=9, percent=80.0)
    event = replace(planted("product_defect"), brand="acme", crisis_id="c1")
    assert event.evidence is not None
    assert event.evidence.drivers is not None
    cause = replace(event.evidence.drivers, children=(child,))
    event = replace(event, evidence=replace(event.evidence, drivers=cause))
    alerts = OpenAlerts()
    alerts.apply(event, NOW)
    state = CrisisState(
        crisis_id="c1",
        brand="acme",
        state=State.OPEN,
        severity=event.severity,
        seq=event.seq,
        watch_since_ms=event.time_ms,
        opened_ms=event.time_ms,
        updated_ms=event.time_ms,
        acknowledged_by="planted-person",
        evidence=event.evidence,
        scenario=event.scenario,
        routed_as=alerts.due(NOW)[0].routed_as,
    )
    (live,), (again,) = await sent("webhook", [event]), await sent("webhook", [state])
    assert live.raw == again.raw
    assert b'"product": "kettle"' in live.raw


async def test_the_canary_is_no_partners_matter() -> None:
    assert await sent("alertmanager", [replace(OPENED, brand=CANARY_BRAND)]) == []
    settings = settings_of("alertmanager", "http://localhost:9093")
    several = make_sink(settings.notifier, Metrics("test"))
    canary = Alert(labels={"brand": CANARY_BRAND}, annotations={}, starts_ms=T0)
    assert not several.is_told("courier", canary)


async def test_a_drill_is_called_one_and_goes_to_who_takes_drills() -> None:
    drilled = delivery(2, drill=True, drill_id="planted-drill", drill_began_ms=T0)
    assert await sent("webhook", [drilled]) == []
    told: list[Alert] = []

    class Taken:
        async def post(self, alerts: Sequence[Alert]) -> Sequence[Alert]:
            told.extend(alerts)
            return alerts

    alerts = OpenAlerts()
    alerts.apply(drilled, NOW)
    due = alerts.due(NOW)
    assert await Viewed(Taken(), lambda _: True).post(due) == list(due)
    (part,) = told
    assert part.labels["drill"] == "true"
    assert part.annotations["summary"].startswith("[DRILL] acme: ")
    assert "planted-drill" not in str(part)


async def test_an_alert_without_its_crisis_is_told_nobody() -> None:
    class Taken:
        async def post(self, alerts: Sequence[Alert]) -> Sequence[Alert]:
            raise AssertionError

    sink: Sink = Viewed(Taken(), lambda _: True)
    with pytest.raises(InternalError, match="report it as a bug"):
        await sink.post([Alert(labels=OPENED_LABELS, annotations={}, starts_ms=T0)])


OPENED_LABELS = {"brand": "acme", "severity": "error", "crisis_id": "c1"}


def test_only_who_has_a_view_is_told_a_part() -> None:
    sinks = receivers_of(settings_of("webhook", "https://courier.example").notifier)[1]
    assert isinstance(sinks["courier"], Viewed)
    whole = {"kind": "webhook", "url": "https://own.example", "secret": SECRET}
    given = {"receivers": {"own": whole}, "default_receivers": ["own"]}
    assert not isinstance(receivers_of(load_settings(notifier=given).notifier)[1]["own"], Viewed)


@pytest.mark.parametrize("view", ["courier", "Partner", ""])
def test_a_view_that_is_none_is_named_with_the_remedy(view: str) -> None:
    one = {"kind": "webhook", "url": "https://a.example", "secret": SECRET, "view": view}
    given = {"receivers": {"a": one}, "default_receivers": ["a"]}
    with pytest.raises(ConfigError) as caught:
        load_settings(notifier=given)
    says = f"receivers.a.view: {view!r} is none; take partner, or leave it out to tell all"
    assert says in str(caught.value)


def test_the_page_has_the_list() -> None:
    page = (ROOT / "docs" / "crisis.md").read_text("utf-8")
    rows = dict(re.findall(r"^\| `(\w+)` \| ([^|]+) \| [^|]+ \|$", page, re.MULTILINE))
    told = {name: tuple(re.findall(r"`(\w+)`", cell)) for name, cell in rows.items()}
    for scenario, names in OF_SCENARIO.items():
        assert told[scenario] == tuple(one.removesuffix("_ms") for one in names), scenario
    listed = ", ".join(f"`{one.removesuffix('_ms')}`" for one in ALWAYS)
    assert f"{listed}." in page.replace("\n", " ")
