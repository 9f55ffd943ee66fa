"""What topics say in Squall's own words: log records by source, dead letters, stored states."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator

from app.core.mention import Rejected
from app.core.record import ScoredMention
from app.core.state import BrandState
from app.core.watermark import PartitionClock
from app.wire import deadletter, log, state
from tests.faults.snapshot import BRAND_STATE, DEAD_LETTER, SCORED, Entry, Snapshot

Place = tuple[int, int]  # partition and offset in a topic
Logged = dict[Place, list[Entry]]  # by source place, in the order of the log
Stored = dict[int, dict[str, BrandState | PartitionClock]]


def log_places(snapshot: Snapshot) -> Logged:
    """Return the log's entries of mentions by their source place."""
    found: defaultdict[Place, list[Entry]] = defaultdict(list)
    for entry in snapshot.committed[SCORED]:
        record = log.decode(entry.value, entry.headers)
        if isinstance(record, ScoredMention):
            found[record.origin.partition, record.origin.offset].append(entry)
    return found


def dead(snapshot: Snapshot, topic: str) -> Iterator[tuple[Entry, deadletter.DeadLetter]]:
    """Yield the readable dead letters that came from a topic, given without its prefix."""
    for entry in snapshot.committed[DEAD_LETTER]:
        letter = deadletter.decode(entry.key, entry.value, entry.headers)
        if not isinstance(letter, Rejected) and letter.topic == snapshot.prefix + topic:
            yield entry, letter


def stored_states(snapshot: Snapshot) -> Stored:
    """Return the last committed state a key and partition; a tombstone leaves none."""
    latest: defaultdict[int, dict[str, bytes | None]] = defaultdict(dict)
    for entry in snapshot.committed[BRAND_STATE]:
        latest[entry.partition][(entry.key or b"").decode()] = entry.value
    return {
        partition: {
            key: state.decode(key.encode(), value) for key, value in values.items() if value
        }
        for partition, values in latest.items()
    }
