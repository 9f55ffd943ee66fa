"""What a trigger came to at one step."""

from __future__ import annotations

from typing import NamedTuple

from app.core.event import Trigger
from app.core.rules import Rules

REACH, RATING, CASCADE, KEYWORD = "reach", "rating_drop", "cascade", "risk_keyword"
BUDGET_PART = 0.1  # of a brand's false alarms, each
WEEK_BLOCKS = 2016  # of five minutes, taken as if each were judged by itself


class Found(NamedTuple):
    """A trigger that was judged. ``held_by``: its first closed gate, None when none is: its own
    name when the value does not reach the threshold. ``is_new``: this very step added to it.
    """

    trigger: Trigger
    held_by: str | None
    is_new: bool

    @property
    def has_reached(self) -> bool:
        """Tell whether the value passes the threshold, whatever else holds it."""
        return self.held_by != self.trigger.name


class Given(NamedTuple):
    """What the triggers of one step are judged by. ``is_usual``: no crisis burns, so the step
    teaches; ``chance``: of a false alarm at one step, at most.
    """

    step: int
    rules: Rules
    is_warm: bool
    is_usual: bool
    usual_share: float

    @property
    def chance(self) -> float:
        return min(BUDGET_PART * self.rules.false_alarms_per_week / WEEK_BLOCKS, 1e-3)

    def first_closed(self, *gates: tuple[str, bool]) -> str | None:
        """Return the name of the first gate that is not open."""
        return next((name for name, is_open in gates if not is_open), None)
