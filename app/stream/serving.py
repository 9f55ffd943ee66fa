"""What a process shows of itself over HTTP while it runs: health and metrics, on their threads."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from app.config import Settings
from app.health import Health
from app.metrics import Metrics


@contextmanager
def served(settings: Settings, health: Health, metrics: Metrics) -> Iterator[None]:
    """Serve both where their ports are set. Raises ConfigError when it can't listen there."""
    servers = []
    try:
        if settings.health.port:
            servers.append(health.serve(settings.health.host, settings.health.port))
        if settings.metrics.port:
            servers.append(metrics.serve(settings.metrics.host, settings.metrics.port))
        yield
    finally:
        for server in servers:
            server.close()
