"""C56 on a real Kafka: an author goes through the whole pipeline and is erased, and then everything
that Kafka holds and the workers and commands show is read for the handle.
"""

from __future__ import annotations

import asyncio
import json
import os
import sys
from collections import Counter
from collections.abc import Iterable, Iterator
from itertools import count
from pathlib import Path
from typing import Any, NamedTuple

import httpx
import pytest
from aiokafka.admin.config_resource import ConfigResource, ConfigResourceType

from app.config import Settings, Topics
from app.core.crisis import EventType
from app.core.fingerprint import author_pseudonym
from app.core.mention import Label
from app.inference.calibration import Calibration
from app.inference.hash import hash_probabilities
from app.stream.remains import scored
from app.stream.topic_admin import admin_client
from app.stream.topics import declared
from app.wire import rfc3339
from tests.conftest import Kafka
from tests.faults.setup import DETECTOR
from tests.integration.test_crisis_command import answer
from tests.integration.test_notifier import an_alertmanager
from tests.kafka_tools import Record, declare_topics, produce, read_all
from tests.worker_tools import Worker, a_mention, records, until

HANDLE, PLATFORM, SALT = "Mad_Max.7791", "social", "pepper"
PSEUDONYM = author_pseudonym(PLATFORM, HANDLE, SALT)
NUMBER = (int(PSEUDONYM, 16) >> 1).to_bytes(8, "big")
pytestmark = pytest.mark.slow
PARTITIONS, LIMIT_S = 2, 180
NOON_MS = 1_772_366_400_000  # 2026-03-01T12:00:00Z
SALTED = {"SQUALL_SCORER__AUTHOR_SALT": SALT, "SQUALL_PARTITIONS": f"{PARTITIONS}"}
RULES = {f"SQUALL_DETECTOR__{name.upper()}": f"{value:g}" for name, value in DETECTOR.items()}
AT_ONCE = {  # what compaction takes days for otherwise
    "segment.ms": "400",
    "max.compaction.lag.ms": "400",
    "min.cleanable.dirty.ratio": "0.001",
    "delete.retention.ms": "100",
}


class Done(NamedTuple):
    code: int
    out: str
    err: str


async def squall(kafka: Kafka, prefix: str, *arguments: str) -> Done:
    kept = {name: value for name, value in os.environ.items() if not name.startswith("SQUALL_")}
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "app.cli.main", "crisis", *arguments),
        env={
            **kept,
            **SALTED,
            "SQUALL_KAFKA__BOOTSTRAP_SERVERS": kafka.bootstrap,
            "SQUALL_TOPIC_PREFIX": prefix,
        },
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    out, err = await asyncio.wait_for(process.communicate(), LIMIT_S)
    return Done(process.returncode or 0, out.decode(), err.decode())


async def erase(kafka: Kafka, prefix: str, *arguments: str) -> tuple[int, dict[str, Any]]:
    """Give the order, and return the exit code with what is told of the remains."""
    author = ("--handle", HANDLE, "--platform", PLATFORM, "--brand", "acme", "--actor", "ann")
    order = ("erase-author", *author, "--wait", "60", "--json", *arguments)
    done = await squall(kafka, prefix, *order)
    event, told = done.out.splitlines()
    assert json.loads(event)["type"] == "erased", done.err
    remains: dict[str, Any] = json.loads(told)
    return done.code, remains


async def quick_compaction(kafka: Kafka, topics: Topics) -> None:
    specs = [s for s in declared(topics, PARTITIONS, 1) if s.configs["cleanup.policy"] == "compact"]
    async with admin_client({"bootstrap_servers": kafka.bootstrap}) as admin:
        changed = [
            ConfigResource(ConfigResourceType.TOPIC, s.name, configs={**s.configs, **AT_ONCE})
            for s in specs
        ]
        await admin.alter_configs(changed)


def negative(text: str) -> str:
    """Return a text that begins so and that the engine scores as negative."""
    tried = (f"{text} again {attempt}" for attempt in range(1_000))
    return next(
        one for one in tried if Calibration().label(hash_probabilities(one), "en") is Label.NEGATIVE
    )


def at(second: int) -> str:
    return rfc3339.format_ms(NOON_MS + second * 1_000)


def mention(number: int, second: int, author: str, text: str, **fields: object) -> bytes:
    by = {"id": author, "followers": 50_000 if author == HANDLE else 10}
    fields = {"brand": "acme", "platform": PLATFORM, "published_at": at(second), **fields}
    return a_mention(number, text=text, author=by, **fields)


