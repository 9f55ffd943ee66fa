"""S1: hundreds of crash schedules over the real core and wire, each judged by the oracle."""

from __future__ import annotations

from collections import Counter

from tests.simulation.world import World

SEEDS = range(320)


def test_every_schedule_is_exact() -> None:
    totals: Counter[str] = Counter()
    for seed in SEEDS:
        outcome = World(seed).run()
        assert outcome.verdict.holds, f"seed {seed}:\n{outcome.verdict.report()}"
        totals.update(outcome.verdict.counts)
        totals["faults"] += outcome.faults
    # A simulation in which nothing happens would prove nothing.
    assert totals["faults"] > 2 * len(SEEDS)
    assert totals["log_repeats"] > 5 * len(SEEDS)
    assert totals["event_copies"] > 3
    assert totals["crisis_events"] > len(SEEDS)
    assert totals["late"] > len(SEEDS) // 10


def test_the_same_seed_gives_the_same_verdict() -> None:
    first, *others = (World(7).run() for _ in range(3))
    assert all(other.snapshot == first.snapshot for other in others)
