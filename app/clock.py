"""The wall clock as a value, so that nothing else reads it. ``app.core`` never sees one: ``now`` is
an argument there.
"""

from __future__ import annotations

import time
from typing import Protocol


class Clock(Protocol):
    """Tells the time. Used for metrics, heartbeats and time limits, never for a decision about a
    brand.
    """

    def now_ms(self) -> int:
        """Return milliseconds since 1970-01-01T00:00:00Z."""
        ...

    def monotonic_s(self) -> float:
        """Return seconds that never run backwards, from an arbitrary start."""
        ...


class SystemClock:
    """The machine's own clock."""

    def now_ms(self) -> int:
        return time.time_ns() // 1_000_000

    def monotonic_s(self) -> float:
        return time.monotonic()


class ManualClock:
    """A clock that moves only when told, for tests.

    >>> clock = ManualClock(1_000)
    >>> clock.advance_s(2.5)
    >>> clock.now_ms()
    3500
    """

    def __init__(self, now_ms: int = 0) -> None:
        self._now_ms = now_ms

    def advance_s(self, seconds: float) -> None:
        self._now_ms += round(seconds * 1000)

    def now_ms(self) -> int:
        return self._now_ms

    def monotonic_s(self) -> float:
        return self._now_ms / 1000
