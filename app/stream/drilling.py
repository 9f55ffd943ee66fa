"""A drill as ``squall drill`` runs it: it looks, sends, waits for the end, and reads what was told.

Nothing here is known to the workers: what makes a mention one of a drill are its headers.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Sequence
from contextlib import aclosing
from dataclasses import dataclass
from typing import Final

from aiokafka import AIOKafkaProducer

from app.config import Settings
from app.core.crisis import EventType
from app.core.drills import MEMORY_MS, UNDER_WAY
from app.core.event import ClosedWindow, CrisisEvent, CrisisState
from app.core.rules import DAY_MS, HOUR_MS
from app.errors import UnavailableError, UsageError
from app.report.drill import Heard
from app.sources.drill.plan import MOST_A_MINUTE, Plan, Voices, per_minute, times
from app.stream.crises import standing
from app.stream.following import follow
from app.stream.sending import Outgoing, deliver, open_producer
from app.wire import drill as drill_wire
from app.wire import event as event_wire
from app.wire import mention as mention_wire
from app.wire import window as window_wire
from app.wire.drill import Drilled
from app.wire.message import Message

LOOK_S: Final = 0.5
END_WAIT_S: Final = 90.0  # past the time of a drill and the lateness: a step, and its way here


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What a drill is asked to be. ``hold_min``: how long it stays after its last mention."""

    brand: str
    scenario: str
    intensity: str
    minutes: float
    hold_min: float
    speed: float
    seed: int


async def planned(settings: Settings, asked: Asked, now_ms: int) -> Plan:
    """Return the plan of a drill, as loud as the brand's newest window asks for.

    Raises UsageError for a brand without windows, one with a drill or a crisis under way, and a
    drill that would be a flood.
    """
    expected = await _usual(settings, asked.brand, now_ms - DAY_MS)
    if expected is None:
        raise UsageError(
            f"{asked.brand} has had no window in sentiment.windows for a day, so nobody knows what "
            "is usual: give a brand that is heard of, as events write it"
        )
    await _check_free(settings, asked.brand, now_ms)
    loud = per_minute(expected, asked.scenario, asked.intensity) * asked.speed
    if loud > MOST_A_MINUTE:
        raise UsageError(
            f"{loud:.0f} mentions a minute are a flood, {MOST_A_MINUTE:.0f} are the most: take a "
            "lower --intensity or --speed"
        )
    return Plan(
        drill_id=f"{asked.scenario.replace('_', '-')}-{asked.intensity}-{now_ms}",
        brand=asked.brand,
        scenario=asked.scenario,
        per_minute=loud,
        minutes=asked.minutes / asked.speed,
    )


async def _usual(settings: Settings, brand: str, since_ms: int) -> float | None:
    """Return the usual negatives of a step, by the brand's newest window; None without one."""
    usual, key = None, brand.encode()
    async with (
        follow(settings, settings.topics.windows) as topic,
        aclosing(topic.past(await topic.starts(since_ms))) as past,
    ):
        async for record in past:
            found = window_wire.decode(record.value) if record.key == key else None
            if isinstance(found, ClosedWindow):
                usual = found.expected_negatives
    return usual


async def _check_free(settings: Settings, brand: str, now_ms: int) -> None:
    lately = await heard(settings, since_ms=now_ms - DAY_MS - HOUR_MS)  # none lasts longer
    running = running_drill(lately, brand, now_ms)
    if running is not None:
        raise UsageError(
            f"{brand} has the drill {running} under way: wait for its end, or give "
            f"`squall drill end {running}`"
        )
    crisis = in_the_way(await standing(settings), brand, now_ms)
    if crisis is not None:
        raise UsageError(
            f"{brand} has a crisis, {crisis.crisis_id}, {crisis.state}: nobody should have both; "
            f"drill once it is over for {MEMORY_MS // HOUR_MS} hours"
        )


def in_the_way(crises: Sequence[CrisisState], brand: str, now_ms: int) -> CrisisState | None:
    """Return a real crisis of the brand beside which the detector begins no drill."""
    for one in crises:
        is_near = one.resolved_ms is not None and now_ms - one.resolved_ms < MEMORY_MS
        if one.brand == brand and not one.drill and (one.state in UNDER_WAY or is_near):
            return one
    return None


