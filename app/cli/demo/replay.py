"""The week into Kafka, in time order and no faster than the scorer takes it.

A live stream can't be days ahead in one partition and behind in the next; a topic that was filled
at once could be read that way, and what came late would be counted as late.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field

from aiokafka import AIOKafkaProducer
from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.errors import KafkaError

from app.sources.scenario.week import Record

LEAD = 256  # records sent and not yet scored
CHUNK = 32
LOOK_EVERY_S = 0.1

Taken = Callable[[], Awaitable[int]]


@dataclass(slots=True)
class Progress:
    """How far the replay is. ``reached_ms``: the last event time sent to each partition."""

    sent: int = 0
    is_done: bool = False
    reached_ms: dict[int, int] = field(default_factory=dict)


async def replay(
    producer: AIOKafkaProducer,
    topic: str,
    records: Sequence[Record],
    taken: Taken,
    progress: Progress,
    *,
    speed: float = 0.0,
) -> None:
    """Send ``records`` in order, waiting while ``LEAD`` of them are not yet taken.

    ``speed``: seconds of event time a second at the most, 0 for no such limit.
    """
    started_s = time.monotonic()
    for start in range(0, len(records), CHUNK):
        chunk = records[start : start + CHUNK]
        if speed:
            due_s = (chunk[0].time_ms - records[0].time_ms) / 1000 / speed
            await asyncio.sleep(max(0.0, started_s + due_s - time.monotonic()))
        while progress.sent - await taken() >= LEAD:  # noqa: ASYNC110 - it asks another process
            await asyncio.sleep(LOOK_EVERY_S)
        await _send(producer, topic, chunk, progress)
    progress.is_done = True


async def _send(
    producer: AIOKafkaProducer, topic: str, records: Sequence[Record], progress: Progress
) -> None:
    sending = [await producer.send(topic, record.value, key=record.key) for record in records]
    for record, stored in zip(records, await asyncio.gather(*sending), strict=True):
        progress.reached_ms[stored.partition] = record.time_ms
    progress.sent += len(records)


def taken_by(admin: AIOKafkaAdminClient, group: str) -> Taken:
    """Return what tells how many records the group has taken; 0 while it is not there."""

    async def taken() -> int:
        try:
            offsets = await admin.list_consumer_group_offsets(group)
        except KafkaError:
            return 0  # its coordinator is not chosen yet
        return sum(max(0, entry.offset) for entry in offsets.values())

    return taken
