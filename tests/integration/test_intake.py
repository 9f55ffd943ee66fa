"""``squall intake`` on a real Kafka, with senders and feeds that are processes of their own."""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import json
import os
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from pathlib import Path
from typing import Any, NamedTuple

import httpx
import pytest

from app.broker import DevBroker, ports
from app.config import Topics
from tests.conftest import Kafka
from tests.kafka_tools import declare_topics, read_all
from tests.worker_tools import Worker, records, until, value_of

SECRET = "s3cret of a hook, 32 signs long.."
SENDER = """
import sys, urllib.error, urllib.request
url, body, *headers = sys.argv[1:]
request = urllib.request.Request(url, body.encode(), dict(one.split(": ", 1) for one in headers))
try:
    with urllib.request.urlopen(request, timeout=60) as answer:
        print(answer.status, answer.headers.get("Retry-After"), answer.read().decode(), sep="\\n")
except urllib.error.HTTPError as error:
    print(error.code, error.headers.get("Retry-After"), error.read().decode(), sep="\\n")
except (OSError, urllib.error.URLError, ConnectionError) as error:
    print(0, None, "null", sep="\\n")
"""
TICKETS = {
    "secret": SECRET,
    "items": "/tickets",
    "map": {
        "id": "/id",
        "text": ["/subject", "/description"],
        "published_at": "/created_at",
        "author.id": "/requester/id",
    },
    "set": {"source": "support", "brand": "larkmoor"},
}


class Answer(NamedTuple):
    """``status`` 0: the connection broke, and there was no answer."""

    status: int
    retry_after: str | None
    body: Any


class Intake(Worker):
    """The intake with hooks and feeds of its own."""

    def __init__(
        self, bootstrap: str, prefix: str, folder: Path, intake: dict[str, Any], **more: str
    ) -> None:
        (self.port,) = ports.choose(1)
        file = folder / "squall.yaml"
        file.write_text(json.dumps({"intake": {**intake, "port": self.port}}))
        super().__init__(
            "intake", bootstrap, prefix, variables={"SQUALL_CONFIG": str(file), **more}
        )

    async def sent(self, body: object, hook: str = "desk", **headers: str) -> Answer:
        """Send a body from another process, with the hook's token unless headers say else."""
        text = body if isinstance(body, str) else json.dumps(body)
        given = headers or {"Authorization": f"Bearer {SECRET}"}
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-c", SENDER, f"http://127.0.0.1:{self.port}/in/{hook}", text),
            *(f"{name.replace('_', '-')}: {value}" for name, value in given.items()),
            stdout=asyncio.subprocess.PIPE,
        )
        out, _ = await process.communicate()
        status, retry_after, answer = out.decode().split("\n", 2)
        retry = None if retry_after == "None" else retry_after
        return Answer(int(status), retry, json.loads(answer) if status != "0" else None)

    def mentions(self, way: str, outcome: str) -> float:
        return self.metrics("squall_intake_mentions_total")[f'outcome="{outcome}",way="{way}"']


def ticket(number: int, **fields: object) -> dict[str, object]:
    now = datetime.now(UTC).isoformat(timespec="seconds")
    return {
        "id": number,
        "subject": f"Order {number}",
        "description": "Not here yet.",
        "created_at": now,
        "requester": {"id": 40 + number},
        **fields,
    }


async def ids_in(bootstrap: str, topics: Topics) -> Counter[str]:
    return Counter(value_of(one)["id"] for one in await read_all(bootstrap, topics.mentions))


async def test_a_body_is_answered_202_once_its_mentions_are_in_kafka_and_never_counts_twice(
    kafka: Kafka, topic_prefix: str, tmp_path: Path
) -> None:
    topics = await declare_topics(kafka.bootstrap, topic_prefix)
    body = {"tickets": [ticket(1), ticket(2)]}
    with Intake(kafka.bootstrap, topic_prefix, tmp_path, {"hooks": {"desk": TICKETS}}) as intake:
        await intake.ready()
        answer = await intake.sent(body)
        assert answer == (202, None, {"taken": 2, "repeated": 0, "old": 0})
        found = [value_of(one) for one in await read_all(kafka.bootstrap, topics.mentions)]
        assert {one["id"]: one["text"] for one in found} == {
            "1": "Order 1\nNot here yet.",
            "2": "Order 2\nNot here yet.",
        }
        assert {(one["source"], one["brand"]) for one in found} == {("support", "larkmoor")}
        again = await asyncio.gather(*[intake.sent(body) for _ in range(3)])
        assert {(one.status, one.body["repeated"]) for one in again} == {(202, 2)}
        old = await intake.sent({"tickets": [ticket(3, created_at="2026-01-01T00:00:00Z")]})
        assert old.body == {"taken": 0, "repeated": 0, "old": 1}
        assert intake.mentions("hook", "taken") == 2
        assert intake.mentions("hook", "repeated") == 6
        assert intake.metrics("squall_intake_requests_total")['status="202"'] == 5
        assert await intake.terminate() == 0
        assert SECRET not in intake.log()
        assert "Not here yet" not in intake.log()
    assert await ids_in(kafka.bootstrap, topics) == {"1": 1, "2": 1}


