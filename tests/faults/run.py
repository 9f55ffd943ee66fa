"""One run: workers, load and faults until all is at rest, then the oracle's verdict."""

from __future__ import annotations

import asyncio
import secrets
import signal
import time
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from typing import Final

from app.broker import DevBroker
from tests.faults.cluster import SQUALL, Cluster, Slot
from tests.faults.contents import Place
from tests.faults.fault import Fault
from tests.faults.load import FULL_SPEED, Loader
from tests.faults.oracle import Verdict, judge
from tests.faults.plan import Shape, plan
from tests.faults.setup import create_topics, rules, variables
from tests.faults.snapshot import MENTIONS, SCORED, read_snapshot
from tests.faults.stopping import MARKER as STOP_MARKER
from tests.faults.watch import Watch
from tests.worker_tools import until

RECOVERY_LIMIT_S: Final = 90.0
# A kill, a stop in order, a stop in the moment before Python can mask it (nothing was begun then),
# Kafka away, a transaction that was fenced, a watchdog's verdict.
EXPLAINED: Final = frozenset({-signal.SIGKILL, 0, -signal.SIGTERM, 69, 74, 75})
TRICKLE: Final = 0.5  # mentions a second, when little is left and much is to happen
PHASE_S: Final = 9.0  # what a fault and its recovery usually take, for the pace of the load


@dataclass(frozen=True, slots=True, kw_only=True)
class Scenario:
    """What to run. ``mistakes``: role -> sabotage. ``tail``: the share of the load that is kept
    for after the last fault, at full speed. ``limit_s``: how long a recovery may take.
    """

    seed: int
    shape: Shape
    faults: Sequence[Fault] = ()
    workers: int = 2
    notifiers: int = 0
    mistakes: dict[str, str] = field(default_factory=dict)
    extra: dict[str, str] = field(default_factory=dict)
    tail: float = 0.1
    checks_states: bool = True
    limit_s: float = RECOVERY_LIMIT_S


@dataclass(slots=True, kw_only=True)
class Result:
    """What a run came to. Times in seconds."""

    seed: int
    verdict: Verdict
    recoveries: list[tuple[str, float]] = field(default_factory=list)
    codes: Counter[int] = field(default_factory=Counter)
    most_lag: int = 0
    drained_s: float = 0.0
    took_s: float = 0.0
    samples: int = 0
    logs: str = ""

    @property
    def odd_codes(self) -> set[int]:
        """The exit codes that no fault explains: a bug, a bad setting, a corrupt state."""
        return set(self.codes) - EXPLAINED

    def report(self) -> str:
        """Return the verdict with what led to it."""
        faults = ", ".join(f"{name} {seconds:.1f} s" for name, seconds in self.recoveries)
        codes = dict(self.codes)
        return (
            f"seed {self.seed}: {self.took_s:.0f} s, faults: {faults or 'none'}\n"
            f"exit codes {codes}, most lag {self.most_lag}, drained in "
            f"{self.drained_s:.1f} s, {self.samples} samples\n"
            f"{self.verdict.counts}\n{self.verdict.report()}"
        )


