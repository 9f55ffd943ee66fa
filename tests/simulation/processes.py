"""A scorer's and a detector's life over the fake Kafka, with the real parse, fold and wire.

Each is a generator; every ``yield`` is a place where the process can be killed, held up, or
overtaken by its successor. What a scorer sent lies in an outbox a log partition: those become
durable in their order, but each at its own pace.
"""

from __future__ import annotations

import random
from collections import defaultdict, deque
from collections.abc import Generator, Sequence

from app.clock import ManualClock
from app.config import Topics
from app.config.groups import ScorerSettings
from app.core.mention import Sentiment
from app.core.partition import PartitionFold
from app.core.record import Heartbeat
from app.core.rules import Rules
from app.core.watchlist import WatchList
from app.inference.calibration import Calibration
from app.inference.hash import HashEngine, hash_probabilities
from app.stream.folding import Folded, fold_batch
from app.stream.heartbeats import Heartbeats, Position
from app.stream.load import restore
from app.stream.records import Record
from app.stream.scoring import Reading, Scribe, read, settle
from app.stream.sending import Outgoing
from app.wire import log
from tests.simulation.kafka import FakeKafka, FencedError, Transaction, latest

TOPICS = Topics()
MATCH = WatchList.given().match
SCRIBE = Scribe(TOPICS, ScorerSettings())
ALL = 1 << 40
Life = Generator[None]


def scored(record: Record) -> Reading:
    """Return the record as the scorer reads it, with the engine's answer."""
    reading = read(record, MATCH)
    if reading.text is None:
        return reading
    shares = hash_probabilities(reading.text)
    score = Sentiment(
        label=Calibration().label(shares, "en"), probabilities=shares, model=HashEngine.model
    )
    return settle(reading, score)


class Scorer:
    """A scorer process that owns some source partitions until it is no longer ``is_current``."""

    def __init__(
        self, kafka: FakeKafka, rng: random.Random, clock: ManualClock, owned: Sequence[int]
    ) -> None:
        self.kafka, self.rng, self.owned = kafka, rng, owned
        self.outbox: defaultdict[int, deque[Outgoing]] = defaultdict(deque)
        self.position = {p: kafka.committed["scorer", p] for p in owned}
        self.heartbeats = Heartbeats(TOPICS.mentions, interval_s=3.0, clock=clock)
        self.heartbeats.assign(owned, kafka.partitions)
        self.is_current = True
        self.life = self._live()

    @property
    def is_idle(self) -> bool:
        """Tell whether all was read, sent and committed."""
        return not any(self.outbox.values()) and all(
            self.kafka.committed["scorer", p] == self.kafka.end(TOPICS.mentions, p)
            for p in self.owned
        )

    def flush(self) -> None:
        """Let what was sent arrive, a bit of each partition's share."""
        for waiting in self.outbox.values():
            for _ in range(self.rng.randint(0, len(waiting))):
                self.kafka.append(waiting.popleft())

    def _live(self) -> Life:
        while True:
            batch = self._take()
            if not batch:
                self._send(self._beats(self.heartbeats.due(self._positions())))
                yield
                continue
            readings = [scored(record) for record in batch]
            yield from self.handle(batch, [o for r in readings for o in SCRIBE.outgoing(r)])
            for reading in readings:
                time_ms = SCRIBE.event_time_ms(reading)
                self.heartbeats.note(reading.record.partition, time_ms)
            yield from self.deliver(self._beats(self.heartbeats.after_batch()))

    def handle(self, batch: list[Record], outgoing: list[Outgoing]) -> Life:
        """Deliver first, acknowledge then."""
        yield from self.deliver(outgoing)
        yield from self.acknowledge(batch)

    def deliver(self, outgoing: Sequence[Outgoing]) -> Life:
        """Send, and wait until all of it arrived."""
        self._send(outgoing)
        while any(self.outbox.values()):
            yield

    def acknowledge(self, batch: Sequence[Record]) -> Life:
        """Commit, now or with a later batch; the group takes nothing from a former member."""
        if self.rng.random() < 0.6:
            yield
            for record in batch:
                if self.is_current:
                    self.kafka.committed["scorer", record.partition] = self.position[
                        record.partition
                    ]

    def _take(self) -> list[Record]:
        batch: list[Record] = []
        for p in self.owned:
            most = self.rng.choice((1, 3, 10, 40))
            batch += self.kafka.read(TOPICS.mentions, p, self.position[p], most, "read_uncommitted")
        for record in batch:
            self.position[record.partition] = record.offset + 1
        if not batch and self.is_current:
            for p in self.owned:
                self.kafka.committed["scorer", p] = self.position[p]
        return batch

    def _send(self, outgoing: Sequence[Outgoing]) -> None:
        for one in outgoing:
            key = one.message.key
            place = one.partition if one.partition is not None else self.kafka.place_of(key)
            self.outbox[place].append(one)

    def _beats(self, beats: Sequence[Heartbeat]) -> list[Outgoing]:
        messages = [log.encode(beat) for beat in beats]
        count = range(self.kafka.partitions)
        return [Outgoing(TOPICS.scored, message, p) for message in messages for p in count]

    def _positions(self) -> dict[int, Position]:
        return {
            p: Position(self.kafka.end(TOPICS.mentions, p), at, at or None)
            for p, at in self.position.items()
        }