async def test_what_is_refused_says_what_is_wrong_and_takes_nothing(
    kafka: Kafka, topic_prefix: str, tmp_path: Path
) -> None:
    topics = await declare_topics(kafka.bootstrap, topic_prefix)
    signed = {
        **TICKETS,
        "auth": "hmac-sha256",
        "signature_header": "X-Desk-Signature",
        "timestamp_header": "X-Desk-Time",
    }
    settings = {"hooks": {"desk": TICKETS, "signed": signed}, "body_max_kib": 4, "mentions_max": 3}
    good = {"tickets": [ticket(1)]}
    with Intake(kafka.bootstrap, topic_prefix, tmp_path, settings) as intake:
        await intake.ready()
        assert (await intake.sent(good, Authorization="Bearer another")).status == 401
        assert (await intake.sent(good, Accept="*/*")).status == 401
        assert (await intake.sent(good, "another")).status == 404
        assert (await intake.sent("no JSON")).status == 400
        assert (await intake.sent('{"tickets": [{"id": NaN}]}')).status == 400
        assert (await intake.sent("[" * 3_000)).status == 400
        assert (await intake.sent("x" * 5_000)).status == 413
        assert (await intake.sent({"tickets": [ticket(n) for n in range(4)]})).status == 413
        missing = await intake.sent({"tickets": [ticket(1), {"id": 2}]})
        assert (missing.status, missing.body["field"], missing.body["item"]) == (422, "text", 1)
        misfit = await intake.sent({"tickets": [ticket(1, created_at="soon")]})
        assert (misfit.status, misfit.body["field"]) == (422, "published_at")
        nothing = await intake.sent({"other": 1})
        assert (nothing.status, nothing.body["field"]) == (422, "items")
        text, at = json.dumps(good), "2026-03-01T10:00:00Z"
        digest = hmac.new(SECRET.encode(), (at + text).encode(), hashlib.sha256).hexdigest()
        headers = {"X-Desk-Time": at, "X-Desk-Signature": digest}
        assert (await intake.sent(text + " ", "signed", **headers)).status == 401
        assert (await intake.sent(text, "signed", X_Desk_Signature=digest)).status == 401
        async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{intake.port}") as client:
            assert (await client.get("/in/desk")).status_code == 405
            assert (await client.post("/metrics")).status_code == 404
        assert not await ids_in(kafka.bootstrap, topics)
        assert (await intake.sent(text, "signed", **headers)).status == 202
        shown = intake.metrics("squall_intake_requests_total")
        assert shown['status="401"'] == 4
        assert intake.mentions("hook", "refused") == 2
    assert await ids_in(kafka.bootstrap, topics) == {"1": 1}


@pytest.mark.parametrize(("point", "stored"), [("before_taken", 0), ("after_taken", 1)])
async def test_killed_between_receipt_and_answer_it_counts_once_when_sent_again(
    kafka: Kafka, topic_prefix: str, tmp_path: Path, point: str, stored: int
) -> None:
    topics = await declare_topics(kafka.bootstrap, topic_prefix)
    hooks = {"hooks": {"desk": TICKETS}}
    body = {"tickets": [ticket(1)]}
    with Intake(kafka.bootstrap, topic_prefix, tmp_path, hooks, SQUALL_CRASH_AT=point) as intake:
        await intake.ready()
        assert (await intake.sent(body)).status == 0, "no 202 without an acknowledgement"
        assert await intake.ended() == -9
        assert sum((await ids_in(kafka.bootstrap, topics)).values()) == stored
        intake.start_again({"SQUALL_CRASH_AT": ""})
        await intake.ready()
        answer = await intake.sent(body)
        assert answer == (202, None, {"taken": 1 - stored, "repeated": stored, "old": 0})
    assert await ids_in(kafka.bootstrap, topics) == {"1": 1}
    with Worker("scorer", kafka.bootstrap, topic_prefix) as scorer:
        await scorer.ready()
        await records(kafka.bootstrap, topics.scored, 1, ce_type="squall.mention.scored.v1")
        assert scorer.metrics("squall_mentions_total")['outcome="scored"'] == 1


