"""The log as it lies in Kafka now: read from its first record to the end it has at the start."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import Any, Final, NamedTuple

from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.errors import KafkaError
from aiokafka.partitioner import DefaultPartitioner

from app.config import Settings
from app.core.mention import Rejected
from app.core.record import Origin
from app.errors import UnavailableError
from app.stream.compacted import unreadable
from app.stream.following import opened
from app.stream.records import Placed, Record
from app.wire import log

STALL_S: Final = 30.0  # without a single record
FETCH_RECORDS: Final = 2_000
LOOK_EVERY_S: Final = 0.02


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
            while found := await self._next(place, span.end):
                for record in found:
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
            found = await self._next(place, end)
        except TimeoutError as error:
            raise _stalled(origin.topic) from error
        except KafkaError as error:
            raise unreadable(origin.topic, error) from error
        return found[0] if found and found[0].offset == origin.offset else None

    def partition_of(self, brand: str) -> int:
        """Return the partition that holds a brand's records."""
        partitions = sorted(span.partition for span in self.spans)
        chosen: int = DefaultPartitioner()(brand.encode(), partitions, partitions)
        return chosen

    async def _next(self, place: TopicPartition, end: int) -> list[Record]:
        """Return the next records before ``end``, none at the end."""
        try:
            async with asyncio.timeout(STALL_S):
                # A position passes the markers of transactions too, for which nothing is given out.
                while await self._consumer.position(place) < end:
                    given = await self._consumer.getmany(
                        place, timeout_ms=200, max_records=FETCH_RECORDS
                    )
                    if found := [_record(r) for r in given.get(place, ()) if r.offset < end]:
                        return found
        except TimeoutError as error:
            raise _stalled(place.topic) from error
        except KafkaError as error:
            raise unreadable(place.topic, error) from error
        return []


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
    if topic not in await consumer.topics():
        message = f"Kafka has no topic {topic}; make the topics with `squall topics apply`"
        raise UnavailableError(message)
    consumer.subscribe([topic])  # without a group: it is given every partition
    while not consumer.assignment():  # noqa: ASYNC110
        await asyncio.sleep(LOOK_EVERY_S)
    places = sorted(consumer.assignment())
    consumer.unsubscribe()
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


def _stalled(topic: str) -> UnavailableError:
    return UnavailableError(
        f"{topic} gave no record for {STALL_S:g} s: check the brokers and the right to read it"
    )
