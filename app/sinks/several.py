"""All sinks that are set, side by side: none waits for another, and each is counted."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Container, Mapping, Sequence
from typing import Protocol

from app.sinks.alert import Alert

Count = Callable[[str, str, int], None]  # sink, outcome, alerts


class Sink(Protocol):
    """Where alerts go."""

    async def post(self, alerts: Sequence[Alert]) -> Sequence[Alert]:
        """Hand the alerts over and return those that were news there; raises SquallError when they
        were not taken.
        """
        ...


class Several:
    """The sinks by name; none takes every alert and tells nobody. Events are logged anyway.

    Of the canary's brand only those hear that are in ``heard_by``, and nothing of it is counted.
    """

    def __init__(
        self, sinks: Mapping[str, Sink], count: Count, *, canary: str, heard_by: Container[str]
    ) -> None:
        self._sinks = dict(sinks)
        self._count = count
        self._canary, self._heard_by = canary, heard_by

    async def post(self, alerts: Sequence[Alert]) -> Sequence[Alert]:
        """Hand the alerts to every sink. What one did not take is due again, at those that took it
        too: there it is the same alert. Raises the first error once all have answered.
        """
        posts = (self._post(name, sink, alerts) for name, sink in self._sinks.items())
        answers = await asyncio.gather(*posts, return_exceptions=True)
        for answer in answers:
            if isinstance(answer, BaseException):
                raise answer
        return alerts

    async def _post(self, name: str, sink: Sink, alerts: Sequence[Alert]) -> None:
        others = [alert for alert in alerts if alert.labels["brand"] != self._canary]
        try:
            taken = await sink.post(alerts if name in self._heard_by else others)
        except BaseException:
            self._count(name, "failed", len(others))
            raise
        self._count(name, "sent", sum(alert.labels["brand"] != self._canary for alert in taken))
