"""The simulation must see a mistake: each of these runs has one, and the oracle has to say so."""

from __future__ import annotations

from collections.abc import Callable
from unittest.mock import patch

from app.core.brand import Brand
from app.stream.folding import Folded
from app.stream.records import Record
from app.stream.sending import Outgoing
from tests.faults import sabotage
from tests.simulation.processes import TOPICS, Detector, Life, Scorer
from tests.simulation.world import World

SEEDS = range(40)


class HastyScorer(Scorer):
    """Acknowledges a batch before it is sent."""

    def handle(self, batch: list[Record], outgoing: list[Outgoing]) -> Life:
        yield from self.acknowledge(batch)
        yield from self.deliver(outgoing)


class CarelessDetector(Detector):
    """Loads without a look at open transactions."""

    waits_until_stable = False


class ForgetfulDetector(Detector):
    """Folds what comes, applied or not. The oracle's own fold, in this process too, stays whole."""

    def fold(self, partition: int, batch: list[Record]) -> Folded:
        with patch.object(Brand, "take", sabotage.take_unchecked):
            return sabotage.fold_batch_unchecked(TOPICS, partition, self.folds[partition], batch)


class SplitDetector(Detector):
    """Commits outputs before the states that belong to them."""

    is_atomic = False


def is_seen(make: Callable[[int], World], expected: set[str]) -> bool:
    """Run seed after seed until each of these invariants was broken once."""
    for seed in SEEDS:
        problems = make(seed).run().verdict.problems
        expected = expected - {name for name, found in problems.items() if found}
        if not expected:
            return True
    return False


def test_a_fold_without_the_applied_check_is_seen() -> None:
    assert is_seen(lambda seed: World(seed, detector=ForgetfulDetector), {"I1", "I2", "I3", "I6"})


def test_state_and_events_in_two_transactions_are_seen() -> None:
    assert is_seen(lambda seed: World(seed, detector=SplitDetector), {"I3", "I4"})


def test_a_load_beside_an_open_transaction_is_seen() -> None:
    assert is_seen(lambda seed: World(seed, detector=CarelessDetector, foreign_rate=0.8), {"I3"})


def test_an_early_acknowledgement_is_seen() -> None:
    assert is_seen(lambda seed: World(seed, scorer=HastyScorer), {"I1"})
