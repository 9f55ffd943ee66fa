"""Sends a plan to ``mentions`` at a given pace, and keeps a ledger of what was acknowledged."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from typing import Any, Final

from aiokafka import AIOKafkaProducer

from tests.faults.plan import Planned
from tests.faults.snapshot import Sent

TICK_S: Final = 0.1
FULL_SPEED: Final = 3_000.0
PATIENCE_MS: Final = 240_000  # a broker that comes back on a busy machine is late, and not gone
Pace = Callable[[], float]  # mentions a second, asked again and again


class Loader:
    """Sends; ``ledger`` grows with the acknowledgements."""

    def __init__(self, bootstrap: str, topic: str, planned: Sequence[Planned]) -> None:
        self._topic, self._planned = topic, planned
        self._producer = AIOKafkaProducer(
            bootstrap_servers=bootstrap,
            enable_idempotence=True,
            linger_ms=5,
            request_timeout_ms=PATIENCE_MS,
        )
        self.sent = 0
        self.ledger: list[Sent] = []

    @property
    def left(self) -> int:
        """How many mentions are still to be sent."""
        return len(self._planned) - self.sent

    async def run(self, pace: Pace) -> None:
        """Send everything; raises KafkaError when the broker refuses or forgets to answer."""
        await self._producer.start()
        due, waiting = 0.0, []
        try:
            while self.left:
                due = min(due + pace() * TICK_S, float(self.left))
                for one in self._planned[self.sent : self.sent + int(due)]:
                    waiting.append(asyncio.create_task(self._note(one, await self._send(one))))
                    self.sent += 1
                    due -= 1
                await asyncio.sleep(TICK_S)
            await asyncio.gather(*waiting)
        finally:
            await self._producer.stop()

    async def _send(self, one: Planned) -> asyncio.Future[Any]:
        future: asyncio.Future[Any] = await self._producer.send(
            self._topic, one.value, key=one.key, partition=one.partition
        )
        return future

    async def _note(self, one: Planned, future: asyncio.Future[Any]) -> None:
        stored = await future
        self.ledger.append(
            Sent(
                kind=one.kind,
                partition=stored.partition,
                offset=stored.offset,
                key=one.key,
                value=one.value,
                label=one.label,
            )
        )
