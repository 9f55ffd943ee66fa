"""Heartbeats: a scorer's word on how far each source partition has been sent, so that time moves.

Each goes to every partition of the log, after all records of its source partition that were read
before. So it is made and sent inside a turn, when no batch is in flight.

Records of drills tell no time, and must not hold it either: a source partition that has nothing
else is caught up as of the broker's time of the last of them, since all before it was read.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final, NamedTuple

from app.clock import Clock
from app.core.record import Heartbeat

PROGRESS_MS: Final = 30_000  # a base step of event time is worth a heartbeat at once ...
SHORTEST_S: Final = 0.1  # ... but replays must not flood the log


class Position(NamedTuple):
    """Where reading stands: the source partition's end, our client's next offset, what is done.

    ``done`` is the offset after the last finished record, None before one.
    """

    end: int
    next_read: int
    done: int | None


@dataclass(slots=True)
class _Pulse:
    """What is known of one source partition since it was assigned."""

    time_ms: int | None = None
    sent_time_ms: int | None = None
    sent_at_s: float = float("-inf")
    is_moving: bool = False  # something was read since the heartbeat before
    before: Position | None = None
    at_ms: int = 0  # of the heartbeat before ...
    was_caught_up: bool = False  # ... and what it said
    rehearsed_ms: int | None = None  # broker's time of the newest record, while that is a drill's


class Heartbeats:
    """Says when a heartbeat is due and what is in it, for each assigned source partition."""

    def __init__(self, topic: str, *, interval_s: float, clock: Clock) -> None:
        self._topic = topic
        self._count = 0
        self._interval_s = interval_s
        self._clock = clock
        self._pulses: dict[int, _Pulse] = {}

    def assign(self, partitions: Iterable[int], count: int) -> None:
        """Start anew with these of the topic's ``count`` partitions.

        How far another process has sent them is not ours to say.
        """
        self._count = count
        self._pulses = {partition: _Pulse() for partition in partitions}

    def note(self, partition: int, time_ms: int | None) -> None:
        """Take note of a record that was delivered, or refused when it has no event time."""
        pulse = self._pulses.get(partition)
        if pulse is None:
            return
        pulse.is_moving, pulse.before, pulse.rehearsed_ms = True, None, None
        if time_ms is not None and (pulse.time_ms is None or time_ms > pulse.time_ms):
            pulse.time_ms = time_ms

    def note_drill(self, partition: int, timestamp_ms: int) -> None:
        """Take note of a drill's record that was delivered, by the broker's time of it."""
        pulse = self._pulses.get(partition)
        if pulse is not None:
            pulse.rehearsed_ms = timestamp_ms

    def after_batch(self) -> list[Heartbeat]:
        """Return heartbeats for the partitions whose event time moved a step since the last one."""
        now_s = self._clock.monotonic_s()
        return [
            self._make(partition, pulse, now_s, None)
            for partition, pulse in self._pulses.items()
            if _has_progressed(pulse) and now_s - pulse.sent_at_s >= SHORTEST_S
        ]

    def is_any_due(self) -> bool:
        """Tell whether a partition had no heartbeat for the interval."""
        now_s = self._clock.monotonic_s()
        return any(now_s - pulse.sent_at_s >= self._interval_s for pulse in self._pulses.values())

    def due(self, positions: dict[int, Position]) -> list[Heartbeat]:
        """Return heartbeats for the partitions that had none for the interval.

        ``positions`` is fresh; a partition without one does not count as caught up.
        """
        now_s = self._clock.monotonic_s()
        return [
            self._make(partition, pulse, now_s, self._caught_up_ms(pulse, positions.get(partition)))
            for partition, pulse in self._pulses.items()
            if now_s - pulse.sent_at_s >= self._interval_s
        ]

    def _caught_up_ms(self, pulse: _Pulse, position: Position | None) -> int | None:
        """Return as of when all was read and sent, None when something else may wait."""
        now_ms = self._clock.now_ms()
        if _is_caught_up(pulse, position):
            return now_ms
        if pulse.is_moving or pulse.rehearsed_ms is None:
            return None
        read_ms = min(pulse.rehearsed_ms, now_ms)
        if read_ms >= pulse.at_ms:
            return read_ms
        return pulse.at_ms if pulse.was_caught_up else None

    def _make(
        self, partition: int, pulse: _Pulse, now_s: float, caught_up_ms: int | None
    ) -> Heartbeat:
        pulse.sent_time_ms, pulse.sent_at_s, pulse.is_moving = pulse.time_ms, now_s, False
        pulse.was_caught_up = caught_up_ms is not None
        pulse.at_ms = self._clock.now_ms() if caught_up_ms is None else caught_up_ms
        return Heartbeat(
            topic=self._topic,
            partition=partition,
            partitions=self._count,
            time_ms=pulse.time_ms,
            is_caught_up=pulse.was_caught_up,
            at_ms=pulse.at_ms,
        )


def _has_progressed(pulse: _Pulse) -> bool:
    if pulse.time_ms is None:
        return False
    return pulse.sent_time_ms is None or pulse.time_ms >= pulse.sent_time_ms + PROGRESS_MS


def _is_caught_up(pulse: _Pulse, position: Position | None) -> bool:
    """Tell whether nothing waits: read to the end, and all that was read is done.

    A partition that ends in markers of transactions, or that was empty, has no last record to
    compare with: then two looks an interval apart must see the same, so that nothing is on its way.
    """
    before, pulse.before = pulse.before, position
    if position is None or pulse.is_moving or position.next_read < position.end:
        return False
    is_same = before is not None and before[1:] == position[1:]
    return position.done == position.next_read or is_same
