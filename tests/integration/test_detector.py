"""The detector on a real Kafka, through kills: what lies in the topics at the end is what one fold
over the whole log gives, once and in order.
"""

from __future__ import annotations

import random
import signal
from collections import defaultdict
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from app.config import Settings, Topics
from app.core.mention import Label
from app.core.partition import PartitionFold
from app.core.record import Heartbeat, LogRecord, Origin, ScoredMention
from app.stream.folding import fold_batch
from app.stream.records import Record as Consumed
from app.wire import event as event_wire
from app.wire import log
from app.wire import state as state_wire
from tests.conftest import Kafka
from tests.kafka_tools import Record, declare_topics, produce, read_all
from tests.worker_tools import Worker, header, until

START_MS = 1_772_366_400_000
MINUTE_MS = 60_000
PARTITIONS = 4
BRANDS = [f"brand {number}" for number in range(12)]
Written = list[tuple[bytes | None, bytes | None, tuple[tuple[str, bytes], ...]]]


def settings(prefix: str) -> Settings:
    return Settings(topic_prefix=prefix, partitions=PARTITIONS)


def a_scored(number: int, brand: str, time_ms: int, label: Label) -> ScoredMention:
    return ScoredMention(
        brand=brand,
        mention_id=f"m{number}",
        origin=Origin(topic="mentions", partition=0, offset=number),
        event_time_ms=time_ms,
        label=label,
        probabilities=(0.8, 0.1, 0.1) if label is Label.NEGATIVE else (0.1, 0.8, 0.1),
        model="hash@1",
        fingerprint=f"{number:016x}",
        author=f"{number % 97:016x}",
        source="social",
    )


def a_log(minutes: int, *, repeats: bool = True) -> list[LogRecord]:
    """Return a log: a trickle, one brand in crisis, repeats of a scorer's restart, one late."""
    draw = random.Random(7)
    found: list[LogRecord] = []
    number = 0
    for minute in range(minutes):
        time_ms = START_MS + minute * MINUTE_MS
        for _ in range(20):
            label = draw.choice([Label.NEUTRAL, Label.POSITIVE, Label.NEGATIVE])
            stamp = time_ms + draw.randrange(MINUTE_MS)
            found.append(a_scored(number, draw.choice(BRANDS), stamp, label))
            number += 1
        for _ in range(30 if 20 <= minute < 30 else 0):
            stamp = time_ms + draw.randrange(MINUTE_MS)
            found.append(a_scored(number, BRANDS[0], stamp, Label.NEGATIVE))
            number += 1
        found.append(a_beat(time_ms + MINUTE_MS, minute))
        if repeats and minute % 10 == 9:
            found += found[-40:-1]
    return [*found, a_scored(number, BRANDS[1], START_MS, Label.NEGATIVE)]


def a_beat(time_ms: int, minute: int) -> Heartbeat:
    return Heartbeat(
        topic="mentions",
        partition=0,
        partitions=1,
        time_ms=time_ms,
        is_caught_up=False,
        at_ms=START_MS + minute,
    )


async def append(kafka: Kafka, topics: Topics, found: list[LogRecord]) -> None:
    """Write log records as scorers do: by brand, a heartbeat to every partition."""
    sent = []
    for one in found:
        message = log.encode(one)
        record = Record(value=message.value, key=message.key, headers=message.headers)
        if isinstance(one, Heartbeat):
            copies = [
                Record(value=record.value, headers=record.headers, partition=p) for p in range(4)
            ]
            sent += copies
        else:
            sent.append(record)
    await produce(kafka.bootstrap, topics.scored, sent)


@dataclass
class Expected:
    """What one fold over a topic's log gives: records by topic and partition, and the states."""

    written: dict[tuple[str, int], Written] = field(default_factory=lambda: defaultdict(list))
    states: dict[int, dict[bytes, bytes]] = field(default_factory=lambda: defaultdict(dict))


async def refold(kafka: Kafka, topics: Topics, prefix: str) -> Expected:
    expected = Expected()
    by_partition: dict[int, list[Consumed]] = defaultdict(list)
    for r in await read_all(kafka.bootstrap, topics.scored):
        partition, timestamp_ms = r.partition or 0, r.timestamp_ms or 0
        by_partition[partition].append(
            Consumed(topics.scored, partition, r.offset, timestamp_ms, r.key, r.value, r.headers)
        )
    for partition, batch in by_partition.items():
        folded = fold_batch(topics, partition, PartitionFold(settings(prefix).rules()), batch)
        for one in folded.outgoing:
            message = one.message
            if one.topic == topics.brand_state:
                assert message.key is not None
                assert message.value is not None
                expected.states[partition][message.key] = message.value
            else:
                place = (one.topic, one.partition or 0)
                expected.written[place].append((message.key, message.value, message.headers))
    return expected


async def found_in(kafka: Kafka, topics: Topics) -> Expected:
    found = Expected()
    for topic in (topics.events, topics.windows, topics.crisis_state, topics.dead_letter):
        for r in await read_all(kafka.bootstrap, topic):
            found.written[(topic, r.partition or 0)].append((r.key, r.value, r.headers))
    for r in await read_all(kafka.bootstrap, topics.brand_state):
        assert r.key is not None
        assert r.value is not None
        found.states[r.partition or 0][r.key] = r.value
    return found


async def folded(kafka: Kafka, topics: Topics) -> None:
    """Wait until the states say that the whole log is applied."""
    ends = {r.partition: r.offset for r in await read_all(kafka.bootstrap, topics.scored)}

    async def is_folded() -> bool:
        applied = {
            r.partition: state_wire.decode(r.key, r.value or b"").applied
            for r in await read_all(kafka.bootstrap, topics.brand_state)
            if r.key == state_wire.CLOCK_KEY
        }
        return applied == ends

    await until(is_folded, every_s=0.5)


