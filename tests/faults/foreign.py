"""Somebody else's transaction on the state topic, left open: a reader of committed records stops
in front of it, and takes old state for the newest.
"""

from __future__ import annotations

import asyncio
import signal
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from typing import Final

from aiokafka import AIOKafkaProducer

from tests.faults.cluster import Slot
from tests.faults.run import Run, Scenario
from tests.faults.snapshot import BRAND_STATE, MENTIONS, SCORED
from tests.worker_tools import until

OPEN_MS: Final = 120_000


@asynccontextmanager
async def open_transaction(run: Run) -> AsyncIterator[None]:
    """Hold a transaction open on every state partition; it is aborted in the end."""
    producer = AIOKafkaProducer(
        bootstrap_servers=run.bootstrap,
        transactional_id=f"{run.prefix}foreign",
        transaction_timeout_ms=OPEN_MS,
    )
    await producer.start()
    try:
        await producer.begin_transaction()
        topic = run.prefix + BRAND_STATE
        for partition in range(run.scenario.shape.partitions):
            await producer.send_and_wait(topic, b"", key=b"!foreign", partition=partition)
        yield
        await producer.abort_transaction()
    finally:
        await producer.stop()


async def restart_beside_it(run: Run, scenario: Scenario, *, patience_s: float) -> None:
    """Load a part, then, beside the open transaction, load the rest and restart the detector.

    Without a guard the detector is ready soon; with one it only waits, here for ``patience_s``.
    """
    part = scenario.shape.mentions // 3
    is_first_part = True

    def pace() -> float:
        return 0.0 if is_first_part and run.loader.sent >= part else part / 3

    loading = asyncio.create_task(run.loader.run(pace))
    await until(lambda: run.loader.sent >= part)
    await run.recovered()
    async with open_transaction(run):
        is_first_part = False
        await loading
        sources = await run.watch.ends(MENTIONS)
        await until(lambda: run.watch.reached(sources, {}))
        logs = await run.watch.ends(SCORED)
        await until(lambda: run.watch.acknowledged("detector", logs))
        await _kill(run.cluster.slots["detector-0"], patience_s)
    await run.rest()


async def _kill(detector: Slot, patience_s: float) -> None:
    before = detector.starts
    detector.send(signal.SIGKILL)
    await until(lambda: detector.starts > before)
    with suppress(TimeoutError):
        await until(lambda: detector.is_ready, limit_s=patience_s)
