"""The scorer: mentions in, scored mentions, dead letters and heartbeats out. It holds no state."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from time import monotonic

from aiokafka import AIOKafkaProducer
from faust.types import TP, StreamT

from app.clock import SystemClock
from app.config import CANARY_BRAND, Settings
from app.core.mention import Label
from app.core.record import Heartbeat
from app.inference.engine import Engine, Failure, Score
from app.inference.rolling import ScoreDrift
from app.inference.scoring import InferenceThread
from app.inference.themes import flags_of
from app.metrics import Metrics
from app.stream import sending
from app.stream.application import RoleApp, add_agent, build_app, on_assignment, run_batches
from app.stream.beating import beat
from app.stream.exits import crash_point
from app.stream.heartbeats import Heartbeats
from app.stream.quality import tell_scores
from app.stream.records import Record
from app.stream.rejecting import RejectLog
from app.stream.router import Router
from app.stream.scoring import Reading, Scribe, read, settle
from app.stream.sending import Outgoing
from app.stream.watching import watch_list_file, with_canary
from app.wire import log


class Scorer:
    """What a batch of mentions goes through, and what the process keeps for it."""

    def __init__(self, settings: Settings, engine: Engine, metrics: Metrics) -> None:
        scorer = settings.scorer
        self._settings = settings
        self._metrics = metrics
        self._scribe = Scribe(settings.topics, scorer)
        self._watch_list = watch_list_file(settings, metrics)
        self._inference = InferenceThread(
            engine, tries=scorer.engine_tries, timeout_s=scorer.engine_timeout_s
        )
        self.heartbeats = Heartbeats(
            settings.topics.mentions, interval_s=scorer.heartbeat_s, clock=SystemClock()
        )
        self.producer: AIOKafkaProducer | None = None
        self._drift = ScoreDrift()
        self._reject_log = RejectLog()

    async def assign(self, assigned: list[TP]) -> None:
        """Start anew with these source partitions; the producer stays the same."""
        if self.producer is None:
            self.producer = await sending.open_producer(self._settings)
        mentions = self._settings.topics.mentions
        count = await sending.partition_count(self.producer, mentions)
        self.heartbeats.assign((tp.partition for tp in assigned if tp.topic == mentions), count)

    async def handle(self, records: Sequence[Record]) -> None:
        """Score a batch and deliver what it came to, in source order, dead letters included."""
        match = with_canary(self._watch_list.current().match)
        readings = await self._score([read(record, match) for record in records])
        outgoing = [one for reading in readings for one in self._scribe.outgoing(reading)]
        has_dead_letters = any(reading.rejected for reading in readings)
        if has_dead_letters:
            crash_point("before_dead_letters")
        await self.deliver(outgoing)
        crash_point("after_dead_letters" if has_dead_letters else "after_scored")
        for reading in readings:
            record = reading.record
            if reading.drill is not None:
                self.heartbeats.note_drill(record.partition, record.timestamp_ms)
                continue
            self.heartbeats.note(record.partition, self._scribe.event_time_ms(reading))
        self._tell(readings)
        tell_scores(self._metrics, self._drift)
        await self.send_heartbeats(self.heartbeats.after_batch())

    async def deliver(self, outgoing: Sequence[Outgoing]) -> None:
        """Send and wait until the brokers have it all; raises UnavailableError when they don't."""
        if outgoing and self.producer is not None:
            limit_s = self._settings.kafka.retry_s
            await sending.deliver(self.producer, outgoing, limit_s=limit_s)

    async def send_heartbeats(self, heartbeats: Sequence[Heartbeat]) -> None:
        """Send each to every partition of the log; to be called within a turn."""
        scored, partitions = self._settings.topics.scored, self._settings.partitions
        messages = [log.encode(heartbeat) for heartbeat in heartbeats]
        await self.deliver(
            [Outgoing(scored, message, p) for message in messages for p in range(partitions)]
        )

    async def _score(self, readings: list[Reading]) -> list[Reading]:
        texts = [reading.text for reading in readings if reading.text is not None]
        hints = [reading.hint for reading in readings if reading.text is not None]
        started_s = monotonic()
        scores: list[Score | Failure] = []
        if texts:
            scores = await asyncio.wrap_future(self._inference.submit(texts, hints=hints))
            self._metrics.observe("squall_score_seconds", monotonic() - started_s)
        waiting = iter(scores)
        return [settle(one, next(waiting) if one.text is not None else None) for one in readings]

    def _tell(self, readings: Sequence[Reading]) -> None:
        metrics = self._metrics
        metrics.observe("squall_batch_size", len(readings))
        self._reject_log.tell((one.record, one.rejected) for one in readings if one.rejected)
        for reading in readings:
            metrics.since("squall_scored_after_seconds", reading.record.timestamp_ms)
            if reading.rejected is not None:
                metrics.count("squall_mentions_total", outcome="dead_letter")
                metrics.count("squall_dead_letters_total", reason=reading.rejected.reason)
            elif not reading.matches or reading.mention is None:
                metrics.count("squall_mentions_total", outcome="unmatched")
            elif reading.mention.sentiment is not None:
                metrics.count("squall_mentions_total", outcome="scored")
                if reading.drill or reading.mention.brand == CANARY_BRAND:
                    continue  # read, and no part of what is known of sentiment
                label = reading.mention.sentiment.label
                self._drift.note(
                    reading.language or reading.mention.lang, reading.mention.sentiment
                )
                metrics.count("squall_scored_total", len(reading.matches), label=label)
                metrics.count("squall_sources_total", source=reading.mention.source)
                if reading.language is not None:
                    outcome = "unscored" if label == Label.UNSCORED else "scored"
                    metrics.count(
                        "squall_languages_total", language=reading.language, outcome=outcome
                    )
                for flag in flags_of(reading.subjects) or ():
                    metrics.count("squall_flagged_total", flag=flag)
            if reading.unknown_fields:
                metrics.count("squall_unknown_fields_total", reading.unknown_fields)


def scorer_app(settings: Settings, engine: Engine, metrics: Metrics) -> RoleApp:
    """Return the scorer's app, the router of commands in it, not started."""
    app = build_app(settings, "scorer")
    scorer = Scorer(settings, engine, metrics)
    router = Router(settings, metrics, scorer.deliver)
    on_assignment(app, scorer.assign, metrics)

    async def score(stream: StreamT[bytes]) -> None:
        limits = settings.scorer
        await run_batches(
            app, stream, scorer.handle, batch_max=limits.batch_max, within_s=limits.within_s
        )

    async def route(stream: StreamT[bytes]) -> None:
        await run_batches(app, stream, router.handle, batch_max=100, within_s=0.1)

    async def send_heartbeats() -> None:
        await beat(app, settings, scorer.heartbeats, scorer.send_heartbeats)

    add_agent(app, settings.topics.mentions, score)
    add_agent(app, settings.topics.commands, route)
    app.task(send_heartbeats)
    return app
