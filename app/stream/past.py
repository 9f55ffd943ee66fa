"""The log as it lies in Kafka now: read from its first record to the end it has at the start."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import Any, NamedTuple

from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.errors import KafkaError
from aiokafka.partitioner import DefaultPartitioner

from app.config import Settings
from app.core.mention import Rejected
from app.core.record import Origin
from app.stream.compacted import unreadable
from app.stream.following import STALL_S, next_before, opened, places_of, stalled
from app.stream.records import Placed, Record
from app.wire import log


class Span(NamedTuple):
    """What a partition held when it was opened: offsets from ``first`` to before ``end``."""

    partition: int
    first: int
    end: int


class Past:
    """An open log. ``missing``: by partition, the offset that should come next and is not there, in
    a log that no longer goes back to its beginning; more may be found while it is read.
    """

    def __init__(self, consumer: AIOKafkaConsumer, topic: str, spans: Sequence[Span]) -> None:
        self.spans = tuple(spans)
        self.missing = {span.partition: 0 for span in spans if span.first}
        self._consumer, self._topic = consumer, topic

    async def records(self, *, first: int | None = None) -> AsyncGenerator[Record, None]:
        """Yield every record, partition by partition, in order of offset; partition ``first``
        before the others.

        Raises UnavailableError when Kafka refuses to be read, or gives nothing for ``STALL_S``.
        """
        for span in sorted(self.spans, key=lambda span: (span.partition != first, span)):
            place = TopicPartition(self._topic, span.partition)
            self._consumer.assign([place])
            self._consumer.seek(place, span.first)
            expected = span.first
            while found := await next_before(self._consumer, place, span.end):
                for record in map(_record, found):
                    if record.offset != expected:
                        self.missing.setdefault(span.partition, expected)
                    expected = record.offset + 1
                    yield record

    async def placed(self, *, first: int | None = None) -> AsyncGenerator[Placed, None]:
        """Yield the same as the fold takes it; what it would refuse is left out."""
        async for record in self.records(first=first):
            if (one := read(record)) is not None:
                yield one

    async def source(self, origin: Origin) -> Record | None:
        """Return the source record at this place, None when it is no longer there."""
        place = TopicPartition(origin.topic, origin.partition)
        try:
            async with asyncio.timeout(STALL_S):
                self._consumer.assign([place])
                first = (await self._consumer.beginning_offsets([place]))[place]
                end = (await self._consumer.end_offsets([place]))[place]
            if not first <= origin.offset < end:
                return None
            self._consumer.seek(place, origin.offset)
            found = await next_before(self._consumer, place, end)
        except TimeoutError as error:
            raise stalled(origin.topic) from error
        except KafkaError as error:
            raise unreadable(origin.topic, error) from error
        return _record(found[0]) if found and found[0].offset == origin.offset else None

    def partition_of(self, brand: str) -> int:
        """Return the partition that holds a brand's records."""
        partitions = sorted(span.partition for span in self.spans)
        chosen: int = DefaultPartitioner()(brand.encode(), partitions, partitions)
        return chosen


@asynccontextmanager
async def open_past(settings: Settings) -> AsyncIterator[Past]:
    """Yield the log, read as the detector reads it; joins no group and writes nothing.

    Raises UnavailableError when no broker answers, or the topic is missing.
    """
    topic = settings.topics.scored
    async with opened(settings, "read_uncommitted", lambda one: _spans(one, topic)) as found:
        consumer, spans = found
        yield Past(consumer, topic, spans)


def read(record: Record) -> Placed | None:
    """Return the record as the fold takes it, None for one that it refuses."""
    found = log.decode(record.value, record.headers)
    if isinstance(found, Rejected):
        return None
    return Placed(record.partition, record.offset, found)


async def _spans(consumer: AIOKafkaConsumer, topic: str) -> list[Span]:
    places = await places_of(consumer, topic)
    firsts = await consumer.beginning_offsets(places)
    ends = await consumer.end_offsets(places)
    return [Span(place.partition, firsts[place], ends[place]) for place in places]


def _record(message: Any) -> Record:
    return Record(
        message.topic,
        message.partition,
        message.offset,
        message.timestamp,
        message.key,
        message.value,
        tuple(message.headers or ()),
    )
