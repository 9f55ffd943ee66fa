"""``squall digest`` on a real Kafka: a detector's own days, told and published, once and again."""

from __future__ import annotations

import asyncio
import json
import re
from collections.abc import Sequence

import pytest
from aiokafka import TopicPartition
from aiokafka.admin import RecordsToDelete

from app.clock import SystemClock
from app.config import Settings, Topics
from app.config.kafka import KafkaSettings
from app.core.digest import Digest, RecurringCause
from app.core.event import ClosedWindow, CrisisEvent, Output
from app.metrics import Metrics
from app.report.digest.recurring import WITHIN_MS
from app.stream.folding import Folded
from app.stream.following import follow
from app.stream.telling import Teller
from app.stream.topic_admin import admin_client
from app.wire import digest as digest_wire
from app.wire import event as event_wire
from app.wire import window as window_wire
from tests.conftest import Kafka
from tests.integration.test_crisis_command import Done, record, squall
from tests.kafka_tools import Record, declare_topics, produce, read_all
from tests.unit.crisis_streams import Incident, play, shop
from tests.unit.digest_values import DAY_MS, HOUR_MS, called_false, closed, crisis, edges

pytestmark = pytest.mark.slow
DAYS = ("--end", "2024-01-03", "--last", "3")


async def digest(kafka: Kafka, prefix: str, *arguments: str) -> Done:
    done = await squall(kafka, prefix, *arguments, group="digest")
    assert done.code == 0, done.err
    return done


async def tell(kafka: Kafka, topics: Topics, outputs: Sequence[Output]) -> None:
    """Write the windows and events that a detector told."""
    windows = [encoded(one) for one in outputs if isinstance(one, ClosedWindow)]
    events = [encoded(one) for one in outputs if isinstance(one, CrisisEvent)]
    for topic, records in ((topics.windows, windows), (topics.events, events)):
        await produce(kafka.bootstrap, topic, records)


def encoded(output: ClosedWindow | CrisisEvent) -> Record:
    if isinstance(output, ClosedWindow):
        return record(window_wire.encode(output))
    return record(event_wire.encode(output))


async def published(kafka: Kafka, topics: Topics) -> list[Record]:
    return await read_all(kafka.bootstrap, topics.digests)


def read(one: Record) -> Digest | RecurringCause:
    found = digest_wire.decode(one.value, one.headers)
    assert isinstance(found, Digest | RecurringCause)
    return found


async def test_a_detectors_days_are_published_once_and_are_what_prometheus_has(
    kafka: Kafka, topic_prefix: str
) -> None:
    topics = await declare_topics(kafka.bootstrap, topic_prefix, partitions=2)
    outputs = play(shop(3, [Incident(3, 60, (("payment",),))], hours=72))
    await tell(kafka, topics, outputs)
    first = await digest(kafka, topic_prefix, *DAYS, "--publish")
    assert "3 written, 0 unchanged, 0 kept as they were, 0 retracted" in first.err
    records = await published(kafka, topics)
    again = await digest(kafka, topic_prefix, *DAYS, "--publish")
    assert "0 written, 3 unchanged" in again.err
    assert first.out == again.out
    assert await published(kafka, topics) == records
    days = [read(one) for one in records]
    assert all(one.key == day.id.encode() for one, day in zip(records, days, strict=True))
    printed = json.loads((await digest(kafka, topic_prefix, *DAYS, "--json")).out)
    assert printed["digests"] == [json.loads(one.value or b"") for one in records]
    metrics = Metrics("detector", brands=["larkmoor"])
    Teller(metrics, topics).partition(0, Folded([], outputs, []), None)
    counts = [one.counts for one in days if isinstance(one, Digest) and one.counts is not None]
    for name, sums in (
        ("squall_brand_mentions_total", sum(one.mentions for one in counts)),
        ("squall_brand_negatives_total", sum(one.negatives for one in counts)),
    ):
        (value,) = re.findall(rf'{name}{{brand="larkmoor"}} (\S+)', metrics.render().decode())
        assert sums == float(value) > 0


