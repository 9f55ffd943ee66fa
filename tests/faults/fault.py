"""Faults as data, and schedules of them from a seed."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, Literal

from tests.faults.setup import SESSION_S

Kind = Literal["kill", "terminate", "pause", "crash_point", "zombie", "scale", "kill_broker"]
CRASH_POINTS: Final = {
    "after_fencing": "detector",
    "before_state_read": "detector",
    "after_state_read": "detector",
    "after_sends": "detector",
    "after_commit": "detector",
    "before_dead_letters": "scorer",
    "after_dead_letters": "scorer",
    "after_scored": "scorer",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """One thing that goes wrong.

    ``target`` is a slot such as ``detector-1``, or a role where the kind is ``scale``; ``count`` is
    the new number of its workers; ``point`` is a crash point. A ``zombie`` is paused at that point.
    It happens ``after_s`` after the one before was got over, or after that one itself where it
    ``is_hasty``.
    """

    kind: Kind
    target: str = ""
    duration_s: float = 0.0
    count: int = 0
    point: str = ""
    after_s: float = 0.0
    is_hasty: bool = False

    def __str__(self) -> str:
        detail = self.point or (f"to {self.count}" if self.kind == "scale" else "")
        return " ".join(part for part in (self.kind, self.target, detail) if part)


def at_points(points: Sequence[str]) -> list[Fault]:
    """Return a kill at each of these crash points."""
    return [Fault(kind="crash_point", target=f"{CRASH_POINTS[p]}-0", point=p) for p in points]


def zombies(pause_s: float) -> list[Fault]:
    """Return pauses with a transaction sent and not committed, and with a batch not sent at all.

    Less than the 15 s of a transaction, so that a detector still tries to commit, and is fenced.
    """
    points = {"detector-1": "after_sends", "scorer-0": "before_dead_letters"}
    return [
        Fault(kind="zombie", target=target, point=point, duration_s=pause_s)
        for target, point in points.items()
    ]


def scaling(role: str, counts: Sequence[int]) -> list[Fault]:
    """Return changes of a role's number of workers, one after another."""
    return [Fault(kind="scale", target=role, count=count) for count in counts]


def mixed(
    rng: random.Random, *, kills: int, terminations: int, pauses: Sequence[str], pause_s: float
) -> list[Fault]:
    """Return faults of single workers in random order, on random slots of two a role."""
    slots = [f"{role}-{number}" for role in ("scorer", "detector") for number in (0, 1)]
    faults = [Fault(kind="kill", target=rng.choice(slots)) for _ in range(kills)]
    faults += [Fault(kind="terminate", target=rng.choice(slots)) for _ in range(terminations)]
    faults += [Fault(kind="pause", target=target, duration_s=pause_s) for target in pauses]
    rng.shuffle(faults)
    return faults


def acceptance(seed: int) -> list[Fault]:
    """Return the faults of the whole form."""
    rng = random.Random(seed)
    faults = mixed(
        rng, kills=10, terminations=5, pauses=("detector-0", "scorer-1"), pause_s=3 * SESSION_S
    )
    faults += at_points(list(CRASH_POINTS)) + zombies(2 * SESSION_S)
    rng.shuffle(faults)
    faults.insert(len(faults) // 2, Fault(kind="kill_broker", duration_s=3.0))
    for role in ("detector", "scorer"):
        faults += scaling(role, (1, 3, 1))
    return faults
