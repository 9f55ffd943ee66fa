"""A real Kafka of one or three brokers on loopback, for development, demos and tests."""

from __future__ import annotations

import base64
import shutil
import tempfile
import time
import uuid
from collections.abc import Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from types import TracebackType
from typing import Self

from app.broker import jars, java, ports
from app.broker.node import Node
from app.broker.probe import live_ports
from app.broker.properties import Ports, render, server_properties
from app.errors import UnavailableError, UsageError

POLL_S = 0.1


class DevBroker:
    """Kafka in KRaft mode, without Docker and without a Java of the machine's own.

    >>> with DevBroker() as broker:                                    # doctest: +SKIP
    ...     print(broker.bootstrap)
    127.0.0.1:23119

    - ``nodes``: 1, or 3 (replication factor 3, two copies in step).
    - ``data_dir``: kept; a later DevBroker on it sees the same topics. None: a temporary folder,
      removed at ``close``.
    - ``port``: of the first broker, the next ones count up. None: free ones. They stay the same
      over ``restart``.
    - ``extra_properties``: added to ``server.properties``, and stronger than ours; listeners
      come on top of ours.
    - ``scram_users``: names and passwords that are known by SCRAM-SHA-512 from the first start.

    Brokers are numbered from 1. They listen on 127.0.0.1 only, and they end when this process
    ends, however it ends. The class is for one thread.
    """

    def __init__(
        self,
        nodes: int = 1,
        data_dir: Path | None = None,
        port: int | None = None,
        extra_properties: Mapping[str, str] | None = None,
        *,
        scram_users: Mapping[str, str] | None = None,
        heap_mb: int = 512,
        start_limit_s: float = 60.0,
    ) -> None:
        if nodes not in (1, 3):
            message = f"{nodes} brokers make no useful cluster; use 1 or 3"
            raise UsageError(message)
        self._is_temporary = data_dir is None
        self._data_dir = data_dir
        self._port = port
        self._extra = dict(extra_properties or {})
        self._scram_users = dict(scram_users or {})
        self._heap_mb = heap_mb
        self._start_limit_s = start_limit_s
        self._ports = self._choose_ports(nodes)
        self._nodes: list[Node] = []

    @property
    def bootstrap(self) -> str:
        """``host:port`` of every broker, joined with commas; known before the start."""
        return ",".join(f"127.0.0.1:{p.broker}" for p in self._ports)

    @property
    def pids(self) -> tuple[int, ...]:
        """Process ids of the Java processes that run, by node number."""
        return tuple(n.pid for n in self._nodes if n.is_running and n.pid is not None)

    @property
    def logs(self) -> tuple[Path, ...]:
        """What each broker writes, by node number; empty before the first start."""
        return tuple(n.log for n in self._nodes)

    def __enter__(self) -> Self:
        try:
            self.start()
        except BaseException:
            self.close()
            raise
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def start(self, node: int | None = None) -> None:
        """Start one broker, or all that don't run, and wait until each started one takes requests
        and sees the others.

        Raises UnavailableError, with the end of the log, if one ends or isn't ready in
        ``start_limit_s``.
        """
        if not self._nodes:
            self._prepare()
        for one in self._chosen(node):
            if not one.is_running:
                one.start(remove_if_orphaned=self._is_temporary)
        self._wait_until_ready()

    def stop(self, node: int | None = None) -> None:
        """Stop one broker or all in order (SIGTERM). The data stay, and ``start`` goes on with
        them.
        """
        for one in self._chosen(node):
            one.stop()

    def kill(self, node: int | None = None) -> None:
        """Kill one broker or all with SIGKILL. The data stay, and ``start`` goes on with them."""
        for one in self._chosen(node):
            one.kill()

    def restart(self, node: int | None = None) -> None:
        """Stop one broker or all in order and start again on the same data and ports."""
        self.stop(node)
        self.start(node)

    def signal(self, number: int, node: int | None = None) -> None:
        """Send a signal such as SIGSTOP or SIGCONT to one broker or all."""
        for one in self._chosen(node):
            one.signal(number)

    def check(self) -> None:
        """Raise UnavailableError, with the end of its log, if a broker is not running."""
        for one in self._nodes:
            if not one.is_running:
                raise one.failure("has ended")

    def close(self) -> None:
        """End the brokers; a temporary folder is removed with all that is in it. A second call
        does nothing.
        """
        if self._is_temporary:
            self.kill()  # nobody will read these data again, so nothing needs to be flushed
            if self._data_dir is not None:
                shutil.rmtree(self._data_dir, ignore_errors=True)
                self._data_dir = None
        else:
            self.stop()
        self._nodes = []

    def _choose_ports(self, nodes: int) -> list[Ports]:
        free = ports.choose(2 * nodes)
        if self._port is None:
            brokers = free[:nodes]
        else:
            brokers = list(range(self._port, self._port + nodes))
            taken = [p for p in brokers if not ports.is_free(p)]
            if taken:
                message = f"port {taken[0]} on 127.0.0.1 is taken; choose another one"
                raise UnavailableError(message)
        pairs = zip(brokers, free[nodes:], strict=True)
        return [Ports(broker=broker, controller=controller) for broker, controller in pairs]

    def _prepare(self) -> None:
        """Find Java and the jars, then write and format the folders."""
        found, class_path = java.find(), jars.class_path()
        if self._data_dir is None:
            self._data_dir = Path(tempfile.mkdtemp(prefix="squall-kafka-"))
        folder = self._data_dir.absolute()
        cluster_id = _new_cluster_id() if self._is_temporary else _cluster_id(folder)
        self._nodes = [
            Node(folder / f"node-{i}", java=found, class_path=class_path, heap_mb=self._heap_mb)
            for i in range(1, len(self._ports) + 1)
        ]
        with ThreadPoolExecutor() as pool:  # a second of Java each
            list(pool.map(lambda i: self._format(i, cluster_id), range(1, len(self._nodes) + 1)))

    def _format(self, number: int, cluster_id: str) -> None:
        node = self._nodes[number - 1]
        properties = server_properties(number, self._ports, node.data, self._extra)
        node.format(cluster_id, render(properties), self._scram_users)

    def _chosen(self, number: int | None) -> Iterable[Node]:
        if number is None:
            return self._nodes
        if not 1 <= number <= len(self._ports):
            message = f"there is no broker {number}; they are numbered 1 to {len(self._ports)}"
            raise UsageError(message)
        return self._nodes[number - 1 : number]

    def _wait_until_ready(self) -> None:
        """Wait until each broker that runs lists all that run."""
        give_up = time.monotonic() + self._start_limit_s
        awaited = [
            (n, p.broker) for n, p in zip(self._nodes, self._ports, strict=True) if n.is_running
        ]
        expected = {port for _, port in awaited}
        for node, port in awaited:
            while not expected <= live_ports(port):
                if not node.is_running:
                    raise node.failure("ended while starting")
                if time.monotonic() > give_up:
                    raise node.failure(f"not ready in {self._start_limit_s:.0f} s")
                time.sleep(POLL_S)


def _cluster_id(folder: Path) -> str:
    """Return the cluster id that the folder was made with, or make one and note it there."""
    file = folder / "cluster-id"
    if file.exists():
        return file.read_text("ascii").strip()
    folder.mkdir(parents=True, exist_ok=True)
    fresh = _new_cluster_id()
    file.write_text(fresh + "\n", "ascii")
    return fresh


def _new_cluster_id() -> str:
    return base64.urlsafe_b64encode(uuid.uuid4().bytes).rstrip(b"=").decode("ascii")
