"""A demo watched by a real Prometheus: what each panel's queries return, and which return nothing.

``python -m deploy.dashboards.demo_run FOLDER`` needs prometheus on the PATH (deploy/check/tools.sh
brings one) and takes some minutes. It draws one picture a dashboard into FOLDER.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import logging
import re
import subprocess
import sys
import tempfile
import threading
import time
import urllib.parse
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

import yaml
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer

from app.broker import DevBroker, ports
from app.cli.demo.command import run
from app.cli.demo.plan import Plan
from app.sources.scenario.week import week
from deploy.dashboards.__main__ import FOLDER
from deploy.dashboards.pictures import Panel, Series, draw

PROMETHEUS: Final = Path(__file__).parents[1] / "prometheus"
POINTS: Final = 120
STOPPING_S: Final = 12.0  # what the roles take to stop, at most
LIMIT_S: Final = 1_500.0  # a busy machine may take its time
PROBLEMS: Final = (b"no JSON", b'{"id": "x1"}', b'{"id": "x2", "text": "", "published_at": 5}')
"""Mentions to be refused, so that the panel of dead letters has something to show."""


@contextmanager
def prometheus(metrics_port: int, folder: Path) -> Iterator[str]:
    """Yield the address of a Prometheus that scrapes the three roles every second."""
    (port,) = ports.choose(1)
    targets = [f"127.0.0.1:{metrics_port + step}" for step in range(3)]
    config = {
        "global": {"scrape_interval": "1s", "evaluation_interval": "1s"},
        "rule_files": [str(_fast_rules(folder))],
        "scrape_configs": [{"job_name": "squall", "static_configs": [{"targets": targets}]}],
    }
    (folder / "prometheus.yaml").write_text(yaml.safe_dump(config), "utf-8")
    process = subprocess.Popen(  # noqa: S603 - what this script is for
        [  # noqa: S607
            "prometheus",
            f"--config.file={folder / 'prometheus.yaml'}",
            f"--storage.tsdb.path={folder / 'data'}",
            f"--web.listen-address=127.0.0.1:{port}",
            "--log.level=warn",
        ]
    )
    try:
        yield f"http://127.0.0.1:{port}"
    finally:
        process.terminate()
        process.wait()


def _fast_rules(folder: Path) -> Path:
    """Return the recording rules, evaluated every second: a demo's week lasts two minutes."""
    text = (PROMETHEUS / "recording.rules.yaml").read_text("utf-8")
    path = folder / "recording.rules.yaml"
    path.write_text(text.replace("interval: 30s", "interval: 1s"), "utf-8")
    return path


async def play_along(bootstrap: str, is_over: threading.Event) -> None:
    """Send what a demo lacks: refused mentions, and an acknowledgement once the crisis is open."""
    prefix = await _prefix(bootstrap, is_over)
    if prefix is None:
        return
    producer = AIOKafkaProducer(bootstrap_servers=bootstrap)
    reader = AIOKafkaConsumer(
        f"{prefix}crisis.events", bootstrap_servers=bootstrap, auto_offset_reset="earliest"
    )
    await producer.start()
    await reader.start()
    try:
        while not is_over.is_set():
            for records in (await reader.getmany(timeout_ms=500)).values():
                for record in records:
                    await _answer(producer, prefix, json.loads(record.value or b"{}"), record)
    finally:
        await reader.stop()
        await producer.stop()


async def _answer(
    producer: AIOKafkaProducer, prefix: str, event: dict[str, Any], record: Any
) -> None:
    kind = dict(record.headers).get("ce_type", b"").decode()
    if ".opened." not in kind:
        return
    for value in PROBLEMS * 5:
        await producer.send_and_wait(f"{prefix}mentions", value)
    for number, crisis in enumerate((None, "unknown")):
        command = {
            "id": f"demo-{number}",
            "brand": event["brand"],
            "action": "acknowledge",
            "actor": "demo",
            "at": "2026-03-01T10:00:00Z",
            **({"crisis_id": crisis} if crisis else {}),
        }
        await producer.send_and_wait(f"{prefix}crisis.commands", json.dumps(command).encode())


async def _prefix(bootstrap: str, is_over: threading.Event) -> str | None:
    while not is_over.is_set():
        consumer = AIOKafkaConsumer(bootstrap_servers=bootstrap)
        try:
            await consumer.start()
            for name in await consumer.topics():
                if name.endswith("crisis.events"):
                    return str(name.removesuffix("crisis.events"))
        finally:
            with contextlib.suppress(Exception):
                await consumer.stop()
        await asyncio.sleep(0.5)
    return None