async def assert_as_folded(kafka: Kafka, topics: Topics, prefix: str) -> Expected:
    await folded(kafka, topics)
    expected, found = await refold(kafka, topics, prefix), await found_in(kafka, topics)
    for place in expected.written | found.written:
        if place[0] == topics.dead_letter:  # several writers share its one partition
            assert sorted(found.written[place], key=repr) == sorted(
                expected.written[place], key=repr
            )
        else:
            assert found.written[place] == expected.written[place], place
    assert found.states == expected.states
    return found


async def test_it_continues_where_it_was_killed(kafka: Kafka, topic_prefix: str) -> None:
    topics = await declare_topics(kafka.bootstrap, topic_prefix)
    await append(kafka, topics, a_log(60))
    one_by_one = {"SQUALL_DETECTOR__BATCH_MAX": "40"}
    with Worker("detector", kafka.bootstrap, topic_prefix, variables=one_by_one) as worker:
        for count in (5, 20):
            await until(lambda: _written(kafka, topics, count), every_s=0.05)  # noqa: B023
            worker.kill()
            worker.start_again()
        found = await assert_as_folded(kafka, topics, topic_prefix)
    events = [written for (topic, _), written in found.written.items() if topic == topics.events]
    types = [header_of(headers, "ce_type") for written in events for _, _, headers in written]
    assert "squall.crisis.opened.v1" in types
    assert found.written[(topics.dead_letter, 0)]


async def _written(kafka: Kafka, topics: Topics, count: int) -> bool:
    return len(await read_all(kafka.bootstrap, topics.brand_state)) >= count


def header_of(headers: tuple[tuple[str, bytes], ...], name: str) -> str:
    return dict(headers)[name].decode()


@pytest.mark.parametrize(
    "point",
    ["after_fencing", "before_state_read", "after_state_read", "after_sends", "after_commit"],
)
async def test_a_kill_at_each_gap_of_the_delivery_changes_nothing(
    kafka: Kafka, topic_prefix: str, tmp_path: Path, point: str
) -> None:
    topics = await declare_topics(kafka.bootstrap, topic_prefix)
    await append(kafka, topics, a_log(35))
    kills = tmp_path / "kills"
    kills.write_text("1")
    crash = {
        "SQUALL_CRASH_AT": point,
        "SQUALL_CRASH_COUNT": str(kills),
        "SQUALL_DETECTOR__BATCH_MAX": "300",
    }
    with Worker("detector", kafka.bootstrap, topic_prefix, variables=crash) as worker:
        assert await worker.ended() == -signal.SIGKILL
        worker.start_again()
        await assert_as_folded(kafka, topics, topic_prefix)


async def test_a_zombie_is_fenced_and_changes_nothing(kafka: Kafka, topic_prefix: str) -> None:
    topics = await declare_topics(kafka.bootstrap, topic_prefix)
    records = a_log(60)
    slow = {"SQUALL_DETECTOR__BATCH_MAX": "20"}
    with Worker("detector", kafka.bootstrap, topic_prefix, slot="one", variables=slow) as zombie:
        await append(kafka, topics, records[:600])
        await until(lambda: _written(kafka, topics, 10), every_s=0.05)
        zombie.send(signal.SIGSTOP)
        with Worker("detector", kafka.bootstrap, topic_prefix, slot="two"):
            await append(kafka, topics, records[600:])
            await folded(kafka, topics)
            zombie.send(signal.SIGCONT)
            await assert_as_folded(kafka, topics, topic_prefix)


async def test_a_log_record_that_nobody_can_read_is_a_dead_letter(
    kafka: Kafka, topic_prefix: str
) -> None:
    topics = await declare_topics(kafka.bootstrap, topic_prefix)
    broken = Record(
        value=b"\xff\xfe", key=b"brand 1", headers=(("ce_type", b"other"),), partition=1
    )
    await produce(kafka.bootstrap, topics.scored, [broken])
    await append(kafka, topics, a_log(2))
    with Worker("detector", kafka.bootstrap, topic_prefix):
        await assert_as_folded(kafka, topics, topic_prefix)
    (dead,) = [
        r
        for r in await read_all(kafka.bootstrap, topics.dead_letter)
        if header(r, "squall_reason") == "unknown_schema"
    ]
    assert (dead.key, dead.value) == (broken.key, broken.value)
    assert (header(dead, "squall_partition"), header(dead, "squall_offset")) == ("1", "0")


async def test_sigterm_leaves_no_aborted_copy(kafka: Kafka, topic_prefix: str) -> None:
    topics = await declare_topics(kafka.bootstrap, topic_prefix)
    await append(kafka, topics, a_log(60))
    small = {"SQUALL_DETECTOR__BATCH_MAX": "40"}
    with Worker("detector", kafka.bootstrap, topic_prefix, variables=small) as worker:
        await until(lambda: _written(kafka, topics, 10), every_s=0.05)
        assert await worker.terminate() == 0
        worker.start_again()
        await assert_as_folded(kafka, topics, topic_prefix)
    for topic in (topics.events, topics.windows, topics.brand_state):
        committed = await read_all(kafka.bootstrap, topic)
        assert committed == await read_all(kafka.bootstrap, topic, "read_uncommitted")


async def test_events_read_back(kafka: Kafka, topic_prefix: str) -> None:
    topics = await declare_topics(kafka.bootstrap, topic_prefix)
    await append(kafka, topics, a_log(40, repeats=False))
    with Worker("detector", kafka.bootstrap, topic_prefix):
        await folded(kafka, topics)
    events = [
        event_wire.decode(r.value, r.headers)
        for r in await read_all(kafka.bootstrap, topics.events)
    ]
    assert events
