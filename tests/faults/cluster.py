"""Workers as real processes in slots, started again whenever they end."""

from __future__ import annotations

import asyncio
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator, Mapping
from pathlib import Path
from types import TracebackType
from typing import Final, Self

from tests.worker_tools import until

SQUALL: Final = ("-m", "app.cli.main")
READY: Final = b'"event": "ready"'
LOOK_EVERY_S: Final = 0.1
RESTART_S: Final = 0.5  # what ``squall worker all`` waits after a first failure
STOP_LIMIT_S: Final = 40.0


class Slot:
    """A seat in a group: at most one process at a time, always under the same member name."""

    def __init__(self, role: str, number: int, environment: Mapping[str, str], log: Path) -> None:
        self.name = f"{role}-{number}"
        self.role = role
        self.entry: tuple[str, ...] = SQUALL
        self.extra: dict[str, str] = {}
        self.is_wanted = False
        self.starts = 0
        self.codes: Counter[int] = Counter()
        self._environment = {**environment, "SQUALL_SLOT": self.name}
        self._log = log
        self._process: subprocess.Popen[bytes] | None = None
        self._due_s = 0.0
        self._readies_before = 0

    @property
    def is_running(self) -> bool:
        """Tell whether a process of the slot is there, even a stopped one."""
        return self._process is not None and self._process.poll() is None

    @property
    def is_ready(self) -> bool:
        """Tell whether the process that runs now has loaded its partitions once."""
        return self.is_running and self._readies() > self._readies_before

    def look(self) -> None:
        """Note an end, and start what is due."""
        process = self._process
        if process is not None and process.poll() is not None:
            self.codes[process.returncode] += 1
            self._process, self._due_s = None, time.monotonic() + RESTART_S
        if self._process is None and self.is_wanted and time.monotonic() >= self._due_s:
            self._start()

    def send(self, number: signal.Signals) -> None:
        """Send a signal to the process, if there is one."""
        if self._process is not None and self._process.poll() is None:
            self._process.send_signal(number)

    def end(self) -> None:
        """Kill what is left."""
        self.is_wanted = False
        if self._process is not None:
            self._process.kill()
            self._process.wait()

    def _readies(self) -> int:
        return self._log.read_bytes().count(READY) if self._log.exists() else 0

    def _start(self) -> None:
        self.starts += 1
        self._readies_before = self._readies()
        with self._log.open("ab") as log:
            self._process = subprocess.Popen(
                [sys.executable, *self.entry, "worker", self.role],
                env={**self._environment, **self.extra},
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
            )


class Cluster:
    """All workers of a run. ``mistakes`` names the sabotage of a role; see ``sabotage.py``.

    Their logs are kept in ``folder`` when the run ends with an error.
    """

    def __init__(
        self, variables: Mapping[str, str], *, mistakes: Mapping[str, str] | None = None
    ) -> None:
        clean = {name: v for name, v in os.environ.items() if not name.startswith("SQUALL_")}
        self._environment = {**clean, **variables}
        self._mistakes = dict(mistakes or {})
        self.folder = Path(tempfile.mkdtemp(prefix="squall-faults-"))
        self.slots: dict[str, Slot] = {}
        self._task: asyncio.Task[None] | None = None

    async def __aenter__(self) -> Self:
        self._task = asyncio.create_task(self._supervise())
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._task is not None:
            self._task.cancel()
        for slot in self.slots.values():
            slot.end()
        if kind is None:
            shutil.rmtree(self.folder)

    def scale(self, role: str, count: int) -> None:
        """Want so many workers of a role; those above end in order (SIGTERM)."""
        for number in range(count):
            self._slot(role, number).is_wanted = True
        for slot in self.of(role):
            if int(slot.name.rpartition("-")[2]) >= count:
                slot.is_wanted = False
                slot.send(signal.SIGTERM)

    def of(self, role: str) -> Iterator[Slot]:
        """Yield the slots of a role."""
        return (slot for slot in self.slots.values() if slot.role == role)

    async def stop(self, role: str) -> None:
        """End a role in order, and wait; TimeoutError when it does not end."""
        self.scale(role, 0)
        await until(
            lambda: not any(slot.is_running for slot in self.of(role)), limit_s=STOP_LIMIT_S
        )
        for slot in self.of(role):
            slot.look()

    def codes(self) -> Counter[int]:
        """Return how often which exit code was seen; -9 is a kill."""
        return sum((slot.codes for slot in self.slots.values()), Counter())

    def logs(self) -> str:
        """Return all that the workers wrote."""
        files = sorted(self.folder.glob("*.log"))
        return "\n".join(f"--- {f.name}\n{f.read_text('utf-8', 'replace')}" for f in files)

    def _slot(self, role: str, number: int) -> Slot:
        name = f"{role}-{number}"
        if name not in self.slots:
            log = self.folder / f"{name}.log"
            self.slots[name] = slot = Slot(role, number, self._environment, log)
            if role in self._mistakes:
                slot.entry = ("-m", "tests.faults.sabotage", self._mistakes[role])
        return self.slots[name]

    async def _supervise(self) -> None:
        while True:
            for slot in list(self.slots.values()):
                slot.look()
            await asyncio.sleep(LOOK_EVERY_S)
