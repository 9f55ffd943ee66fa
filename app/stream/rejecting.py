"""Log lines about dead letters: the first of a reason at once, then one a minute with how many."""

from __future__ import annotations

import logging
from collections.abc import Iterable
from typing import Final

from app.clock import Clock, SystemClock
from app.core.mention import Rejected, RejectReason
from app.logs import event
from app.stream.records import Record

logger = logging.getLogger(__name__)
AGAIN_S: Final = 60.0


class RejectLog:
    """Keeps a source that sends nothing but rubbish from writing nothing but log lines."""

    def __init__(self, clock: Clock | None = None) -> None:
        self._clock = clock or SystemClock()
        self._told_s: dict[RejectReason, float] = {}
        self._untold: dict[RejectReason, int] = {}

    def tell(self, rejects: Iterable[tuple[Record, Rejected]]) -> None:
        """Log where the newest record of each reason lies and why it was rejected, unless that
        reason was told within the last minute.
        """
        newest: dict[RejectReason, tuple[Record, Rejected]] = {}
        for record, rejected in rejects:
            newest[rejected.reason] = record, rejected
            self._untold[rejected.reason] = self._untold.get(rejected.reason, 0) + 1
        now_s = self._clock.monotonic_s()
        for reason, (record, rejected) in newest.items():
            if reason in self._told_s and now_s - self._told_s[reason] < AGAIN_S:
                continue
            self._told_s[reason] = now_s
            event(
                logger,
                "dead_letters",
                logging.WARNING,
                reason=reason.value,
                detail=rejected.detail,
                records=self._untold.pop(reason),
                topic=record.topic,
                partition=record.partition,
                offset=record.offset,
            )