class Run:
    """A running scenario, for faults and for tests that do something of their own between."""

    def __init__(
        self, scenario: Scenario, bootstrap: str, prefix: str, broker: DevBroker | None
    ) -> None:
        self.scenario, self.bootstrap, self.prefix, self.broker = (
            scenario,
            bootstrap,
            prefix,
            broker,
        )
        planned = plan(scenario.seed, scenario.shape)
        environment = variables(bootstrap, prefix, scenario.shape.partitions)
        self.cluster = Cluster({**environment, **scenario.extra}, mistakes=scenario.mistakes)
        self.loader = Loader(bootstrap, prefix + MENTIONS, planned)
        self.watch = Watch(bootstrap, prefix, checks_states=scenario.checks_states)
        self.recoveries: list[tuple[str, float]] = []
        self._left = len(scenario.faults)

    def pace(self) -> float:
        """Return mentions a second, so that the load lasts as long as the faults do, however slow
        the machine is: a crash point is met under load alone.
        """
        if not self._left:
            return FULL_SPEED
        left = self.loader.left - self.scenario.tail * self.scenario.shape.mentions
        if left <= 0:
            return TRICKLE
        phase_s = max([PHASE_S, *(seconds for _, seconds in self.recoveries)])
        return max(2.0, left / (self._left * phase_s))

    @property
    def traceless(self) -> set[Place]:
        """The source places that leave no trace: good mentions of no brand."""
        return {(s.partition, s.offset) for s in self.loader.ledger if s.kind == "unmatched"}

    async def inflict_all(self) -> None:
        """Do the faults one after another, each after the one before was got over; hasty ones and
        what follows them are got over together.
        """
        await self.recovered()
        chain: list[str] = []
        started_s = time.monotonic()
        for fault in self.scenario.faults:
            await asyncio.sleep(fault.after_s)
            if not chain:
                started_s = time.monotonic()
            chain.append(str(fault))
            await self.inflict(fault)
            if not fault.is_hasty:
                await self.recovered(", ".join(chain))
                self.recoveries.append((", ".join(chain), time.monotonic() - started_s))
                chain = []
            self._left -= 1

    async def inflict(self, fault: Fault) -> None:
        """Do one fault; return when it is over, if not got over."""
        slot = self.cluster.slots.get(fault.target)
        if fault.kind == "scale":
            self.cluster.scale(fault.target, fault.count)
        elif fault.kind == "kill_broker":
            await self._kill_broker(fault.duration_s)
        elif slot is None:
            raise AssertionError(f"no slot {fault.target}")
        elif fault.kind == "pause":
            slot.send(signal.SIGSTOP)
            await asyncio.sleep(fault.duration_s)
            slot.send(signal.SIGCONT)
        elif fault.kind == "zombie":
            await self._stop_at(slot, fault)
        elif fault.kind == "crash_point":
            await self._kill_at(slot, fault.point)
        else:
            await self._end(slot, signal.SIGKILL if fault.kind == "kill" else signal.SIGTERM)

    async def recovered(self, after: str = "the start") -> None:
        """Return when every worker is ready, and all that was there a moment ago has been scored,
        folded and stored.
        """
        wanted = [slot for slot in self.cluster.slots.values() if slot.is_wanted]
        limit_s = self.scenario.limit_s
        try:
            await until(lambda: all(s.is_ready for s in wanted), limit_s=limit_s)
            await self._reach(MENTIONS)
            await self._reach(SCORED)
        except TimeoutError:
            message = f"not recovered from {after} in {limit_s:g} s"
            raise AssertionError(f"{message}\n{self.cluster.logs()[-6000:]}") from None

    async def _reach(self, topic: str) -> None:
        ends = await self.watch.ends(topic)
        sources, logs = (ends, {}) if topic == MENTIONS else ({}, ends)
        await until(lambda: self.watch.reached(sources, logs), limit_s=self.scenario.limit_s)

    async def _end(self, slot: Slot, number: signal.Signals) -> None:
        before = slot.starts
        slot.send(number)
        await until(lambda: slot.starts > before, limit_s=self.scenario.limit_s)

    async def _kill_at(self, slot: Slot, point: str) -> None:
        count = self.cluster.folder / f"{slot.name}-{point}"
        count.write_text("1", encoding="utf-8")
        slot.extra = {"SQUALL_CRASH_AT": point, "SQUALL_CRASH_COUNT": str(count)}
        await self._end(slot, signal.SIGKILL)
        armed = slot.starts
        slot.extra = {}
        await until(lambda: slot.starts > armed, limit_s=self.scenario.limit_s)
        assert count.read_text(encoding="utf-8") == "0", f"{slot.name} ended before {point}"

    async def _stop_at(self, slot: Slot, fault: Fault) -> None:
        marker = self.cluster.folder / f"{slot.name}-{fault.point}-stopped"
        slot.entry = ("-m", "tests.faults.stopping", fault.point)
        slot.extra = {STOP_MARKER: str(marker)}
        await self._end(slot, signal.SIGKILL)
        slot.entry, slot.extra = SQUALL, {}
        await until(marker.exists)
        await asyncio.sleep(fault.duration_s)
        slot.send(signal.SIGCONT)

    async def _kill_broker(self, duration_s: float) -> None:
        assert self.broker is not None, "the run has no broker of its own"
        await asyncio.to_thread(self.broker.kill)
        await asyncio.sleep(duration_s)
        await asyncio.to_thread(self.broker.start)

    async def rest(self) -> float:
        """Let everything drain, then end the workers in order; return how long draining took."""
        started_s = time.monotonic()
        await self.recovered("the load")
        drained_s = time.monotonic() - started_s
        await self.cluster.stop("scorer")
        await self.recovered("the end of the scorers")
        await self.cluster.stop("detector")
        return drained_s


@asynccontextmanager
async def running(
    scenario: Scenario, bootstrap: str, broker: DevBroker | None = None
) -> AsyncIterator[Run]:
    """Start workers and the watch on fresh topics."""
    prefix = f"f{secrets.token_hex(4)}."
    await create_topics(bootstrap, prefix, scenario.shape.partitions)
    run = Run(scenario, bootstrap, prefix, broker)
    await run.watch.start()
    watching = asyncio.create_task(run.watch.run())
    try:
        async with run.cluster:
            for role in ("scorer", "detector"):
                run.cluster.scale(role, scenario.workers)
            if scenario.notifiers:
                run.cluster.scale("notifier", scenario.notifiers)
            yield run
    finally:
        watching.cancel()
        with suppress(asyncio.CancelledError):
            await watching
        await run.watch.stop()


async def verdict_of(run: Run) -> Verdict:
    """Return the oracle's verdict on a run at rest."""
    snapshot = await read_snapshot(run.bootstrap, run.prefix)
    commits = list(run.watch.problems(run.traceless))
    return judge(snapshot, rules(), run.loader.ledger, commits=commits)


async def execute(
    scenario: Scenario,
    bootstrap: str,
    broker: DevBroker | None = None,
    at_rest: Callable[[Run], Awaitable[dict[str, list[str]]]] | None = None,
) -> Result:
    """Run a scenario from its start to its verdict. ``at_rest`` may find more problems, by name,
    when all has drained and only the notifiers still run.
    """
    started_s = time.monotonic()
    async with running(scenario, bootstrap, broker) as run:
        async with asyncio.TaskGroup() as group:
            group.create_task(run.loader.run(run.pace))
            group.create_task(run.inflict_all())
        drained_s = await run.rest()
        verdict = await verdict_of(run)
        if at_rest is not None:
            verdict.problems |= await at_rest(run)
        return Result(
            seed=scenario.seed,
            verdict=verdict,
            recoveries=run.recoveries,
            codes=run.cluster.codes(),
            most_lag=run.watch.most_lag,
            drained_s=drained_s,
            took_s=time.monotonic() - started_s,
            samples=len(run.watch.samples),
            logs=run.cluster.logs(),
        )
