"""All sinks that are set, side by side: none waits for another, and each is counted."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Container, Mapping, Sequence
from typing import Protocol

from app.sinks.alert import Alert
from app.sinks.routing import Routing

Count = Callable[[str, str, int], None]  # sink, outcome, alerts
Rehearse = Callable[[str, Alert], None]  # sink, an alert of a drill that it took


class Sink(Protocol):
    """Where alerts go."""

    async def post(self, alerts: Sequence[Alert]) -> Sequence[Alert]:
        """Hand the alerts over and return those that were news there; raises SquallError when they
        were not taken.
        """
        ...


class Several:
    """The sinks by name; none takes every alert and tells nobody. Events are logged anyway.

    A crisis is told to the sinks that ``routing`` names for anything that it was since it opened,
    to all without one: whoever was told of it hears of its end. Of the canary's brand only those
    hear that are in ``heard_by``, and nothing of it is counted. Of drills only ``drilled`` hear, of
    those that would be told of it were it real; ``rehearsed`` is told who took which alert.
    """

    def __init__(
        self,
        sinks: Mapping[str, Sink],
        count: Count,
        *,
        canary: str,
        heard_by: Container[str],
        routing: Routing | None = None,
        drilled: Container[str] = (),
        rehearsed: Rehearse | None = None,
    ) -> None:
        self._sinks = dict(sinks)
        self._count = count
        self._canary, self._heard_by = canary, heard_by
        self._routing = routing
        self._drilled, self._rehearsed = drilled, rehearsed

    async def post(self, alerts: Sequence[Alert]) -> Sequence[Alert]:
        """Hand each alert to the sinks that are told of it. What one did not take is due again, at
        those that took it too: there it is the same alert. Raises the first error once all have
        answered.
        """
        posts = (self._post(name, sink, alerts) for name, sink in self._sinks.items())
        answers = await asyncio.gather(*posts, return_exceptions=True)
        for answer in answers:
            if isinstance(answer, BaseException):
                raise answer
        return alerts

    async def _post(self, name: str, sink: Sink, alerts: Sequence[Alert]) -> None:
        own = [alert for alert in alerts if self.is_told(name, alert)]
        try:
            taken = await sink.post(own)
        except BaseException:
            self._count(name, "failed", self._counted(own))
            raise
        self._count(name, "sent", self._counted(taken))
        for alert in taken:
            if alert.is_drill and self._rehearsed is not None:
                self._rehearsed(name, alert)

    def is_told(self, name: str, alert: Alert) -> bool:
        """Tell whether an alert goes to the sink of this name."""
        if alert.labels["brand"] == self._canary:
            return name in self._heard_by
        if alert.is_drill and name not in self._drilled:
            return False
        if self._routing is None:
            return True
        return name in self._routing.all_receivers(alert.labels["brand"], alert.routed_as)

    def _counted(self, alerts: Sequence[Alert]) -> int:
        return sum(alert.labels["brand"] != self._canary and not alert.is_drill for alert in alerts)
