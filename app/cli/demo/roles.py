"""Scorer, detector and notifier as processes of their own, as ``squall worker all`` runs them."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Mapping
from pathlib import Path
from types import TracebackType
from typing import Final, Self

from app.config import ROLES, Role
from app.errors import ConfigError
from app.stream.supervisor import Child, stop

_METRICS_PORT: Final = "SQUALL_METRICS__PORT"


class RoleRefused(ConfigError):
    """Raised when a role ends at its first start because of a setting or topic."""


class Roles:
    """All roles, from entering to leaving; each writes its log to ``<folder>/<role>.log``.

    A role that ends is started again. Should this process be killed, the roles see their standard
    input end and stop by themselves.
    """

    def __init__(self, environment: Mapping[str, str], folder: Path) -> None:
        self._environment = {**os.environ, **environment}
        self._folder = folder
        self._children = [Child(role, self._start) for role in ROLES]
        self._processes: list[subprocess.Popen[bytes]] = []

    def __enter__(self) -> Self:
        for role in ROLES:
            self.log(role).write_bytes(b"")
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        stop(self._children)
        for process in self._processes:
            process.wait()
            if process.stdin is not None:
                process.stdin.close()

    @property
    def restarts(self) -> int:
        """How often a role had to be started again."""
        return sum(max(0, child.starts - 1) for child in self._children)

    def log(self, role: Role) -> Path:
        """Return the file that the role writes to."""
        return self._folder / f"{role}.log"

    def look(self) -> None:
        """Start what is due; to be called several times a second. Raises RoleRefused."""
        for child in self._children:
            if (code := child.look(time.monotonic())) is not None:
                message = f"the {child.role} ended with code {code}; read {self.log(child.role)}"
                raise RoleRefused(message)

    def _ports(self, role: Role) -> dict[str, str]:
        first = int(self._environment.get(_METRICS_PORT, "0"))
        return {_METRICS_PORT: str(first + ROLES.index(role) if first else 0)}

    def _start(self, role: Role) -> subprocess.Popen[bytes]:
        command = [sys.executable, "-m", "app.cli.main", "worker", role, "--follow-parent"]
        with self.log(role).open("ab") as log:
            process = subprocess.Popen(  # noqa: S603 - this program itself
                command,
                stdin=subprocess.PIPE,
                stdout=log,
                stderr=log,
                env={**self._environment, **self._ports(role)},
                start_new_session=True,  # Ctrl-C reaches us alone, and we end the roles in order
            )
        self._processes.append(process)
        return process
