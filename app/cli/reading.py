"""Reads what Squall tells: windows, crisis events and crisis states, committed ones alone."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from typing import Any

from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.errors import KafkaError

from app.config import Topics
from app.core.event import ClosedWindow, CrisisEvent, CrisisState
from app.core.mention import Rejected
from app.errors import UnavailableError
from app.wire import crisis, window
from app.wire import event as event_wire

Item = ClosedWindow | CrisisEvent | CrisisState

START_S = 20.0
_FETCH_RECORDS = 2_000
_LOOK_EVERY_S = 0.02


class Reader:
    """An open reader; ``unreadable`` counts records that this version can't decode."""

    def __init__(
        self, consumer: AIOKafkaConsumer, topics: Topics, partitions: Sequence[TopicPartition]
    ) -> None:
        self.unreadable = 0
        self._consumer = consumer
        self._topics = topics
        self._partitions = partitions

    async def take(self, within_s: float) -> list[Item]:
        """Return what came within ``within_s``, windows first, by partition in order of offset.

        Raises UnavailableError when Kafka refuses to be read.
        """
        try:
            fetched = await self._consumer.getmany(
                timeout_ms=round(within_s * 1000), max_records=_FETCH_RECORDS
            )
        except KafkaError as error:
            raise _no_answer(error) from error
        # Windows move the time that is shown; an event is shown at a time already reached.
        order = (self._topics.windows, self._topics.events, self._topics.crisis_state)
        by_topic = sorted(fetched.items(), key=lambda item: (order.index(item[0][0]), item[0][1]))
        records = [record for _, part in by_topic for record in part]
        found = [self._decoded(record) for record in records if record.value is not None]
        return [item for item in found if not isinstance(item, Rejected)]

    async def is_at_end(self) -> bool:
        """Return whether everything committed until now was taken."""
        ends: Mapping[TopicPartition, int] = await self._consumer.end_offsets(self._partitions)
        return all([await self._consumer.position(p) >= end for p, end in ends.items()])

    def _decoded(self, record: Any) -> Item | Rejected:
        found: Item | Rejected
        if record.topic == self._topics.windows:
            found = window.decode(record.value, record.headers)
        elif record.topic == self._topics.events:
            found = event_wire.decode(record.value, record.headers)
        else:
            found = crisis.decode(record.value)
        self.unreadable += isinstance(found, Rejected)
        return found


@asynccontextmanager
async def open_reader(
    options: Mapping[str, Any], topics: Topics, *, since_ms: int | None = None
) -> AsyncIterator[Reader]:
    """Yield a reader of all partitions, outside of any consumer group.

    Windows and events begin with the first that Kafka took at ``since_ms`` (wall clock; None: with
    the oldest), crisis states always with the oldest. Raises UnavailableError when no broker
    answers, or a topic is missing.
    """
    consumer = AIOKafkaConsumer(
        **options,
        isolation_level="read_committed",
        enable_auto_commit=False,
        auto_offset_reset="earliest",
    )
    try:
        yield Reader(consumer, topics, await _opened(consumer, topics, since_ms))
    finally:
        await consumer.stop()


async def _opened(
    consumer: AIOKafkaConsumer, topics: Topics, since_ms: int | None
) -> list[TopicPartition]:
    try:
        async with asyncio.timeout(START_S):
            await consumer.start()
            partitions = await _assign(consumer, topics)
            timed = [p for p in partitions if p.topic != topics.crisis_state]
            await _seek(consumer, timed, since_ms)
            return partitions
    except (KafkaError, TimeoutError) as error:
        raise _no_answer(error) from error


async def _assign(consumer: AIOKafkaConsumer, topics: Topics) -> list[TopicPartition]:
    names = {topics.windows, topics.events, topics.crisis_state}
    if missing := sorted(names - await consumer.topics()):
        message = f"Kafka has no topic {missing[0]}; make the topics with `squall topics apply`"
        raise UnavailableError(message)
    consumer.subscribe(sorted(names))
    while {partition.topic for partition in consumer.assignment()} != names:  # noqa: ASYNC110
        await asyncio.sleep(_LOOK_EVERY_S)
    partitions = sorted(consumer.assignment())
    # Hold on to them: a subscription begins anew when the cluster forgets a topic for a moment.
    consumer.unsubscribe()
    consumer.assign(partitions)
    return partitions


async def _seek(
    consumer: AIOKafkaConsumer, partitions: Sequence[TopicPartition], since_ms: int | None
) -> None:
    if since_ms is None:
        return
    found = await consumer.offsets_for_times(dict.fromkeys(partitions, since_ms))
    ends = await consumer.end_offsets(list(partitions))
    for partition in partitions:
        at = found.get(partition)
        consumer.seek(partition, at.offset if at is not None else ends[partition])


def _no_answer(error: BaseException) -> UnavailableError:
    cause = str(error) or type(error).__name__
    return UnavailableError(f"Kafka can't be read ({cause}); check kafka.bootstrap_servers")
