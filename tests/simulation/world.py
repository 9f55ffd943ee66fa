"""One run of the simulation: mentions come in, processes are killed, held up and replaced, and at
the end the oracle of the fault tests judges what lies in the topics.
"""

from __future__ import annotations

import random
from collections import Counter
from dataclasses import dataclass

from app.clock import ManualClock
from app.core.rules import Rules
from app.core.watermark import PartitionClock
from app.stream.sending import Outgoing
from app.wire import state
from app.wire.message import Message
from tests.faults.oracle import Verdict, judge
from tests.faults.plan import Planned, Shape, plan
from tests.faults.snapshot import Sent, Snapshot
from tests.simulation.kafka import FakeKafka, Transaction
from tests.simulation.processes import TOPICS, Detector, Scorer

MINUTE_MS = 60_000
RULES = Rules(
    warm_blocks=4,
    absolute_negatives=6,
    minimum_authors=2,
    minimum_negatives=3,
    open_steps=1,
    watch_ms=4 * MINUTE_MS,
    recover_ms=3 * MINUTE_MS,
    resolve_ms=4 * MINUTE_MS,
    source_idle_ms=20_000,
)
SHAPE = Shape(
    mentions=72,
    brands=2,
    partitions=2,
    span_minutes=25,
    wave_brands=2,
    wave_mentions=22,
    wave_minutes=4,
    poison=0.03,
    duplicates=0.08,
    late=0.02,
    unmatched=0.02,
)
LONGEST = 20_000
ENDED = object()


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """A run's topics, its verdict, and how many faults it had."""

    snapshot: Snapshot
    sent: list[Sent]
    verdict: Verdict
    faults: int


class World:
    """The machine room: who runs, what is on its way, and what goes wrong."""

    def __init__(
        self,
        seed: int,
        *,
        shape: Shape = SHAPE,
        rules: Rules = RULES,
        fault_rate: float = 0.05,
        foreign_rate: float = 0.2,
        scorer: type[Scorer] = Scorer,
        detector: type[Detector] = Detector,
    ) -> None:
        self.rng = random.Random(f"world {seed}")
        self.kafka = FakeKafka(shape.partitions)
        self.clock = ManualClock(self.kafka.now_ms)
        self.rules, self.fault_rate, self.foreign_rate = rules, fault_rate, foreign_rate
        self._waiting = plan(seed, shape)[::-1]
        self._scorer, self._detector = scorer, detector
        self._sent: list[Sent] = []
        self._commits: list[str] = []
        self._foreign: tuple[Transaction, int] | None = None
        self._running: dict[str, list[Scorer | Detector]] = {"scorer": [], "detector": []}
        self._former: list[tuple[Scorer | Detector, int]] = []
        self._faults = 0
        self._known_durable: Counter[int] = Counter()
        self._start("scorer")
        self._start("detector")

    def run(self) -> Outcome:
        """Run to rest and return what came of it; AssertionError when it never rests."""
        for tick in range(LONGEST):
            self._tick(tick)
            if not self._waiting and self._is_at_rest():
                snapshot = self.kafka.snapshot()
                verdict = judge(snapshot, self.rules, self._sent, commits=self._commits)
                return Outcome(
                    snapshot=snapshot, sent=self._sent, verdict=verdict, faults=self._faults
                )
        raise AssertionError("the simulation does not come to rest")

    def _tick(self, tick: int) -> None:
        self.clock.advance_s(0.2)
        self.kafka.now_ms = self.clock.now_ms()
        for _ in range(self.rng.choice((0, 1, 4))):
            if self._waiting:
                self._feed(self._waiting.pop())
        if self._waiting and self.rng.random() < self.fault_rate:
            self._fault(tick)
        for process in [*self._running["scorer"], *self._running["detector"]]:
            self._step(process)
        self._step_former(tick)
        if self._foreign and tick >= self._foreign[1]:
            self._foreign[0].is_committed = False
            self._foreign = None
        self._check_commits()

    def _feed(self, planned: Planned) -> None:
        partition = planned.partition
        sent = Sent(
            kind=planned.kind,
            partition=partition,
            offset=self.kafka.end(TOPICS.mentions, partition),
            key=planned.key,
            value=planned.value,
            label=planned.label,
        )
        self._sent.append(sent)
        message = Message(planned.key, planned.value, ())
        self.kafka.append(Outgoing(TOPICS.mentions, message, partition))

    def _start(self, role: str) -> None:
        """Give the role's partitions to one or two fresh processes."""
        numbers = list(range(self.kafka.partitions))
        for owned in self.rng.choice(([numbers], [[n] for n in numbers])):
            process = (
                self._scorer(self.kafka, self.rng, self.clock, owned)
                if role == "scorer"
                else self._detector(self.kafka, self.rng, self.rules, owned)
            )
            self._running[role].append(process)

    def _step(self, process: Scorer | Detector) -> None:
        process.flush()
        for _ in range(self.rng.choice((0, 1, 3))):
            if next(process.life, ENDED) is ENDED:
                self._restart(process)
                return

    def _restart(self, ended: Scorer | Detector) -> None:
        """Replace a detector that a zombie fenced while that was still opening its producers."""
        for running in self._running.values():
            if ended in running:
                running[running.index(ended)] = self._detector(
                    self.kafka, self.rng, self.rules, ended.owned
                )

    def _fault(self, tick: int) -> None:
        """Rebalance a role: each of its processes is killed, or goes on without knowing."""
        self._faults += 1
        if self.rng.random() < self.foreign_rate and self._foreign is None:
            self._open_foreign(tick)
        role = self.rng.choice(("scorer", "detector"))
        before, self._running[role] = self._running[role], []
        for process in before:
            process.is_current = False
            process.flush()
            if self.rng.random() < 0.4:
                self._former.append((process, tick + self.rng.randint(1, 60)))
        self._start(role)

    def _open_foreign(self, tick: int) -> None:
        """Let somebody else's transaction stay open on a state partition for a while."""
        transaction = Transaction()
        partition = self.rng.randrange(self.kafka.partitions)
        message = Message(b"!nothing", b"", ())
        self.kafka.append(Outgoing(TOPICS.brand_state, message, partition), transaction)
        self._foreign = transaction, tick + self.rng.randint(20, 150)

    def _step_former(self, tick: int) -> None:
        """Let zombies do what they do, some after a pause, until their time is up."""
        for process, until in self._former:
            if tick < until and self.rng.random() < 0.5:
                self._step(process)
        self._former = [(process, until) for process, until in self._former if tick < until]

    def _is_at_rest(self) -> bool:
        is_quiet = not self._former and self._foreign is None
        return is_quiet and all(one.is_idle for role in self._running.values() for one in role)

    def _check_commits(self) -> None:
        for p in range(self.kafka.partitions):
            committed = self.kafka.committed["detector", p]
            if committed > self._known_durable[p]:
                value = self.kafka.durable(TOPICS.brand_state, p, state.CLOCK_KEY)
                clock = state.decode(state.CLOCK_KEY, value) if value else PartitionClock()
                self._known_durable[p] = clock.applied + 1
            if committed > self._known_durable[p]:
                self._commits.append(f"log partition {p}: committed {committed} is not durable")
