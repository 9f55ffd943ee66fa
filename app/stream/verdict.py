"""When a worker is alive and yet does not work: judged from looks at its consumer."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final, NamedTuple

START_LIMIT_S: Final = 60.0
OPEN_LIMIT_S: Final = 45.0
SILENCE_LIMIT_S: Final = 300.0
ERRORS_MAX: Final = 5


class Progress(NamedTuple):
    """A partition as it stands: its end, what is committed, and whether records are unfinished."""

    end: int
    committed: int
    is_behind: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Look:
    """What one look saw; ``is_answered`` is False when Kafka did not tell in time."""

    has_consumer: bool = False
    is_answered: bool = False
    error: str | None = None  # what the group coordinator holds against us
    is_ended: bool = False  # the coordination task is over
    is_assigned: bool = False  # a member with an assignment, even an empty one
    is_open: bool = False  # state is loaded, batches may run
    progress: Mapping[tuple[str, int], Progress] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """Seconds until a condition that lasts counts as a stall."""

    assigned_s: float  # without an assignment: longer than any rebalance
    stalled_s: float  # behind, with an unmoved commit: longer than any batch


class Judge:
    """Remembers since when each condition lasts."""

    def __init__(self, limits: Limits, now_s: float) -> None:
        self._limits = limits
        self._errors = 0
        self._answered_s = now_s
        self._since: dict[str, float] = {"consumer": now_s}
        self._committed: dict[tuple[str, int], tuple[int, float]] = {}

    def cause(self, look: Look, now_s: float) -> str | None:
        """Return why the worker must end, None while there is no cause."""
        if not look.has_consumer:
            return self._after("consumer", START_LIMIT_S, now_s, "there is no consumer")
        if not look.is_answered:
            return self._silence(now_s)
        self._answered_s = now_s
        self._errors = self._errors + 1 if look.error else 0
        if look.is_ended or self._errors >= ERRORS_MAX:
            return f"the group coordination ended: {look.error or 'its task is over'}"
        return self._unready(look, now_s) or self._stall(look, now_s)

    def _silence(self, now_s: float) -> str | None:
        # How long it lasted before can't be told: what is not seen does not count as a stall.
        self._committed.clear()
        for name in ("assigned", "open"):
            self._since.pop(name, None)
        if now_s - self._answered_s < SILENCE_LIMIT_S:
            return None
        return f"Kafka gave no answer for {SILENCE_LIMIT_S:g} s"

    def _unready(self, look: Look, now_s: float) -> str | None:
        if not look.is_assigned:
            self._since.pop("open", None)
            limit_s = self._limits.assigned_s
            return self._after("assigned", limit_s, now_s, "the group gave no assignment")
        self._since.pop("assigned", None)
        if not look.is_open:
            return self._after("open", OPEN_LIMIT_S, now_s, "the partitions are not loaded")
        self._since.pop("open", None)
        return None

    def _stall(self, look: Look, now_s: float) -> str | None:
        before, self._committed = self._committed, {}
        for place, progress in look.progress.items():
            if not progress.is_behind:
                continue
            committed, since_s = before.get(place, (progress.committed, now_s))
            if committed != progress.committed:
                since_s = now_s
            if now_s - since_s >= self._limits.stalled_s:
                topic, partition = place
                return (
                    f"{topic}/{partition} stands at {committed} of {progress.end} for "
                    f"{self._limits.stalled_s:g} s"
                )
            self._committed[place] = (progress.committed, since_s)
        return None

    def _after(self, name: str, limit_s: float, now_s: float, cause: str) -> str | None:
        since_s = self._since.setdefault(name, now_s)
        return f"{cause} for {limit_s:g} s" if now_s - since_s >= limit_s else None
