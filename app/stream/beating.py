"""The scorer's clock task: looks where reading stands, and sends the heartbeats that are due."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from time import monotonic
from typing import Final

from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.errors import KafkaError
from faust.types import TP

from app.config import Settings
from app.core.record import Heartbeat
from app.errors import UnavailableError
from app.stream.application import RoleApp, every
from app.stream.heartbeats import Heartbeats, Position

LOOK_LIMIT_S: Final = 3.0  # an older look does not show that a partition is read to its end
Send = Callable[[Sequence[Heartbeat]], Awaitable[None]]


async def beat(app: RoleApp, settings: Settings, heartbeats: Heartbeats, send: Send) -> None:
    """Send heartbeats until the app stops; an error ends the process."""
    interval_s = settings.scorer.heartbeat_s / 4
    await every(app, interval_s, lambda: beat_once(app, settings.topics.mentions, heartbeats, send))


async def beat_once(app: RoleApp, topic: str, heartbeats: Heartbeats, send: Send) -> None:
    """Send the heartbeats that are due, when no batch is in flight."""
    if not app.batches.is_open or not heartbeats.is_any_due():
        return
    looked_s = monotonic()
    found = await _look(app, topic)
    async with app.batches.turn() as epoch:
        if epoch is not None:
            is_fresh = monotonic() - looked_s < LOOK_LIMIT_S
            await send(heartbeats.due(_positions(app, found) if is_fresh else {}))


async def _look(app: RoleApp, topic: str) -> dict[TP, tuple[int, int]]:
    """Return the end and our client's next offset of each assigned partition of the topic."""
    client = app.consumer.client()
    places = [tp for tp in app.consumer.assignment() if tp.topic == topic]
    try:
        found: dict[TP, tuple[int, int]] = await app.consumer.ask(
            _ends_and_positions(client, places), limit_s=LOOK_LIMIT_S
        )
    except (UnavailableError, KafkaError):  # no answer, or a rebalance in the middle of it
        return {}
    return found


async def _ends_and_positions(
    client: AIOKafkaConsumer, places: Sequence[TP]
) -> dict[TP, tuple[int, int]]:
    ends = await client.end_offsets([TopicPartition(*place) for place in places])
    return {place: (ends[place], await client.position(place)) for place in places}


def _positions(app: RoleApp, found: dict[TP, tuple[int, int]]) -> dict[int, Position]:
    finished = app.consumer.finished
    return {
        tp.partition: Position(end, next_read, finished.get(tp))
        for tp, (end, next_read) in found.items()
    }
