"""One topic, read by itself: from its beginning to its end of now, and then what comes."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from typing import Any, Final, NamedTuple, TypeVar

from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.errors import KafkaError

from app.config import Settings
from app.errors import UnavailableError
from app.stream.compacted import Isolation, reader, unreadable

T = TypeVar("T")

START_S: Final = 20.0
STALL_S: Final = 30.0  # without getting any further
LOOK_EVERY_S: Final = 0.02
FETCH_RECORDS: Final = 2_000


class Start(NamedTuple):
    """Where to begin in a partition, and the oldest offset that it still has."""

    offset: int
    oldest: int


class Follower:
    """An open topic, all partitions."""

    def __init__(
        self, consumer: AIOKafkaConsumer, topic: str, places: Sequence[TopicPartition]
    ) -> None:
        self._consumer, self._topic, self._places = consumer, topic, places

    async def starts(self, time_ms: int) -> dict[int, Start]:
        """Return, by partition, the first record that Kafka took at ``time_ms`` or later; its end
        where none is as late.
        """
        try:
            times = dict.fromkeys(self._places, time_ms)
            found = await self._consumer.offsets_for_times(times)
            oldest = await self._consumer.beginning_offsets(self._places)
        except KafkaError as error:
            raise unreadable(self._topic, error) from error
        ends = await self._ends()
        at = {place: found.get(place) for place in self._places}
        return {
            place.partition: Start(ends[place] if one is None else one.offset, oldest[place])
            for place, one in at.items()
        }

    async def past(self, starts: Mapping[int, Start] | None = None) -> AsyncGenerator[Any, None]:
        """Yield every record up to the end of now, partition by partition in order of offset; from
        ``starts`` on, where they are given.

        What comes after is left for `coming`. Raises UnavailableError when Kafka stops answering.
        """
        for place in self._places:
            # What expired is skipped, by auto_offset_reset.
            self._consumer.seek(place, starts[place.partition].offset if starts else 0)
        ends = await self._ends()
        for place in self._places:
            while records := await next_before(self._consumer, place, ends[place]):
                for record in records:
                    yield record

    async def skip(self) -> None:
        """Leave out everything up to the end of now."""
        for place, end in (await self._ends()).items():
            self._consumer.seek(place, end)

    async def coming(self, within_s: float) -> list[Any]:
        """Return what comes within ``within_s``."""
        try:
            found = await self._consumer.getmany(timeout_ms=round(within_s * 1000))
        except KafkaError as error:
            raise unreadable(self._topic, error) from error
        return [record for records in found.values() for record in records]

    async def _ends(self) -> dict[TopicPartition, int]:
        try:
            ends: dict[TopicPartition, int] = await self._consumer.end_offsets(self._places)
        except KafkaError as error:
            raise unreadable(self._topic, error) from error
        return ends


@asynccontextmanager
async def follow(
    settings: Settings, topic: str, isolation: Isolation = "read_committed"
) -> AsyncIterator[Follower]:
    """Yield the topic, its committed records alone unless told otherwise; joins no group.

    Raises UnavailableError when no broker answers, or the topic is missing.
    """
    async with opened(settings, isolation, lambda consumer: places_of(consumer, topic)) as found:
        consumer, places = found
        yield Follower(consumer, topic, places)


@asynccontextmanager
async def opened(
    settings: Settings, isolation: Isolation, find: Callable[[AIOKafkaConsumer], Awaitable[T]]
) -> AsyncIterator[tuple[AIOKafkaConsumer, T]]:
    """Yield a started consumer without a group, and what ``find`` finds with it within the limit.

    Raises UnavailableError when no broker answers.
    """
    consumer = reader(settings, isolation)
    try:
        try:
            async with asyncio.timeout(START_S):
                await consumer.start()
                found = await find(consumer)
        except (KafkaError, TimeoutError) as error:
            cause = str(error) or type(error).__name__
            message = f"Kafka can't be read ({cause}); check kafka.bootstrap_servers"
            raise UnavailableError(message) from error
        yield consumer, found
    finally:
        await consumer.stop()


async def places_of(consumer: AIOKafkaConsumer, topic: str) -> list[TopicPartition]:
    """Assign a topic's partitions, all of them, and return them in order.

    Raises UnavailableError when the topic is missing.
    """
    if topic not in await consumer.topics():
        message = f"Kafka has no topic {topic}; make the topics with `squall topics apply`"
        raise UnavailableError(message)
    consumer.subscribe([topic])  # without a group: it is given every partition
    while not consumer.assignment():  # noqa: ASYNC110
        await asyncio.sleep(LOOK_EVERY_S)
    places = sorted(consumer.assignment())
    consumer.unsubscribe()
    consumer.assign(places)
    return places


async def next_before(consumer: AIOKafkaConsumer, place: TopicPartition, end: int) -> list[Any]:
    """Return the next records of an assigned partition before ``end``, none at the end.

    Raises UnavailableError when Kafka refuses to be read, or gives nothing for ``STALL_S``.
    """
    try:
        async with asyncio.timeout(STALL_S):
            # A position passes the markers of transactions too, for which nothing is given out.
            while (at := await consumer.position(place)) < end:
                given = await consumer.getmany(
                    place, timeout_ms=200, max_records=min(end - at, FETCH_RECORDS)
                )
                if found := given.get(place):
                    return list(found)
    except TimeoutError as error:
        raise stalled(place.topic) from error
    except KafkaError as error:
        raise unreadable(place.topic, error) from error
    return []


def stalled(topic: str) -> UnavailableError:
    """Return the error of a topic that gives nothing."""
    return UnavailableError(
        f"{topic} gave no record for {STALL_S:g} s: check the brokers and the right to read it"
    )
