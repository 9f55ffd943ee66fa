"""One role in this process, from its checks to its end."""

from __future__ import annotations

import asyncio
import logging
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Final

import faust

from app.config import Role, Settings
from app.errors import InternalError
from app.health import Health
from app.logs import event
from app.metrics import Metrics
from app.stream.application import RoleApp, every
from app.stream.kafka import client_options
from app.stream.rights import check_rights, refused
from app.stream.serving import served
from app.stream.topic_admin import admin_client, verify
from app.stream.topics import declared
from app.stream.versions import check_versions
from app.stream.watchdog import Watchdog, limits_of

logger = logging.getLogger(__name__)

PULSE_S: Final = 1.0
START_LIMIT_S: Final = 180


class QuietWorker(faust.Worker):  # type: ignore[misc]
    """Faust's worker, which leaves logging and the terminal to us."""

    def _setup_logging(self) -> None:
        """Keep the handlers that ``app.logs`` put in place."""


def run_role(settings: Settings, role: Role) -> None:
    """Run a role until it is told to stop.

    Raises ConfigError when a library, a topic or a setting is not as declared, UnavailableError
    when Kafka does not answer, ModelError when the model is unusable. Later errors end the process.
    """
    check_versions()
    health = Health(settings.health.stalled_after_s)
    metrics = Metrics(role, brand_label_max=settings.metrics.brand_label_max)
    with served(settings, health, metrics):
        with _alive_while_starting(health):
            asyncio.run(check_kafka(settings, role))
            app = role_app(settings, role, metrics)
        app.task(_pulse(app, health, metrics))
        watchdog = Watchdog(app, limits_of(settings, role), metrics)
        watchdog.start()
        event(logger, "started", role=role, group=settings.group(role))
        _run(app)
        watchdog.stop()
        event(logger, "stopped", role=role)


def role_app(settings: Settings, role: Role, metrics: Metrics) -> RoleApp:
    """Return a role's app, not started. Only the scorer's imports the model."""
    if role == "scorer":
        from app.stream.scorer import scorer_app  # noqa: PLC0415
        from app.stream.scorer_engine import scorer_engine  # noqa: PLC0415

        return scorer_app(settings, scorer_engine(settings.scorer), metrics)
    if role == "detector":
        from app.stream.detector import detector_app  # noqa: PLC0415

        return detector_app(settings, metrics)
    from app.stream.notifier import notifier_app  # noqa: PLC0415

    return notifier_app(settings, metrics)


async def check_kafka(settings: Settings, role: Role) -> None:
    """Return when all topics are as declared, and the role may use its own.

    Raises ConfigError or UnavailableError.
    """
    specs = declared(settings.topics, settings.partitions, settings.replication_factor)
    async with admin_client(client_options(settings.kafka)) as admin:
        await verify(admin, specs)
        await check_rights(admin, settings, role)


def _run(app: RoleApp) -> None:
    loop = asyncio.new_event_loop()  # the one of ``asyncio.run`` is closed
    asyncio.set_event_loop(loop)
    worker = QuietWorker(app, loop=loop, redirect_stdouts=False, quiet=True)
    worker.spinner = None
    try:
        worker.execute_from_commandline()
    except SystemExit as stop:
        if stop.code:
            # A fetch that is refused crashes Faust's consumer, not an agent of ours.
            raise refused(app.crash_reason) or InternalError(
                f"Faust ended with code {stop.code}: see the lines before; "
                "if Kafka was away, it is the cause, and the next start takes it up again"
            ) from stop


def _pulse(app: RoleApp, health: Health, metrics: Metrics) -> Any:
    async def tell() -> None:
        health.alive()
        is_open = app.batches.is_open
        health.set_ready(is_open, "partitions loaded" if is_open else "partitions not loaded")
        metrics.set("squall_ready", int(is_open))

    async def pulse() -> None:
        await every(app, PULSE_S, tell)

    return pulse


@contextmanager
def _alive_while_starting(health: Health) -> Iterator[None]:
    """Be alive while a model loads, for as long as that may take and no longer."""
    is_started = threading.Event()

    def beat() -> None:
        for _ in range(START_LIMIT_S):
            health.alive()
            if is_started.wait(1.0):
                return

    threading.Thread(target=beat, name="starting", daemon=True).start()
    try:
        yield
    finally:
        is_started.set()