async def test_while_kafka_is_away_senders_are_told_to_come_back(
    own_broker: DevBroker, topic_prefix: str, tmp_path: Path
) -> None:
    topics = await declare_topics(own_broker.bootstrap, topic_prefix)
    settings = {"hooks": {"desk": TICKETS}, "answer_within_s": 1}
    body = {"tickets": [ticket(1), ticket(2)]}
    with Intake(own_broker.bootstrap, topic_prefix, tmp_path, settings) as intake:
        await intake.ready()
        await asyncio.to_thread(own_broker.stop)
        first, second = [await intake.sent(body) for _ in range(2)]
        assert (first.status, second.status) == (503, 503)
        assert int(first.retry_after or 0) > 0
        await asyncio.to_thread(own_broker.start)
        answers: list[Answer] = []

        async def is_taken() -> bool:
            answers.append(await intake.sent(body))
            return answers[-1].status == 202

        await until(is_taken)
        assert answers[-1].body["taken"] + answers[-1].body["repeated"] == 2
    assert await ids_in(own_broker.bootstrap, topics) == {"1": 1, "2": 1}


@contextmanager
def a_web_server(folder: Path) -> Iterator[str]:
    """Serve a folder from another process and yield its address."""
    (port,) = ports.choose(1)
    with (folder / "server.log").open("wb") as log:
        process = subprocess.Popen(
            [sys.executable, "-m", "http.server", str(port), "--bind", "127.0.0.1"],
            cwd=folder,
            stderr=log,
            stdout=log,
        )
        try:
            yield f"http://127.0.0.1:{port}"
        finally:
            process.kill()
            process.wait()


def write_feed(path: Path, numbers: list[int], *, at_s: float) -> None:
    """Write a feed whose file was changed then: a server tells that by the second."""
    said = format_datetime(datetime.now(UTC) - timedelta(minutes=5))
    items = "".join(
        f"<item><guid>story-{n}</guid><title>Story {n}</title><pubDate>{said}</pubDate>"
        "<description>&lt;b&gt;Parcels&lt;/b&gt; of Larkmoor &amp;amp; others.</description>"
        "</item>"
        for n in numbers
    )
    path.write_text(f'<rss version="2.0"><channel><title>x</title>{items}</channel></rss>')
    os.utime(path, (at_s, at_s))


async def test_a_feed_is_taken_once_through_restarts_and_kills(
    kafka: Kafka, topic_prefix: str, tmp_path: Path
) -> None:
    topics = await declare_topics(kafka.bootstrap, topic_prefix)
    served, start_s = tmp_path / "served", time.time() - 600
    served.mkdir()
    write_feed(served / "feed.xml", [1, 2, 3], at_s=start_s)
    with a_web_server(served) as address:
        feeds = {
            "news": {"url": f"{address}/feed.xml", "interval_s": 5, "set": {"brand": "larkmoor"}},
            "gone": {"url": f"{address}/gone.xml", "interval_s": 5},
        }
        with Intake(kafka.bootstrap, topic_prefix, tmp_path, {"feeds": feeds}) as intake:
            await intake.ready()
            await until(lambda: intake.mentions("feed", "taken") == 3)
            polls = "squall_intake_polls_total"
            await until(lambda: intake.metrics(polls)['outcome="unchanged"'] >= 1)
            write_feed(served / "feed.xml", [1, 2, 3, 4], at_s=start_s + 60)
            await until(lambda: intake.mentions("feed", "taken") == 4)
            assert intake.mentions("feed", "repeated") == 3
            assert len(intake.events("feed_failed")) == 1, "told once, however often it fails"
            assert intake.metrics(polls)['outcome="failed"'] >= 1
            shown = intake.metrics("squall_intake_feed_last_success_timestamp_seconds")
            assert set(shown) == {'feed="news"'}
            intake.kill()
            intake.start_again()
            await intake.ready()
            await until(lambda: intake.mentions("feed", "repeated") == 4)
            assert await intake.terminate() == 0
            assert address not in intake.log(), "a feed's address may be the key to it"
    found = [value_of(one) for one in await read_all(kafka.bootstrap, topics.mentions)]
    assert Counter(one["text"] for one in found) == {
        f"Story {n}\nParcels of Larkmoor & others.": 1 for n in (1, 2, 3, 4)
    }
    assert {(one["brand"], one["source"]) for one in found} == {("larkmoor", "news")}


async def test_without_hooks_and_feeds_or_without_a_topic_it_says_so(
    kafka: Kafka, topic_prefix: str, tmp_path: Path
) -> None:
    with Intake(kafka.bootstrap, topic_prefix, tmp_path, {}) as intake:
        assert await intake.ended() == 78
        assert "has neither hooks nor feeds" in intake.log()
    with Intake(kafka.bootstrap, topic_prefix, tmp_path, {"hooks": {"desk": TICKETS}}) as intake:
        assert await intake.ended() == 78
        assert f"{topic_prefix}mentions is missing" in intake.log()
