"""The demo's small Alertmanager: what it takes, what it refuses, and what it remembers."""

from __future__ import annotations

from collections.abc import Iterator

import httpx
import pytest

from app.cli.demo.receiver import Receiver


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with Receiver() as running:
        yield running


def post(receiver: Receiver, body: object, path: str = "/api/v2/alerts") -> int:
    return httpx.post(receiver.url + path, json=body, trust_env=False).status_code


def alert(severity: str, *, is_over: bool = False) -> dict[str, object]:
    value: dict[str, object] = {
        "labels": {"crisis_id": "c1", "severity": severity},
        "annotations": {"summary": "x"},
        "startsAt": "2025-03-07T16:51:00Z",
    }
    return value | ({"endsAt": "2025-03-08T01:00:00Z"} if is_over else {})


def test_an_alert_fires_and_ends(receiver: Receiver) -> None:
    assert post(receiver, [alert("error")]) == 200
    assert receiver.inbox.fired == {"c1"}
    assert receiver.inbox.ended == frozenset()
    assert post(receiver, [alert("error", is_over=True)]) == 200
    assert receiver.inbox.ended == {"c1"}
    assert receiver.inbox.posts == 2


def test_a_crisis_is_over_when_the_alerts_of_all_its_severities_are(receiver: Receiver) -> None:
    post(receiver, [alert("error")])
    post(receiver, [alert("error", is_over=True), alert("critical")])
    assert receiver.inbox.ended == frozenset()
    post(receiver, [alert("critical", is_over=True)])
    assert receiver.inbox.ended == {"c1"}


@pytest.mark.parametrize(
    ("body", "path"),
    [({"no": "list"}, "/api/v2/alerts"), ([{"labels": 1}], "/api/v2/alerts"), ([], "/x")],
)
def test_anything_else_is_refused(receiver: Receiver, body: object, path: str) -> None:
    assert post(receiver, body, path) == 400
    assert receiver.inbox.posts == 0
