"""``squall intake`` in this process: the receiver of webhooks and the feeds, until told to stop.

It is no consumer and in no group. While Kafka is away senders are told to come back, and feeds
wait; it ends for what a restart or a person must mend, and when Kafka took nothing for
kafka.retry_s.
"""

from __future__ import annotations

import asyncio
import logging
import signal
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from typing import Final

from aiohttp import web
from aiokafka import AIOKafkaProducer

from app import __version__
from app.clock import Clock, SystemClock
from app.config import Settings
from app.errors import ConfigError
from app.health import Health
from app.logs import event
from app.metrics import Metrics
from app.sources.polling import feed_client
from app.stream.feeds import Feeds
from app.stream.hooks import Receiver, listen
from app.stream.kafka import client_options
from app.stream.rights import check_intake_rights
from app.stream.sending import open_producer
from app.stream.serving import served
from app.stream.taken import Taken, taken_keys
from app.stream.taking import Taker
from app.stream.topic_admin import admin_client, verify
from app.stream.topics import declared

logger = logging.getLogger(__name__)

PULSE_S: Final = 1.0
CLOSE_LIMIT_S: Final = 5.0
REMEMBERED_DAYS: Final = 8  # a day more than the topic keeps what it tells them by


def run_intake(settings: Settings) -> None:
    """Receive and look until told to stop.

    Raises ConfigError for a setting, topic or right, UnavailableError when Kafka does not answer at
    the start or takes nothing for too long.
    """
    if not settings.intake.hooks and not settings.intake.feeds:
        raise ConfigError("intake: has neither hooks nor feeds; docs/sources.md shows both")
    health = Health(settings.health.stalled_after_s)
    metrics = Metrics("intake", brand_label_max=0)
    with served(settings, health, metrics), suppress(asyncio.CancelledError):
        asyncio.run(_intake(settings, health, metrics))
    event(logger, "stopped", role="intake")


async def _intake(settings: Settings, health: Health, metrics: Metrics) -> None:
    _stop_on_sigint()
    clock = SystemClock()
    receiver = Receiver(settings.intake, metrics, clock)
    async with AsyncExitStack() as stack:
        pulse = asyncio.create_task(_pulse(health))
        stack.callback(pulse.cancel)
        opened: list[AIOKafkaProducer] = []
        stack.push_async_callback(_close, opened)  # after the receiver: its last answers need it
        # First, so that a sender is told to come back while the topic's keys are read.
        await stack.enter_async_context(_listening(settings, receiver))
        await _check_kafka(settings)
        producer = await open_producer(settings)
        opened.append(producer)
        taker = Taker(producer, settings.topics.mentions, await _taken(settings), clock)
        receiver.taker = taker
        health.set_ready(True, "taking mentions")
        metrics.set("squall_ready", 1)
        event(logger, "started", role="intake", hooks=len(settings.intake.hooks))
        await _until_broken(settings, taker, metrics, clock)


async def _until_broken(settings: Settings, taker: Taker, metrics: Metrics, clock: Clock) -> None:
    async with feed_client(__version__) as client:
        feeds = Feeds(settings.intake, client, taker, metrics, clock)
        looks = [
            asyncio.create_task(feeds.keep_looking(name, one))
            for name, one in settings.intake.feeds.items()
        ]
        try:
            done, _ = await asyncio.wait(
                [taker.broken, *looks], return_when=asyncio.FIRST_COMPLETED
            )
            for one in done:
                one.result()
        finally:
            for look in looks:
                look.cancel()


@asynccontextmanager
async def _listening(settings: Settings, receiver: Receiver) -> AsyncIterator[None]:
    intake = settings.intake
    if not intake.port or not intake.hooks:
        yield
        return
    runner: web.AppRunner = await listen(receiver.application(), intake.host, intake.port)
    try:
        yield
    finally:
        await runner.cleanup()


async def _close(opened: list[AIOKafkaProducer]) -> None:
    for producer in opened:
        # It would wait two minutes for a broker that is gone; nobody was told that it has it.
        with suppress(TimeoutError):
            await asyncio.wait_for(producer.stop(), CLOSE_LIMIT_S)


async def _taken(settings: Settings) -> Taken:
    taken = Taken(REMEMBERED_DAYS)
    async for key, time_ms in taken_keys(settings):
        taken.add(key, time_ms)
    event(logger, "taken_before", mentions=len(taken))
    return taken


async def _check_kafka(settings: Settings) -> None:
    specs = declared(settings.topics, settings.partitions, settings.replication_factor)
    async with admin_client(client_options(settings.kafka)) as admin:
        await verify(admin, specs)
        await check_intake_rights(admin, settings)


async def _pulse(health: Health) -> None:
    while True:
        health.alive()
        await asyncio.sleep(PULSE_S)


def _stop_on_sigint() -> None:
    # Not left to asyncio.run: where a shell started this in the background, SIGINT is ignored.
    task = asyncio.current_task()
    if task is not None:
        asyncio.get_running_loop().add_signal_handler(signal.SIGINT, task.cancel)