def run_demo(metrics_port: int, folder: Path) -> tuple[float, float]:
    """Run a demo on a Kafka made here; returns when it began and ended, in Unix seconds."""
    is_over = threading.Event()
    with DevBroker() as broker:
        helper = threading.Thread(
            target=lambda: asyncio.run(play_along(broker.bootstrap, is_over)), daemon=True
        )
        helper.start()
        start_s = time.time()
        summary = run(
            Plan(
                out=folder / "demo",
                bootstrap=broker.bootstrap,
                is_json=True,
                limit_s=LIMIT_S,
                metrics_port=metrics_port,
            ),
            week(),
        )
        end_s = time.time() - STOPPING_S
        is_over.set()
        helper.join(timeout=10)
    for problem in summary.problems:
        print(f"NOT OK: {problem}")
    return start_s, end_s


def panels(url: str, page: dict[str, Any], start_s: float, end_s: float) -> list[Panel]:
    """Return each panel of a dashboard with what its queries gave."""
    found = []
    for panel in page["panels"]:
        series = [
            one for target in panel["targets"] for one in _series(url, target, start_s, end_s)
        ]
        place = panel["gridPos"]
        found.append(
            Panel(
                title=panel["title"],
                kind=panel["type"],
                unit=panel["fieldConfig"]["defaults"].get("unit", ""),
                place=(place["x"], place["y"], place["w"], place["h"]),
                series=tuple(series),
            )
        )
    return found


def marks_of(url: str, page: dict[str, Any], start_s: float, end_s: float) -> list[Series]:
    """Return when each annotation of a dashboard was, by its colour."""
    window = f"[{2 + round((end_s - start_s) / POINTS)}s]"
    return [
        Series(name=one["iconColor"], points=found.points)
        for one in page["annotations"]["list"]
        for found in _series(url, {"expr": one["expr"].replace("[1m]", window)}, start_s, end_s)
    ]


def _series(url: str, target: dict[str, Any], start_s: float, end_s: float) -> list[Series]:
    span = round(end_s - start_s)
    expr = target["expr"].replace("$__rate_interval", "10s").replace("$__range", f"{span}s")
    expr = expr.replace('"$brand"', '".*"')
    step = max(1.0, span / POINTS)
    query = {"query": expr, "start": start_s, "end": end_s, "step": step}
    address = f"{url}/api/v1/query_range?{urllib.parse.urlencode(query)}"
    with urllib.request.urlopen(address, timeout=30) as response:  # noqa: S310 - on loopback
        result = json.load(response)["data"]["result"]
    return [
        Series(
            name=_name(target.get("legendFormat", ""), one["metric"]),
            points=tuple(
                (float(at) - start_s, float(value))
                for at, value in one["values"]
                if value not in {"NaN", "+Inf", "-Inf"}
            ),
        )
        for one in result
    ]


def _name(legend: str, labels: dict[str, str]) -> str:
    if not legend:
        return ", ".join(v for k, v in sorted(labels.items()) if k != "__name__")
    return re.sub(r"\{\{(\w+)\}\}", lambda found: labels.get(found[1], ""), legend)


def _three_ports() -> int:
    """Return the first of three free ports in a row."""
    while True:
        (first,) = ports.choose(1)
        if ports.is_free(first + 1) and ports.is_free(first + 2):
            return first


def main(arguments: list[str]) -> int:
    logging.getLogger("aiokafka").setLevel(logging.CRITICAL)  # it says a retry is an error
    folder = Path(arguments[0])
    metrics_port = _three_ports()
    empty = []
    with tempfile.TemporaryDirectory() as name:
        scratch = Path(name)
        with prometheus(metrics_port, scratch) as url:
            start_s, end_s = run_demo(metrics_port, scratch)
            for path in sorted(FOLDER.glob("*.json")):
                page = json.loads(path.read_text("utf-8"))
                found = panels(url, page, start_s, end_s)
                marks = marks_of(url, page, start_s, end_s)
                draw(page["title"], found, folder / f"dashboard-{path.stem}.png", marks)
                empty += [f"{path.stem}: {one.title}" for one in found if one.is_empty]
                print(f"{path.stem}: {len(found)} panels")
    for one in empty:
        print(f"EMPTY {one}")
    print(f"{end_s - start_s:.0f} s of demo")
    return int(bool(empty))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
