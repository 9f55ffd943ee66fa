"""What alerts say of an industry, and that nothing is said where it is not known."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from app.config import Settings, load_settings
from app.core.crisis import State
from app.core.event import CrisisState
from app.errors import UnavailableError
from app.sinks.alert import Alert
from app.sinks.open_alerts import OpenAlerts
from app.sinks.viewed import Viewed
from app.stream import industry
from app.stream.industry import Industries
from app.wire import crisis as crisis_wire
from tests.unit.report_values import MONDAY_MS
from tests.unit.test_scope import COURIERS, LINE, crisis

NOW = MONDAY_MS + 60_000
LIST = "version: 1\nbrands:\n" + "".join(
    f"  - {{name: {brand}, industry: couriers}}\n" for brand in COURIERS
)


class Record(NamedTuple):
    key: bytes
    value: bytes | None


def record(state: CrisisState) -> Record:
    message = crisis_wire.encode(state)
    assert message.key is not None
    return Record(message.key, message.value)


class Topic:
    """``crisis.state`` as a test writes it: what stood, and what comes; an error breaks it."""

    def __init__(self, *past: Record) -> None:
        self.records = list(past)
        self.to_come: asyncio.Queue[Record | Exception] = asyncio.Queue()
        self.reads = 0

    async def past(self) -> AsyncGenerator[Record, None]:
        self.reads += 1
        for one in self.records:
            yield one

    async def coming(self, within_s: float) -> list[Record]:
        found = await self.to_come.get()
        if isinstance(found, Exception):
            raise found
        return [found]


def a_list(path: Path, text: str = LIST) -> Settings:
    path.write_text(text)
    return load_settings(watchlist=str(path))


def alerts(*crises: CrisisState) -> Sequence[Alert]:
    found = OpenAlerts()
    for one in crises:
        found.apply(one, NOW)
    return found.due(NOW)


def scopes_told(industries: Industries, *crises: CrisisState) -> list[str | None]:
    return [one.annotations.get("scope") for one in industries.told(alerts(*crises))]


@asynccontextmanager
async def following(
    monkeypatch: pytest.MonkeyPatch, settings: Settings, topic: Topic
) -> AsyncIterator[Industries]:
    @asynccontextmanager
    async def follow(*_: Any) -> AsyncIterator[Topic]:
        yield topic

    monkeypatch.setattr(industry, "follow", follow)
    monkeypatch.setattr(industry, "RETRY_S", 0)
    industries = Industries(settings)
    task = asyncio.create_task(industries.follow_for_ever())
    try:
        yield industries
    finally:
        task.cancel()


async def settled() -> None:
    for _ in range(20):
        await asyncio.sleep(0)


WAVE = [crisis(brand) for brand in COURIERS]
TOLD = LINE.removeprefix("scope: ")


async def test_an_alert_says_who_else_has_it_and_that_it_is_alone_again(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    topic = Topic(*map(record, WAVE[:2]))
    async with following(monkeypatch, a_list(tmp_path / "list.yaml"), topic) as industries:
        assert scopes_told(industries, WAVE[0]) == [None]  # nothing is known yet
        await settled()
        assert scopes_told(industries, WAVE[0]) == ["brand"]
        topic.to_come.put_nowait(record(WAVE[2]))
        await settled()
        assert scopes_told(industries, *WAVE[:2]) == [TOLD, TOLD]
        ended, own = crisis(COURIERS[1], state=State.RESOLVED, resolved_ms=NOW), crisis("brew")
        assert scopes_told(industries, ended, own, crisis("dropwell", drill=True)) == [None] * 3
        topic.to_come.put_nowait(Record(record(WAVE[1]).key, None))  # closed for good
        await settled()
        assert scopes_told(industries, WAVE[0]) == ["brand"]


async def test_a_scope_is_no_label_so_the_alert_stays_the_same(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    topic = Topic(*map(record, WAVE))
    async with following(monkeypatch, a_list(tmp_path / "list.yaml"), topic) as industries:
        await settled()
        assert topic.reads == 1
        (before,), (after,) = alerts(WAVE[0]), industries.told(alerts(WAVE[0]))
        assert (after.labels, after.seq) == (before.labels, before.seq)
        assert after.annotations == before.annotations | {"scope": TOLD}


class Kept:
    def __init__(self) -> None:
        self.alerts: list[Alert] = []

    async def post(self, alerts: Sequence[Alert]) -> Sequence[Alert]:
        self.alerts += alerts
        return alerts


async def test_a_partner_is_told_of_no_other_brand(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    topic, kept = Topic(*map(record, WAVE)), Kept()
    async with following(monkeypatch, a_list(tmp_path / "list.yaml"), topic) as industries:
        await settled()
        told = industries.told(alerts(WAVE[0]))
        assert "larkmoor" in str(told[0].as_json())
        await Viewed(kept, lambda _: True).post(told)
    assert COURIERS[0] in str(kept.alerts)
    assert not any(brand in str(kept.alerts) for brand in COURIERS[1:])
    assert "scope" not in kept.alerts[0].annotations


async def test_what_can_not_be_read_is_told_nowhere_and_comes_back(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("WARNING")
    topic = Topic(*map(record, WAVE))
    async with following(monkeypatch, a_list(tmp_path / "list.yaml"), topic) as industries:
        await settled()
        monkeypatch.setattr(industry, "RETRY_S", 3_600)
        topic.to_come.put_nowait(UnavailableError("crisis.state can't be read; check the brokers"))
        await settled()
        assert scopes_told(industries, WAVE[0]) == [None]
    assert caplog.messages.count("industries_unread") == 1
    async with following(monkeypatch, a_list(tmp_path / "list.yaml"), topic) as industries:
        topic.to_come.put_nowait(UnavailableError("crisis.state can't be read; check the brokers"))
        await settled()
        assert scopes_told(industries, WAVE[0]) == [TOLD]


async def test_a_broken_watch_list_holds_no_alert_back_and_is_read_again_once_mended(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("WARNING")
    path, topic = tmp_path / "list.yaml", Topic(*map(record, WAVE))
    async with following(monkeypatch, a_list(path, "version: 2"), topic) as industries:
        await settled()
        assert scopes_told(industries, WAVE[0]) == [None]
        path.write_text(LIST)
        await settled()
        assert scopes_told(industries, WAVE[0]) == [TOLD]
    assert caplog.messages.count("industries_unread") == 1


@pytest.mark.parametrize("text", ["version: 1\nbrands:\n  - {name: larkmoor}\n", ""])
async def test_without_industries_nothing_is_followed(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, text: str
) -> None:
    settings = a_list(tmp_path / "list.yaml", text) if text else Settings()
    topic = Topic(*map(record, WAVE))
    async with following(monkeypatch, settings, topic) as industries:
        await settled()
        assert scopes_told(industries, WAVE[0]) == [None]
    assert topic.reads == 0
