"""Crises as alerts: identity, what is due when, and a client that retries only what may pass."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from app.core.crisis import EventType, Severity, State
from app.core.event import CrisisEvent, CrisisState, Evidence, TopMention
from app.errors import UnavailableError
from app.sinks.alert import Alert
from app.sinks.alertmanager import Alertmanager
from app.sinks.open_alerts import OpenAlerts
from app.sinks.posting import AlertRefused
from tests.unit.scripted_server import Script, answering

T0 = 1_700_000_000_000
NOW = T0 + 60_000

EVIDENCE = Evidence(
    start_ms=T0 - 600_000,
    end_ms=T0,
    mentions=120,
    distinct=90,
    negatives=60,
    unscored=1,
    uncertain=2,
    distinct_authors=16,
    negative_share=0.667,
    usual_negative_share=0.12,
    score=0.93,
    threshold=0.5,
    late=0,
    baseline="d1+abc",
    readings=(),
    top_mentions=tuple(
        TopMention(
            mention_id=f"m{number}",
            author="ab",
            label="negative",
            reach=1,
            event_time_ms=T0,
            url=url,
            excerpt="never shown",
        )
        for number, url in enumerate(["https://example.org/1", None, "https://example.org/3", None])
    ),
)


def _event(
    seq: int,
    kind: EventType,
    state: State,
    severity: Severity = Severity.WARNING,
    evidence: Evidence | None = EVIDENCE,
) -> CrisisEvent:
    return CrisisEvent(
        id=f"e{seq}",
        type=kind,
        brand="acme",
        crisis_id="c1",
        seq=seq,
        state=state,
        previous_state=State.QUIET,
        severity=severity,
        time_ms=T0 + seq * 1_000,
        reasons=("negatives 8x",) if evidence else (),
        evidence=evidence,
    )


WATCH = _event(1, EventType.WATCH, State.WATCH)
OPENED = _event(2, EventType.OPENED, State.OPEN)
WORSE = _event(3, EventType.SEVERITY_CHANGED, State.OPEN, Severity.CRITICAL)
NOTE = _event(4, EventType.ANNOTATED, State.OPEN, Severity.CRITICAL, None)
RECOVERING = _event(5, EventType.RECOVERING, State.RECOVERING, Severity.CRITICAL)
RESOLVED = _event(6, EventType.RESOLVED, State.RESOLVED, Severity.CRITICAL)
REOPENED = _event(7, EventType.REOPENED, State.OPEN, Severity.ERROR)


def _state(state: State, seq: int, resolved_ms: int | None = None) -> CrisisState:
    return CrisisState(
        crisis_id="c1",
        brand="acme",
        state=state,
        severity=Severity.ERROR,
        seq=seq,
        watch_since_ms=T0 - 5_000,
        updated_ms=T0 + 9_000,
        opened_ms=T0,
        resolved_ms=resolved_ms,
    )


def _after(*records: CrisisEvent | CrisisState) -> OpenAlerts:
    """Take each record as a notifier does: send and note what is due before the next one."""
    open_alerts = OpenAlerts(resend_s=30)
    for record in records:
        open_alerts.sent(open_alerts.due(NOW), NOW)
        open_alerts.apply(record, NOW)
    return open_alerts


def _severities(alerts: tuple[Alert, ...]) -> list[tuple[str, bool]]:
    return [(alert.labels["severity"], alert.ends_ms is None) for alert in alerts]


def test_an_opened_crisis_is_one_alert() -> None:
    (alert,) = _after(OPENED).due(NOW)

    assert alert.as_json() == {
        "labels": {
            "alertname": "SquallCrisis",
            "brand": "acme",
            "severity": "warning",
            "crisis_id": "c1",
        },
        "annotations": {
            "summary": "acme: crisis open, severity warning",
            "state": "open",
            "reasons": "negatives 8x",
            "source": "crisis.events id e2",
            "window": "2023-11-14T22:03:20.000Z to 2023-11-14T22:13:20.000Z (10 min)",
            "mentions": "120 (90 distinct)",
            "negatives": "60 by 16 authors",
            "negative_share": "67%, usually 12%",
            "score": "0.930, alert line 0.500",
            "baseline": "d1+abc",
            "top_mentions": "https://example.org/1\nm1\nhttps://example.org/3",
        },
        "startsAt": "2023-11-14T22:13:22.000Z",
    }


@pytest.mark.parametrize(
    "event",
    [
        WATCH,
        _event(2, EventType.DISMISSED, State.DISMISSED),
        CrisisEvent(
            id="w",
            type=EventType.WARMED,
            brand="acme",
            crisis_id="",
            seq=0,
            state=State.QUIET,
            previous_state=State.QUIET,
            severity=Severity.INFO,
            time_ms=T0,
            reasons=(),
        ),
    ],
)
def test_what_is_no_open_crisis_is_no_alert(event: CrisisEvent) -> None:
    assert _after(event).due(NOW) == ()


def test_an_open_alert_is_sent_again_before_it_expires() -> None:
    open_alerts = _after(OPENED)
    first = open_alerts.due(NOW)
    open_alerts.sent(first, NOW)

    assert open_alerts.due(NOW + 29_999) == ()
    assert open_alerts.due(NOW + 30_000) == first
    assert open_alerts.firing == 1


def test_an_alert_stays_due_until_it_was_taken() -> None:
    open_alerts = _after(OPENED)

    assert open_alerts.due(NOW) == open_alerts.due(NOW) != ()


def test_another_severity_ends_the_old_label_set_and_keeps_the_start() -> None:
    ended, fires = _after(OPENED, WORSE).due(NOW)

    assert _severities((ended, fires)) == [("warning", False), ("critical", True)]
    assert ended.ends_ms == WORSE.time_ms
    assert ended.starts_ms == fires.starts_ms == OPENED.time_ms
    assert {**ended.labels, "severity": "critical"} == fires.labels


def test_a_severity_that_comes_back_before_its_end_was_sent_fires() -> None:
    open_alerts = OpenAlerts()
    back = _event(4, EventType.SEVERITY_CHANGED, State.OPEN, Severity.WARNING)
    for event in (OPENED, WORSE, back):
        open_alerts.apply(event, NOW)

    assert _severities(open_alerts.due(NOW)) == [("critical", False), ("warning", True)]


def test_a_note_keeps_the_evidence_told_before() -> None:
    (alert,) = _after(OPENED, WORSE, NOTE).due(NOW)

    assert alert.annotations["mentions"] == "120 (90 distinct)"
    assert alert.annotations["reasons"] == "negatives 8x"
    assert alert.annotations["source"] == "crisis.events id e4"


def test_recovering_still_fires_and_resolved_ends_once() -> None:
    open_alerts = _after(OPENED, WORSE, RECOVERING)
    assert _severities(open_alerts.due(NOW)) == [("critical", True)]

    open_alerts.apply(RESOLVED, NOW)
    (alert,) = open_alerts.due(NOW)
    assert (alert.ends_ms, open_alerts.firing) == (RESOLVED.time_ms, 0)
    open_alerts.sent((alert,), NOW)
    assert open_alerts.due(NOW + 3_600_000) == ()


def test_a_resolution_with_another_severity_ends_both() -> None:
    open_alerts = _after(OPENED)
    open_alerts.apply(RESOLVED, NOW)

    assert _severities(open_alerts.due(NOW)) == [("warning", False), ("critical", False)]


def test_reopened_fires_anew() -> None:
    (alert,) = _after(OPENED, WORSE, RESOLVED, REOPENED).due(NOW)

    assert _severities((alert,)) == [("error", True)]
    assert alert.starts_ms == REOPENED.time_ms


def test_repeats_of_old_records_raise_nothing() -> None:
    open_alerts = _after(OPENED, WORSE, RESOLVED)
    open_alerts.sent(open_alerts.due(NOW), NOW)
    for event in (WATCH, OPENED, WORSE, RESOLVED):
        open_alerts.apply(event, NOW)

    assert open_alerts.due(NOW) == ()


def test_a_resolution_missed_by_a_restart_is_told() -> None:
    assert _severities(_after(RESOLVED).due(NOW)) == [("critical", False)]


def test_states_do_as_events_do() -> None:
    (alert,) = _after(_state(State.ACKNOWLEDGED, 3)).due(NOW)
    assert (alert.starts_ms, alert.annotations["source"]) == (T0, "crisis.state key c1, seq 3")

    (alert,) = _after(_state(State.RESOLVED, 9, T0 + 8_000)).due(NOW)
    assert alert.ends_ms == T0 + 8_000


def test_states_resolved_long_ago_are_left_alone() -> None:
    open_alerts = OpenAlerts()
    open_alerts.apply(_state(State.RESOLVED, 9, T0 + 8_000), NOW + 86_400_000)

    assert open_alerts.due(NOW) == ()


def test_no_time_lies_in_the_future_and_no_end_before_its_start() -> None:
    open_alerts = OpenAlerts()
    for event in (WORSE, RESOLVED):
        open_alerts.apply(event, T0 - 86_400_000)

    (alert,) = open_alerts.due(NOW)
    value = alert.as_json()
    assert value["startsAt"] == value["endsAt"] == "2023-11-13T22:13:20.000Z"


@pytest.fixture
def script() -> Script:
    return Script(200)


@pytest.fixture
def url(script: Script) -> Iterator[str]:
    with answering(script) as address:
        yield address


async def _post(url: str, retry_s: float = 30, timeout_s: float = 5) -> None:
    client = Alertmanager(url, token="planted", timeout_s=timeout_s, retry_s=retry_s)
    try:
        await client.post(_after(OPENED).due(NOW))
    finally:
        await client.close()


async def test_alerts_are_posted_with_the_token(script: Script, url: str) -> None:
    await _post(url)

    ((path, headers, body, _),) = script.requests
    assert path == "/api/v2/alerts"
    assert headers["authorization"] == "Bearer planted"
    assert body == [alert.as_json() for alert in _after(OPENED).due(NOW)]


@pytest.mark.parametrize("failure", [500, 503, 429, 408, 0])
async def test_what_may_pass_is_tried_again_with_the_same_alert(
    script: Script, url: str, failure: int
) -> None:
    script.statuses = [failure, failure, 200]

    await _post(url)

    assert len(script.requests) == 3
    assert script.requests[0][2] == script.requests[2][2]


@pytest.mark.parametrize("status", [400, 401, 404, 302])
async def test_a_refusal_is_named_and_not_tried_again(
    script: Script, url: str, status: int
) -> None:
    script.statuses = [status]

    with pytest.raises(AlertRefused, match=f"status {status}: an answer") as caught:
        await _post(url)

    assert len(script.requests) == 1
    assert "planted" not in str(caught.value)
    assert caught.value.exit_code == 78


async def test_after_the_time_for_tries_it_is_unavailable(script: Script, url: str) -> None:
    script.statuses = [503]

    with pytest.raises(UnavailableError, match=r"took no alerts for 0\.3 s \(status 503\)"):
        await _post(url, retry_s=0.3)

    assert len(script.requests) >= 2


async def test_nobody_there_is_unavailable() -> None:
    with pytest.raises(UnavailableError, match="ConnectError"):
        await _post("http://127.0.0.1:9", retry_s=0.1)


async def test_no_alerts_are_no_request(script: Script, url: str) -> None:
    client = Alertmanager(url)
    await client.post(())
    await client.close()

    assert script.requests == []
