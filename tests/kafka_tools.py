"""Raw records in and out of a real Kafka, for tests: of the product only the topic table."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Literal

from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient, NewTopic
from aiokafka.structs import RecordMetadata

from app.config import Topics
from app.stream.topic_admin import admin_client, apply
from app.stream.topics import declared

Isolation = Literal["read_committed", "read_uncommitted"]
LOG_APPEND_TIME = 1
Headers = tuple[tuple[str, bytes], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Record:
    """A record as it lies in a topic. To be produced, only ``value`` is needed; ``partition``
    None lets the key choose.
    """

    value: bytes | None
    key: bytes | None = None
    headers: Headers = ()
    partition: int | None = None
    offset: int = -1
    timestamp_ms: int | None = None


async def produce(
    bootstrap: str,
    topic: str,
    records: Iterable[Record],
    *,
    max_request_size: int = 4_000_000,
    compression: Literal["gzip", "snappy", "lz4", "zstd"] | None = None,
) -> list[Record]:
    """Send the records in order and return them as acknowledged by all replicas, with partition
    and offset.
    """
    producer = AIOKafkaProducer(
        bootstrap_servers=bootstrap,
        enable_idempotence=True,
        max_batch_size=900_000,
        max_request_size=max_request_size,
        compression_type=compression,
    )
    await producer.start()
    try:
        # aiokafka tells the first record's time for a whole batch: so each gets its own from here.
        now_ms = time.time_ns() // 1_000_000
        sent = [replace(r, timestamp_ms=r.timestamp_ms or now_ms) for r in records]
        futures = [
            await producer.send(
                topic,
                r.value,
                key=r.key,
                partition=r.partition,
                timestamp_ms=r.timestamp_ms,
                headers=list(r.headers),
            )
            for r in sent
        ]
        stored = await asyncio.gather(*futures)
    finally:
        await producer.stop()
    return [_placed(r, s) for r, s in zip(sent, stored, strict=True)]


def _placed(record: Record, stored: RecordMetadata) -> Record:
    is_the_brokers = stored.timestamp_type == LOG_APPEND_TIME
    return replace(
        record,
        partition=stored.partition,
        offset=stored.offset,
        timestamp_ms=stored.timestamp if is_the_brokers else record.timestamp_ms,
    )


async def read_all(
    bootstrap: str,
    topic: str,
    isolation: Isolation = "read_committed",
    *,
    limit_s: float = 60.0,
) -> list[Record]:
    """Read a topic from its beginning to the end offsets of now, ordered by partition and offset.

    With ``read_committed`` the end is the last stable offset: what an open transaction holds back
    is not waited for. Raises TimeoutError if the end isn't reached in ``limit_s``.
    """
    consumer = AIOKafkaConsumer(
        bootstrap_servers=bootstrap,
        isolation_level=isolation,
        auto_offset_reset="earliest",
        enable_auto_commit=False,
        max_partition_fetch_bytes=8_000_000,
    )
    await consumer.start()
    try:
        async with asyncio.timeout(limit_s):
            return await _read_to_end(consumer, await _partitions(consumer, topic))
    finally:
        await consumer.stop()


async def declare_topics(
    bootstrap: str, prefix: str, *, partitions: int = 4, copies: int = 1
) -> Topics:
    """Make all of Squall's topics under a prefix, as ``squall topics apply`` does."""
    topics = Topics(prefix)
    async with admin_client({"bootstrap_servers": bootstrap}) as admin:
        await apply(admin, declared(topics, partitions, copies))
    return topics


async def create_topic(
    bootstrap: str,
    topic: str,
    *,
    partitions: int = 1,
    copies: int = 1,
    configs: dict[str, str] | None = None,
) -> None:
    """Create one plain topic and wait until it can be written to. Raises RuntimeError if Kafka
    refuses.
    """
    admin = AIOKafkaAdminClient(bootstrap_servers=bootstrap)
    await admin.start()
    try:
        new = NewTopic(topic, partitions, copies, topic_configs=configs)
        response = await admin.create_topics([new])
        for name, code, message in response.topic_errors:
            if code:
                refused = f"{name}: error {code}: {message}"
                raise RuntimeError(refused)
        await _until_led(admin, topic)
    finally:
        await admin.close()


async def _until_led(admin: AIOKafkaAdminClient, topic: str) -> None:
    async with asyncio.timeout(30):
        while True:
            described = await admin.describe_topics([topic])
            partitions = described[0]["partitions"]
            if partitions and all(p["leader"] >= 0 for p in partitions):
                return
            await asyncio.sleep(0.05)


async def _partitions(consumer: AIOKafkaConsumer, topic: str) -> list[TopicPartition]:
    """Return the partitions of a topic; a topic made a moment ago may take a moment to be known."""
    while True:
        await consumer._client.force_metadata_update()
        numbers = consumer.partitions_for_topic(topic)
        if not numbers:
            consumer._client.add_topic(topic)
            await asyncio.sleep(0.05)
            continue
        return [TopicPartition(topic, number) for number in sorted(numbers)]


async def _read_to_end(
    consumer: AIOKafkaConsumer, partitions: Sequence[TopicPartition]
) -> list[Record]:
    consumer.assign(partitions)
    await consumer.seek_to_beginning(*partitions)
    ends = await consumer.end_offsets(partitions)
    read: list[Record] = []
    for partition in partitions:
        # The position passes transaction markers too, which no record is handed out for.
        while await consumer.position(partition) < ends[partition]:
            fetched = await consumer.getmany(partition, timeout_ms=200)
            read += [_record(message) for message in fetched.get(partition, [])]
    return read


def _record(message: object) -> Record:
    get = message.__getattribute__
    return Record(
        value=get("value"),
        key=get("key"),
        headers=tuple(get("headers")),
        partition=get("partition"),
        offset=get("offset"),
        timestamp_ms=get("timestamp"),
    )