class Detector:
    """A detector process that owns some log partitions."""

    waits_until_stable = True
    is_atomic = True

    def __init__(
        self, kafka: FakeKafka, rng: random.Random, rules: Rules, owned: Sequence[int]
    ) -> None:
        self.kafka, self.rng, self.rules, self.owned = kafka, rng, rules, owned
        self.folds: dict[int, PartitionFold] = {}
        self.position: dict[int, int] = {}
        self.epochs: dict[int, int] = {}
        self.is_current = True
        self.life = self._live()

    @property
    def is_idle(self) -> bool:
        """Tell whether all was folded."""
        return bool(self.folds) and all(
            self.kafka.committed["detector", p] == self.kafka.end(TOPICS.scored, p)
            for p in self.owned
        )

    def flush(self) -> None:
        """Have nothing on its way: the records of a transaction count at its commit."""

    def _live(self) -> Life:
        try:
            yield from self._load()
            while True:
                yield from self._batch()
        except FencedError:
            return

    def fold(self, partition: int, batch: list[Record]) -> Folded:
        """Fold a batch as the real detector does."""
        return fold_batch(TOPICS, partition, self.folds[partition], batch)

    def _load(self) -> Life:
        for p in self.owned:
            self.epochs[p] = self.kafka.init_producer(f"detector-{p}")
            yield
        while self.waits_until_stable and not all(map(self._is_stable, self.owned)):
            yield
        for p in self.owned:
            records = self.kafka.read(TOPICS.brand_state, p, 0, ALL, "read_committed")
            fold = restore(self.rules, latest(records))
            yield
            start = fold.clock.applied + 1
            # Reading may start earlier, where the group's offset stands: the fold skips the rest.
            hint = min(self.kafka.committed["detector", p], start)
            self.folds[p], self.position[p] = fold, self.rng.choice((start, hint))

    def _is_stable(self, p: int) -> bool:
        stable = self.kafka.end(TOPICS.brand_state, p, "read_committed")
        return stable == self.kafka.end(TOPICS.brand_state, p)

    def _batch(self) -> Life:
        writes: dict[int, deque[Outgoing]] = {}
        for p in self.owned:
            most = self.rng.choice((1, 5, 30, 200))
            start = self.position[p]
            batch = list(self.kafka.read(TOPICS.scored, p, start, most, "read_uncommitted"))
            if batch:
                writes[p] = deque(self.fold(p, batch).outgoing)
                self.position[p] = batch[-1].offset + 1
        yield
        yield from self._write(writes)
        if self.rng.random() < 0.6 or not writes:
            for p in self.owned:
                if self.is_current:
                    self.kafka.committed["detector", p] = self.position[p]
        yield

    def _write(self, writes: dict[int, deque[Outgoing]]) -> Life:
        transactions = {p: self._begin(p) for p in writes}
        while transactions:
            p = self.rng.choice(sorted(transactions))
            for _ in range(min(len(writes[p]), self.rng.choice((1, 4, 100)))):
                one = writes[p].popleft()
                self.kafka.check(f"detector-{p}", self.epochs[p])
                self.kafka.append(one, transactions[p])
                if not self.is_atomic and one.topic != TOPICS.brand_state:
                    # Outputs come first, so each but the last is followed by one of them.
                    self.kafka.commit(f"detector-{p}", self.epochs[p])
                    transactions[p] = self._begin(p)
            yield
            if not writes[p]:
                self.kafka.commit(f"detector-{p}", self.epochs[p])
                del transactions[p]
                yield

    def _begin(self, p: int) -> Transaction:
        return self.kafka.begin(f"detector-{p}", self.epochs[p])