async def test_a_cause_that_comes_again_is_published_updated_and_taken_back(
    kafka: Kafka, topic_prefix: str
) -> None:
    topics = await declare_topics(kafka.bootstrap, topic_prefix, partitions=2)
    three = [one for n in (-60, -30, -10) for one in crisis(f"c{n}", n * DAY_MS + HOUR_MS)]
    await tell(kafka, topics, [*edges("larkmoor"), closed("larkmoor", 0), *three])
    march = ("--end", "2026-03-02", "--publish")
    for told in ("2 written", "0 written, 2 unchanged"):
        assert told in (await digest(kafka, topic_prefix, *march)).err
    await tell(kafka, topics, crisis("c0", HOUR_MS))
    await digest(kafka, topic_prefix, *march)
    causes = [
        found
        for found in map(read, await published(kafka, topics))
        if isinstance(found, RecurringCause)
    ]
    assert [one.crisis_ids for one in causes] == [
        ("c-60", "c-30", "c-10"),
        ("c-60", "c-30", "c-10", "c0"),
    ]
    assert len({one.id for one in causes}) == 1
    words = [called_false(f"c{n}", 9 * HOUR_MS) for n in (-30, -10)]
    await tell(kafka, topics, words)
    assert "1 retracted" in (await digest(kafka, topic_prefix, *march)).err
    last = (await published(kafka, topics))[-1]
    assert (last.key, last.value) == (causes[0].id.encode(), None)


async def test_what_is_missing_is_named(kafka: Kafka, topic_prefix: str) -> None:
    march = ("--end", "2026-03-02", "--publish")
    missing = await squall(kafka, topic_prefix, *march, group="digest")
    assert (missing.code, "squall topics apply" in missing.err) == (69, True)
    await declare_topics(kafka.bootstrap, topic_prefix)
    nobody = await squall(kafka, topic_prefix, *march, "--brand", "acme", group="digest")
    assert (nobody.code, "nothing tells of brand 'acme'" in nobody.err) == (64, True)
    empty = await digest(kafka, topic_prefix, *march)
    assert "0 written, 0 unchanged" in empty.err


async def test_what_kafka_has_deleted_is_told_of(kafka: Kafka, topic_prefix: str) -> None:
    topics = await declare_topics(kafka.bootstrap, topic_prefix, partitions=1)
    three = [one for n in (-60, -30, 0) for one in crisis(f"c{n}", n * DAY_MS + HOUR_MS)]
    windows = [closed("larkmoor", hours * HOUR_MS) for hours in (-48, 6, 48)]
    await tell(kafka, topics, [*windows, *three])
    march = ("--end", "2026-03-02", "--json")
    whole = json.loads((await digest(kafka, topic_prefix, *march)).out)
    async with admin_client({"bootstrap_servers": kafka.bootstrap}) as admin:
        for topic in (topics.windows, topics.events):
            await admin.delete_records({TopicPartition(topic, 0): RecordsToDelete(1)})
    cut = json.loads((await digest(kafka, topic_prefix, *march)).out)
    assert [one["digests"][0]["is_whole"] for one in (whole, cut)] == [True, False]
    assert cut["digests"][0]["known_from_ms"] == windows[1].start_ms
    looked = [one["recurring_causes"][0]["looked_from_ms"] for one in (whole, cut)]
    last_ms = three[-4].time_ms  # its opening
    assert looked == [last_ms - WITHIN_MS, three[1].time_ms]


async def test_a_window_that_cannot_be_read_is_told_of(kafka: Kafka, topic_prefix: str) -> None:
    topics = await declare_topics(kafka.bootstrap, topic_prefix, partitions=1)
    await tell(kafka, topics, [*edges("larkmoor"), closed("larkmoor", 0)])
    await produce(kafka.bootstrap, topics.windows, [Record(key=b"larkmoor", value=b"{}")])
    done = await digest(kafka, topic_prefix, "--end", "2026-03-02", "--json")
    (one,) = json.loads(done.out)["digests"]
    assert (one["is_whole"], one["counts"]["mentions"]) == (False, 1)
    assert one["notes"][0].startswith("1 windows that were read")


async def test_reading_begins_with_the_records_of_a_time(kafka: Kafka, topic_prefix: str) -> None:
    topics = await declare_topics(kafka.bootstrap, topic_prefix, partitions=1)
    values = [record(window_wire.encode(closed("larkmoor", n * HOUR_MS))) for n in range(4)]
    await produce(kafka.bootstrap, topics.windows, values[:3])
    await asyncio.sleep(0.05)
    between_ms = SystemClock().now_ms()
    await asyncio.sleep(0.05)
    await produce(kafka.bootstrap, topics.windows, values[3:])
    reached = KafkaSettings(bootstrap_servers=kafka.bootstrap)
    settings = Settings(topic_prefix=topic_prefix, kafka=reached)
    async with follow(settings, topics.windows) as topic:
        starts = await topic.starts(between_ms)
        assert [(one.offset, one.oldest) for one in starts.values()] == [(3, 0)]
        assert [one.offset async for one in topic.past(starts)] == [3]
        assert len([one async for one in topic.past()]) == 4
        late = await topic.starts(between_ms + 60_000)
        assert [one.offset for one in late.values()] == [4]
        assert [one async for one in topic.past(late)] == []
