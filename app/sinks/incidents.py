"""Alerts as incidents: one a crisis, whatever label sets its alerts have, and each step told once.

Alertmanager wants every open alert again and again; a pager or a webhook is to hear of a change.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable
from typing import Literal, NamedTuple

from app.core.crisis import State
from app.sinks.alert import Alert

Action = Literal["trigger", "acknowledge", "resolve"]


class Step(NamedTuple):
    """What is to be told of one crisis."""

    action: Action
    alert: Alert

    @property
    def crisis_id(self) -> str:
        return self.alert.labels["crisis_id"]


class Incidents:
    """Remembers what was told of each crisis; ``what`` is that in a step which makes it news.

    What was told is forgotten with the process: the first step of an open crisis is told again
    then, under the same key, which is the same incident.
    """

    def __init__(self, what: Callable[[Step], Hashable]) -> None:
        self._what = what
        self._told: dict[str, Hashable] = {}

    def news(self, alerts: Iterable[Alert]) -> list[Step]:
        """Return the steps of these alerts that were not told yet, a crisis's newest alone."""
        by_crisis: dict[str, Step] = {}
        for alert in alerts:
            step = Step(_action(alert), alert)
            before = by_crisis.get(step.crisis_id)
            # Of another severity the old alert ends and the new one fires: no end of the incident.
            if before is None or before.action == "resolve" or step.action != "resolve":
                by_crisis[step.crisis_id] = step
        return [step for key, step in by_crisis.items() if self._told.get(key) != self._what(step)]

    def told(self, step: Step) -> None:
        """Note that a step was taken."""
        self._told[step.crisis_id] = self._what(step)
        if step.action == "resolve":
            del self._told[step.crisis_id]


def _action(alert: Alert) -> Action:
    if alert.ends_ms is not None:
        return "resolve"
    taken = alert.annotations.get("state") == State.ACKNOWLEDGED
    return "acknowledge" if taken else "trigger"
