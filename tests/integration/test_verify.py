"""``squall replay``, ``verify`` and ``explain`` on a real Kafka, of events that a detector made."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from aiokafka import TopicPartition
from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.admin.records_to_delete import RecordsToDelete

from app.config import Settings, Topics
from app.core.record import Heartbeat, LogRecord
from app.stream.records import Record as Source
from app.stream.scoring import Scribe
from app.wire import log
from tests.conftest import Kafka
from tests.kafka_tools import Record, declare_topics, produce, read_all
from tests.unit.folding import beat
from tests.unit.verifying import scored_of, world
from tests.worker_tools import Worker, until

pytestmark = pytest.mark.slow
PARTITIONS = 4
RULES = {
    "SQUALL_SCORER__ENGINE": "hash",
    "SQUALL_DETECTOR__WARM_BLOCKS": "5",
    "SQUALL_DETECTOR__MINIMUM_NEGATIVES": "3",
    "SQUALL_DETECTOR__MINIMUM_AUTHORS": "2",
}


async def a_log(kafka: Kafka, topics: Topics) -> int:
    """Write mentions and the log that a scorer makes of them; return the last time in it."""
    values = [source.value or b"" for source in world(0, 300).sources.values()]
    stored = await produce(
        kafka.bootstrap, topics.mentions, [Record(value=value, partition=0) for value in values]
    )
    scribe = Scribe(topics, Settings().scorer)
    scored = [
        record
        for one in stored
        for record in scored_of(
            scribe,
            Source(topics.mentions, 0, one.offset, one.timestamp_ms or 0, None, one.value, ()),
        )
    ]
    end_ms = scored[-1].event_time_ms + 6 * 3_600_000
    records: list[LogRecord] = [beat(None, topic=topics.mentions), *scored]
    records.append(beat(end_ms, topic=topics.mentions))
    await produce(kafka.bootstrap, topics.scored, [r for one in records for r in written(one)])
    return end_ms


def written(record: LogRecord) -> list[Record]:
    """Return the records to produce: a heartbeat to every partition, else one by its key."""
    message = log.encode(record)
    partitions = range(PARTITIONS) if isinstance(record, Heartbeat) else [None]
    return [
        Record(key=message.key, value=message.value, headers=message.headers, partition=partition)
        for partition in partitions
    ]


def squall(kafka: Kafka, prefix: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    kept = {name: value for name, value in os.environ.items() if not name.startswith("SQUALL_")}
    where = {"SQUALL_KAFKA__BOOTSTRAP_SERVERS": kafka.bootstrap, "SQUALL_TOPIC_PREFIX": prefix}
    return subprocess.run(
        [sys.executable, "-m", "app.cli.main", *arguments],
        env={**kept, **RULES, **where},
        capture_output=True,
        text=True,
        timeout=240,
        check=False,
    )


async def detected(kafka: Kafka, prefix: str, topics: Topics) -> list[str]:
    """Return the events that a real detector publishes, once its last one is there."""
    expected = squall(kafka, prefix, "replay").stdout.splitlines()
    assert any('"type":"opened"' in line for line in expected)

    async def is_told() -> bool:
        return len(await read_all(kafka.bootstrap, topics.events)) >= len(expected)

    with Worker("detector", kafka.bootstrap, prefix, variables=RULES):
        await until(is_told, every_s=0.5)
    told = [(r.value or b"").decode() for r in await read_all(kafka.bootstrap, topics.events)]
    assert told == expected
    return told


async def cut(kafka: Kafka, topic: str, offset: int) -> None:
    """Delete the log's first records, as retention does."""
    admin = AIOKafkaAdminClient(bootstrap_servers=kafka.bootstrap)
    await admin.start()
    try:
        found = await read_all(kafka.bootstrap, topic)
        held = {r.partition or 0 for r in found if r.offset >= offset}
        cuts = {TopicPartition(topic, one): RecordsToDelete(before_offset=offset) for one in held}
        await admin.delete_records(cuts)
    finally:
        await admin.close()


async def test_a_detectors_events_are_verified_and_explained(
    kafka: Kafka, topic_prefix: str, tmp_path: Path
) -> None:
    topics = await declare_topics(kafka.bootstrap, topic_prefix)
    await a_log(kafka, topics)
    told = await detected(kafka, topic_prefix, topics)
    events = tmp_path / "events.jsonl"
    events.write_text("\n".join(told))

    done = squall(kafka, topic_prefix, "verify", str(events))
    assert done.returncode == 0, done.stdout + done.stderr
    assert len(done.stdout.splitlines()) == len(told)

    opened = next(event for line in told if (event := json.loads(line))["type"] == "opened")
    opened["evidence"]["top_mentions"][0]["author"] = "0" * 16
    events.write_text(json.dumps(opened))
    done = squall(kafka, topic_prefix, "verify", str(events), "--json")
    assert done.returncode == 1
    found = json.loads(done.stdout)
    assert found["verdict"] == "differs"
    assert "$.evidence.top_mentions[0].author" in [one["path"] for one in found["differences"]]

    done = squall(kafka, topic_prefix, "explain", "larkmoor", "--at", "2024-01-01T03:00:00Z")
    assert done.returncode == 0, done.stderr
    assert "nothing begins" in done.stdout

    path = tmp_path / "log.jsonl.zst"
    assert squall(kafka, topic_prefix, "replay", "--record", str(path)).returncode == 0
    assert squall(kafka, topic_prefix, "backtest", str(path)).stdout.splitlines() == told
    assert squall(kafka, topic_prefix, "replay", "--brand", "nobody").stdout == ""

    events.write_text(told[-1])
    await cut(kafka, topics.scored, 5)
    done = squall(kafka, topic_prefix, "verify", str(events))
    assert done.returncode == 1
    assert "not verifiable" in done.stdout
    assert "no longer goes back to its beginning" in done.stdout


async def test_without_the_topic_or_the_broker_it_says_so(kafka: Kafka, topic_prefix: str) -> None:
    done = squall(kafka, topic_prefix, "replay")
    assert done.returncode == 69
    assert "squall topics apply" in done.stderr
    nowhere = Kafka("127.0.0.1:1")
    done = squall(nowhere, topic_prefix, "explain", "larkmoor", "--at", "2024-01-01T03:00:00Z")
    assert done.returncode == 69
    assert "check kafka.bootstrap_servers" in done.stderr
