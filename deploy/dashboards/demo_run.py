"""Minutes of live mentions watched by a real Prometheus: what the queries of each panel return.

``python -m deploy.dashboards.demo_run FOLDER`` needs prometheus on the PATH (deploy/check/tools.sh
brings one) and takes some ten minutes. It draws one picture a dashboard into FOLDER, and ends with
1 and the names where a panel is empty.
"""

from __future__ import annotations

import asyncio
import json
import logging
import re
import sys
import tempfile
import time
import urllib.parse
import urllib.request
from contextlib import ExitStack
from pathlib import Path
from typing import Any, Final

from aiokafka import AIOKafkaProducer

from app.broker import DevBroker, ports
from app.cli.demo.cluster import clear_environment, variables
from app.cli.demo.play import make_topics
from app.cli.demo.receiver import Receiver
from app.cli.demo.replay import Progress, replay, taken_by
from app.config import Settings, load_settings
from app.stream.kafka import client_options
from app.stream.topic_admin import admin_client
from deploy.dashboards.__main__ import FOLDER
from deploy.dashboards.pictures import Panel, Series, draw
from deploy.dashboards.processes import PROCESSES, Processes, prometheus
from deploy.dashboards.traffic import (
    BEFORE_MS,
    LENGTH_S,
    QUIET,
    RATES,
    Live,
    history,
    quiet_source,
)

POINTS: Final = 200
RATE: Final = "1m"  # two steps: what is counted is counted at a step's end
LIMIT_S: Final = 900.0  # a busy machine may take its time
PAUSE: Final = (180.0, 45.0)  # when the notifier is stopped, and for how long
BRANDS: Final = "version: 1\nbrands:\n" + "".join(
    f"  - {{name: {name}, keywords: [{{id: {name}, any: [{name}]}}]}}\n" for name in (*RATES, QUIET)
)
SHORT: Final = {
    "warm_blocks": BEFORE_MS // 300_000 - 2,  # these hours are all there is to learn from
    "recover_minutes": 0.5,
    "resolve_minutes": 0.5,
}


def run_demo(folder: Path, metrics: dict[str, int], url: str) -> tuple[float, float]:
    """Run everything; returns when the minutes of now began and ended, in Unix seconds."""
    watchlist = folder / "watchlist.yaml"
    watchlist.write_text(BRANDS, "utf-8")
    with ExitStack() as stack:
        broker = stack.enter_context(DevBroker())
        receiver = stack.enter_context(Receiver())
        chosen: dict[str, Any] = {
            "partitions": 2,
            "watchlist": str(watchlist),
            "kafka": {"bootstrap_servers": broker.bootstrap},
            "scorer": {"heartbeat_s": 1.0},
            "detector": SHORT,
            "notifier": {"alertmanager_url": receiver.url},
            "canary": {"mention_interval_s": 40, "crisis_interval_s": 30},
        }
        settings = load_settings(None, **chosen)
        asyncio.run(make_topics(settings))
        processes = Processes(dict(variables(chosen)), folder, metrics)
        stack.enter_context(processes.running("detector"))
        with processes.running("scorer", SQUALL_SCORER__ENGINE="hash"):
            _teach(settings, url)
        stack.enter_context(processes.running("scorer"))
        stack.enter_context(processes.running("canary", is_awaited=False))
        live = Live(broker.bootstrap, watchlist)
        start_s = time.time()
        asyncio.run(live.run(_notifier(processes), LIMIT_S))
        return start_s, time.time()


def _teach(settings: Settings, url: str) -> None:
    """Send the hours before, and return when the detector has counted them."""
    now_ms = round(time.time() * 1000)
    records = [*quiet_source(now_ms), *history(now_ms)]

    async def send() -> None:
        options = client_options(settings.kafka)
        async with admin_client(options) as admin:
            producer = AIOKafkaProducer(**options, enable_idempotence=True)
            await producer.start()
            try:
                taken = taken_by(admin, settings.group("scorer"))
                await replay(producer, settings.topics.mentions, records, taken, Progress())
            finally:
                await producer.stop()

    asyncio.run(send())
    deadline_s = time.monotonic() + LIMIT_S
    while (counted := _now(url, "sum(squall_brand_mentions_total)")) < len(records):
        if time.monotonic() > deadline_s:
            raise SystemExit(f"NOT OK: {counted:.0f} of {len(records)} mentions were counted")
        time.sleep(1)


