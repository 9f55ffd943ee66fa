"""The scorer on a real Kafka: what comes in is in the log or in the dead letters, nothing else."""

from __future__ import annotations

import json
import signal
from collections import Counter
from pathlib import Path

import pytest
from aiokafka import AIOKafkaProducer

from app.core.mention import SourceKind
from tests.conftest import Kafka
from tests.kafka_tools import Record, declare_topics, produce, read_all
from tests.worker_tools import (
    Worker,
    a_mention,
    header,
    records,
    send_mentions,
    until,
    value_of,
)

SCORED = "squall.mention.scored.v1"
HEARTBEAT = "squall.heartbeat.v1"
NEW_TYPE = ((("ce_specversion", b"1.0"), ("ce_type", b"squall.mention.v9")),)

BROKEN: list[tuple[str, bytes | None]] = [
    ("too_large", a_mention(0, text="x" * 1_000_000)),
    ("too_large", a_mention(0, text="x" * 9_000)),
    ("bad_value", a_mention(0, text="nul \0 in it")),
    ("bad_json", b'{"id": "1", "text": "cut'),
    ("bad_json", a_mention(0)[:-1] + b', "id": "again"}'),
    ("bad_json", a_mention(0)[:-1] + b', "reach": NaN}'),
    ("bad_json", b'{"a":' * 200 + b"1" + b"}" * 200),
    ("bad_encoding", a_mention(0).replace(b"text number", b"caf\xe9")),
    ("bad_encoding", b"\xef\xbb\xbf" + a_mention(0)),
    ("bad_encoding", a_mention(0).replace(b"text number", b"\\ud800")),
    ("missing_field", json.dumps({"text": "a", "published_at": "2026-03-01T12:00:00Z"}).encode()),
    ("missing_field", json.dumps({"id": "1", "text": "a"}).encode()),
    ("missing_field", a_mention(0, text=None)),
    ("wrong_type", a_mention(0, text=["a", "list"])),
    ("wrong_type", a_mention(0, id=7)),
    ("not_an_object", b'["a", "list"]'),
    ("bad_time", a_mention(0, published_at="2026-03-01T12:00:00")),
    ("bad_brand", a_mention(0, brand="a\u200bb")),
    ("bad_value", a_mention(0, source="carrier pigeon")),
    ("empty", None),
]


async def test_each_of_10_000_records_is_scored_or_a_dead_letter(
    kafka: Kafka, topic_prefix: str
) -> None:
    topics = await declare_topics(kafka.bootstrap, topic_prefix)
    kinds = tuple(SourceKind)
    sent = [Record(value=a_mention(n, source=kinds[n % 6]), key=b"%d" % n) for n in range(9_900)]
    expected: list[str] = []
    for place, (reason, value) in enumerate(BROKEN * 5):
        key = None if place % 3 and value is not None else b"key %d" % place
        sent.insert(place * 97, Record(value=value, key=key, partition=place % 4))
        expected.append(reason)
    with Worker("scorer", kafka.bootstrap, topic_prefix) as worker:
        pid = worker.pid
        stored = await produce(kafka.bootstrap, topics.mentions, sent)
        scored = await records(kafka.bootstrap, topics.scored, 9_900, ce_type=SCORED)
        dead = await records(kafka.bootstrap, topics.dead_letter, 100)
        counted = worker.metrics("squall_dead_letters_total")
        outcomes = worker.metrics("squall_mentions_total")
        sources = worker.metrics("squall_sources_total")
        assert (worker.code, worker.pid) == (None, pid)

    assert len(scored) == 9_900
    assert len({(value_of(r)["mention_id"]) for r in scored}) == 9_900
    by_place = {(r.partition, r.offset): r for r in stored}
    assert len(dead) == 100
    for letter in dead:
        partition, offset = header(letter, "squall_partition"), header(letter, "squall_offset")
        source = by_place[(int(partition or -1), int(offset or -1))]
        assert (letter.key, letter.value) == (source.key, source.value)
        assert header(letter, "squall_topic") == topics.mentions
        assert header(letter, "squall_timestamp_ms") == str(source.timestamp_ms)
    assert Counter(header(r, "squall_reason") for r in dead) == Counter(expected)
    assert {k: v for k, v in counted.items() if v} == {
        f'reason="{reason}"': count for reason, count in Counter(expected).items()
    }
    assert outcomes['outcome="scored"'] == 9_900
    assert outcomes['outcome="dead_letter"'] == 100
    assert sources == {f'source="{kind}"': 9_900 / 6 for kind in SourceKind}


async def test_a_tombstone_without_a_key_is_a_dead_letter_too(
    kafka: Kafka, topic_prefix: str
) -> None:
    topics = await declare_topics(kafka.bootstrap, topic_prefix)
    producer = AIOKafkaProducer(bootstrap_servers=kafka.bootstrap)
    await producer.start()
    batch = producer.create_batch()
    batch.append(key=None, value=None, timestamp=None)
    await producer.send_batch(batch, topics.mentions, partition=0)
    await producer.stop()
    with Worker("scorer", kafka.bootstrap, topic_prefix):
        (dead,) = await records(kafka.bootstrap, topics.dead_letter, 1)
    assert (dead.key, dead.value, header(dead, "squall_reason")) == (None, None, "empty")