def posts() -> Iterator[Record]:
    """Yield calm, a wave in which every third post is theirs, their unreadable posts, a post to
    them by somebody else, and one like theirs on another platform.
    """
    for number in range(40):
        yield Record(value=mention(number, number * 45, f"a{number}", f"all is well {number}"))
    for number in range(100, 160):
        author = HANDLE if number % 3 == 0 else f"a{number}"
        url = f"https://social.example/{author}/status/{number}"
        text = negative(f"it broke {number}")
        yield Record(
            value=mention(number, 1_800 + number * 4 - 400, author, text, url=url),
            key=author.encode(),
            partition=number % PARTITIONS,
            headers=(("poster", author.encode()),),
        )
    broken = json.dumps({"id": "p1", "text": 7, "author": {"id": HANDLE}}).encode()
    yield Record(value=broken, key=HANDLE.encode(), partition=0)
    yield Record(value=broken[:-2] + b'", "name": "Ma', partition=1)
    yield Record(value=mention(200, 2_100, "a200", f"so is yours, @{HANDLE.lower()}!"), partition=0)


def after_them(number: int) -> Iterator[Record]:
    """Yield what follows on every partition six hours later each time, and lets the steps before be
    judged.
    """
    for partition in range(PARTITIONS):
        text = f"and then {number} {partition}"
        second = 2_700 + number * 6 * 3_600
        fields = {"brand": "zenith"} if number else {}
        one = mention(900 + 10 * number + partition, second, "a900", text, **fields)
        yield Record(value=one, partition=partition)


async def everything(kafka: Kafka, prefix: str) -> dict[str, list[bytes]]:
    """Return all keys, values and headers by topic, those of aborted transactions too."""
    async with admin_client({"bootstrap_servers": kafka.bootstrap}) as admin:
        names = [name for name in await admin.list_topics() if name.startswith(prefix)]
    return {
        name.removeprefix(prefix): list(
            parts(await read_all(kafka.bootstrap, name, "read_uncommitted"))
        )
        for name in names
    }


def parts(found: Iterable[Record]) -> Iterator[bytes]:
    for one in found:
        yield from (part for part in (one.key, one.value) if part is not None)
        for name, value in one.headers:
            yield name.encode() + b"=" + (value or b"")


def holding(contents: dict[str, list[bytes]], *traces: bytes) -> set[str]:
    """Return the topics in which one of the traces stands, whatever its letter case."""
    wanted = [trace.lower() for trace in traces]
    return {
        topic
        for topic, found in contents.items()
        if any(trace in part.lower() for part in found for trace in wanted)
    }


async def is_all_scored(kafka: Kafka, prefix: str, topics: Topics) -> bool:
    kafka_settings = {"bootstrap_servers": kafka.bootstrap}
    settings = Settings.model_validate({"topic_prefix": prefix, "kafka": kafka_settings})
    found = await read_all(kafka.bootstrap, topics.mentions)
    ends = Counter[int]()
    for one in found:
        ends[one.partition or 0] = one.offset + 1
    return await scored(settings) == dict(ends)


async def compacted(kafka: Kafka, prefix: str, topics: Topics) -> dict[str, list[bytes]]:
    """Return everything once compaction has dropped what was written anew.

    Nobody says a word of the brand or its crises any more: only time passes.
    """
    found: dict[str, list[bytes]] = {}
    turn = count(1)

    async def is_compacted() -> bool:
        await produce(kafka.bootstrap, topics.mentions, after_them(next(turn)))
        found.update(await everything(kafka, prefix))
        left = holding(found, PSEUDONYM.encode(), NUMBER)
        return not left & {"crisis.state", "squall.brand-state"}

    await until(is_compacted, limit_s=LIMIT_S, every_s=2)
    return found


async def told_of(kafka: Kafka, prefix: str, crisis_id: str, page: Path) -> str:
    """Return what the commands print, and let one write the page of the crisis."""
    listed = await squall(kafka, prefix, "list", "--all", "--json")
    told = await squall(kafka, prefix, "show", crisis_id, "--json", "--html", str(page))
    assert (listed.code, told.code) == (0, 0), told.err
    assert crisis_id in listed.out
    assert PSEUDONYM not in listed.out
    return "".join(map(str, (*listed, *told)))


def shown(workers: Iterable[Worker], page: Path) -> str:
    """Return what else people see: metrics, logs and the page."""
    metrics = [httpx.get(f"http://127.0.0.1:{w.metrics_port}/metrics").text for w in workers]
    assert all("squall_" in one for one in metrics)
    return "".join([page.read_text(), *metrics, *(w.log() for w in workers)])


