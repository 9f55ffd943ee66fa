"""Compacted topics, read whole: the latest committed value of each key."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Sequence
from typing import Final, Literal

from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.errors import KafkaError

from app.config import Settings
from app.errors import SquallError, StateError, UnavailableError
from app.stream.kafka import client_options
from app.stream.rights import refused

READ_LIMIT_S: Final = 60.0

Isolation = Literal["read_committed", "read_uncommitted"]
Latest = dict[int, dict[bytes, bytes]]  # partition -> key -> value


async def read_latest(settings: Settings, topic: str, partitions: Sequence[int]) -> Latest:
    """Return the last committed value of each key; a key whose last record is a tombstone is out.

    Raises StateError when the end is not reached in time.
    """
    places = [TopicPartition(topic, partition) for partition in partitions]
    found: Latest = {partition: {} for partition in partitions}
    if not places:
        return found
    consumer = reader(settings, "read_committed")
    try:
        async with asyncio.timeout(READ_LIMIT_S):
            await consumer.start()
            consumer.assign(places)
            await consumer.seek_to_beginning(*places)
            await _read_to_end(consumer, places, found)
    except TimeoutError as error:
        raise StateError(
            f"{topic} was not read to its end in {READ_LIMIT_S:g} s: check the brokers' load and "
            "that the topic is compacted"
        ) from error
    except KafkaError as error:
        raise unreadable(topic, error) from error
    finally:
        await consumer.stop()
    return found


def unreadable(topic: str, error: KafkaError) -> SquallError:
    """Return what to raise when Kafka refuses or drops a reader."""
    return refused(error) or UnavailableError(
        f"{topic} can't be read ({type(error).__name__}: {error}): check the brokers and the right "
        "to read this topic"
    )


def reader(settings: Settings, isolation: Isolation) -> AIOKafkaConsumer:
    """Return a consumer without a group, not started."""
    return AIOKafkaConsumer(
        **client_options(settings.kafka),
        group_id=None,
        enable_auto_commit=False,
        auto_offset_reset="earliest",
        isolation_level=isolation,
        max_partition_fetch_bytes=4 * 1024 * 1024,
        fetch_max_wait_ms=100,
    )


async def _read_to_end(
    consumer: AIOKafkaConsumer, places: Sequence[TopicPartition], found: Latest
) -> None:
    ends = await consumer.end_offsets(places)
    # A position passes the markers of transactions too, for which no record is handed out.
    while left := [place for place in places if await consumer.position(place) < ends[place]]:
        for place, records in (await consumer.getmany(*left, timeout_ms=200)).items():
            _apply(found[place.partition], ((r.key, r.value) for r in records))


def _apply(latest: dict[bytes, bytes], records: Iterable[tuple[bytes, bytes | None]]) -> None:
    for key, value in records:
        if value is None:
            latest.pop(key, None)
        else:
            latest[key] = value
