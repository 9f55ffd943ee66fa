"""The canary's ways to Kafka, opened for one round: no connection of before can hold it up."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from typing import Final

from aiokafka import AIOKafkaProducer, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.errors import KafkaError

from app.config import CANARY_BRAND, Role, Settings
from app.core.event import ClosedWindow, CrisisEvent
from app.errors import UnavailableError
from app.stream.canary import Answer, Place, Source
from app.stream.following import Follower, follow
from app.stream.kafka import client_options
from app.stream.rights import refused
from app.stream.sending import Outgoing, open_producer, send
from app.stream.topic_admin import admin_client
from app.wire import event as event_wire
from app.wire import window as window_wire
from app.wire.message import Message

KEY: Final = CANARY_BRAND.encode()
PUT_LIMIT_S: Final = 10.0
LOOK_LIMIT_S: Final = 10.0
CLOSE_LIMIT_S: Final = 5.0


class KafkaWays:
    """``app.stream.canary.Ways`` on Kafka. ``topic`` is what comes back: windows or events."""

    def __init__(
        self,
        settings: Settings,
        producer: AIOKafkaProducer,
        admin: AIOKafkaAdminClient,
        topic: Follower,
    ) -> None:
        self._settings, self._producer = settings, producer
        self._admin, self._topic = admin, topic

    async def put(self, to: Source, value: bytes) -> Place:
        topics = self._settings.topics
        topic = topics.mentions if to == "mentions" else topics.commands
        try:
            async with asyncio.timeout(PUT_LIMIT_S):
                future = await send(self._producer, Outgoing(topic, Message(KEY, value)))
                stored = await future
        except (TimeoutError, KafkaError) as error:
            raise _no_answer(f"{topic} took nothing", error) from error
        return Place(topic, stored.partition, stored.offset)  # type: ignore[attr-defined]

    async def skip(self) -> None:
        await self._topic.skip()

    async def windows(self, within_s: float) -> list[ClosedWindow]:
        found = [
            window_wire.decode(record.value, record.headers)
            for record in await self._topic.coming(within_s)
            if record.key == KEY
        ]
        return [one for one in found if isinstance(one, ClosedWindow)]

    async def answers(self, within_s: float) -> list[Answer]:
        found: list[Answer] = []
        for record in await self._topic.coming(within_s):
            event = event_wire.decode(record.value, record.headers)
            if isinstance(event, CrisisEvent) and event.brand == CANARY_BRAND:
                found.append(Answer(event, Place(record.topic, record.partition, record.offset)))
        return found

    async def is_done(self, role: Role, place: Place) -> bool:
        where = TopicPartition(place.topic, place.partition)
        try:
            async with asyncio.timeout(LOOK_LIMIT_S):
                offsets = await self._admin.list_consumer_group_offsets(
                    self._settings.group(role), partitions=[where]
                )
        except (TimeoutError, KafkaError) as error:
            raise _no_answer(f"the offsets of {self._settings.group(role)}", error) from error
        return where in offsets and offsets[where].offset > place.offset


@asynccontextmanager
async def open_ways(settings: Settings, topic: str) -> AsyncIterator[KafkaWays]:
    """Yield the ways, ``topic`` followed. Raises UnavailableError when Kafka does not answer."""
    async with (
        admin_client(client_options(settings.kafka)) as admin,
        follow(settings, topic) as followed,
    ):
        producer = await open_producer(settings)
        try:
            yield KafkaWays(settings, producer, admin, followed)
        finally:
            # It would wait two minutes for a broker that is gone, to hand over what nobody needs.
            with suppress(TimeoutError):
                await asyncio.wait_for(producer.stop(), CLOSE_LIMIT_S)


def _no_answer(what: str, error: BaseException) -> Exception:
    return refused(error) or UnavailableError(
        f"{what}: no answer from Kafka ({type(error).__name__} {error}); check the brokers"
    )
