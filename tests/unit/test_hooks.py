"""The receiver's answers, where no Kafka is needed to tell them apart."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import Any

import httpx
import pytest

from app.clock import ManualClock
from app.config.intake import IntakeSettings
from app.core.mention import Mention
from app.errors import ConfigError, UnavailableError
from app.metrics import Metrics
from app.stream import hooks
from app.stream.hooks import Receiver, listen
from app.stream.taking import Took

NOW_MS = 1_772_359_200_000
SECRET = "0123456789abcdef"
TOKEN = {"Authorization": f"Bearer {SECRET}"}
HOOK: dict[str, Any] = {
    "secret": SECRET,
    "map": {"id": "/id", "text": "/text", "published_at": "/at"},
}


class FakeTaker:
    """Takes what it is given once ``gate`` is open; or is away, or broken."""

    def __init__(self) -> None:
        self.taken: list[Mention] = []
        self.gate = asyncio.Event()
        self.gate.set()
        self.error: Exception | None = None

    async def take(self, mentions: Sequence[Mention], *, limit_s: float) -> Took:
        await self.gate.wait()
        if self.error is not None:
            raise self.error
        self.taken += mentions
        return Took(len(mentions), 0)


class Rig:
    def __init__(self, **intake: Any) -> None:
        settings = IntakeSettings.model_validate({"hooks": {"desk": HOOK}, **intake})
        self.metrics, self.taker = Metrics("intake"), FakeTaker()
        self.receiver = Receiver(settings, self.metrics, ManualClock(NOW_MS))
        self.receiver.taker = self.taker  # type: ignore[assignment]

    @asynccontextmanager
    async def client(self) -> AsyncIterator[httpx.AsyncClient]:
        runner = await listen(self.receiver.application(), "127.0.0.1", 0)
        try:
            address = f"http://127.0.0.1:{runner.addresses[0][1]}"
            async with httpx.AsyncClient(base_url=address) as client:
                yield client
        finally:
            await runner.cleanup()


async def posted(
    client: httpx.AsyncClient, body: object = None, path: str = "/in/desk", **headers: str
) -> tuple[int, Any, Any]:
    usual = {"id": 7, "text": "Late."}
    text = body if isinstance(body, str) else json.dumps(usual if body is None else body)
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    answer = await client.post(path, content=text.encode(), headers={**TOKEN, **named})
    return answer.status_code, answer.json(), answer.headers


async def test_an_object_or_a_list_is_taken_and_the_answer_says_how_many() -> None:
    rig = Rig()
    async with rig.client() as client:
        assert (await posted(client))[:2] == (202, {"taken": 1, "repeated": 0, "old": 0})
        several = [{"id": 1, "text": "a"}, {"id": 2, "text": "b", "at": "2020-01-01T00:00:00Z"}]
        assert (await posted(client, several))[1] == {"taken": 1, "repeated": 0, "old": 1}
        assert (await posted(client, []))[:2] == (202, NOTHING)
    assert [one.id for one in rig.taker.taken] == ["7", "1"]
    assert {one.published_at_ms for one in rig.taker.taken} == {NOW_MS}


NOTHING = {"taken": 0, "repeated": 0, "old": 0}


@pytest.mark.parametrize(
    ("body", "status", "field"),
    [
        ("", 400, None),
        ("{", 400, None),
        ('{"id": 1, "text": NaN}', 400, None),
        ('"\\ud800', 400, None),
        ("[" * 900, 400, None),
        ("null", 422, "id"),
        ("7", 422, "id"),
        ('{"id": 1}', 422, "text"),
        ('{"id": 1, "text": ""}', 422, "text"),
        ('{"id": true, "text": "x"}', 422, "id"),
        ('{"id": 1, "text": "x", "at": "soon"}', 422, "published_at"),
        ('[{"id": 1, "text": "x"}, {"id": 2}]', 422, "text"),
        (json.dumps({"id": 1, "text": "x" * 2_000}), 413, None),
        (json.dumps([{"id": n, "text": "x"} for n in range(4)]), 413, None),
    ],
)
async def test_a_body_that_is_refused_names_the_field_and_takes_nothing(
    body: str, status: int, field: str | None
) -> None:
    rig = Rig(body_max_kib=1, mentions_max=3)
    async with rig.client() as client:
        found, answer, _ = await posted(client, body)
    assert (found, answer.get("field")) == (status, field)
    assert rig.taker.taken == []


@pytest.mark.parametrize("error", [UnavailableError("away"), None])
async def test_while_kafka_is_away_or_not_yet_there_it_is_to_be_sent_again(
    error: Exception | None,
) -> None:
    rig = Rig()
    rig.taker.error = error
    if error is None:
        rig.receiver.taker = None
    async with rig.client() as client:
        status, _, headers = await posted(client)
    assert (status, headers["Retry-After"]) == (503, "5")


async def test_too_much_at_once_is_to_be_sent_again(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(hooks, "AT_ONCE_MAX", 1)
    rig = Rig()
    rig.taker.gate.clear()
    async with rig.client() as client:
        first = asyncio.create_task(posted(client))
        while not rig.receiver._under_way:  # noqa: ASYNC110 - until the first is under way
            await asyncio.sleep(0)
        assert (await posted(client))[0] == 503
        rig.taker.gate.set()
        assert (await first)[0] == 202
        assert (await posted(client))[0] == 202, "what is done is no longer under way"


async def test_a_packed_or_slow_body_is_not_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(hooks, "BODY_LIMIT_S", 0.0)
    rig = Rig()

    async with rig.client() as client:
        assert (await posted(client, Content_Encoding="gzip"))[0] == 415
        url = client.base_url
        reader, writer = await asyncio.open_connection(url.host, url.port)
        head = "POST /in/desk HTTP/1.1\r\nHost: a\r\nContent-Length: 9"
        writer.write(f"{head}\r\nAuthorization: {TOKEN['Authorization']}\r\n\r\n{{".encode())
        assert b" 408 " in await reader.readline()
        writer.close()


async def test_a_fault_is_answered_and_says_nothing_of_the_body(
    caplog: pytest.LogCaptureFixture,
) -> None:
    rig = Rig()
    rig.taker.error = RuntimeError("it held: Late.")
    async with rig.client() as client:
        status, answer, _ = await posted(client)
    assert (status, answer) == (500, {"error": "a fault of the receiver"})
    assert "hook_failed" in caplog.text
    assert "Late." not in caplog.text


async def test_other_paths_and_methods_lead_nowhere_and_tell_little() -> None:
    rig = Rig()
    async with rig.client() as client:
        for path in ("/", "/in/", "/in/other", "/in/desk/x", "/metrics", "/in/..%2fdesk"):
            assert (await posted(client, path=path))[0] == 404, path
        answer = await client.get("/in/desk")
        assert (answer.status_code, answer.headers["Allow"]) == (405, "POST")
        assert answer.headers["Server"] == "squall"
    shown = rig.metrics.render().decode()
    assert 'squall_intake_requests_total{status="404"} 6.0' in shown
    assert 'squall_intake_requests_total{status="405"} 1.0' in shown


async def test_without_the_token_the_body_is_not_even_read() -> None:
    rig = Rig(body_max_kib=1)
    async with rig.client() as client:
        assert (await posted(client, "x" * 5_000, Authorization="Bearer no"))[0] == 401


async def test_a_port_that_is_taken_is_named() -> None:
    rig = Rig()
    runner = await listen(rig.receiver.application(), "127.0.0.1", 0)
    port = runner.addresses[0][1]
    try:
        with pytest.raises(ConfigError, match=rf"can't listen on 127\.0\.0\.1 port {port}"):
            await listen(Rig().receiver.application(), "127.0.0.1", port)
    finally:
        await runner.cleanup()