async def _notifier(processes: Processes) -> None:
    """Run the notifier, with a pause in which the canary misses it."""
    pause_s, length_s = PAUSE
    with processes.running("notifier", is_awaited=False):
        await asyncio.sleep(pause_s)
    await asyncio.sleep(length_s)
    with processes.running("notifier", is_awaited=False):
        await asyncio.Event().wait()


def panels(url: str, page: dict[str, Any], start_s: float, end_s: float) -> list[Panel]:
    """Return each panel of a dashboard with what its queries gave."""
    found = []
    for panel in page["panels"]:
        series = [
            one for target in panel["targets"] for one in _series(url, target, start_s, end_s)
        ]
        place, field = panel["gridPos"], panel["fieldConfig"]
        custom = field["defaults"].get("custom", {})
        found.append(
            Panel(
                title=panel["title"],
                kind=panel["type"],
                unit=field["defaults"].get("unit", ""),
                place=(place["x"], place["y"], place["w"], place["h"]),
                series=tuple(series),
                is_stacked=custom.get("stacking", {}).get("mode") == "normal",
                colours={
                    one["matcher"]["options"]: one["properties"][0]["value"]["fixedColor"]
                    for one in field.get("overrides", [])
                },
            )
        )
    return found


def marks_of(url: str, page: dict[str, Any], start_s: float, end_s: float) -> list[Series]:
    """Return when each annotation of a dashboard was, by its colour."""
    window = f"[{4 + round((end_s - start_s) / POINTS)}s]"
    return [
        Series(name=one["iconColor"], points=found.points)
        for one in page["annotations"]["list"]
        for found in _series(url, {"expr": one["expr"].replace("[1m]", window)}, start_s, end_s)
    ]


def _series(url: str, target: dict[str, Any], start_s: float, end_s: float) -> list[Series]:
    span = round(end_s - start_s)
    expr = target["expr"].replace("$__rate_interval", RATE).replace("$__range", f"{span}s")
    expr = expr.replace('"$brand"', '".*"')
    first_s = end_s if target.get("instant") else start_s
    result = _query(url, expr, first_s, end_s, max(1.0, span / POINTS))
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


def _query(url: str, expr: str, start_s: float, end_s: float, step_s: float) -> list[Any]:
    query = {"query": expr, "start": start_s, "end": end_s, "step": step_s}
    address = f"{url}/api/v1/query_range?{urllib.parse.urlencode(query)}"
    with urllib.request.urlopen(address, timeout=60) as response:  # noqa: S310 - on loopback
        found: list[Any] = json.load(response)["data"]["result"]
    return found


def _now(url: str, expr: str) -> float:
    """Return what a query of one number gives now; 0 where there is none yet."""
    now_s = time.time()
    return sum(float(one["values"][-1][1]) for one in _query(url, expr, now_s, now_s, 1.0))


def _name(legend: str, labels: dict[str, str]) -> str:
    if not legend:
        return ", ".join(v for k, v in sorted(labels.items()) if k != "__name__")
    return re.sub(r"\{\{(\w+)\}\}", lambda found: labels.get(found[1], ""), legend)


def report(url: str, folder: Path, start_s: float, end_s: float) -> list[str]:
    """Draw every dashboard into ``folder`` and return the panels that are empty."""
    empty = []
    for path in sorted(FOLDER.glob("*.json")):
        page = json.loads(path.read_text("utf-8"))
        found = panels(url, page, start_s, end_s)
        marks = marks_of(url, page, start_s, end_s)
        draw(page["title"], found, folder / f"dashboard-{path.stem}.png", marks)
        empty += [f"{path.stem}: {one.title}" for one in found if one.is_empty]
        flat = [one.title for one in found if one.is_zero and not one.is_empty]
        print(f"{path.stem}: {len(found)} panels; all zero: {', '.join(flat) or 'none'}")
    return empty


def main(arguments: list[str]) -> int:
    logging.getLogger("aiokafka").setLevel(logging.CRITICAL)  # it says a retry is an error
    clear_environment(keeps_kafka=False)
    folder = Path(arguments[0])
    metrics = dict(zip(PROCESSES, ports.choose(len(PROCESSES)), strict=True))
    with tempfile.TemporaryDirectory() as name, prometheus(metrics, Path(name)) as url:
        start_s, end_s = run_demo(Path(name), metrics, url)
        empty = report(url, folder, start_s, end_s)
    for one in empty:
        print(f"EMPTY {one}")
    print(f"{end_s - start_s:.0f} s watched, {LENGTH_S} were planned")
    return int(bool(empty))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
