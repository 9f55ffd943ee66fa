"""``squall canary`` in this process: both rounds, each at its interval, until it is told to stop.

It ends only for what a restart or a person must mend. While Kafka is away its rounds are missed,
which the rules on ``squall_canary_last_success_timestamp_seconds`` tell.
"""

from __future__ import annotations

import asyncio
import logging
import signal
from collections.abc import Awaitable, Callable, Mapping
from contextlib import AbstractAsyncContextManager, suppress
from dataclasses import dataclass
from math import ceil
from typing import Final, Literal

from app.clock import Clock, SystemClock
from app.config import Settings
from app.core.rules import STEP_MS
from app.errors import ConfigError, UnavailableError
from app.health import Health
from app.logs import event
from app.metrics import HistogramName, Metrics
from app.stream.canary import At, Ways, crisis_round, mention_round
from app.stream.canary_ways import open_ways
from app.stream.kafka import client_options
from app.stream.rights import check_canary_rights
from app.stream.serving import served
from app.stream.topic_admin import admin_client, verify
from app.stream.topics import declared

logger = logging.getLogger(__name__)

Loop = Literal["mention", "crisis"]
Round = Callable[[Ways, Clock, float], Awaitable[At | None]]
Open = Callable[[], AbstractAsyncContextManager[Ways]]
Sleep = Callable[[float], Awaitable[None]]

PULSE_S: Final = 1.0
PART: Final = 0.9  # of its interval: a round that is missed must not delay the next one
MIDDLE_MS: Final = STEP_MS // 2  # a mention near a step's edge could fall to either side
AFTER_MS: Final = 5_000  # from the first mention to the first crisis
SLACK_S: Final = 10.0  # for scorer, detector and both clocks, above what a window waits for
SECONDS: Final[Mapping[Loop, HistogramName]] = {
    "mention": "squall_canary_mention_seconds",
    "crisis": "squall_canary_crisis_seconds",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """One loop: its round, how often, and how it gets to Kafka."""

    loop: Loop
    interval_s: float
    run: Round
    open: Open
    first_ms: int  # wall clock of the first round


class Canary:
    """Runs rounds and tells how they went."""

    def __init__(self, metrics: Metrics, clock: Clock, sleep: Sleep = asyncio.sleep) -> None:
        self._metrics, self._clock, self._sleep = metrics, clock, sleep

    async def keep_going(self, plan: Plan) -> None:
        """Run rounds at the plan's times for ever; times that have passed are left out."""
        self._metrics.set("squall_canary_interval_seconds", plan.interval_s, loop=plan.loop)
        self._came_round(plan.loop)
        due_ms, interval_ms = plan.first_ms, round(plan.interval_s * 1000)
        was_missed = False
        while True:
            await self._sleep(max(0.0, (due_ms - self._clock.now_ms()) / 1000))
            at = await self._round(plan)
            heed_cancellation()
            if was_missed != (at is not None):
                was_missed = at is not None
                self._say(plan.loop, at)
            now_ms = self._clock.now_ms()
            due_ms += interval_ms * max(1, -((due_ms - now_ms) // interval_ms))

    async def _round(self, plan: Plan) -> At | None:
        try:
            async with asyncio.timeout(plan.interval_s), plan.open() as ways:
                started_s = self._clock.monotonic_s()
                at = await plan.run(ways, self._clock, plan.interval_s * PART)
                seconds = self._clock.monotonic_s() - started_s
        except (UnavailableError, TimeoutError):
            at, seconds = "kafka", 0.0
        if at is None:
            self._metrics.observe(SECONDS[plan.loop], seconds)
            self._came_round(plan.loop)
        else:
            self._metrics.count("squall_canary_missed_total", loop=plan.loop, at=at)
        return at

    def _came_round(self, loop: Loop) -> None:
        now_s = self._clock.now_ms() / 1000
        self._metrics.set("squall_canary_last_success_timestamp_seconds", now_s, loop=loop)

    def _say(self, loop: Loop, at: At | None) -> None:
        if at is None:
            event(logger, "canary_came_round", loop=loop)
        else:
            event(logger, "canary_missed", logging.WARNING, loop=loop, at=at)


def run_canary(settings: Settings) -> None:
    """Run until told to stop.

    Raises ConfigError when a setting, a topic or a right is not as it has to be, and
    UnavailableError when Kafka does not answer at the start.
    """
    check_interval(settings)
    health = Health(settings.health.stalled_after_s)
    metrics = Metrics("canary", brand_label_max=0)
    with served(settings, health, metrics), suppress(asyncio.CancelledError):
        asyncio.run(_watch(settings, health, metrics))
    event(logger, "stopped", role="canary")


def check_interval(settings: Settings) -> None:
    """Raise ConfigError when a mention's window can't be back within the interval."""
    waits_s = STEP_MS / 2000 + settings.detector.allowed_lateness_s + SLACK_S
    if settings.canary.mention_interval_s * PART < waits_s:
        raise ConfigError(
            f"canary.mention_interval_s: a window takes up to {waits_s:g} s, with "
            f"detector.allowed_lateness_s in it; set it to {ceil(waits_s / PART)} or more"
        )


async def _watch(settings: Settings, health: Health, metrics: Metrics) -> None:
    _stop_on_sigint()
    pulse = asyncio.create_task(_pulse(health))
    await _check_kafka(settings)
    clock = SystemClock()
    canary = Canary(metrics, clock)
    health.set_ready(True, "rounds under way")
    metrics.set("squall_ready", 1)
    event(logger, "started", role="canary")
    rounds = [canary.keep_going(plan) for plan in plans(settings, clock.now_ms())]
    await asyncio.gather(pulse, *rounds)


def _stop_on_sigint() -> None:
    # Not left to asyncio.run: where a shell started this in the background, SIGINT is ignored.
    task = asyncio.current_task()
    if task is not None:
        asyncio.get_running_loop().add_signal_handler(signal.SIGINT, task.cancel)


async def _check_kafka(settings: Settings) -> None:
    specs = declared(settings.topics, settings.partitions, settings.replication_factor)
    async with admin_client(client_options(settings.kafka)) as admin:
        await verify(admin, specs)
        await check_canary_rights(admin, settings)


def heed_cancellation() -> None:
    """Raise CancelledError where one was swallowed: aiokafka does that while it closes a client."""
    task = asyncio.current_task()
    if task is not None and task.cancelling():
        raise asyncio.CancelledError


async def _pulse(health: Health) -> None:
    while True:
        health.alive()
        await asyncio.sleep(PULSE_S)


def plans(settings: Settings, now_ms: int) -> tuple[Plan, Plan]:
    """Return both loops: the first mention in the middle of a step, and soon the first crisis.

    Where nothing was ever said there is no event time, and a crisis can't be opened.
    """
    topics = settings.topics
    middle_ms = now_ms + (MIDDLE_MS - now_ms) % STEP_MS
    return (
        Plan(
            loop="mention",
            interval_s=settings.canary.mention_interval_s,
            run=mention_round,
            open=lambda: open_ways(settings, topics.windows),
            first_ms=middle_ms,
        ),
        Plan(
            loop="crisis",
            interval_s=settings.canary.crisis_interval_s,
            run=crisis_round,
            open=lambda: open_ways(settings, topics.events),
            first_ms=middle_ms + AFTER_MS,
        ),
    )
