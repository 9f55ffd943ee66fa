"""Everything that lies in Squall's topics, as values: what the oracle judges."""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from typing import Any, Final, Literal

from aiokafka import AIOKafkaConsumer, TopicPartition

Isolation = Literal["read_committed", "read_uncommitted"]

MENTIONS: Final = "mentions"
SCORED: Final = "mentions.scored"
DEAD_LETTER: Final = "mentions.dead-letter"
EVENTS: Final = "crisis.events"
CRISIS_STATE: Final = "crisis.state"
WINDOWS: Final = "sentiment.windows"
BRAND_STATE: Final = "squall.brand-state"
TOPICS: Final = (MENTIONS, SCORED, DEAD_LETTER, EVENTS, CRISIS_STATE, WINDOWS, BRAND_STATE)


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """A record as it lies in a topic."""

    partition: int
    offset: int
    timestamp_ms: int
    key: bytes | None
    value: bytes | None
    headers: tuple[tuple[str, bytes], ...]

    @property
    def content(self) -> tuple[bytes | None, bytes | None, tuple[tuple[str, bytes], ...]]:
        """What a writer chose: all but the place."""
        return self.key, self.value, self.headers

    def header(self, name: str) -> str | None:
        """Return the first header of this name as text."""
        return next((v.decode() for k, v in self.headers if k == name), None)


@dataclass(frozen=True, slots=True, kw_only=True)
class Snapshot:
    """The topics from their beginning to their end, by unprefixed name, in order of partition and
    offset: ``committed`` as read_committed gives them, ``raw`` with the copies it leaves out.
    """

    prefix: str
    committed: dict[str, list[Entry]]
    raw: dict[str, list[Entry]]

    def by_partition(self, topic: str) -> dict[int, list[Entry]]:
        """Return a topic's committed entries, a list a partition."""
        found: defaultdict[int, list[Entry]] = defaultdict(list)
        for entry in self.committed[topic]:
            found[entry.partition].append(entry)
        return dict(found)


@dataclass(frozen=True, slots=True, kw_only=True)
class Sent:
    """A line of the loader's ledger: a record that the broker acknowledged at this place."""

    kind: str
    partition: int
    offset: int
    key: bytes | None
    value: bytes | None
    label: str | None = None


async def read_snapshot(bootstrap: str, prefix: str, *, limit_s: float = 120.0) -> Snapshot:
    """Return all topics of the prefix as they are now; TimeoutError past the limit."""
    async with asyncio.timeout(limit_s):
        committed = await _read(bootstrap, prefix, "read_committed")
        raw = await _read(bootstrap, prefix, "read_uncommitted")
    return Snapshot(prefix=prefix, committed=committed, raw=raw)


async def _read(bootstrap: str, prefix: str, isolation: Isolation) -> dict[str, list[Entry]]:
    consumer = reader(bootstrap, isolation)
    await consumer.start()
    try:
        places = [place for topic in TOPICS for place in await places_of(consumer, prefix + topic)]
        consumer.assign(places)
        await consumer.seek_to_beginning(*places)
        found: dict[str, list[Entry]] = {topic: [] for topic in TOPICS}
        async for place, entries in read_to_end(consumer, places):
            found[place.topic.removeprefix(prefix)] += entries
    finally:
        await consumer.stop()
    return {
        topic: sorted(entries, key=lambda e: (e.partition, e.offset))
        for topic, entries in found.items()
    }


def reader(bootstrap: str, isolation: Isolation) -> AIOKafkaConsumer:
    """Return a consumer without a group, not started."""
    return AIOKafkaConsumer(
        bootstrap_servers=bootstrap,
        isolation_level=isolation,
        auto_offset_reset="earliest",
        enable_auto_commit=False,
        max_partition_fetch_bytes=8_000_000,
        fetch_max_wait_ms=100,
    )


async def places_of(consumer: AIOKafkaConsumer, topic: str) -> list[TopicPartition]:
    """Return the partitions of a topic, waiting until the client knows them."""
    while not (numbers := consumer.partitions_for_topic(topic)):
        consumer._client.add_topic(topic)
        await consumer._client.force_metadata_update()
        await asyncio.sleep(0.05)
    return [TopicPartition(topic, number) for number in sorted(numbers)]


async def read_to_end(
    consumer: AIOKafkaConsumer, places: Sequence[TopicPartition]
) -> AsyncIterator[tuple[TopicPartition, list[Entry]]]:
    """Yield (place, entries) up to the end offsets of now; transaction markers are passed over."""
    ends = await consumer.end_offsets(places)
    while left := [place for place in places if await consumer.position(place) < ends[place]]:
        for place, records in (await consumer.getmany(*left, timeout_ms=200)).items():
            yield place, [_entry(record) for record in records]


def _entry(record: Any) -> Entry:
    return Entry(
        partition=record.partition,
        offset=record.offset,
        timestamp_ms=record.timestamp,
        key=record.key,
        value=record.value,
        headers=tuple(record.headers),
    )
