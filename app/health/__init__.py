"""Liveness and readiness over HTTP, and the small hardened server that metrics use too."""

from __future__ import annotations

from app.health.server import Answer, HttpServer
from app.health.status import Health

__all__ = ["Answer", "Health", "HttpServer"]
