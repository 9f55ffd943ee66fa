"""Every partition of ``crisis.state`` is written to every six hours, so that Kafka compacts it."""

from __future__ import annotations

from collections.abc import Sequence

from app.config import Settings
from app.core.partition import PartitionFold
from app.core.record import LogRecord
from app.core.rules import HOUR_MS, Rules
from app.stream.compacted import _apply
from app.stream.folding import fold_batch
from app.stream.load import restore
from app.stream.records import Record
from app.stream.sending import Outgoing
from app.wire import crisis, log
from tests.unit.folding import MONDAY_MS, QUICK, beat

TOPICS = Settings().topics


def stored(records: Sequence[LogRecord]) -> list[Record]:
    messages = map(log.encode, records)
    return [
        Record("mentions.scored", 2, offset, 1, one.key, one.value, one.headers)
        for offset, one in enumerate(messages)
    ]


def beats(hours: int) -> list[Record]:
    """Return a heartbeat every half hour, from a minute past midnight on."""
    return stored([beat(MONDAY_MS + 60_000 + n * HOUR_MS // 2) for n in range(hours * 2 + 1)])


def turns(outgoing: Sequence[Outgoing]) -> list[Outgoing]:
    return [one for one in outgoing if one.topic == TOPICS.crisis_state]


def test_a_partition_without_a_brand_is_written_to_four_times_a_day() -> None:
    folded = fold_batch(TOPICS, 2, PartitionFold(Rules()), beats(49))
    found = turns(folded.outgoing)
    assert found == [Outgoing(TOPICS.crisis_state, crisis.encode_turn(), 2)] * 8
    assert folded.outputs == []  # it is no news, and no metric counts it


def test_however_the_log_is_cut_it_is_written_to_at_the_same_records() -> None:
    fold, found = PartitionFold(QUICK), []
    for record in beats(30):
        folded = fold_batch(TOPICS, 2, fold, [record])
        if turns(folded.outgoing):
            found.append(record.offset)
        # Each batch by another process, which knows what was stored alone.
        values = {m.key: m.value for m in (one.message for one in folded.outgoing)}
        fold = restore(QUICK, {k: v for k, v in values.items() if k is not None and v is not None})
    assert found == [12, 24, 36, 48, 60]


def test_a_reader_has_nothing_to_delete() -> None:
    turn = crisis.encode_turn()
    latest = {b"7c0c4a1f7c0c4a1f7c0c4a1f": b"{}"}
    assert turn.key is not None
    _apply(latest, [(turn.key, turn.value)])
    assert latest == {b"7c0c4a1f7c0c4a1f7c0c4a1f": b"{}"}
    assert not turn.key.isalnum()  # so no crisis has this id
    assert turn.headers == ()
