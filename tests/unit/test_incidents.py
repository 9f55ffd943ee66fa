"""C45: PagerDuty and a signed webhook hear of each step of a crisis once, as one incident."""

from __future__ import annotations

import base64
import hashlib
import hmac
from collections.abc import Iterator, Sequence

import msgspec
import pytest
from pydantic import ValidationError

from app.clock import ManualClock
from app.config import CANARY_BRAND
from app.config.groups import NotifierSettings
from app.errors import UnavailableError
from app.sinks.alert import Alert
from app.sinks.pagerduty import PagerDuty
from app.sinks.posting import AlertRefused
from app.sinks.several import Several
from app.sinks.signing import key_of
from app.sinks.webhook import Webhook
from tests.unit.scripted_server import Script, answering

T0 = 1_700_000_000_000
KEY = "a routing key that is planted"
SECRET = "whsec_" + base64.b64encode(b"0123456789abcdef01234567").decode()


def alert(seq: int, state: str = "open", severity: str = "error", **more: object) -> Alert:
    value = Alert(
        labels={
            "alertname": "SquallCrisis",
            "brand": "acme",
            "severity": severity,
            "crisis_id": "c1",
            "theme": "payment",
        },
        annotations={"summary": "acme: crisis", "description": "x" * 2_000, "state": state},
        starts_ms=T0,
        source_url="https://grafana.example/d/squall",
        seq=seq,
    )
    return msgspec.structs.replace(value, **more)


OPENED = alert(2)
WORSE = (
    msgspec.structs.replace(OPENED, ends_ms=T0 + 5_000),
    alert(3, severity="critical"),
)
TAKEN = alert(4, "acknowledged", "critical")
OVER = alert(5, "resolved", "critical", ends_ms=T0 + 60_000)


@pytest.fixture
def script() -> Script:
    return Script(202)


@pytest.fixture
def url(script: Script) -> Iterator[str]:
    with answering(script) as address:
        yield address


async def told(sink: PagerDuty | Webhook, *batches: Sequence[Alert]) -> None:
    try:
        for batch in batches:
            await sink.post(batch)
    finally:
        await sink.close()


async def test_pagerduty_has_one_incident_a_crisis_from_trigger_to_resolve(
    script: Script, url: str
) -> None:
    await told(PagerDuty(KEY, url), [OPENED], [OPENED], WORSE, [TAKEN], [TAKEN], [OVER])

    bodies = [one.body for one in script.requests]
    assert {one.path for one in script.requests} == {"/v2/enqueue"}
    assert [body["event_action"] for body in bodies] == [
        "trigger",
        "trigger",
        "acknowledge",
        "resolve",
    ]
    assert {(body["dedup_key"], body["routing_key"]) for body in bodies} == {("c1", KEY)}
    payload = bodies[0]["payload"]
    assert len(payload["summary"]) == 1_024
    assert (payload["source"], payload["severity"], payload["group"]) == (
        "acme",
        "error",
        "payment",
    )
    assert payload["timestamp"] == "2023-11-14T22:13:20.000Z"
    assert bodies[1]["payload"]["severity"] == "critical"
    assert bodies[0]["client_url"] == "https://grafana.example/d/squall"


async def test_a_relapse_and_a_reopening_are_told_again(script: Script, url: str) -> None:
    calm = [alert(5, "recovering", "critical"), OVER, alert(6, "open", "critical")]
    await told(PagerDuty(KEY, url), [OPENED], [TAKEN], *([one] for one in calm))

    actions = [one.body["event_action"] for one in script.requests]
    assert actions == ["trigger", "acknowledge", "trigger", "resolve", "trigger"]


