"""What Kafka still holds of an author who was erased, until when, and how the input is purged.

The order matters. Which mentions were scored is asked before the erasure is ordered: those lie in
the log in front of it, so the fold has met and forgotten them. A mention scored later brings the
pseudonym back, so it is left where it is, and the erasure has to be ordered again.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from aiokafka import TopicPartition
from aiokafka.admin import AIOKafkaAdminClient, RecordsToDelete
from aiokafka.errors import (
    GroupAuthorizationFailedError,
    KafkaError,
    TopicAuthorizationFailedError,
)
from aiokafka.structs import OffsetAndMetadata

from app.config import Settings, Topics
from app.core.watermark import TURN_MS
from app.errors import ConfigError
from app.stream.following import follow
from app.stream.kafka import client_options
from app.stream.sought import Sought
from app.stream.topic_admin import LIMIT_S, RETRY_S, admin_client, in_effect

ANY_OFFSET: Final = 2**63 - 1
FOREVER_MS: Final = 10 * 365 * 24 * 3_600_000  # Kafka's own default is the largest number it has
RIGHTS: Final = "docs/operate.md, Rights, lists what it needs"


@dataclass(slots=True, kw_only=True)
class Remain:
    """One partition of a topic in which the author stands.

    ``handle`` and ``pseudonym``: how many records hold either. ``unscored``: those that hold the
    handle and were not scored when the erasure was ordered. ``purged``: how many records, of
    anybody, a purge takes: all before offset ``before``. ``since_ms``, ``last_ms``: when the first
    and the last of them was written. ``gone_by_ms``: when ``kept`` ("retention", "compacted") has
    removed the last of them at the latest, compaction as long as a detector runs; None where
    nothing does ("for ever", "in use") or the settings may not be read ("unknown"). ``in_use``: of
    a compacted topic the keys whose newest record names them, brands or crises that were not told
    to forget.
    """

    topic: str
    partition: int
    handle: int = 0
    pseudonym: int = 0
    unscored: int = 0
    purged: int = 0
    before: int = 0
    since_ms: int = 0
    last_ms: int = 0
    gone_by_ms: int | None = None
    kept: str = "retention"
    in_use: list[str] = field(default_factory=list)


async def scored(settings: Settings) -> dict[int, int]:
    """Return, by partition of ``mentions``, the offset before which all is scored and in the log.

    Raises UnavailableError when Kafka does not answer, and ConfigError without the right to ask.
    """
    group, topic = settings.group("scorer"), settings.topics.mentions
    async with admin_client(client_options(settings.kafka)) as admin:
        async with asyncio.timeout(LIMIT_S):
            found = await _committed(admin, group)
    return {place.partition: at.offset for place, at in found.items() if place.topic == topic}


async def _committed(
    admin: AIOKafkaAdminClient, group: str
) -> dict[TopicPartition, OffsetAndMetadata]:
    """Ask until there is an answer: a coordinator may still load, or be on its way elsewhere."""
    while True:
        try:
            return dict(await admin.list_consumer_group_offsets(group))
        except GroupAuthorizationFailedError as error:
            message = f"this principal may not describe group {group}: grant it; {RIGHTS}"
            raise ConfigError(message) from error
        except KafkaError as error:
            if not error.retriable:
                raise
            await asyncio.sleep(RETRY_S)


async def remains(settings: Settings, sought: Sought, scored: Mapping[int, int]) -> list[Remain]:
    """Read all ten topics whole, aborted transactions too, and return where the author stands.

    Raises UnavailableError when Kafka does not answer, or a topic is missing.
    """
    found: list[Remain] = []
    for topic in _topics(settings.topics):
        found += await _look(settings, topic, sought, scored)
    async with admin_client(client_options(settings.kafka)) as admin:
        configs = await in_effect(admin, sorted({one.topic for one in found}))
    for one in found:
        _date(one, configs.get(one.topic))
    return found


async def purge(settings: Settings, found: Sequence[Remain]) -> None:
    """Delete the records that ``found`` counts as purged; nobody can read them after.

    Raises ConfigError without the right to, UnavailableError when Kafka does not answer.
    """
    async with admin_client(client_options(settings.kafka)) as admin:
        for one in found:
            if one.purged:
                await _delete(admin, one)


async def _delete(admin: AIOKafkaAdminClient, one: Remain) -> None:
    try:
        await admin.delete_records(
            {TopicPartition(one.topic, one.partition): RecordsToDelete(one.before)}
        )
    except TopicAuthorizationFailedError as error:
        message = f"this principal may not delete records of {one.topic}: grant it; {RIGHTS}"
        raise ConfigError(message) from error


async def _look(
    settings: Settings, topic: str, sought: Sought, scored: Mapping[int, int]
) -> list[Remain]:
    by_partition: dict[int, Remain] = {}
    read: dict[int, int] = {}
    is_compacted = topic in (settings.topics.crisis_state, settings.topics.brand_state)
    newest: dict[tuple[int, bytes], bool] = {}
    async with follow(settings, topic, "read_uncommitted") as open_topic:
        async for record in open_topic.past():
            place = record.partition
            read[place] = read.get(place, 0) + 1
            is_named, is_hidden = sought.is_named(record), sought.is_hidden(record)
            if is_compacted:
                newest[place, record.key or b""] = is_named or is_hidden
            if not is_named and not is_hidden:
                continue
            one = by_partition.setdefault(place, Remain(topic=topic, partition=place))
            one.since_ms, one.last_ms = one.since_ms or record.timestamp, record.timestamp
            one.pseudonym += is_hidden
            if is_named:
                bound = _bound(settings.topics, topic, scored.get(place, 0))
                _count(one, record, read[place], bound)
    for place, key in sorted(at for at, is_theirs in newest.items() if is_theirs):
        by_partition[place].in_use.append(key.decode("utf-8", "replace"))
    return [one for _, one in sorted(by_partition.items())]


def _bound(topics: Topics, topic: str, scored: int) -> int | None:
    """Return the offset up to which a topic may be purged; None for one that never is."""
    return {topics.mentions: scored, topics.dead_letter: ANY_OFFSET}.get(topic)


def _count(one: Remain, record: Any, read: int, bound: int | None) -> None:
    one.handle += 1
    if bound is not None and record.offset < bound:
        one.before, one.purged = record.offset + 1, read
    elif bound is not None:
        one.unscored += 1


def _date(one: Remain, config: Mapping[str, str] | None) -> None:
    if config is None:
        one.kept = "unknown"
    elif "delete" not in config["cleanup.policy"]:
        _date_compacted(one, config)
    elif int(config["retention.ms"]) < 0:
        one.kept = "for ever"
    else:
        # A segment goes as a whole, when its last record is old enough.
        one.gone_by_ms = one.last_ms + int(config["retention.ms"]) + int(config["segment.ms"])


def _date_compacted(one: Remain, config: Mapping[str, str]) -> None:
    """Its segment is closed by the first record after ``segment.ms``, for which nobody waits longer
    than a turn, and compacted before ``max.compaction.lag.ms`` is over or then.
    """
    if one.in_use:
        one.kept = "in use"
        return
    one.kept = "compacted"
    lag_ms = int(config["max.compaction.lag.ms"])
    if lag_ms < FOREVER_MS:
        one.gone_by_ms = one.last_ms + max(lag_ms, int(config["segment.ms"]) + TURN_MS)


def _topics(topics: Topics) -> tuple[str, ...]:
    return (
        topics.mentions,
        topics.dead_letter,
        topics.scored,
        topics.commands,
        topics.labelled,
        topics.events,
        topics.crisis_state,
        topics.windows,
        topics.digests,
        topics.brand_state,
    )
