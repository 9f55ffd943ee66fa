"""What alerts say of an industry: the crises of all brands, read beside the notifier's own work.

A notifier holds the crises of its own partitions, and competitors are on others. So all of the
compacted ``crisis.state`` is followed, where the watch list names industries. Nothing waits for it:
what is not known is not told.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Sequence
from typing import Any, Final

from aiokafka.errors import KafkaError
from msgspec.structs import replace

from app.config import Settings
from app.core.event import CrisisState
from app.core.mention import Rejected
from app.core.scope import Scope, scopes
from app.errors import SquallError
from app.logs import event
from app.sinks.alert import Alert
from app.sources.watchlist import WatchListFile
from app.stream.following import follow
from app.wire import crisis

logger = logging.getLogger(__name__)

RETRY_S: Final = 10.0
LOOK_S: Final = 1.0


class Industries:
    """Follows what stands at all brands, and says of alerts whose their crises are."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._watch_list: WatchListFile | None = None  # until it could be read once
        self._by_brand: dict[str, str] = {}
        self._standing: dict[bytes, CrisisState] | None = None  # None: not known

    def told(self, alerts: Sequence[Alert]) -> Sequence[Alert]:
        """Return the alerts, those that fire with the annotation ``scope`` where it is known and
        their brand has an industry.
        """
        if self._standing is None or not any(map(self._may_have_one, alerts)):
            return alerts
        found = scopes(self._standing.values(), self._by_brand)
        return [self._scoped(alert, found.get(alert.labels["crisis_id"])) for alert in alerts]

    def _may_have_one(self, alert: Alert) -> bool:
        is_real = alert.ends_ms is None and not alert.is_drill
        return is_real and alert.labels["brand"] in self._by_brand

    def _scoped(self, alert: Alert, scope: Scope | None) -> Alert:
        if scope is None or not self._may_have_one(alert):
            return alert
        return replace(alert, annotations=alert.annotations | {"scope": scope.text})

    async def follow_for_ever(self) -> None:
        """Follow until cancelled. What can't be read is logged once and tried again."""
        told = ""
        while True:
            try:
                await self._follow()
            except (SquallError, KafkaError, OSError) as error:
                if told != str(error):
                    told = str(error)
                    event(logger, "industries_unread", logging.WARNING, reason=told)
            else:
                told = ""
            self._standing = None  # it grows old: better no scope than a wrong one
            await asyncio.sleep(RETRY_S)

    async def _follow(self) -> None:
        """Follow as long as the watch list names an industry; raises as its reading does."""
        self._watch_list = self._watch_list or WatchListFile(self._settings.watchlist)
        self._by_brand = self._watch_list.current().industries
        if not self._by_brand:
            return
        async with follow(self._settings, self._settings.topics.crisis_state) as topic:
            standing: dict[bytes, CrisisState] = {}
            async for record in topic.past():
                _take(standing, record)
            self._standing = standing
            event(logger, "industries_followed", brands=len(self._by_brand))
            while self._by_brand:
                for record in await topic.coming(LOOK_S):
                    _take(standing, record)
                self._by_brand = self._watch_list.current().industries


def _take(standing: dict[bytes, CrisisState], record: Any) -> None:
    standing.pop(record.key, None)
    found = None if record.value is None else crisis.decode(record.value)
    if found is not None and not isinstance(found, Rejected):
        standing[record.key] = replace(found, evidence=None, summary=None)  # most of its bytes
