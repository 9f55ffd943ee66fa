"""Digests from the topics and into theirs: what is read, and what is written where it is new."""

from __future__ import annotations

from collections.abc import Iterator, Sequence, Set
from dataclasses import dataclass
from typing import Any, Final

from app.config import Settings
from app.core.digest import Digest, RecurringCause
from app.core.event import ClosedWindow, CrisisEvent
from app.core.mention import Rejected
from app.core.rules import HOUR_MS
from app.report.digest.counted import Counting
from app.report.digest.made import Made
from app.report.digest.recurring import WITHIN_MS
from app.report.digest.standing import holds, is_gone, takes_over
from app.report.digest.told import Events
from app.stream.following import follow
from app.stream.kafka import client_options
from app.stream.rights import check_digest_rights
from app.stream.sending import Outgoing, deliver, open_producer
from app.stream.topic_admin import admin_client
from app.wire import digest as digest_wire
from app.wire import event as event_wire
from app.wire import window as window_wire
from app.wire.message import Message

MARGIN_MS: Final = HOUR_MS
"""A record is taken by Kafka after what it tells of, but for the skew that mentions are allowed."""
LOOKED_MS: Final = 2 * WITHIN_MS
"""Events before a period that may matter to it: ninety days before a crisis of ninety days ago."""


@dataclass(slots=True, kw_only=True)
class Summary:
    """What became of the records: ``kept``: one that knows more, or that this version can't read,
    stands there; ``retracted``: causes of which too few crises are left, since people called some
    false or they turned out to be about something else.
    """

    written: int = 0
    unchanged: int = 0
    kept: int = 0
    retracted: int = 0


async def check_rights(settings: Settings) -> None:
    """Return when this principal may read and publish all that digests need.

    Raises ConfigError that names every missing right, UnavailableError when Kafka does not answer.
    """
    async with admin_client(client_options(settings.kafka)) as admin:
        await check_digest_rights(admin, settings)


async def read_windows(settings: Settings, counting: Sequence[Counting]) -> None:
    """Give all windows that ``sentiment.windows`` has of these periods and those before them.

    Raises UnavailableError when Kafka does not answer, or the topic is missing.
    """
    since_ms = min(one.period.before_ms for one in counting) - MARGIN_MS
    async with follow(settings, settings.topics.windows) as topic:
        starts = await topic.starts(since_ms)
        for partition, start in starts.items():
            if start.offset > start.oldest:
                for one in counting:
                    one.begins(partition, since_ms)
        async for record in topic.past(starts):
            window = window_wire.decode(record.value, record.headers)
            for one in counting:
                if isinstance(window, ClosedWindow):
                    one.read(window, record.partition)
                else:
                    one.unreadable += 1


async def read_events(settings: Settings, events: Events, first_ms: int) -> int | None:
    """Give all events that can bear on periods from ``first_ms`` on, and return from when on none
    of them has expired: None where all that were ever told are there.

    Raises UnavailableError when Kafka does not answer, or the topic is missing.
    """
    since_ms = first_ms - LOOKED_MS - MARGIN_MS
    expired: dict[int, int] = {}
    async with follow(settings, settings.topics.events) as topic:
        starts = await topic.starts(since_ms)
        async for record in topic.past(starts):
            event = event_wire.decode(record.value, record.headers)
            if not isinstance(event, CrisisEvent):
                events.unreadable += 1
                continue
            start = starts[record.partition]
            if 0 < start.oldest == start.offset:
                expired.setdefault(record.partition, event.time_ms)
            events.read(event)
    return max(expired.values(), default=None)


async def publish(settings: Settings, made: Made) -> Summary:
    """Write each record that is not there yet to ``crisis.digests``; again, it writes nothing.

    A digest without any window is left out, and a cause with a crisis that by now is of none, or of
    another. Raises UnavailableError when Kafka does not answer, or
    the topic is missing, ConfigError without the right to write.
    """
    published, topic = await _published(settings, made), settings.topics.digests
    summary = Summary()
    outgoing = [Outgoing(topic, message) for message in _new(made, published, summary)]
    if outgoing:
        producer = await open_producer(settings)
        try:
            await deliver(producer, outgoing, limit_s=settings.kafka.retry_s)
        finally:
            await producer.stop()
    return summary


async def _published(settings: Settings, made: Made) -> dict[bytes, Any]:
    """Return the latest record of each key that is made anew, and of each cause: the other digests
    are of all times, and too many to hold.
    """
    keys = {one.id.encode() for one in made.digests} | {one.id.encode() for one in made.causes}
    latest: dict[bytes, Any] = {}
    async with follow(settings, settings.topics.digests) as topic:
        async for record in topic.past():
            latest.pop(record.key, None)
            is_cause = digest_wire.is_cause(record.headers)
            if record.value is not None and (is_cause or record.key in keys):
                latest[record.key] = record
    return latest


def _new(made: Made, published: dict[bytes, Any], summary: Summary) -> Iterator[Message]:
    """Yield what is to be written."""
    digests = [one for one in made.digests if one.counts is not None]
    causes = [one for one in made.causes if holds(one, made.by_now)]
    records: tuple[Digest | RecurringCause, ...] = (*digests, *causes)
    for record in records:
        message = digest_wire.encode(record)
        there = published.get(message.key or b"")
        if there is not None and there.value == message.value:
            summary.unchanged += 1
        elif there is not None and not _gives_way(there, record, made):
            summary.kept += 1
        else:
            summary.written += 1
            yield message
    yield from _retracted({one.id for one in causes}, made, published, summary)


def _gives_way(there: Any, new: Digest | RecurringCause, made: Made) -> bool:
    old = digest_wire.decode(there.value, there.headers)
    return not isinstance(old, Rejected) and takes_over(new, old, made.by_now)


def _retracted(
    found: Set[str], made: Made, published: dict[bytes, Any], summary: Summary
) -> Iterator[Message]:
    for there in published.values():
        old = digest_wire.decode(there.value, there.headers)
        if not isinstance(old, RecurringCause) or old.id in found:
            continue
        if is_gone(old, made.by_now):
            summary.retracted += 1
            yield digest_wire.encode_gone(old)
