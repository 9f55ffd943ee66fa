"""Roles as real processes, started and watched by tests through what they show to anybody: exit
code, log lines, ``/readyz``, ``/metrics`` and Kafka.
"""

from __future__ import annotations

import asyncio
import json
import os
import re
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Awaitable, Callable, Iterable
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import httpx

from app.broker import ports
from app.config import Topics
from tests.kafka_tools import Record, produce, read_all

LIMIT_S = 90.0  # generous: it is met only when something hangs
ALONE = ("canary", "intake")  # commands of their own, not of squall worker
QUICK = {
    "SQUALL_SCORER__ENGINE": "hash",
    "SQUALL_SCORER__HEARTBEAT_S": "0.4",
    "SQUALL_KAFKA__SESSION_TIMEOUT_S": "6",
    "SQUALL_KAFKA__HEARTBEAT_S": "1",
}


class Worker:
    """``squall worker ROLE`` in a process of its own; killed at the end if it still runs.

    ``variables`` are more settings. ``entry`` is another program that takes the same arguments.
    The role ``canary`` is ``squall canary``, and ``intake`` is ``squall intake``.
    """

    def __init__(
        self,
        role: str,
        bootstrap: str,
        prefix: str,
        *,
        slot: str | None = None,
        variables: dict[str, str] | None = None,
        entry: Iterable[str] = ("-m", "app.cli.main"),
    ) -> None:
        self.role = role
        self._log = Path(tempfile.mkstemp(prefix=f"squall-{role}-", suffix=".log")[1])
        self.metrics_port, self.health_port = ports.choose(2)
        self._environment = {
            **{name: value for name, value in os.environ.items() if not name.startswith("SQUALL_")},
            **QUICK,
            "SQUALL_KAFKA__BOOTSTRAP_SERVERS": bootstrap,
            "SQUALL_TOPIC_PREFIX": prefix,
            "SQUALL_SLOT": slot or f"test-{role}",
            "SQUALL_METRICS__PORT": str(self.metrics_port),
            "SQUALL_HEALTH__PORT": str(self.health_port),
            **(variables or {}),
        }
        self._command = [sys.executable, *entry, *(["worker"] * (role not in ALONE)), role]
        self._process = self._started()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        if self._process.poll() is None:
            self._process.kill()
        self._process.wait()
        if kind is not None:
            print(f"--- {self.role} (code {self._process.returncode})\n{self.log()}")
        self._log.unlink()

    def _started(self) -> subprocess.Popen[bytes]:
        with self._log.open("ab") as log:
            return subprocess.Popen(
                self._command, env=self._environment, stdin=subprocess.DEVNULL, stderr=log
            )

    @property
    def pid(self) -> int:
        return self._process.pid

    @property
    def code(self) -> int | None:
        """The exit code, None while it runs."""
        return self._process.poll()

    def send(self, number: signal.Signals) -> None:
        self._process.send_signal(number)

    def kill(self) -> None:
        """kill -9, and wait until it is gone."""
        self._process.kill()
        self._process.wait()

    def start_again(self, variables: dict[str, str] | None = None) -> None:
        """Start the same role again after it ended."""
        assert self.code is not None
        self._environment.update(variables or {})
        self._process = self._started()

    async def ended(self) -> int:
        """Wait until it ends by itself, and return the exit code."""
        await until(lambda: self.code is not None)
        assert self.code is not None
        return self.code

    async def terminate(self) -> int:
        """SIGTERM, and the exit code."""
        self.send(signal.SIGTERM)
        return await self.ended()

    async def ready(self) -> Self:
        """Wait until ``/readyz`` says 200."""

        def is_ready() -> bool:
            assert self.code is None, f"{self.role} ended with {self.code}\n{self.log()}"
            try:
                answer = httpx.get(f"http://127.0.0.1:{self.health_port}/readyz", timeout=5)
            except httpx.TransportError:
                return False
            return answer.status_code == 200

        await until(is_ready)
        return self

    def log(self) -> str:
        return self._log.read_text(encoding="utf-8", errors="replace")

    def events(self, name: str) -> list[dict[str, Any]]:
        """Return the log lines of one event."""
        lines = (json.loads(line) for line in self.log().splitlines() if line.startswith("{"))
        return [line for line in lines if line["event"] == name]

    def metrics(self, name: str) -> dict[str, float]:
        """Return the series of a metric: labels as they are shown -> value."""
        text = httpx.get(f"http://127.0.0.1:{self.metrics_port}/metrics", timeout=10).text
        found = re.findall(rf"^{name}(?:\{{(.*)\}})? (\S+)$", text, re.MULTILINE)
        return {labels: float(value) for labels, value in found}


async def until(
    is_so: Callable[[], bool | Awaitable[bool]], *, limit_s: float = LIMIT_S, every_s: float = 0.1
) -> None:
    """Wait until the condition holds. Raises TimeoutError past the limit."""
    deadline_s = time.monotonic() + limit_s
    while True:
        answer = is_so()
        if await answer if isinstance(answer, Awaitable) else answer:
            return
        if time.monotonic() > deadline_s:
            raise TimeoutError(f"not so after {limit_s:g} s")
        await asyncio.sleep(every_s)


async def records(bootstrap: str, topic: str, count: int, **choice: str) -> list[Record]:
    """Wait until a topic holds at least so many records, and return them all.

    ``ce_type`` counts the records of one type alone, and returns no others.
    """
    found: list[Record] = []

    async def is_there() -> bool:
        found[:] = [
            record
            for record in await read_all(bootstrap, topic)
            if "ce_type" not in choice or header(record, "ce_type") == choice["ce_type"]
        ]
        return len(found) >= count

    await until(is_there, every_s=0.5)
    return found


def header(record: Record, name: str) -> str | None:
    """Return a header's value as text, None when there is none."""
    value = dict(record.headers).get(name)
    return None if value is None else value.decode()


def value_of(record: Record) -> dict[str, Any]:
    """Return a record's value as the JSON object it is."""
    assert record.value is not None
    value: dict[str, Any] = json.loads(record.value)
    return value


def a_mention(number: int, **fields: object) -> bytes:
    """Return the value of a good mention."""
    document = {
        "id": f"m{number}",
        "text": f"text number {number}",
        "published_at": "2026-03-01T12:00:00Z",
        "brand": f"brand {number % 7}",
        "author": {"id": f"a{number % 50}"},
    }
    return json.dumps({**document, **fields}).encode()


async def send_mentions(bootstrap: str, topics: Topics, numbers: Iterable[int]) -> list[Record]:
    """Produce good mentions, spread over the partitions."""
    sent = [Record(value=a_mention(n), key=b"%d" % n) for n in numbers]
    return await produce(bootstrap, topics.mentions, sent)
