"""One partition's batch through its fold: log records in, the records of one transaction out."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import NamedTuple

from app.config import Topics
from app.core.event import (
    ClosedWindow,
    CrisisEvent,
    CrisisGone,
    CrisisState,
    Labelled,
    Late,
    Output,
    Rehearsed,
)
from app.core.mention import Rejected, RejectReason
from app.core.partition import PartitionFold
from app.core.watermark import has_turned
from app.stream.records import Record
from app.stream.scoring import dead_letter
from app.stream.sending import Outgoing
from app.wire import crisis, labelled, log, state, window
from app.wire import event as event_wire

Written = CrisisEvent | CrisisState | CrisisGone | ClosedWindow | Labelled | Late


class Folded(NamedTuple):
    """What a batch came to: the records to write, and what the metrics say of it."""

    outgoing: list[Outgoing]
    outputs: list[Output]
    rejected: list[Rejected]


def fold_batch(
    topics: Topics, partition: int, fold: PartitionFold, records: Sequence[Record]
) -> Folded:
    """Return the records of the batch's one transaction: outputs in order, then the states.

    A log record that can't be decoded, or that came too late, goes to the dead letters as it is.
    """
    folded = Folded([], [], [])
    for record in records:
        if record.offset > fold.clock.applied:
            _fold_one(topics, partition, fold, record, folded)
    folded.outgoing.extend(_states(topics, partition, fold))
    return folded


def _fold_one(
    topics: Topics, partition: int, fold: PartitionFold, record: Record, folded: Folded
) -> None:
    decoded = log.decode(record.value, record.headers)
    if isinstance(decoded, Rejected):
        fold.clock.applied = record.offset  # else it would be a dead letter again after a restart
        folded.rejected.append(decoded)
        folded.outgoing.append(dead_letter(topics.dead_letter, record, decoded))
        return
    before_ms = fold.watermark_ms
    for output in fold.apply(record.offset, decoded):
        folded.outputs.append(output)
        if not isinstance(output, Rehearsed):
            folded.outgoing.append(_write(topics, partition, record, output))
    if has_turned(before_ms, fold.watermark_ms):
        folded.outgoing.append(Outgoing(topics.crisis_state, crisis.encode_turn(), partition))


def _write(topics: Topics, partition: int, record: Record, output: Written) -> Outgoing:
    match output:
        case CrisisEvent():
            return Outgoing(topics.events, event_wire.encode(output), partition)
        case CrisisState():
            return Outgoing(topics.crisis_state, crisis.encode(output), partition)
        case CrisisGone():
            return Outgoing(topics.crisis_state, crisis.encode_gone(output), partition)
        case ClosedWindow():
            return Outgoing(topics.windows, window.encode(output), partition)
        case Labelled():
            return Outgoing(topics.labelled, labelled.encode(output), 0)
        case Late():
            detail = f"{output.lateness_ms} ms behind the watermark"
            rejected = Rejected(reason=RejectReason.LATE, detail=detail)
            return dead_letter(topics.dead_letter, record, rejected)


def _states(topics: Topics, partition: int, fold: PartitionFold) -> Iterable[Outgoing]:
    clock, changed, evicted = fold.take_changed()
    for brand in changed:
        yield Outgoing(topics.brand_state, state.encode_brand(brand), partition)
    for name in evicted:
        yield Outgoing(topics.brand_state, state.encode_tombstone(name), partition)
    yield Outgoing(topics.brand_state, state.encode_clock(clock), partition)
