"""The log folded once more, in one piece and from nothing: what the topics ought to hold."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from app.core.event import ClosedWindow, CrisisEvent, CrisisGone, CrisisState, Late
from app.core.mention import Rejected
from app.core.partition import PartitionFold
from app.core.rules import Rules
from app.core.watermark import has_turned
from app.wire import crisis, log, window
from app.wire import event as event_wire
from app.wire.message import Message
from tests.faults.snapshot import CRISIS_STATE, EVENTS, WINDOWS, Entry


@dataclass(slots=True)
class Refold:
    """One log partition: the records it causes by topic, in order, and what it leaves behind.

    ``late`` and ``refused`` are the log's own entries that belong among the dead letters.
    """

    fold: PartitionFold
    written: dict[str, list[Message]] = field(
        default_factory=lambda: {EVENTS: [], CRISIS_STATE: [], WINDOWS: []}
    )
    events: list[CrisisEvent] = field(default_factory=list)
    late: list[Entry] = field(default_factory=list)
    refused: list[Entry] = field(default_factory=list)


def refold(rules: Rules, entries: Iterable[Entry]) -> Refold:
    """Return what a log partition's entries come to."""
    result = Refold(PartitionFold(rules))
    for entry in entries:
        record = log.decode(entry.value, entry.headers)
        if isinstance(record, Rejected):
            result.fold.clock.applied = entry.offset
            result.refused.append(entry)
            continue
        before_ms = result.fold.watermark_ms
        for output in result.fold.apply(entry.offset, record):
            match output:
                case CrisisEvent():
                    result.events.append(output)
                    result.written[EVENTS].append(event_wire.encode(output))
                case CrisisState():
                    result.written[CRISIS_STATE].append(crisis.encode(output))
                case CrisisGone():
                    result.written[CRISIS_STATE].append(crisis.encode_gone(output))
                case ClosedWindow():
                    result.written[WINDOWS].append(window.encode(output))
                case Late():
                    result.late.append(entry)
        if has_turned(before_ms, result.fold.watermark_ms):
            result.written[CRISIS_STATE].append(crisis.encode_turn())
    return result
