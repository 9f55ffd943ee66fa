"""One role's Faust app: every setting that Faust's defaults get wrong, said once."""

from __future__ import annotations

import asyncio
import logging
import socket
from collections.abc import Awaitable, Callable, Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from typing import Any

import faust
from faust.types import TP, StreamT

from app.config import Role, Settings
from app.logs import event
from app.metrics import Metrics
from app.stream.batches import Batches
from app.stream.compacted import Isolation
from app.stream.consumer import Consumer
from app.stream.exits import die
from app.stream.kafka import faust_brokers, faust_credentials
from app.stream.records import Record, from_event, next_offsets

logger = logging.getLogger(__name__)

Load = Callable[[list[TP]], Awaitable[None]]
Handle = Callable[[Sequence[Record]], Awaitable[None]]

# A fetch is read partition by partition: a large one would put a partition of a backlog hours of
# event time ahead of the others, and the detector would have to hold it all.
FETCH_BYTES = 128 * 1024
COMMIT_LIMIT_S = 5.0  # for the commit on revoke and on stop: past it, records repeat


class RoleApp(faust.App):  # type: ignore[misc]
    """A Faust app whose batches end whole: none is cut by a rebalance, a stop or an exception.

    ``settle_s``: time for the batch in flight when partitions are revoked or the worker stops.
    """

    logger = logging.getLogger("faust.app")

    def __init__(self, *args: Any, isolation: Isolation, settle_s: float, **kwargs: Any) -> None:
        self.batches = Batches()
        self.isolation = isolation
        self.settle_s = settle_s
        super().__init__(*args, **kwargs)

    def _new_transport(self) -> Any:
        transport = super()._new_transport()
        transport.Consumer = partial(Consumer, isolation_level=self.isolation)
        return transport

    def _create_directories(self) -> None:
        """Create none: state is in Kafka, and a container's disk may be read-only."""

    async def on_stop(self) -> None:
        """Let the batch in flight end and commit it, then stop as Faust does."""
        await self.settle()
        await super().on_stop()

    def hold(self) -> None:
        """Hand nothing on until partitions are assigned, loaded and sought.

        Faust does this itself where it had partitions. Where it had none it goes on fetching: from
        the first moment it hands records on, and when it resumes it clears the queue they wait in.
        The records were lost to this assignment: read, never handled, and committed over.
        """
        self.consumer.stop_flow()
        self.flow_control.suspend()

    async def settle(self) -> None:
        """Wait for the batch in flight, commit what is finished, forget the assignment."""
        await self.batches.close(wait_s=self.settle_s)
        consumer = self._consumer
        if consumer is None or consumer.client() is None:
            return
        try:
            await consumer.commit_finished(limit_s=COMMIT_LIMIT_S)
        except TimeoutError:
            event(logger, "commit_skipped", level=logging.WARNING, limit_s=COMMIT_LIMIT_S)
        consumer.forget()


def build_app(
    settings: Settings, role: Role, *, isolation: Isolation = "read_uncommitted"
) -> RoleApp:
    """Return a role's app, not started, with nothing on the network but Kafka."""
    kafka = settings.kafka
    return RoleApp(
        settings.group(role),
        isolation=isolation,
        settle_s=kafka.rebalance_timeout_s / 2,
        env_prefix="SQUALL_NOT_FROM_THE_ENVIRONMENT_",  # else BROKER_URL would override the code
        autodiscover=False,
        broker=faust_brokers(kafka),
        broker_credentials=faust_credentials(kafka),
        broker_client_id=f"squall-{role}",
        broker_commit_interval=1.0,
        broker_heartbeat_interval=kafka.heartbeat_s,
        broker_max_poll_records=500,
        consumer_max_fetch_size=FETCH_BYTES,
        broker_rebalance_timeout=kafka.rebalance_timeout_s,
        broker_request_timeout=kafka.request_timeout_s,
        broker_session_timeout=kafka.session_timeout_s,
        consumer_auto_offset_reset="earliest",
        consumer_group_instance_id=slot(settings, role),
        key_serializer="raw",
        value_serializer="raw",
        stream_buffer_maxsize=512,
        stream_wait_empty=False,
        topic_allow_declare=False,
        topic_disable_leader=True,
        web_enabled=False,
    )


def slot(settings: Settings, role: Role) -> str:
    """Return the lasting name of this worker in its group: a restart then causes no rebalance."""
    return settings.slot or f"{socket.gethostname()}-{role}"


def raw_topic(app: RoleApp, name: str) -> Any:
    """Return a topic whose keys and values stay bytes: a decode error in Faust stalls the agent."""
    return app.topic(name, key_serializer="raw", value_serializer="raw")


def add_agent(app: RoleApp, topic: str, run: Callable[[StreamT[bytes]], Awaitable[None]]) -> None:
    """Let ``run`` consume a topic, as its only agent in this process."""
    app.agent(raw_topic(app, topic), name=run.__name__, concurrency=1)(run)


def on_assignment(app: RoleApp, load: Load, metrics: Metrics) -> None:
    """Run ``load`` with the app's partitions after each rebalance, and settle before each.

    An error in either ends the process; a cancellation while the app stops does not.
    """

    async def assigned(*_: Any, **__: Any) -> None:
        with fatal(app):
            await load(sorted(TP(*tp) for tp in app.consumer.assignment()))
            app.batches.open()
            metrics.count("squall_rebalances_total")

    async def revoked(*_: Any, **__: Any) -> None:
        with fatal(app):
            app.hold()
            await app.settle()

    app.on_rebalance_complete.connect(assigned)
    app.on_partitions_revoked.connect(revoked)


@contextmanager
def fatal(app: RoleApp) -> Iterator[None]:
    """End the process on whatever is raised inside; let a cancellation pass while the app stops.

    Faust takes every other way out as success: it acknowledges, restarts or only logs.
    """
    try:
        yield
    except (asyncio.CancelledError, GeneratorExit) as error:
        if not app.should_stop:
            die(error)
        raise
    except BaseException as error:
        die(error)


async def run_batches(
    app: RoleApp, stream: StreamT[bytes], handle: Handle, *, batch_max: int, within_s: float
) -> None:
    """Give ``handle`` the stream's records in batches; an offset is finished when it returns.

    Whatever it raises ends the process, so that Kafka gives the batch again. Records of an older
    assignment are dropped unfinished: their new owner reads them.
    """
    async for events in stream.take_events(batch_max, within=within_s):
        with fatal(app):
            async with app.batches.turn() as epoch:
                generation = app.consumer_generation_id
                current = [e for e in events if e.message.generation_id == generation]
                if epoch is not None and current:
                    records = [from_event(e) for e in current]
                    await handle(records)
                    if app.batches.is_current(epoch):
                        app.consumer.finish(next_offsets(records))


async def every(app: RoleApp, interval_s: float, do: Callable[[], Awaitable[None]]) -> None:
    """Await ``do`` again and again until the app stops; whatever it raises ends the process."""
    with fatal(app):
        while not app.should_stop:
            await asyncio.sleep(interval_s)
            await do()
