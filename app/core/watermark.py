"""The event time of one log partition: how far every source partition has been sent.

The watermark is the minimum over the source partitions of the highest event time sent, less the
allowed lateness. A heartbeat says how far a source partition is when none of its mentions come
this way. A source partition that is caught up moves on by the time that its scorer measured between
two such heartbeats, never to the wall clock, so last year's mentions replayed today behave like a
live stream; one that stays caught up for ``source_idle_ms`` no longer holds the others back.
Before every partition of a source topic was heard of there is no watermark at all: a scorer that
starts late must not find its backlog behind the time of the others.
"""

from __future__ import annotations

from typing import Final

import msgspec

from app.core.record import Heartbeat, Origin
from app.core.rules import HOUR_MS, Rules

TURN_MS: Final = 6 * HOUR_MS
"""How often, in event time, each partition of ``crisis.state`` is written to even if no crisis is
there: Kafka compacts nothing else."""


class SourceTime(msgspec.Struct, kw_only=True):
    """What the log said of one source partition."""

    time_ms: int | None = None
    at_ms: int = 0  # wall clock of the scorer at its last heartbeat
    is_caught_up: bool = False
    idle_ms: int = 0  # how long it has been caught up
    is_reported: bool = False  # a heartbeat was seen


class PartitionClock(msgspec.Struct, kw_only=True):
    """Time and position of one log partition; stored beside the brands' states.

    ``applied`` is the offset of the last log record folded, -1 before the first.
    """

    version: int = 1
    applied: int = -1
    watermark_ms: int | None = None
    sources: dict[str, SourceTime] = {}
    partitions: dict[str, int] = {}  # source topic -> its partition count


def see_mention(clock: PartitionClock, origin: Origin, event_time_ms: int, rules: Rules) -> None:
    """Take a mention's event time into account; the watermark never falls."""
    name = f"{origin.topic}/{origin.partition}"
    source = clock.sources.get(name)
    if source is None:
        source = clock.sources[name] = SourceTime()
    source.is_caught_up, source.idle_ms = False, 0
    before = source.time_ms
    if before is not None and event_time_ms <= before:
        return
    source.time_ms = event_time_ms
    held = clock.watermark_ms
    if before is None or held is None or before - rules.allowed_lateness_ms <= held:
        _advance(clock, rules)


def see_heartbeat(clock: PartitionClock, beat: Heartbeat, rules: Rules) -> None:
    """Take a heartbeat into account: how far its source partition is, and for how long it has been
    idle.
    """
    source = clock.sources.setdefault(f"{beat.topic}/{beat.partition}", SourceTime())
    clock.partitions[beat.topic] = max(beat.partitions, clock.partitions.get(beat.topic, 0))
    source.is_reported = True
    if beat.time_ms is not None and beat.time_ms > (source.time_ms or beat.time_ms - 1):
        source.time_ms = beat.time_ms
    elapsed_ms = max(0, beat.at_ms - source.at_ms)
    if beat.is_caught_up and source.is_caught_up:
        source.idle_ms += elapsed_ms
        if source.time_ms is not None:
            source.time_ms += elapsed_ms
    elif not beat.is_caught_up:
        source.idle_ms = 0
    source.at_ms, source.is_caught_up = beat.at_ms, beat.is_caught_up
    _advance(clock, rules)


def has_turned(before_ms: int | None, now_ms: int | None) -> bool:
    """Return whether six hours of the day, as UTC divides it, ended between two watermarks.

    >>> has_turned(TURN_MS - 1, TURN_MS), has_turned(TURN_MS, TURN_MS + 1), has_turned(None, 1)
    (True, False, False)
    """
    if before_ms is None or now_ms is None:
        return False
    return before_ms // TURN_MS < now_ms // TURN_MS


def _is_idle(source: SourceTime, rules: Rules) -> bool:
    if not source.is_caught_up:
        return False
    return source.time_ms is None or source.idle_ms >= rules.source_idle_ms


def _advance(clock: PartitionClock, rules: Rules) -> None:
    timed = [source for source in clock.sources.values() if source.is_reported]
    if not clock.partitions or len(timed) < sum(clock.partitions.values()):
        return
    active = [source.time_ms for source in timed if not _is_idle(source, rules)]
    known = [time for time in active if time is not None]
    if len(known) < len(active):
        return
    if not active:
        known = [source.time_ms for source in timed if source.time_ms is not None]
        if not known:
            return
    reached = min(known) if active else max(known)
    watermark_ms = reached - rules.allowed_lateness_ms
    if clock.watermark_ms is None or watermark_ms > clock.watermark_ms:
        clock.watermark_ms = watermark_ms