async def test_the_webhook_is_told_each_step_signed(script: Script, url: str) -> None:
    clock = ManualClock(T0 + 1_500)
    sink = Webhook(f"{url}hook", SECRET, clock=clock)
    await told(sink, [OPENED], [OPENED], WORSE, [TAKEN], [OVER])

    assert [one.body["type"] for one in script.requests] == [
        "crisis.firing",
        "crisis.firing",
        "crisis.acknowledged",
        "crisis.resolved",
    ]
    for one in script.requests:
        identity, seconds = one.headers["webhook-id"], one.headers["webhook-timestamp"]
        assert seconds == str(T0 // 1_000 + 1)
        signed = f"{identity}.{seconds}.".encode() + one.raw
        mac = hmac.digest(b"0123456789abcdef01234567", signed, hashlib.sha256)
        assert one.headers["webhook-signature"] == "v1," + base64.b64encode(mac).decode()
    assert [one.headers["webhook-id"] for one in script.requests] == [
        "c1.2.trigger",
        "c1.3.trigger",
        "c1.4.acknowledge",
        "c1.5.resolve",
    ]
    assert script.requests[0].body["data"]["labels"]["brand"] == "acme"


@pytest.mark.parametrize("failure", [500, 503, 429, 0])
async def test_what_may_pass_is_tried_again_as_the_same_incident(
    script: Script, url: str, failure: int
) -> None:
    script.statuses = [failure, failure, 202]
    await told(PagerDuty(KEY, url), [OPENED], [OPENED])

    assert len(script.requests) == 3
    assert {one.body["dedup_key"] for one in script.requests} == {"c1"}


async def test_what_was_not_taken_is_told_when_it_is_due_again(script: Script, url: str) -> None:
    sink = PagerDuty(KEY, url, retry_s=0.2)
    script.statuses = [503]
    with pytest.raises(UnavailableError, match=r"PagerDuty at .* took no alerts for 0\.2 s"):
        await sink.post([OPENED])
    script.statuses = [202]
    script.requests.clear()
    await told(sink, [OPENED])

    assert [one.body["event_action"] for one in script.requests] == ["trigger"]


@pytest.mark.parametrize("status", [400, 403])
async def test_a_refusal_names_the_setting_and_no_secret(
    script: Script, url: str, status: int
) -> None:
    script.statuses = [status]
    with pytest.raises(AlertRefused, match=r"check notifier\.pagerduty_url and") as caught:
        await told(PagerDuty(KEY, url), [OPENED])
    assert KEY not in str(caught.value)
    with pytest.raises(AlertRefused, match=r"check notifier\.webhook_url") as caught:
        await told(Webhook(f"{url}token-in-path", SECRET), [OPENED])
    assert "token-in-path" not in str(caught.value)


class Taking:
    """A sink that keeps what it took, or fails."""

    def __init__(self, error: Exception | None = None) -> None:
        self.taken: list[Alert] = []
        self._error = error

    async def post(self, alerts: Sequence[Alert]) -> Sequence[Alert]:
        if self._error is not None:
            raise self._error
        self.taken += alerts
        return alerts


async def test_sinks_do_not_wait_for_each_other_and_only_one_hears_the_canary() -> None:
    counts: dict[tuple[str, str], int] = {}
    canary = alert(1, labels=OPENED.labels | {"brand": CANARY_BRAND})
    manager, pager, down = Taking(), Taking(), Taking(UnavailableError("down; look at it"))

    def count(sink: str, outcome: str, alerts: int) -> None:
        counts[sink, outcome] = counts.get((sink, outcome), 0) + alerts

    sinks = {"alertmanager": manager, "webhook": down, "pagerduty": pager}
    several = Several(sinks, count, canary=CANARY_BRAND, heard_by=("alertmanager",))
    with pytest.raises(UnavailableError, match="down"):
        await several.post([OPENED, canary])
    assert manager.taken == [OPENED, canary]
    assert pager.taken == [OPENED]
    assert counts == {
        ("alertmanager", "sent"): 1,
        ("webhook", "failed"): 1,
        ("pagerduty", "sent"): 1,
    }


@pytest.mark.parametrize(
    ("given", "problem"),
    [
        ({"webhook_url": "https://a.example/hook"}, "webhook_secret: missing"),
        (
            {"webhook_url": "http://a.example/hook", "webhook_secret": SECRET},
            "webhook_url: crises would go in the clear",
        ),
        (
            {"webhook_url": "https://a.example/hook", "webhook_secret": "short"},
            "webhook_secret: is shorter than 24 bytes; make one with: openssl rand -base64 32",
        ),
        (
            {"webhook_url": "https://a.example/hook", "webhook_secret": "whsec_%%%"},
            "webhook_secret: is not base64 after whsec_",
        ),
        (
            {"pagerduty_routing_key": KEY, "pagerduty_url": "http://a.example"},
            "pagerduty_url: the routing key would go in the clear",
        ),
    ],
)
def test_a_setting_that_can_not_be_says_so(given: dict[str, str], problem: str) -> None:
    with pytest.raises(ValidationError, match=problem) as caught:
        NotifierSettings.model_validate(given)
    (found,) = caught.value.errors()
    assert KEY not in found["msg"]


def test_a_key_is_text_or_coded() -> None:
    assert key_of(SECRET) == b"0123456789abcdef01234567"
    assert key_of("x" * 24) == b"x" * 24
