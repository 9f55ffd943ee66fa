"""The processes of the demo that Prometheus watches: Squall's roles, the canary, Prometheus."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import yaml

from app.broker import ports
from deploy.check.alert_parts import wait_for

RULES: Final = Path(__file__).parents[1] / "prometheus"
PROCESSES: Final = ("scorer", "detector", "notifier", "canary")
SCRAPE_S: Final = 2


@dataclass(frozen=True, slots=True)
class Processes:
    """How each is started. ``ports`` has each one's port for metrics."""

    variables: Mapping[str, str]
    folder: Path
    ports: Mapping[str, int]

    @contextmanager
    def running(self, name: str, *, is_awaited: bool = True, **more: str) -> Iterator[None]:
        """Run a role or the canary, from ready to ended."""
        (health,) = ports.choose(1)
        own = {"SQUALL_METRICS__PORT": str(self.ports[name]), "SQUALL_HEALTH__PORT": str(health)}
        command = ["canary"] if name == "canary" else ["worker", name]
        with (self.folder / f"{name}.log").open("ab") as log:
            process = subprocess.Popen(  # noqa: S603 - Squall itself
                [sys.executable, "-m", "app.cli.main", *command],
                env={**os.environ, **self.variables, **own, **more},
                stderr=log,
            )
        try:
            if is_awaited:
                wait_for(f"http://127.0.0.1:{health}/readyz", process)
            yield
        finally:
            _end(process)


@contextmanager
def prometheus(metrics: Mapping[str, int], folder: Path) -> Iterator[str]:
    """Yield the address of a Prometheus that scrapes them all, with our recording rules."""
    (port,) = ports.choose(1)
    config = {
        "global": {"scrape_interval": f"{SCRAPE_S}s", "evaluation_interval": f"{SCRAPE_S}s"},
        "rule_files": [str(_fast_rules(folder))],
        "scrape_configs": [{"job_name": "squall", "static_configs": _targets(metrics)}],
    }
    (folder / "prometheus.yaml").write_text(yaml.safe_dump(config), "utf-8")
    process = subprocess.Popen(  # noqa: S603 - what this is for
        [  # noqa: S607
            "prometheus",
            f"--config.file={folder / 'prometheus.yaml'}",
            f"--storage.tsdb.path={folder / 'data'}",
            f"--web.listen-address=127.0.0.1:{port}",
            "--log.level=warn",
        ]
    )
    try:
        wait_for(f"http://127.0.0.1:{port}/-/ready", process)
        yield f"http://127.0.0.1:{port}"
    finally:
        _end(process)


def _end(process: subprocess.Popen[bytes]) -> None:
    process.terminate()
    process.wait()


def _targets(metrics: Mapping[str, int]) -> Sequence[object]:
    return [
        {"targets": [f"127.0.0.1:{port}"], "labels": {"instance": name}}
        for name, port in metrics.items()
    ]


def _fast_rules(folder: Path) -> Path:
    """Return the recording rules, evaluated as often as is scraped: the demo lasts minutes."""
    text = (RULES / "recording.rules.yaml").read_text("utf-8")
    path = folder / "recording.rules.yaml"
    path.write_text(text.replace("interval: 30s", f"interval: {SCRAPE_S}s"), "utf-8")
    return path
