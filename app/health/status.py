"""What a process says of itself over HTTP: that it lives, and whether it is ready for work."""

from __future__ import annotations

import json
import logging
from typing import Final

from app.clock import Clock, SystemClock
from app.health.server import Answer, HttpServer
from app.logs import event

_LOGGER: Final = logging.getLogger(__name__)


class Health:
    """What a process says of itself: that its event loop runs, and whether it is ready for work.

    Liveness does not depend on Kafka: it asks only how long ago ``alive`` was called. Safe to use
    from any thread.

    >>> health = Health()
    >>> health.is_ready, health.why
    (False, 'starting')
    >>> health.set_ready(True, "4 partitions loaded")
    >>> health.is_ready
    True
    """

    def __init__(self, stalled_after_s: float = 30, clock: Clock | None = None) -> None:
        self._clock = clock or SystemClock()
        self._stalled_after_s = stalled_after_s
        self._beat_s = self._clock.monotonic_s()
        self._ready = (False, "starting")

    def alive(self) -> None:
        """Say that the event loop runs; to be called every second or so."""
        self._beat_s = self._clock.monotonic_s()

    def set_ready(self, is_ready: bool, why: str) -> None:
        """Say whether partitions are assigned and their state is loaded, and why (not)."""
        changed = self._ready != (is_ready, why)
        self._ready = (is_ready, why)  # one assignment, so that a reader never mixes two answers
        if changed:
            event(_LOGGER, "ready" if is_ready else "not_ready", why=why)

    @property
    def is_ready(self) -> bool:
        return self._ready[0]

    @property
    def why(self) -> str:
        return self._ready[1]

    def beat_age_s(self) -> float:
        """Return the seconds since ``alive`` was last called, or since the start."""
        return self._clock.monotonic_s() - self._beat_s

    @property
    def is_alive(self) -> bool:
        return self.beat_age_s() <= self._stalled_after_s

    def serve(self, host: str = "127.0.0.1", port: int = 8086) -> HttpServer:
        """Serve ``/livez``, ``/readyz`` and ``/healthz`` (the same as ``/livez``) on a thread.

        Raises ``ConfigError`` when it can't listen there.
        """
        routes = {"/livez": self._livez, "/readyz": self._readyz, "/healthz": self._livez}
        return HttpServer("health", host, port, routes)

    def _livez(self) -> Answer:
        age_s, alive = round(self.beat_age_s(), 3), self.is_alive
        return _json(alive, {"alive": alive, "beat_age_s": age_s})

    def _readyz(self) -> Answer:
        is_ready, why = self._ready
        return _json(is_ready, {"ready": is_ready, "why": why})


def _json(is_good: bool, value: dict[str, object]) -> Answer:
    return Answer(200 if is_good else 503, json.dumps(value).encode() + b"\n")
