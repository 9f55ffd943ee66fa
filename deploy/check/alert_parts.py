"""The parts that an alert passes: roles, Prometheus, Alertmanager, a webhook; all on loopback."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, Final, Self

import yaml

from app.broker import ports
from app.config import ROLES, Role, Topics
from app.stream.topic_admin import admin_client, apply
from app.stream.topics import declared

DEPLOY: Final = Path(__file__).parents[1]
READY_LIMIT_S: Final = 300.0


class Webhook:
    """Takes what Alertmanager tells, and remembers it."""

    def __init__(self) -> None:
        self._told: list[tuple[str, str, str]] = []
        told = self._told

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
                for alert in body["alerts"]:
                    labels = alert["labels"]
                    told.append((alert["status"], labels["alertname"], labels.get("brand", "")))
                self.send_response(200)
                self.end_headers()

            def log_message(self, format: str, *args: object) -> None:  # noqa: A002
                """Say nothing."""

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._server.server_address[1]}/"

    def has(self, status: str, alert: str, brand: str) -> bool:
        """Tell whether it was told so of the brand."""
        return (status, alert, brand) in self._told

    def __enter__(self) -> Self:
        threading.Thread(target=self._server.serve_forever, daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()


@dataclass(frozen=True, slots=True)
class Parts:
    """Where everything answers. Role number n has metrics at ``metrics_ports[n]``."""

    bootstrap: str
    alertmanager: str
    folder: Path
    metrics_ports: Sequence[int]
    topics: Topics = field(default_factory=Topics)

    async def make_topics(self) -> None:
        """Make the topics as ``squall topics apply`` does."""
        async with admin_client({"bootstrap_servers": self.bootstrap}) as admin:
            await apply(admin, declared(self.topics, 2, 1))

    @contextmanager
    def role(self, role: Role) -> Iterator[None]:
        """Run a role and wait until it is ready."""
        (health,) = ports.choose(1)
        variables = {
            "SQUALL_KAFKA__BOOTSTRAP_SERVERS": self.bootstrap,
            "SQUALL_PARTITIONS": "2",
            "SQUALL_SCORER__ENGINE": "hash",
            "SQUALL_WATCHLIST": str(DEPLOY / "compose/watchlist.yaml"),
            "SQUALL_NOTIFIER__ALERTMANAGER_URL": self.alertmanager,
            "SQUALL_METRICS__PORT": str(self.metrics_ports[ROLES.index(role)]),
            "SQUALL_HEALTH__PORT": str(health),
        }
        command = [sys.executable, "-m", "app.cli.main", "worker", role]
        log = (self.folder / f"{role}.log").open("ab")
        process = subprocess.Popen(command, env={**os.environ, **variables}, stderr=log)  # noqa: S603
        try:
            wait_for(f"http://127.0.0.1:{health}/readyz", process)
            yield
        finally:
            process.terminate()
            process.wait()
            log.close()


@contextmanager
def started(bootstrap: str, folder: Path, webhook: str) -> Iterator[Parts]:
    """Start Alertmanager and Prometheus with the configuration of the compose file.

    Other than there are the addresses alone, and that a webhook takes what nobody took.
    """
    alertmanager, prometheus, *metrics = ports.choose(2 + len(ROLES))
    parts = Parts(bootstrap, f"http://127.0.0.1:{alertmanager}", folder, metrics)
    commands = [
        [
            "alertmanager",
            f"--config.file={_alertmanager_file(folder, webhook)}",
            f"--storage.path={folder / 'alertmanager'}",
            f"--web.listen-address=127.0.0.1:{alertmanager}",
            "--cluster.listen-address=",
            "--log.level=error",
        ],
        [
            "prometheus",
            f"--config.file={_prometheus_file(folder, alertmanager, metrics)}",
            f"--storage.tsdb.path={folder / 'prometheus'}",
            f"--web.listen-address=127.0.0.1:{prometheus}",
            "--log.level=error",
        ],
    ]
    processes = [subprocess.Popen(command) for command in commands]  # noqa: S603
    try:
        for port, process in zip((alertmanager, prometheus), processes, strict=True):
            wait_for(f"http://127.0.0.1:{port}/-/ready", process)
        yield parts
    finally:
        for process in processes:
            process.terminate()
            process.wait()


def _alertmanager_file(folder: Path, webhook: str) -> Path:
    config = yaml.safe_load((DEPLOY / "compose/alertmanager.yaml").read_text("utf-8"))
    nobody = next(one for one in config["receivers"] if one["name"] == "nobody")
    nobody["webhook_configs"] = [{"url": webhook, "send_resolved": True}]
    path = folder / "alertmanager.yaml"
    path.write_text(yaml.safe_dump(config), "utf-8")
    return path


def _prometheus_file(folder: Path, alertmanager: int, metrics: Sequence[int]) -> Path:
    config = yaml.safe_load((DEPLOY / "compose/prometheus.yaml").read_text("utf-8"))
    config["rule_files"] = [str(DEPLOY / "prometheus/*.rules.yaml")]
    (managers,) = config["alerting"]["alertmanagers"]
    managers["static_configs"] = [{"targets": [f"127.0.0.1:{alertmanager}"]}]
    (squall,) = config["scrape_configs"]
    squall["static_configs"] = [{"targets": [f"127.0.0.1:{port}" for port in metrics]}]
    path = folder / "prometheus.yaml"
    path.write_text(yaml.safe_dump(config), "utf-8")
    return path


def read_json(url: str) -> Any:
    with urllib.request.urlopen(url, timeout=10) as answer:  # noqa: S310 - on loopback
        return json.load(answer)


def wait_for(url: str, process: subprocess.Popen[bytes]) -> None:
    """Return when the address answers with 200; ends the program when the process ends first."""
    deadline_s = time.monotonic() + READY_LIMIT_S
    while time.monotonic() < deadline_s:
        if process.poll() is not None:
            break
        try:
            with urllib.request.urlopen(url, timeout=2):  # noqa: S310 - on loopback
                return
        except (OSError, urllib.error.URLError):
            time.sleep(0.2)
    raise SystemExit(f"NOT OK: {process.args!r} is not ready at {url}")
