"""Mentions into the topic, each once, and only called taken when the brokers have it.

1. A mention whose key is in the topic is taken already.
2. One whose key is on its way is waited for, and not sent again: an answer that came too late for
   one request must not make the next one count.
3. The rest is sent by an idempotent producer with ``acks=all``.
4. With the brokers' answer the key is noted, and only then whoever waits is told.

A kill before 4 loses the answer and nothing else: the next start reads the keys from the topic.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import NamedTuple

from aiokafka import AIOKafkaProducer
from aiokafka.errors import KafkaError

from app.clock import Clock
from app.core.mention import Mention
from app.errors import SquallError, UnavailableError
from app.stream.rights import refused
from app.stream.sending import Outgoing, send
from app.stream.taken import Taken, key_of
from app.wire import mention as mention_wire
from app.wire.message import Message


class Took(NamedTuple):
    """How many were new, and how many were taken before."""

    new: int
    repeated: int


class Taker:
    """Takes mentions. ``broken`` holds the error after which nothing can be taken any more."""

    def __init__(self, producer: AIOKafkaProducer, topic: str, taken: Taken, clock: Clock) -> None:
        self._producer, self._topic, self._taken, self._clock = producer, topic, taken, clock
        self._on_way: dict[bytes, asyncio.Task[None]] = {}
        self.broken: asyncio.Future[None] = asyncio.get_running_loop().create_future()

    async def take(self, mentions: Sequence[Mention], *, limit_s: float) -> Took:
        """Return once the brokers have every mention.

        Raises UnavailableError when they have not within the limit. What is on its way then may
        still arrive, and is found by the next try.
        """
        waiting: dict[bytes, asyncio.Task[None]] = {}
        new = 0
        for mention in mentions:
            key = key_of(mention)
            if key in waiting or key in self._taken:
                continue
            new += key not in self._on_way
            waiting[key] = self._on_way.get(key) or self._start(key, mention)
        if waiting:
            await self._wait(list(waiting.values()), limit_s)
        return Took(new, len(mentions) - new)

    async def _wait(self, tasks: Sequence[asyncio.Task[None]], limit_s: float) -> None:
        # Not cancelled with whoever waits: what is sent is sent.
        done, late = await asyncio.wait(tasks, timeout=limit_s)
        if late or any(task.cancelled() or task.exception() is not None for task in done):
            raise UnavailableError(
                f"the brokers have not acknowledged all within {limit_s:g} s: try again later"
            )

    def _start(self, key: bytes, mention: Mention) -> asyncio.Task[None]:
        task = asyncio.create_task(self._send(key, mention_wire.encode(mention)))
        self._on_way[key] = task
        task.add_done_callback(lambda _: self._on_way.pop(key, None))
        return task

    async def _send(self, key: bytes, value: bytes) -> None:
        try:
            future = await send(self._producer, Outgoing(self._topic, Message(key, value)))
            await future
        except KafkaError as error:
            # Whether it arrived is not known: the next start reads it from the topic.
            self._break(refused(error) or _lost(self._topic, error))
            raise
        self._taken.add(key, self._clock.now_ms())

    def _break(self, error: SquallError) -> None:
        if not self.broken.done():
            self.broken.set_exception(error)


def _lost(topic: str, error: KafkaError) -> UnavailableError:
    return UnavailableError(
        f"{topic} took nothing for kafka.retry_s ({type(error).__name__}): check the brokers; who "
        "sent a webhook was told to try again"
    )
