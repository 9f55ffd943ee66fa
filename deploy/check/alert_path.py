"""A crisis from the mention to the pager, on both ways, with what we ship and nothing sped up.

``deploy/check/alert_path.sh`` puts prometheus and alertmanager on the PATH and runs it.
First without a notifier: the detector's metric, Prometheus' rule, Alertmanager, webhook. Then with
one: crisis event, notifier, Alertmanager, webhook, and the rule's alert is inhibited meanwhile.
A person resolves each crisis by a command, and the webhook must be told of that too.
"""

from __future__ import annotations

import asyncio
import json
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final, NamedTuple

from app.broker import DevBroker
from app.config import ROLES
from app.inference.hash import hash_probabilities
from deploy.check.alert_parts import Parts, Webhook, read_json, started
from deploy.check.alert_records import events_of, produce

WAVE: Final = 120  # mentions in one minute, all negative
LIMIT_S: Final = 420.0
AT_LEAST: Final = 0.6  # of the probability that a mention is negative


class Way(NamedTuple):
    """One way to the pager: the alert that it fires, and the brand of its crisis."""

    name: str
    alert: str
    brand: str


RULE: Final = Way("Prometheus' rule", "SquallCrisisOpen", "larkmoor")
NOTIFIER: Final = Way("notifier", "SquallCrisis", "zumbry")


class Clock:
    """When each hop was first seen, in seconds after the last mention of the wave."""

    def __init__(self) -> None:
        self._start_s = time.time()

    def until(self, what: str, is_so: Callable[[], bool]) -> None:
        """Wait for it and print when it was; ends the program past the limit."""
        deadline_s = time.monotonic() + LIMIT_S
        while not is_so():
            if time.monotonic() > deadline_s:
                raise SystemExit(f"NOT OK: not after {LIMIT_S:.0f} s: {what}")
            time.sleep(0.2)
        print(f"  {time.time() - self._start_s:6.1f} s  {what}", flush=True)


def negative_texts() -> Iterator[str]:
    """Yield texts that the hash engine scores as clearly negative."""
    number = 0
    while True:
        text = f"complaint number {number}"
        if hash_probabilities(text)[0] >= AT_LEAST:
            yield text
        number += 1


def wave(brand: str, texts: Iterator[str]) -> list[bytes]:
    """Return the mentions of a wave as they come from a source, published now."""
    now = datetime.now(UTC).isoformat()
    return [
        json.dumps(
            {
                "id": f"{brand}-{number}",
                "text": next(texts),
                "published_at": now,
                "brand": brand,
                "author": {"id": f"author {number}"},
            }
        ).encode()
        for number in range(WAVE)
    ]


def travel(way: Way, parts: Parts, webhook: Webhook, texts: Iterator[str]) -> None:
    """Let one crisis open and end, and wait for each hop."""
    print(f"{way.name}:", flush=True)
    mentions = wave(way.brand, texts)
    asyncio.run(produce(parts.bootstrap, parts.topics.mentions, mentions))
    clock = Clock()
    clock.until("crisis.events holds opened", lambda: "opened" in kinds(parts, way.brand))
    clock.until(
        f"Alertmanager has {way.alert}", lambda: bool(in_alertmanager(parts, way.alert, way.brand))
    )
    clock.until("the webhook is told: firing", lambda: webhook.has("firing", way.alert, way.brand))
    if way is NOTIFIER:
        clock.until(
            f"{RULE.alert} of the same crisis is there and inhibited",
            lambda: "inhibited" in in_alertmanager(parts, RULE.alert, way.brand),
        )
        if webhook.has("firing", RULE.alert, way.brand):
            raise SystemExit("NOT OK: the same crisis was told twice")
    asyncio.run(produce(parts.bootstrap, parts.topics.commands, [resolve(way.brand)]))
    print("  a person resolves it")
    clock = Clock()
    clock.until("crisis.events holds resolved", lambda: "resolved" in kinds(parts, way.brand))
    clock.until(
        "the webhook is told: resolved", lambda: webhook.has("resolved", way.alert, way.brand)
    )


def kinds(parts: Parts, brand: str) -> set[str]:
    """Return the types of the brand's events so far."""
    events = asyncio.run(events_of(parts.bootstrap, parts.topics.events))
    return {event["type"] for event in events if event["brand"] == brand}


def in_alertmanager(parts: Parts, alert: str, brand: str) -> str:
    """Return the state of the alert there: "", "active", or "suppressed and inhibited"."""
    for one in read_json(f"{parts.alertmanager}/api/v2/alerts"):
        labels = one["labels"]
        if (labels["alertname"], labels.get("brand")) == (alert, brand):
            inhibited = " and inhibited" if one["status"]["inhibitedBy"] else ""
            return f"{one['status']['state']}{inhibited}"
    return ""


def resolve(brand: str) -> bytes:
    command: dict[str, Any] = {
        "id": f"resolve-{brand}",
        "brand": brand,
        "action": "resolve",
        "actor": "ada",
        "at": datetime.now(UTC).isoformat(),
        "note": "checked",
    }
    return json.dumps(command).encode()


def main() -> int:
    texts = negative_texts()
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        broker = stack.enter_context(DevBroker())
        webhook = stack.enter_context(Webhook())
        parts = stack.enter_context(started(broker.bootstrap, folder, webhook.url))
        asyncio.run(parts.make_topics())
        for role in ROLES[:2]:
            stack.enter_context(parts.role(role))
        travel(RULE, parts, webhook, texts)
        stack.enter_context(parts.role("notifier"))
        travel(NOTIFIER, parts, webhook, texts)
    print("Both ways reach the pager, and take it back.")
    return 0


if __name__ == "__main__":
    sys.exit(main())
