"""Workers with one mistake each, to prove that the oracle sees it:

    python -m tests.faults.sabotage MISTAKE worker ROLE

The mistakes are made here and not in ``app``, so that nothing in the product can turn them on.
"""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Awaitable, Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, Final

from app.core.brand import Brand
from app.core.event import Output
from app.core.partition import PartitionFold
from app.core.record import ScoredMention
from app.stream.folding import Folded, fold_batch
from app.stream.records import Record, next_offsets
from app.stream.sending import Outgoing

MARKER: Final = "FAULTS_KILL_MARKER"  # a file that is made by the one planted kill
HINT_AGE: Final = 300  # records
STATE: Final = "squall.brand-state"
EVENTS: Final = "crisis.events"

_take = Brand.take


def take_unchecked(brand: Brand, offset: int, mention: ScoredMention, floor: int) -> list[Output]:
    """Do what ``Brand.take`` would without its look at ``applied`` and ``sources``."""
    before = brand.state.sources
    brand.state.applied, brand.state.sources = -1, {}
    outputs = _take(brand, offset, mention, floor)
    brand.state.sources = before | brand.state.sources
    return outputs


def fold_batch_unchecked(
    topics: Any, partition: int, fold: PartitionFold, records: Sequence[Record]
) -> Folded:
    """Fold what comes, whatever the partition's clock has applied."""
    fold.clock.applied = min(fold.clock.applied, records[0].offset - 1)
    return fold_batch(topics, partition, fold, records)


def without_applied_check() -> None:
    """Start at a hint and fold whatever comes.

    The hint is the group's offset as it is after a kill at full speed, when the commits of the last
    second are missing: a right detector skips what it has applied, however old the hint.
    """
    from app.stream import detector

    assign = detector.Detector.assign

    async def assign_at_hint(self: Any, assigned: Any) -> None:
        await assign(self, assigned)
        starts = self._app.consumer.starts
        starts.update({tp: max(0, at - HINT_AGE) for tp, at in starts.items()})

    setattr(Brand, "take", take_unchecked)  # noqa: B010 - mypy takes it for a static method
    setattr(detector, "fold_batch", fold_batch_unchecked)  # noqa: B010 - the name is imported there
    detector.Detector.assign = assign_at_hint  # type: ignore[method-assign]


def two_transactions() -> None:
    """Commit events first and states after, and die between, once."""
    from app.stream import ledger

    commit = ledger.commit

    async def commit_twice(producers: Any, writes: Writes, *, deadline_s: float) -> None:
        outputs = {p: [o for o in out if not _is_state(o)] for p, out in writes.items()}
        await commit(producers, {p: o for p, o in outputs.items() if o}, deadline_s=deadline_s)
        if any(one.topic.endswith(EVENTS) for out in outputs.values() for one in out):
            _kill_once()
        states = {p: [o for o in out if _is_state(o)] for p, out in writes.items()}
        await commit(producers, states, deadline_s=deadline_s)

    ledger.commit = commit_twice


def without_stable_guard() -> None:
    """Load the state without a look at open transactions."""
    from app.stream import load

    async def look_away(*_: Any, **__: Any) -> None:
        return

    load.wait_until_stable = look_away


def early_acknowledgement() -> None:
    """Commit a scorer's batch before it is sent, and die between, once."""
    from app.stream import application, scorer

    run = application.run_batches

    async def run_early(app: Any, stream: Any, handle: Handle, **limits: Any) -> None:
        async def acknowledge_first(records: Sequence[Record]) -> None:
            app.consumer.finish(next_offsets(records))
            await app.consumer.commit_finished(limit_s=5)
            if records[0].offset > 20:
                _kill_once()
            await handle(records)

        await run(app, stream, acknowledge_first, **limits)

    setattr(scorer, "run_batches", run_early)  # noqa: B010 - the name is imported there


Writes = Mapping[int, Sequence[Outgoing]]
Handle = Callable[[Sequence[Record]], Awaitable[None]]
MISTAKES: Final[dict[str, Callable[[], None]]] = {
    "no_applied_check": without_applied_check,
    "two_transactions": two_transactions,
    "no_stable_guard": without_stable_guard,
    "early_acknowledgement": early_acknowledgement,
}


def _is_state(one: Outgoing) -> bool:
    return one.topic.endswith(STATE)


def _kill_once() -> None:
    marker = Path(os.environ[MARKER])
    if not marker.exists():
        marker.touch()
        os.kill(os.getpid(), signal.SIGKILL)


def main() -> None:
    """Make the mistake, then run the command line as it is."""
    from app.cli.main import main as squall

    mistake, *arguments = sys.argv[1:]
    MISTAKES[mistake]()
    squall(arguments)


if __name__ == "__main__":
    main()
