"""Where the demo runs: a Kafka with the topics made, and the settings of all roles."""

from __future__ import annotations

import asyncio
import os
import secrets
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from importlib.resources import as_file, files
from typing import Any, Final

from app.broker import DevBroker
from app.cli.demo.plan import Plan
from app.cli.demo.play import delete_topics, make_topics
from app.config import Settings, load_settings

PARTITIONS: Final = 2
_KEPT: Final = ("SQUALL_KAFKA__", "SQUALL_DEBUG")


def clear_environment(*, keeps_kafka: bool) -> None:
    """Take Squall's variables out of this process, so that the demo is the same everywhere.

    Those of the connection stay when it is to a Kafka of the caller's.
    """
    kept = _KEPT if keeps_kafka else _KEPT[1:]
    for name in [name for name in os.environ if name.startswith("SQUALL_")]:
        if not name.startswith(kept):
            del os.environ[name]


@contextmanager
def cluster(plan: Plan, alerts_url: str) -> Iterator[tuple[Settings, dict[str, str]]]:
    """Yield the settings of a Kafka with topics, and the variables that give them to the roles.

    A Kafka of the demo's own ends with the block; from a given one the demo's topics are deleted,
    which have a prefix that no other run has. Raises UnavailableError when there is no Kafka.
    """
    with ExitStack() as stack:
        bootstrap = plan.bootstrap or stack.enter_context(DevBroker()).bootstrap
        watchlist = stack.enter_context(as_file(files("app.sources.scenario") / "watchlist.yaml"))
        chosen: dict[str, Any] = {
            "topic_prefix": f"demo-{secrets.token_hex(3)}." if plan.bootstrap else "",
            "partitions": PARTITIONS,
            "watchlist": str(watchlist),
            "kafka": {"bootstrap_servers": bootstrap},
            # Small batches and frequent heartbeats: the view moves smoothly, and time with it.
            "scorer": {
                "engine": plan.engine,
                "excerpt": "full",
                "batch_max": 64,
                "heartbeat_s": 0.5,
            },
            "notifier": {"alertmanager_url": alerts_url},
            "metrics": {"port": plan.metrics_port},
            "health": {"port": 0},
        }
        settings = load_settings(None, **chosen)
        asyncio.run(make_topics(settings))
        if plan.bootstrap:
            stack.callback(lambda: asyncio.run(delete_topics(settings)))
        yield settings, dict(variables(chosen))


def variables(values: Mapping[str, Any], prefix: str = "SQUALL_") -> Iterator[tuple[str, str]]:
    """Yield settings as environment variables.

    >>> dict(variables({"partitions": 2, "kafka": {"heartbeat_s": 3}}))
    {'SQUALL_PARTITIONS': '2', 'SQUALL_KAFKA__HEARTBEAT_S': '3'}
    """
    for key, value in values.items():
        name = f"{prefix}{key.upper()}"
        if isinstance(value, Mapping):
            yield from variables(value, f"{name}__")
        elif value != "":
            yield name, str(value)
