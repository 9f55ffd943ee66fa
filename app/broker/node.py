"""One broker process: its folder, its Java, and the keeper that ends it with us."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path

from app.errors import UnavailableError

KEEPER = Path(__file__).with_name("keeper.py")
STOP_LIMIT_S = 15
FORMAT_LIMIT_S = 60
TAIL_LINES = 12


class Node:
    """A broker of one folder, started and ended any number of times.

    The folder holds ``server.properties``, ``kafka.log`` and the log segments in ``data``.
    """

    def __init__(self, folder: Path, *, java: Path, class_path: str, heap_mb: int) -> None:
        self.folder = folder
        self.log = folder / "kafka.log"
        self.pid: int | None = None
        self._java = [str(java), "-cp", class_path]
        self._heap_mb = heap_mb
        self._keeper: subprocess.Popen[bytes] | None = None

    @property
    def data(self) -> Path:
        return self.folder / "data"

    @property
    def is_running(self) -> bool:
        return self._keeper is not None and self._keeper.poll() is None

    def format(
        self, cluster_id: str, properties: str, scram_users: Mapping[str, str] | None = None
    ) -> None:
        """Write the settings, and the cluster's identity and users into an empty data folder.

        Formatted data stay as they are.
        """
        self.folder.mkdir(parents=True, exist_ok=True)
        settings = self.folder / "server.properties"
        settings.write_text(properties, "utf-8")
        if (self.data / "meta.properties").exists():
            return
        tool = ["kafka.tools.StorageTool", "format", "-g", f"-t={cluster_id}", f"-c={settings}"]
        for name, password in (scram_users or {}).items():
            tool.append(f"--add-scram=SCRAM-SHA-512=[name={name},password={password}]")
        with self.log.open("ab") as log:
            command = [*self._java, "-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC", *tool]
            self._run_to_end(command, log.fileno())

    def start(self, *, remove_if_orphaned: bool) -> None:
        """Start the process; return at once. With ``remove_if_orphaned`` its folder goes when its
        owner is killed.
        """
        command = [sys.executable, "-I", "-S", str(KEEPER), str(self.log)]
        command += [str(self.folder) if remove_if_orphaned else "", *self._java, *self._flags()]
        self._keeper = subprocess.Popen(  # noqa: S603 - our own script
            [*command, "kafka.Kafka", str(self.folder / "server.properties")],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            # Apart from the terminal's group: Ctrl-C reaches us alone, and we end the brokers in
            # order.
            start_new_session=True,
        )
        said = self._keeper.stdout.readline() if self._keeper.stdout else b""
        self.pid = int(said) if said else None

    def stop(self) -> None:
        """End it in order (SIGTERM); with SIGKILL if that takes longer than 15 s."""
        self._tell(b"stop\n")
        try:
            self._wait(STOP_LIMIT_S)
        except subprocess.TimeoutExpired:
            self.kill()

    def kill(self) -> None:
        """End it at once (SIGKILL) and wait until it is gone."""
        self._tell(b"kill\n")
        self._wait(STOP_LIMIT_S)

    def signal(self, number: int) -> None:
        """Send any other signal, such as SIGSTOP and SIGCONT, to a running broker."""
        if self.is_running and self.pid is not None:
            os.kill(self.pid, number)

    def log_tail(self) -> str:
        """Return the last lines that the broker wrote, without the frames of Java's traces."""
        try:
            text = self.log.read_text("utf-8", errors="replace")
        except OSError:
            return "(nothing written)"
        lines = [line for line in text.splitlines() if not line.startswith("\tat ")]
        return "\n".join(lines[-TAIL_LINES:]) or "(nothing written)"

    def failure(self, what: str) -> UnavailableError:
        """Return the error that says what happened to this broker, and how its log ends."""
        message = f"Kafka ({self.folder.name}) {what}; {self.log} ends with:\n{self.log_tail()}"
        return UnavailableError(f"{message}\ncorrect what it names and start again")

    def _tell(self, line: bytes) -> None:
        if self._keeper is not None and self._keeper.stdin is not None:
            with suppress(
                BrokenPipeError, ValueError
            ):  # it has ended by itself, or was told before
                self._keeper.stdin.write(line)
                self._keeper.stdin.flush()

    def _wait(self, limit_s: float) -> None:
        if self._keeper is None:
            return
        self._keeper.wait(limit_s)
        for pipe in (self._keeper.stdin, self._keeper.stdout):
            if pipe is not None:
                with suppress(BrokenPipeError):
                    pipe.close()
        self._keeper, self.pid = None, None

    def _flags(self) -> Sequence[str]:
        return (
            f"-Xms{self._heap_mb // 2}m",
            f"-Xmx{self._heap_mb}m",
            # The short-lived broker of a test never earns the second compiler or a parallel
            # collector back.
            "-XX:+UseSerialGC",
            "-XX:TieredStopAtLevel=1",
            "-XX:-UsePerfData",
            "-Dorg.slf4j.simpleLogger.defaultLogLevel=warn",
            "-Dorg.slf4j.simpleLogger.showDateTime=true",
        )

    def _run_to_end(self, command: Sequence[str], log: int) -> None:
        try:
            code: int | str = subprocess.run(  # noqa: S603 - our own Java and jars
                command, stdout=log, stderr=log, timeout=FORMAT_LIMIT_S, check=False
            ).returncode
        except (OSError, subprocess.TimeoutExpired) as error:
            code = type(error).__name__
        if code != 0:
            raise self.failure(f"can't format {self.data} ({code})")