async def test_an_erased_handle_is_nowhere(kafka: Kafka, topic_prefix: str, tmp_path: Path) -> None:
    topics = await declare_topics(kafka.bootstrap, topic_prefix, partitions=PARTITIONS)
    await quick_compaction(kafka, topics)
    with (
        an_alertmanager() as (alertmanager, to_it),
        Worker("scorer", kafka.bootstrap, topic_prefix, variables=SALTED) as scorer,
        Worker("detector", kafka.bootstrap, topic_prefix, variables=SALTED | RULES) as detector,
        Worker("notifier", kafka.bootstrap, topic_prefix, variables=SALTED | to_it) as notifier,
    ):
        workers = [await worker.ready() for worker in (scorer, detector, notifier)]
        sent = await produce(kafka.bootstrap, topics.mentions, posts())
        await produce(kafka.bootstrap, topics.mentions, after_them(0))
        opened, *_ = await records(
            kafka.bootstrap, topics.events, 1, ce_type="squall.crisis.opened.v1"
        )
        crisis_id = (opened.key or b"").decode()
        await until(lambda: bool(alertmanager.of(crisis_id)))
        await until(lambda: is_all_scored(kafka, topic_prefix, topics))
        before = await everything(kafka, topic_prefix)
        assert holding(before, HANDLE.encode()) == {"mentions", "mentions.dead-letter"}
        # Else the rest would prove nothing.
        hidden = {"mentions.scored", "crisis.events", "crisis.state", "squall.brand-state"}
        assert hidden <= holding(before, PSEUDONYM.encode())

        code, told = await erase(kafka, topic_prefix, "--purge-input")
        assert (code, told["other_platforms"]) == (0, [])
        check_told(told["remains"], topics, sent)
        page = tmp_path / "story.html"
        seen = await told_of(kafka, topic_prefix, crisis_id, page)
        left = await compacted(kafka, topic_prefix, topics)
        assert holding(left, HANDLE.encode()) == set()
        assert len([part for part in left["mentions"] if b"and then 0" in part]) == PARTITIONS

        seen += shown(workers, page) + json.dumps(alertmanager.alerts)
        assert HANDLE.lower() not in seen.lower()
        assert "it broke" not in seen
        code, told = await erase(kafka, topic_prefix, "--remains")
        assert (code, sum(one["handle"] for one in told["remains"])) == (0, 0)
        for worker in workers:
            assert await worker.terminate() == 0


def check_told(remains: list[dict[str, Any]], topics: Topics, sent: list[Record]) -> None:
    """What was told before the purge is what was there, and what had to go."""
    named = [r for r in sent if HANDLE.lower().encode() in b"".join(parts([r])).lower()]
    for partition in range(PARTITIONS):
        there = [r for r in named if r.partition == partition]
        (row,) = [
            one
            for one in remains
            if (one["topic"], one["partition"]) == (topics.mentions, partition)
        ]
        last = there[-1].offset
        assert (row["handle"], row["before"], row["purged"]) == (len(there), last + 1, last + 1)
        assert row["unscored"] == 0
        assert row["gone_by_ms"] > (there[-1].timestamp_ms or 0) + 7 * 24 * 3_600_000
    (letters,) = [one for one in remains if one["topic"] == topics.dead_letter]
    assert letters["handle"] == 2
    by_kept = {one["topic"]: one["kept"] for one in remains if one["pseudonym"]}
    assert by_kept[topics.brand_state] == by_kept[topics.crisis_state] == "compacted"
    assert by_kept[topics.scored] == by_kept[topics.events] == "retention"


async def test_what_was_not_scored_is_left_and_told(kafka: Kafka, topic_prefix: str) -> None:
    """The test plays the detector; no scorer has ever run."""
    topics = await declare_topics(kafka.bootstrap, topic_prefix, partitions=PARTITIONS)
    theirs = Record(value=mention(1, 0, HANDLE, "it broke"), partition=1)
    elsewhere = Record(value=mention(2, 0, HANDLE, "all is well", platform="forum"), partition=1)
    await produce(kafka.bootstrap, topics.mentions, [theirs, elsewhere])
    await produce(kafka.bootstrap, topics.dead_letter, [Record(value=b"{", key=HANDLE.encode())])
    author = ("--handle", HANDLE, "--platform", PLATFORM, "--brand", "acme", "--wait", "60")
    asked = asyncio.create_task(
        squall(kafka, topic_prefix, "erase-author", *author, "--purge-input")
    )
    await answer(kafka, topics, EventType.ERASED)
    done = await asked
    assert done.code == 1, done.err
    assert "1 records with the handle were not scored" in done.out
    assert "on other platforms: forum." in done.out
    left = await everything(kafka, topic_prefix)
    assert holding(left, HANDLE.encode()) == {"mentions"}
    assert len(await read_all(kafka.bootstrap, topics.mentions)) == 2