def running_drill(heard: Sequence[Heard], brand: str, now_ms: int) -> str | None:
    """Return the drill of a brand that has begun, has not ended, and whose time is not over."""
    own = [one.event for one in heard if one.event.brand == brand]
    ended = {one.drill_id for one in own if one.type is EventType.DRILL_ENDED}
    for event in own:
        is_over = event.drill_id in ended or (event.drill_until_ms or 0) <= now_ms
        if event.type is EventType.DRILL_STARTED and not is_over:
            return event.drill_id
    return None


async def heard(
    settings: Settings, drill_id: str | None = None, *, since_ms: int | None = None
) -> list[Heard]:
    """Return the events of drills that ``crisis.events`` holds, of one alone where it is named, and
    those that Kafka took since then.
    """
    found: list[Heard] = []
    async with follow(settings, settings.topics.events) as topic:
        starts = None if since_ms is None else await topic.starts(since_ms)
        async with aclosing(topic.past(starts)) as past:
            async for record in past:
                _hear(found, record, drill_id)
    return sorted(found, key=lambda one: one.at_ms)


def _hear(found: list[Heard], record: object, drill_id: str | None) -> None:
    event = event_wire.decode(record.value, record.headers)  # type: ignore[attr-defined]
    if isinstance(event, CrisisEvent) and event.drill and drill_id in (None, event.drill_id):
        found.append(Heard(event, record.timestamp))  # type: ignore[attr-defined]


async def run(
    settings: Settings, plan: Plan, asked: Asked, tell: Callable[[CrisisEvent], None]
) -> None:
    """Send a drill's mentions in their time and return when it has ended; ``tell`` hears of each
    event as it comes.

    Raises UnavailableError when Kafka does not answer, or the drill was not heard to end in time.
    """
    now_ms = time.time_ns() // 1_000_000
    until_ms = now_ms + round((plan.minutes + asked.hold_min) * 60_000)
    async with follow(settings, settings.topics.events) as topic:
        await topic.skip()
        producer = await open_producer(settings)
        sending = asyncio.create_task(
            _send(settings, producer, plan, Voices(plan, asked.seed), until_ms)
        )
        found: list[Heard] = []
        try:
            while not _is_over(found):
                if sending.done():
                    sending.result()
                if time.time_ns() // 1_000_000 > awaited_until_ms(settings, until_ms):
                    raise _not_ended(plan, found)
                seen = len(found)
                for record in await topic.coming(LOOK_S):
                    _hear(found, record, plan.drill_id)
                for one in found[seen:]:
                    tell(one.event)
        finally:
            sending.cancel()
            await asyncio.gather(sending, return_exceptions=True)
            await producer.stop()


def awaited_until_ms(settings: Settings, until_ms: int) -> int:
    """Return until when the end of a drill is waited for: the watermark has to pass its time."""
    return until_ms + settings.rules().allowed_lateness_ms + round(END_WAIT_S * 1000)


def _is_over(found: Sequence[Heard]) -> bool:
    return any(one.event.type is EventType.DRILL_ENDED for one in found)


async def _send(
    settings: Settings, producer: AIOKafkaProducer, plan: Plan, voices: Voices, until_ms: int
) -> None:
    headers = drill_wire.headers(Drilled(plan.drill_id, until_ms))
    began_s = time.monotonic()
    for number, at_s in enumerate(times(plan)):
        await asyncio.sleep(max(0.0, began_s + at_s - time.monotonic()))
        mention = voices.mention(number, time.time_ns() // 1_000_000)
        message = Message(mention.id.encode(), mention_wire.encode(mention), headers)
        outgoing = [Outgoing(settings.topics.mentions, message)]
        await deliver(producer, outgoing, limit_s=settings.kafka.retry_s)


def _not_ended(plan: Plan, found: Sequence[Heard]) -> UnavailableError:
    if not found:
        return UnavailableError(
            f"no event of the drill {plan.drill_id} came: see that scorer and detector run and "
            f"know of drills, that {plan.brand} is on the watch list, and what "
            "squall_drill_mentions_total says became of its mentions"
        )
    return UnavailableError(
        f"the drill {plan.drill_id} was not heard to end: see that the detector runs and time "
        "moves, then `squall drill report` it"
    )
