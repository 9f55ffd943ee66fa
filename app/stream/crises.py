"""Crises as they stand, and as they went: told from the topics alone."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Iterable

from app.config import Settings
from app.core.event import ClosedWindow, CrisisEvent, CrisisState
from app.core.mention import Rejected
from app.stream.following import follow
from app.wire import crisis
from app.wire import event as event_wire
from app.wire import window as window_wire


async def standing(settings: Settings) -> list[CrisisState]:
    """Return the latest of every crisis that ``crisis.state`` holds, by id.

    Raises UnavailableError when Kafka does not answer, or the topic is missing.
    """
    latest: dict[bytes, bytes] = {}
    async with follow(settings, settings.topics.crisis_state) as topic:
        async for record in topic.past():
            latest.pop(record.key, None)
            if record.value is not None:
                latest[record.key] = record.value
    return sorted(_read(latest.values()), key=lambda state: state.crisis_id)


async def history(settings: Settings, crisis_id: str) -> list[CrisisEvent]:
    """Return the events of one crisis in order of ``seq``, as far as ``crisis.events`` holds them.

    Raises UnavailableError when Kafka does not answer, or the topic is missing.
    """
    found: dict[int, CrisisEvent] = {}
    key = crisis_id.encode()
    async with follow(settings, settings.topics.events) as topic:
        async for record in topic.past():
            event = event_wire.decode(record.value, record.headers) if record.key == key else None
            if isinstance(event, CrisisEvent):
                found.setdefault(event.seq, event)
    return [found[seq] for seq in sorted(found)]


async def told(settings: Settings) -> AsyncGenerator[CrisisEvent, None]:
    """Yield every event that ``crisis.events`` holds, partition by partition in order; what can't
    be read is left out.

    Raises UnavailableError when Kafka does not answer, or the topic is missing.
    """
    async with follow(settings, settings.topics.events) as topic:
        async for record in topic.past():
            event = event_wire.decode(record.value, record.headers)
            if isinstance(event, CrisisEvent):
                yield event


async def windows_of(settings: Settings, brand: str) -> AsyncGenerator[ClosedWindow, None]:
    """Yield every window of a brand that ``sentiment.windows`` holds.

    Raises UnavailableError when Kafka does not answer, or the topic is missing.
    """
    key = brand.encode()
    async with follow(settings, settings.topics.windows) as topic:
        async for record in topic.past():
            found = window_wire.decode(record.value, record.headers) if record.key == key else None
            if isinstance(found, ClosedWindow):
                yield found


def _read(values: Iterable[bytes]) -> list[CrisisState]:
    read = [crisis.decode(value) for value in values]
    return [state for state in read if not isinstance(state, Rejected)]
