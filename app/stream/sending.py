"""Sends outside transactions: our own idempotent producer, every answer awaited."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import NamedTuple

from aiokafka import AIOKafkaProducer
from aiokafka.errors import KafkaError

from app.config import Settings
from app.errors import UnavailableError
from app.stream.kafka import client_options
from app.stream.rights import refused
from app.wire.message import Message

MAX_BATCH_BYTES = 900_000  # with aiokafka's 16 KiB a worker is four times slower
MAX_RECORD_BYTES = 4 * 1024 * 1024  # a dead letter is larger than the record it keeps


class Outgoing(NamedTuple):
    """A record to write. Without a partition its key decides, None for any."""

    topic: str
    message: Message
    partition: int | None = None


async def open_producer(settings: Settings) -> AIOKafkaProducer:
    """Return a started idempotent producer: retries never write a record twice or out of order.

    Raises UnavailableError when no broker answers.
    """
    producer = AIOKafkaProducer(
        **client_options(settings.kafka),
        acks="all",
        enable_idempotence=True,
        max_batch_size=MAX_BATCH_BYTES,
        max_request_size=MAX_RECORD_BYTES,
        retry_backoff_ms=250,
    )
    # aiokafka's one timeout is for a request and for how long a record may wait for a leader. A
    # hung request must end soon; a restart of the broker must not fail the records that wait.
    producer._request_timeout_ms = round(settings.kafka.retry_s * 1000)  # noqa: SLF001
    producer._message_accumulator._batch_ttl = settings.kafka.retry_s  # noqa: SLF001
    await start(producer, settings)
    return producer


async def start(producer: AIOKafkaProducer, settings: Settings) -> None:
    """Start a producer; leaves nothing open when it can't.

    Raises UnavailableError when no broker answers, ConfigError when its id may not be used.
    """
    try:
        await producer.start()
    except KafkaError as error:
        await producer.stop()
        raise refused(error) or UnavailableError(
            f"Kafka at {settings.kafka.bootstrap_servers} does not answer ({error}): "
            "start it or correct kafka.bootstrap_servers"
        ) from error


async def partition_count(producer: AIOKafkaProducer, topic: str) -> int:
    """Return how many partitions the topic has now, asked anew; raises UnavailableError."""
    try:
        await producer.client.force_metadata_update()
        return len(await producer.partitions_for(topic))
    except KafkaError as error:
        raise UnavailableError(
            f"Kafka does not tell the partitions of {topic}: check it"
        ) from error


async def deliver(
    producer: AIOKafkaProducer, outgoing: Sequence[Outgoing], *, limit_s: float
) -> None:
    """Send in the order given and wait until the brokers have every record.

    Raises UnavailableError when one failed, or when not all arrived within the limit, ConfigError
    when this principal may not write there any more.
    """
    try:
        async with asyncio.timeout(limit_s):
            await asyncio.gather(*[await send(producer, one) for one in outgoing])
    except (TimeoutError, KafkaError) as error:
        raise refused(error) or UnavailableError(
            f"a batch of {len(outgoing)} records was not delivered within {limit_s:g} s "
            f"({type(error).__name__} {error}): check the brokers and the topics' max.message.bytes"
        ) from error


async def send(producer: AIOKafkaProducer, one: Outgoing) -> asyncio.Future[object]:
    """Hand one record to the producer; the future it returns holds the broker's answer."""
    message = one.message
    if message.key is None and message.value is None:
        return await _send_empty(producer, one)
    future: asyncio.Future[object] = await producer.send(
        one.topic,
        message.value,
        key=message.key,
        partition=one.partition,
        headers=list(message.headers),
    )
    return future


async def _send_empty(producer: AIOKafkaProducer, one: Outgoing) -> asyncio.Future[object]:
    # The dead letter of a tombstone without a key: ``send`` refuses it, a batch of one does not.
    batch = producer.create_batch()
    batch.append(key=None, value=None, timestamp=None, headers=list(one.message.headers))
    future: asyncio.Future[object] = await producer.send_batch(
        batch, one.topic, partition=one.partition or 0
    )
    return future