async def test_the_log_keeps_the_source_order_and_a_brand_its_partition(
    kafka: Kafka, topic_prefix: str
) -> None:
    topics = await declare_topics(kafka.bootstrap, topic_prefix)
    await send_mentions(kafka.bootstrap, topics, range(500))
    with Worker("scorer", kafka.bootstrap, topic_prefix):
        scored = await records(kafka.bootstrap, topics.scored, 500, ce_type=SCORED)
    partitions: dict[str, set[int | None]] = {}
    last: dict[tuple[int | None, int], int] = {}
    for record in scored:
        value = value_of(record)
        assert record.key == value["brand"].encode()
        partitions.setdefault(value["brand"], set()).add(record.partition)
        origin = value["origin"]
        place = (record.partition, origin["partition"])
        assert origin["offset"] > last.get(place, -1)
        last[place] = origin["offset"]
    assert all(len(found) == 1 for found in partitions.values())


async def test_heartbeats_come_for_every_source_partition_and_say_when_it_is_read_to_its_end(
    kafka: Kafka, topic_prefix: str
) -> None:
    topics = await declare_topics(kafka.bootstrap, topic_prefix)
    with Worker("scorer", kafka.bootstrap, topic_prefix):
        await produce(kafka.bootstrap, topics.mentions, [Record(value=a_mention(1), partition=2)])
        latest: dict[tuple[int | None, int], dict[str, object]] = {}

        async def all_caught_up() -> bool:
            for record in await read_all(kafka.bootstrap, topics.scored):
                if header(record, "ce_type") == HEARTBEAT:
                    value = value_of(record)
                    latest[(record.partition, value["partition"])] = value
            told = [value["time_ms"] for (_, source), value in latest.items() if source == 2]
            is_told = len(told) == 4 and None not in told
            return len(latest) == 16 and is_told and all(v["is_caught_up"] for v in latest.values())

        await until(all_caught_up, every_s=0.5)
    published_ms = 1_772_366_400_000
    assert {(s, v["time_ms"]) for (_, s), v in latest.items()} == {
        (0, None),
        (1, None),
        (2, published_ms),
        (3, None),
    }
    assert {v["partitions"] for v in latest.values()} == {4}


@pytest.mark.parametrize("point", ["after_scored", "before_dead_letters", "after_dead_letters"])
async def test_a_kill_between_sending_and_committing_loses_nothing(
    kafka: Kafka, topic_prefix: str, tmp_path: Path, point: str
) -> None:
    topics = await declare_topics(kafka.bootstrap, topic_prefix)
    stored = await send_mentions(kafka.bootstrap, topics, range(600))
    bad = Record(value=b"{", partition=1)
    if point != "after_scored":
        stored += await produce(kafka.bootstrap, topics.mentions, [bad])
    kills = tmp_path / "kills"
    kills.write_text("1")
    crash = {"SQUALL_CRASH_AT": point, "SQUALL_CRASH_COUNT": str(kills)}
    with Worker("scorer", kafka.bootstrap, topic_prefix, variables=crash) as worker:
        assert await worker.ended() == -signal.SIGKILL
        worker.start_again()
        await worker.ready()
        await until(lambda: _lag(worker) == 0)
    found = await records(kafka.bootstrap, topics.scored, 600, ce_type=SCORED)
    by_id: dict[str | None, set[bytes | None]] = {}
    for record in found:
        by_id.setdefault(header(record, "ce_id"), set()).add(record.value)
    assert len(by_id) == 600
    assert all(len(values) == 1 for values in by_id.values())  # a repeat is byte for byte the same
    dead = await read_all(kafka.bootstrap, topics.dead_letter)
    assert {r.value for r in dead} == ({b"{"} if point != "after_scored" else set())


async def test_sigterm_under_load_ends_clean_and_repeats_nothing(
    kafka: Kafka, topic_prefix: str
) -> None:
    topics = await declare_topics(kafka.bootstrap, topic_prefix)
    await send_mentions(kafka.bootstrap, topics, range(8_000))
    with Worker("scorer", kafka.bootstrap, topic_prefix) as worker:
        for _ in range(3):
            await worker.ready()
            await until(lambda: worker.metrics("squall_batch_size_count")[""] > 0, every_s=0.05)
            assert await worker.terminate() == 0
            worker.start_again()
        await worker.ready()  # all may be scored by now, and it is asked for its lag below
        await records(kafka.bootstrap, topics.scored, 8_000, ce_type=SCORED)
        await until(lambda: _lag(worker) == 0)
        assert await worker.terminate() == 0
    found = await records(kafka.bootstrap, topics.scored, 8_000, ce_type=SCORED)
    assert len(found) == 8_000


def _lag(worker: Worker) -> float | None:
    """Return the records not yet committed, None before the first look of the watchdog."""
    lags = worker.metrics("squall_consumer_lag")
    return sum(lags.values()) if lags else None
