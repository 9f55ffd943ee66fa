"""Faust's Kafka consumer, corrected: it commits what was finished and starts where state says.

Faust commits what it calls acknowledged: an event counts as that after an exception, after a
rebalance skipped it, and while another of its batch is in flight. Here an offset is committed only
once a role called ``finish``, and reading starts at ``starts`` where a role knows better than the
group: the detector's state holds its own position.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Coroutine, Mapping
from typing import Any, TypeVar

from aiokafka import AIOKafkaConsumer
from faust.transport.drivers.aiokafka import AIOKafkaConsumerThread
from faust.transport.drivers.aiokafka import Consumer as FaustConsumer
from faust.types import TP, Message

from app.errors import UnavailableError

_T = TypeVar("_T")
Callback = Callable[[Message], Awaitable[None]]


class IsolatedThread(AIOKafkaConsumerThread):  # type: ignore[misc]
    """The consumer's thread, with the isolation level that Faust ties to its own transactions."""

    logger = logging.getLogger("faust.consumer")

    def _create_worker_consumer(self, transport: Any) -> AIOKafkaConsumer:
        consumer = super()._create_worker_consumer(transport)
        consumer._isolation_level = self.consumer.isolation_level  # noqa: SLF001
        return consumer


class Consumer(FaustConsumer):  # type: ignore[misc]
    """Commits finished offsets alone. All three maps hold next offsets."""

    logger = logging.getLogger("faust.consumer")

    def __init__(self, *args: Any, callback: Callback, isolation_level: str, **kwargs: Any) -> None:
        self.isolation_level = isolation_level
        self.finished: dict[TP, int] = {}
        self.starts: dict[TP, int] = {}
        self.handed: dict[TP, int] = {}
        super().__init__(*args, callback=self._counting(callback), **kwargs)

    def _counting(self, callback: Callback) -> Callback:
        async def hand_on(message: Message) -> None:
            self.handed[message.tp] = message.offset + 1
            await callback(message)

        return hand_on

    def _new_consumer_thread(self) -> IsolatedThread:
        return IsolatedThread(self, loop=self.loop, beacon=self.beacon)

    def finish(self, offsets: Mapping[tuple[str, int], int]) -> None:
        """Let these next offsets be committed with the next commit, within a second."""
        for (topic, partition), offset in offsets.items():
            self.finished[TP(topic, partition)] = offset

    async def commit_finished(self, *, limit_s: float) -> None:
        """Commit now what is finished and assigned; raises TimeoutError past the limit."""
        assignment = self.assignment()
        if offsets := {tp: at for tp, at in self.finished.items() if tp in assignment}:
            await asyncio.wait_for(self._commit(offsets), limit_s)

    def forget(self) -> None:
        """Drop what belongs to the assignment that ends."""
        self.finished.clear()
        self.starts.clear()
        self.handed.clear()

    async def perform_seek(self) -> None:
        """Go to the committed offsets, then to ``starts`` where they are known."""
        self.handed.clear()
        if not self.assignment():  # aiokafka won't be asked about none
            return
        await super().perform_seek()
        if starts := {tp: at for tp, at in self.starts.items() if tp in self.assignment()}:
            await self.seek_wait(starts)

    def _new_offset(self, tp: TP) -> int | None:
        # Faust's own account only grows when it is not used: acknowledged offsets and gaps.
        self._acked[tp].clear()
        self._acked_index[tp].clear()
        self._gap[tp].clear()
        finished: int | None = self.finished.get(tp)
        return finished

    def is_unfinished(self, tp: TP, *, committed: int) -> bool:
        """Tell whether records are with the agent, or finished ones are not committed."""
        finished = self.finished.get(tp, 0)
        return self.handed.get(tp, 0) > finished or finished > max(0, committed)

    @property
    def thread_loop(self) -> asyncio.AbstractEventLoop:
        """The event loop of the consumer thread, which the client belongs to."""
        loop: asyncio.AbstractEventLoop = self._thread.thread_loop
        return loop

    def client(self) -> AIOKafkaConsumer | None:
        """Return the aiokafka consumer; it belongs to the consumer thread's loop."""
        consumer: AIOKafkaConsumer | None = self._thread._consumer  # noqa: SLF001
        return consumer

    async def ask(self, question: Coroutine[Any, Any, _T], *, limit_s: float) -> _T:
        """Run a coroutine in the consumer thread's loop, where the client lives.

        Not through Faust's method queue: a fetch holds that for a second.
        Raises UnavailableError when it takes longer than the limit.
        """
        future = asyncio.run_coroutine_threadsafe(question, self.thread_loop)
        try:
            return await asyncio.wait_for(asyncio.wrap_future(future), limit_s)
        except TimeoutError as error:
            raise UnavailableError(
                f"Kafka gave no answer within {limit_s:g} s: check the brokers"
            ) from error
