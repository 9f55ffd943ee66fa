"""All roles on one machine: a process each, started again when it ends, stopped together.

A role whose first start ends with 64 or 78 ends them all: no restart mends a setting. Should this
process be killed, the roles see their standard input end and stop by themselves.
"""

from __future__ import annotations

import contextlib
import logging
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from typing import Final

from app.config import ROLES, Role, Settings
from app.errors import ConfigError, UsageError
from app.logs import event

logger = logging.getLogger(__name__)

LOOK_EVERY_S: Final = 0.1
STOP_LIMIT_S: Final = 25.0  # a role ends itself after 20
LASTED_S: Final = 60.0  # a run this long was none of a series of failures
FIRST_WAIT_S: Final = 0.5
LONGEST_WAIT_S: Final = 30.0
MENDING_WAIT_S: Final = 300.0  # for a setting or file that became wrong while all ran
PERMANENT: Final = frozenset({UsageError.exit_code, ConfigError.exit_code})

Start = Callable[[Role], "subprocess.Popen[bytes]"]


class Child:
    """One role: its process, or when the next one is due."""

    def __init__(self, role: Role, start: Start) -> None:
        self.role = role
        self._start = start
        self._process: subprocess.Popen[bytes] | None = None
        self._started_s = 0.0
        self._due_s = 0.0
        self._failures = 0
        self.starts = 0

    def look(self, now_s: float) -> int | None:
        """Start what is due, note what ended; returns a code that ends everything, else None."""
        if self._process is None:
            if now_s >= self._due_s:
                self._process = self._start(self.role)
                self._started_s = now_s
                self.starts += 1
            return None
        code = self._process.poll()
        if code is None:
            return None
        self._close()
        return self._ended(code, now_s)

    def tell(self, number: signal.Signals) -> None:
        """Send a signal to the process, if there is one."""
        if self._process is not None:
            with contextlib.suppress(ProcessLookupError):
                self._process.send_signal(number)

    def is_gone(self) -> bool:
        """Tell whether no process runs."""
        return self._process is None or self._process.poll() is not None

    def _ended(self, code: int, now_s: float) -> int | None:
        lasted_s = now_s - self._started_s
        self._failures = 1 if lasted_s >= LASTED_S else self._failures + 1
        if code in PERMANENT and self.starts == 1:
            event(logger, "role_refused", logging.ERROR, role=self.role, code=code)
            return code
        wait_s = MENDING_WAIT_S if code in PERMANENT else wait_before(self._failures)
        self._due_s = now_s + wait_s
        event(
            logger,
            "role_ended",
            logging.WARNING,
            role=self.role,
            code=code,
            lasted_s=round(lasted_s, 1),
            next_start_s=wait_s,
        )
        return None

    def _close(self) -> None:
        if self._process is not None and self._process.stdin is not None:
            self._process.stdin.close()
        self._process = None


def wait_before(failures: int) -> float:
    """Return the seconds to wait before a start, after so many failures in a row.

    >>> [wait_before(number) for number in (1, 2, 3, 20)]
    [0.5, 1.0, 2.0, 30.0]
    """
    wait_s: float = FIRST_WAIT_S * 2.0 ** min(failures - 1, 16)
    return min(LONGEST_WAIT_S, wait_s)


def supervise(settings: Settings, roles: Sequence[Role] = ROLES) -> int:
    """Run the roles until SIGTERM or Ctrl-C; returns the exit code, 0 after such a stop."""
    stops: list[int] = []
    before = {
        number: signal.signal(number, lambda received, _: stops.append(received))
        for number in (signal.SIGTERM, signal.SIGINT)
    }
    children = [Child(role, lambda role: start(settings, role)) for role in roles]
    code: int | None = None
    try:
        while not stops and code is None:
            codes = [child.look(time.monotonic()) for child in children]
            code = next((found for found in codes if found is not None), None)
            time.sleep(LOOK_EVERY_S)
    finally:
        stop(children)
        for number, handler in before.items():
            signal.signal(number, handler)
    return code or 0


def stop(children: Sequence[Child]) -> None:
    """Stop all and wait; what is left after the limit is killed."""
    for child in children:
        child.tell(signal.SIGTERM)
    deadline_s = time.monotonic() + STOP_LIMIT_S
    while time.monotonic() < deadline_s and not all(child.is_gone() for child in children):
        time.sleep(LOOK_EVERY_S)
    for child in children:
        if not child.is_gone():
            event(logger, "role_killed", logging.ERROR, role=child.role)
            child.tell(signal.SIGKILL)


def start(settings: Settings, role: Role) -> subprocess.Popen[bytes]:
    """Start a role's process with ports of its own, out of reach of this terminal's Ctrl-C."""
    command = [sys.executable, "-m", "app.cli.main", "worker", role, "--follow-parent"]
    return subprocess.Popen(  # noqa: S603 - this program itself
        command,
        stdin=subprocess.PIPE,
        env={**os.environ, **settings.role_environment(role)},
        start_new_session=True,
    )
