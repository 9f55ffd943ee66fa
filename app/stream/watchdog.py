"""A thread that asks the consumer every two seconds whether it still works, and ends it if not.

Without it a member of the group with another assignor leaves a live process that consumes nothing
for ever. It is a thread, since what it watches is the event loops.
"""

from __future__ import annotations

import asyncio
import threading
from time import monotonic
from typing import Any, Final

from aiokafka import AIOKafkaConsumer, TopicPartition
from faust.types import TP

from app.config import Role, Settings
from app.errors import StalledError
from app.metrics import Metrics
from app.stream.application import RoleApp
from app.stream.exits import die
from app.stream.rights import refused
from app.stream.verdict import Judge, Limits, Look, Progress

LOOK_EVERY_S: Final = 2.0
LOOK_LIMIT_S: Final = 10.0
_BUSY_S: Final = 30.0


def limits_of(settings: Settings, role: Role) -> Limits:
    """Return the limits of a role: its longest batch, and half a minute more."""
    longest_s = {
        "scorer": settings.scorer.engine_timeout_s,
        "detector": 0.0,  # a transaction's deadline is shorter than the half minute
        "notifier": settings.notifier.retry_s,
    }
    assigned_s = max(45.0, settings.kafka.rebalance_timeout_s + 15.0)
    return Limits(assigned_s=assigned_s, stalled_s=_BUSY_S + longest_s[role])


class Watchdog:
    """Looks at one app until the process ends."""

    def __init__(self, app: RoleApp, limits: Limits, metrics: Metrics) -> None:
        self._app = app
        self._metrics = metrics
        self._judge = Judge(limits, monotonic())
        self._shown: set[tuple[str, int]] = set()  # partitions whose lag is shown
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name="watchdog", daemon=True)

    def start(self) -> None:
        """Start to look."""
        self._thread.start()

    def stop(self) -> None:
        """Look no more: the worker is stopping by itself."""
        self._stop.set()

    def _run(self) -> None:
        while not self._stop.wait(LOOK_EVERY_S):
            look = self._look()
            cause = self._judge.cause(look, monotonic())
            if self._app.should_stop or self._stop.is_set():
                return
            if cause is not None:
                die(StalledError(f"{cause}: the next start takes it up again; check the brokers"))
            self._tell(look)

    def _tell(self, look: Look) -> None:
        if not look.is_answered:
            return
        for topic, partition in self._shown - look.progress.keys():
            self._metrics.forget("squall_consumer_lag", topic=topic, partition=partition)
        self._shown = set(look.progress)
        for (topic, partition), progress in look.progress.items():
            # A transaction's marker is no record: a partition may end past its last one.
            lag = progress.end - max(0, progress.committed) if progress.is_behind else 0
            self._metrics.set("squall_consumer_lag", max(0, lag), topic=topic, partition=partition)

    def _look(self) -> Look:
        consumer = self._app._consumer  # noqa: SLF001 - ``app.consumer`` would create one
        client = None if consumer is None else consumer.client()
        if client is None or client._coordinator is None:  # noqa: SLF001
            return Look()
        question = probe(client, consumer, is_open=self._app.batches.is_open)
        try:
            future = asyncio.run_coroutine_threadsafe(question, consumer.thread_loop)
        except RuntimeError:  # the loop is closed: the worker is stopping
            question.close()
            return Look()
        try:
            return future.result(LOOK_LIMIT_S)
        except Exception:  # no answer, or one in the middle of a rebalance
            future.cancel()
            return Look(has_consumer=True)


async def probe(client: AIOKafkaConsumer, consumer: Any, *, is_open: bool) -> Look:
    """Ask the coordinator and the brokers; runs in the consumer thread's loop."""
    coordinator = client._coordinator  # noqa: SLF001
    error: str | None = None
    try:
        coordinator.check_errors()
    except Exception as pending:  # whatever it is, it is counted, and told when it ends us
        if (gone := refused(pending)) is not None:
            die(gone)  # no waiting mends a right that was taken away
        error = f"{type(pending).__name__}: {pending}"
    subscription = client._subscription  # noqa: SLF001
    is_assigned = coordinator.generation > 0 and not subscription.reassignment_in_progress
    places = sorted(client.assignment()) if is_assigned else []
    progress = await _progress(client, consumer, places) if places else {}
    return Look(
        has_consumer=True,
        is_answered=True,
        error=error,
        is_ended=coordinator._coordination_task.done(),  # noqa: SLF001
        is_assigned=is_assigned,
        is_open=is_open,
        progress=progress,
    )


async def _progress(
    client: AIOKafkaConsumer, consumer: Any, places: list[TopicPartition]
) -> dict[tuple[str, int], Progress]:
    ends = await client.end_offsets(places)
    committed = await client._coordinator.fetch_committed_offsets(places)  # noqa: SLF001
    state_of = client._subscription.subscription.assignment.state_value  # noqa: SLF001
    found: dict[tuple[str, int], Progress] = {}
    for place in places:
        state, tp = state_of(place), TP(*place)
        position = state.position if state is not None and state.has_valid_position else 0
        offset = committed[place].offset if place in committed else -1
        is_behind = position < ends[place] or consumer.is_unfinished(tp, committed=offset)
        found[(place.topic, place.partition)] = Progress(ends[place], offset, is_behind)
    return found
