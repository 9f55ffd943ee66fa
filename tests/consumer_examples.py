"""The consumers of docs/examples, run as anybody would run them, and a topic that tries them."""

from __future__ import annotations

import asyncio
import os
import shutil
import signal
import sys
from asyncio.subprocess import PIPE, Process
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

import msgspec
from aiokafka import AIOKafkaProducer

from app.broker.jars import class_path
from app.core.crisis import EventType, State
from app.core.event import CrisisEvent
from app.wire import event as wire
from app.wire.message import Message

LIMIT_S = 240.0
ROOT = Path(__file__).parents[1]
EXAMPLES = ROOT / "docs/examples/consumers"
SHOWN = ROOT / "schemas/crisis.events/examples/valid/opened.json"


def command(language: str) -> list[str]:
    """Return how the example in ``language`` is started; deploy-check brings node and java."""
    if language == "python":
        return [sys.executable, str(EXAMPLES / "python/crisis_events.py")]
    if language == "typescript":
        return [_program("node"), str(EXAMPLES / "typescript/crisis-events.ts")]
    source = EXAMPLES / "java/CrisisEvents.java"
    return [_program("java"), "-cp", class_path(), str(source)]


def _program(name: str) -> str:
    found = shutil.which(name)
    assert found is not None, f"no {name} on the PATH: run make deploy-check, which brings it"
    return found


@dataclass(frozen=True, slots=True)
class Follower:
    """A running example."""

    process: Process
    out: asyncio.StreamReader

    async def lines(self, count: int) -> list[str]:
        """Return the next ``count`` lines that it prints; fewer if it ends before."""
        async with asyncio.timeout(LIMIT_S):
            found = [await self.out.readline() for _ in range(count)]
        return [line.decode().rstrip("\n") for line in found if line]

    async def stop(self) -> list[str]:
        """Tell it to end, wait until it has, and return what it still printed."""
        self.process.send_signal(signal.SIGTERM)
        async with asyncio.timeout(LIMIT_S):
            rest = await self.out.read()
            await self.process.wait()
        return rest.decode().splitlines()


@asynccontextmanager
async def following(
    language: str, bootstrap: str, topic: str, log: Path
) -> AsyncIterator[Follower]:
    """Run an example in the group ``<topic>-<language>``; what it complains of goes to ``log``."""
    settings = {
        "KAFKA_BOOTSTRAP": bootstrap,
        "KAFKA_GROUP": f"{topic}-{language}",
        "CRISIS_EVENTS": topic,
    }
    with log.open("a") as complaints:
        process = await asyncio.create_subprocess_exec(
            *command(language), env={**os.environ, **settings}, stdout=PIPE, stderr=complaints
        )
    assert process.stdout is not None
    try:
        yield Follower(process, process.stdout)
    finally:
        with suppress(ProcessLookupError):
            process.kill()
        await process.communicate()


def step(seq: int, event_type: EventType, before: State, after: State, **others: object) -> Message:
    """Return the record of one step of the crisis ``c-1``, as the detector would send it."""
    shown = wire.decode(SHOWN.read_bytes())
    assert isinstance(shown, CrisisEvent)
    changed = {"crisis_id": "c-1", "brand": "acme", "id": f"id-{seq}", **others}
    return wire.encode(
        msgspec.structs.replace(
            shown, seq=seq, type=event_type, previous_state=before, state=after, **changed
        )
    )


def with_type(message: Message, event_type: str) -> Message:
    """Return the record with another ``ce_type`` and ``ce_id``."""
    other = {"ce_type": event_type.encode(), "ce_id": b"of-another-type"}
    headers = tuple((name, other.get(name, value or b"")) for name, value in message.headers)
    return Message(message.key, message.value, headers)


def with_value(message: Message, value: bytes) -> Message:
    return Message(message.key, value, message.headers)


async def send(
    bootstrap: str, topic: str, messages: Sequence[Message], *, is_committed: bool = True
) -> None:
    """Send the records to partition 0 in one transaction, and commit or abort it."""
    producer = AIOKafkaProducer(bootstrap_servers=bootstrap, transactional_id=f"{topic}-feed")
    await producer.start()
    try:
        await producer.begin_transaction()
        for message in messages:
            await producer.send_and_wait(
                topic,
                message.value,
                key=message.key,
                partition=0,
                headers=[(name, value or b"") for name, value in message.headers],
            )
        await (producer.commit_transaction() if is_committed else producer.abort_transaction())
    finally:
        await producer.stop()
