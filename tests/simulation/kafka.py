"""As much of Kafka as delivery depends on, in memory: partitions, transactions, fencing, groups."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from zlib import crc32

from app.stream.records import Record
from app.stream.sending import Outgoing
from tests.faults.snapshot import DEAD_LETTER, TOPICS, Entry, Isolation, Snapshot


class FencedError(Exception):
    """Raised when a producer whose id was opened again by another still writes."""


@dataclass(slots=True)
class Transaction:
    """``is_committed`` is None while it is open."""

    is_committed: bool | None = None


@dataclass(slots=True)
class Stored:
    entry: Entry
    transaction: Transaction | None


class FakeKafka:
    """All of Squall's topics with no prefix; those with one partition in Kafka have one here."""

    def __init__(self, partitions: int) -> None:
        self.partitions = partitions
        self.committed: defaultdict[tuple[str, int], int] = defaultdict(int)
        self._logs: defaultdict[tuple[str, int], list[Stored]] = defaultdict(list)
        self._epochs: defaultdict[str, int] = defaultdict(int)
        self._open: dict[str, Transaction] = {}
        self.now_ms = 1_790_000_000_000

    def append(self, outgoing: Outgoing, transaction: Transaction | None = None) -> None:
        """Store a record; its key chooses the partition where none is given."""
        topic, message, partition = outgoing
        if topic == DEAD_LETTER:
            partition = 0
        elif partition is None:
            partition = self.place_of(message.key)
        log = self._logs[topic, partition]
        entry = Entry(
            partition=partition,
            offset=len(log),
            timestamp_ms=self.now_ms,
            key=message.key,
            value=message.value,
            headers=message.headers,
        )
        log.append(Stored(entry, transaction))

    def place_of(self, key: bytes | None) -> int:
        """Return the partition that a key chooses."""
        return crc32(key or b"") % self.partitions

    def init_producer(self, name: str) -> int:
        """Fence the older producers of this id, abort what they left, and return the epoch."""
        self._epochs[name] += 1
        left = self._open.pop(name, None)
        if left is not None:
            left.is_committed = False
        return self._epochs[name]

    def begin(self, name: str, epoch: int) -> Transaction:
        """Open a transaction."""
        self.check(name, epoch)
        self._open[name] = transaction = Transaction()
        return transaction

    def commit(self, name: str, epoch: int) -> None:
        """Commit the open transaction; raises FencedError for an old epoch."""
        self.check(name, epoch)
        self._open.pop(name).is_committed = True

    def check(self, name: str, epoch: int) -> None:
        """Raise FencedError for an old epoch."""
        if self._epochs[name] != epoch:
            raise FencedError(name)

    def end(self, topic: str, partition: int, isolation: Isolation = "read_uncommitted") -> int:
        """Return the end offset, or the last stable one."""
        log = self._logs[topic, partition]
        if isolation == "read_committed":
            for stored in log:
                if stored.transaction is not None and stored.transaction.is_committed is None:
                    return stored.entry.offset
        return len(log)

    def read(
        self, topic: str, partition: int, start: int, most: int, isolation: Isolation
    ) -> Iterator[Record]:
        """Yield records from ``start``; committed ones alone, up to the last stable offset."""
        end = min(self.end(topic, partition, isolation), start + most)
        for stored in self._logs[topic, partition][start:end]:
            if isolation == "read_uncommitted" or _is_seen(stored):
                e = stored.entry
                yield Record(topic, partition, e.offset, e.timestamp_ms, e.key, e.value, e.headers)

    def durable(self, topic: str, partition: int, key: bytes) -> bytes | None:
        """Return the last committed value of a key, even past somebody's open transaction."""
        for stored in reversed(self._logs[topic, partition]):
            if stored.entry.key == key and _is_seen(stored):
                return stored.entry.value
        return None

    def snapshot(self) -> Snapshot:
        """Return all that lies in the topics."""
        committed: dict[str, list[Entry]] = {topic: [] for topic in TOPICS}
        raw: dict[str, list[Entry]] = {topic: [] for topic in TOPICS}
        for (topic, partition), log in sorted(self._logs.items()):
            stable = self.end(topic, partition, "read_committed")
            raw[topic] += [stored.entry for stored in log]
            committed[topic] += [stored.entry for stored in log[:stable] if _is_seen(stored)]
        return Snapshot(prefix="", committed=committed, raw=raw)


def latest(records: Iterable[Record]) -> dict[bytes, bytes]:
    """Return what compaction would keep."""
    found: dict[bytes, bytes] = {}
    for record in records:
        if record.value is None:
            found.pop(record.key or b"", None)
        else:
            found[record.key or b""] = record.value
    return found


def _is_seen(stored: Stored) -> bool:
    return stored.transaction is None or bool(stored.transaction.is_committed)
