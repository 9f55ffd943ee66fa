"""The event of a crisis at its worst: what a crisis that is past is told by."""

from __future__ import annotations

from collections.abc import Sequence

from app.core.crisis import State
from app.core.event import CrisisEvent, Evidence
from app.core.severity import RANK

UNDER_WAY = frozenset({State.WATCH, State.OPEN, State.ACKNOWLEDGED})


def worst_of(events: Sequence[CrisisEvent]) -> CrisisEvent | None:
    """Return the event of the highest severity while it burned, of those the one furthest from what
    is usual, of those the one with most negatives, the first of equals; None when no event has
    numbers.

    The window of an end still holds the peak, and may count more than any before it.
    """
    burning = [one for one in events if one.state in UNDER_WAY] or events
    told = [(one, _height(one.evidence)) for one in burning if one.evidence is not None]
    ranked = max(told, key=lambda pair: (RANK[pair[0].severity], pair[1]), default=None)
    return None if ranked is None else ranked[0]


def _height(evidence: Evidence) -> tuple[float, int]:
    sigmas = [one.sigma for one in evidence.readings if one.channel == "negatives"]
    return max(sigmas, default=0.0), evidence.negatives
