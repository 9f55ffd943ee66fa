"""The notifier: crisis events in, alerts out. Apart, so that no third party can hold detection up.

It keeps no state of its own: the open alerts are read from the compacted ``crisis.state``, and an
alert sent twice is the same alert.
"""

from __future__ import annotations

import logging
from collections.abc import Sequence
from typing import Final

from faust.types import TP, StreamT

from app.clock import Clock, SystemClock
from app.config import CANARY_BRAND, Settings
from app.config.groups import NotifierSettings
from app.config.routing import Kind
from app.core.event import CrisisEvent, CrisisState
from app.core.mention import Rejected
from app.logs import event
from app.metrics import Metrics
from app.sinks.alert import Alert
from app.sinks.open_alerts import OpenAlerts
from app.sinks.quiet import QuietHours
from app.sinks.several import Several, Sink
from app.stream.application import (
    RoleApp,
    add_agent,
    build_app,
    every,
    fatal,
    on_assignment,
    run_batches,
)
from app.stream.compacted import read_latest
from app.stream.industry import Industries
from app.stream.quality import PoolWatch
from app.stream.receivers import receivers_of
from app.stream.records import Record
from app.wire import crisis
from app.wire import event as event_wire

logger = logging.getLogger(__name__)

TICK_S: Final = 1.0


class Notifier:
    """The open alerts of the partitions that this process owns."""

    def __init__(
        self,
        settings: Settings,
        sink: Sink,
        metrics: Metrics,
        clock: Clock,
        industries: Industries | None = None,
    ) -> None:
        self._settings = settings
        self._sink = sink
        self._industries = industries or Industries(settings)
        self._metrics = metrics
        self._clock = clock
        self._alerts = self._none_open()

    async def assign(self, assigned: list[TP]) -> None:
        """Take up what is open in these partitions; all of it falls due at once."""
        partitions = [tp.partition for tp in assigned]
        topic = self._settings.topics.crisis_state
        self._alerts = self._none_open()
        for partition, latest in (await read_latest(self._settings, topic, partitions)).items():
            for value in latest.values():
                self._apply(crisis.decode(value), partition)
        event(logger, "alerts_taken_up", partitions=partitions, firing=self._alerts.firing)

    async def handle(self, records: Sequence[Record]) -> None:
        """Hand over what a batch of events changes; raises SquallError when the sink is down."""
        self._metrics.observe("squall_batch_size", len(records))
        for record in records:
            self._apply(event_wire.decode(record.value, record.headers), record.partition)
        await self.post_due()
        for record in records:
            self._metrics.since("squall_notified_after_seconds", record.timestamp_ms)

    async def post_due(self) -> None:
        """Send what is new, what ended and what falls due again; to be called within a turn."""
        now_ms = self._clock.now_ms()
        if due := self._alerts.due(now_ms):
            await self._sink.post(self._industries.told(due))
            self._alerts.sent(due, now_ms)

    def _apply(self, found: CrisisEvent | CrisisState | Rejected, partition: int) -> None:
        if isinstance(found, Rejected):
            event(
                logger,
                "crisis_unreadable",
                logging.ERROR,
                partition=partition,
                reason=found.reason,
                detail=found.detail,
            )
            return
        if isinstance(found, CrisisEvent):
            event(
                logger,
                "crisis_event",
                type=found.type,
                brand=found.brand,
                crisis_id=found.crisis_id,
                seq=found.seq,
                severity=found.severity,
                drill=found.drill,
            )
        self._alerts.apply(found, self._clock.now_ms())

    def _none_open(self) -> OpenAlerts:
        notifier = self._settings.notifier
        quiet = notifier.quiet_hours and QuietHours(
            notifier.quiet_hours, notifier.quiet_zone, notifier.quiet_below
        )
        return OpenAlerts(notifier.resend_s, notifier.source_url, quiet or None)


class DrillsTold:
    """Tells how long after its first mention a drill's crisis was taken, once a receiver."""

    def __init__(self, metrics: Metrics, clock: Clock) -> None:
        self._metrics, self._clock = metrics, clock
        self._told: set[tuple[str, str]] = set()  # receiver, crisis; of the newest drill

    def tell(self, receiver: str, alert: Alert, kind: Kind) -> None:
        """Tell of an alert that a receiver took; only the first of a crisis counts."""
        crisis_id, drill_id = alert.labels["crisis_id"], alert.annotations["drill"]
        began_ms = alert.crisis.drill_began_ms if alert.crisis else None
        if (receiver, crisis_id) in self._told or began_ms is None:
            return
        self._told = {one for one in self._told if one[1] == crisis_id} | {(receiver, crisis_id)}
        seconds = max(0, self._clock.now_ms() - began_ms) / 1000
        self._metrics.set("squall_drill_told_after_seconds", seconds, sink=kind)
        event(
            logger,
            "drill_told",
            drill=drill_id,
            receiver=receiver,
            crisis_id=crisis_id,
            seconds=seconds,
        )


def make_sink(notifier: NotifierSettings, metrics: Metrics) -> Several:
    """Return the receivers that the settings name, with their routes.

    Raises ConfigError for one whose secret can't be read.
    """
    kinds, sinks = receivers_of(notifier)
    told = DrillsTold(metrics, SystemClock())

    def count(receiver: str, outcome: str, alerts: int) -> None:
        # By kind: names are many, and a label's values are a closed list.
        metrics.count("squall_notifications_total", alerts, sink=kinds[receiver], outcome=outcome)

    def rehearse(receiver: str, alert: Alert) -> None:
        told.tell(receiver, alert, kinds[receiver])

    partly = {name for name, one in notifier.receivers.items() if one.view is not None}
    heard_by = {name for name, kind in kinds.items() if kind == "alertmanager"} - partly
    routing = notifier.routing()
    drilled = {name for name, one in notifier.receivers.items() if one.drills}
    return Several(
        sinks,
        count,
        canary=CANARY_BRAND,
        heard_by=heard_by,
        routing=routing,
        drilled=drilled,
        rehearsed=rehearse,
    )


def notifier_app(settings: Settings, metrics: Metrics) -> RoleApp:
    """Return the notifier's app, not started. It reads committed events alone."""
    app = build_app(settings, "notifier", isolation="read_committed")
    industries, sink = Industries(settings), make_sink(settings.notifier, metrics)
    notifier = Notifier(settings, sink, metrics, SystemClock(), industries)
    pool = PoolWatch(app, settings, metrics)
    topics = settings.topics

    async def assign(assigned: list[TP]) -> None:
        await pool.assign([tp for tp in assigned if tp.topic == topics.labelled])
        await notifier.assign([tp for tp in assigned if tp.topic == topics.events])

    on_assignment(app, assign, metrics)

    async def notify(stream: StreamT[bytes]) -> None:
        await run_batches(app, stream, notifier.handle, batch_max=100, within_s=0.1)

    async def watch_quality(stream: StreamT[bytes]) -> None:
        await run_batches(app, stream, pool.handle, batch_max=500, within_s=0.5)

    async def resend() -> None:
        async with app.batches.turn() as epoch:
            if epoch is not None:
                await notifier.post_due()

    async def resend_for_ever() -> None:
        await every(app, TICK_S, resend)

    async def follow_industries() -> None:
        with fatal(app):
            await industries.follow_for_ever()

    add_agent(app, topics.events, notify)
    add_agent(app, topics.labelled, watch_quality)
    app.task(resend_for_ever)
    app.task(follow_industries)
    return app
