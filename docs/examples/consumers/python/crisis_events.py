"""Prints a line for each step of each crisis, from the topic ``crisis.events``.

Needs ``pip install aiokafka``. Run: KAFKA_BOOTSTRAP=kafka:9092 python crisis_events.py
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import signal
from typing import Any

from aiokafka import AIOKafkaConsumer
from aiokafka.errors import CommitFailedError

STEPS = {
    f"squall.crisis.{step}.v1"
    for step in (
        "watch",
        "dismissed",
        "opened",
        "updated",
        "severity_changed",
        "escalated",
        "acknowledged",
        "assigned",
        "annotated",
        "milestone",
        "recovering",
        "relapsed",
        "resolved",
        "confirmed",
        "false_positive",
        "reopened",
        "closed",
    )
}
"""The types handled here. A later version may send more: whatever is not listed is passed over."""

REMEMBERED = 10_000


async def main() -> None:
    consumer = AIOKafkaConsumer(
        os.environ.get("CRISIS_EVENTS", "crisis.events"),
        bootstrap_servers=os.environ.get("KAFKA_BOOTSTRAP", "localhost:9092"),
        group_id=os.environ.get("KAFKA_GROUP", "crisis-events-example"),
        isolation_level="read_committed",  # the default shows what a dead worker never committed
        enable_auto_commit=False,  # the default commits by the clock, before events are handled
        auto_offset_reset="earliest",  # the default begins at the end, and misses what came before
    )
    await consumer.start()
    try:
        await follow(consumer)
    finally:
        await consumer.stop()


async def follow(consumer: AIOKafkaConsumer) -> None:
    """Handle each batch, then commit it: a crash in between repeats events, and loses none."""
    seen: dict[str, None] = {}
    while True:
        batches = await consumer.getmany(timeout_ms=1_000)
        for records in batches.values():
            for record in records:
                handle(dict(record.headers), record.value, seen)
        if batches:
            # The group gave the partition away meanwhile: its new reader handles these once more.
            with contextlib.suppress(CommitFailedError):
                await consumer.commit()


def handle(headers: dict[str, bytes], value: bytes, seen: dict[str, None]) -> None:
    """Print one event, unless its type is unknown, it is of a drill, or it was here before.

    Replace the print by what must happen. If that is kept in a database, keep ce_id there too, as
    a unique key written in the same transaction: this dictionary is gone after a restart.
    """
    if headers.get("ce_type", b"").decode() not in STEPS or "ce_drill" in headers:
        return
    event_id = headers["ce_id"].decode()
    if event_id in seen:
        return
    print(line(json.loads(value)), flush=True)
    seen[event_id] = None
    if len(seen) > REMEMBERED:
        del seen[next(iter(seen))]


def line(event: dict[str, Any]) -> str:
    """Return the event in a line, of the fields named here: others may come, and mean no harm."""
    step = f"{event['brand']} {event['crisis_id']} #{event['seq']} {event['type']}"
    return f"{step}: {event['previous_state']} -> {event['state']}, {event['severity']}"


async def until_told() -> None:
    """Run until SIGINT or SIGTERM, then leave the group, so that others go on at once."""
    task = asyncio.create_task(main())
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, task.cancel)
    with contextlib.suppress(asyncio.CancelledError):
        await task


if __name__ == "__main__":
    asyncio.run(until_told())
