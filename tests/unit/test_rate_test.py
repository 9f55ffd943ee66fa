"""The second detector: what it sees, what it stores, and that it learns after it has judged."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import msgspec
import numpy as np
import pytest

from app.core.detector.rate_test import RateState, RateTail, RateTest
from app.core.detector.series import SeriesScorer
from app.core.detector.spike import LINE, Verdict


def noise(seed: int, blocks: int, mean: float) -> list[int]:
    return [int(n) for n in np.random.default_rng(seed).poisson(mean, blocks)]


def fed(test: RateTest, counts: list[int], first: int = 1) -> Iterator[Verdict]:
    """Judge each block at its end, then learn it."""
    for block, count in enumerate(counts, start=first):
        verdict = test.judge(block * 10, [count], count)
        test.note(verdict)
        yield verdict
        test.learn(block * 10, [count], 1.0)


def learnt(seed: int = 1, blocks: int = 3_000, mean: float = 2.0) -> RateTest:
    test = RateTest()
    for _ in fed(test, noise(seed, blocks, mean)):
        pass
    return test


def test_judging_learns_nothing() -> None:
    test = learnt(blocks=500)
    before = msgspec.msgpack.encode(test.state)
    assert test.judge(5_007, [60], 60).severity > LINE
    assert msgspec.msgpack.encode(test.state) == before


def test_the_memory_is_small_named_and_goes_on_where_it_stopped() -> None:
    test, counts = RateTest(), noise(2, 2_400, 1.5)
    for _ in fed(test, counts[:1_200]):
        pass
    stored = msgspec.msgpack.encode(test.state)
    assert len(stored) < 200
    restored = RateTest(state=msgspec.msgpack.decode(stored, type=RateState))
    for one, other in zip(
        fed(test, counts[1_200:], 1_201), fed(restored, counts[1_200:], 1_201), strict=True
    ):
        assert one == other
    assert msgspec.msgpack.encode(restored.state) == msgspec.msgpack.encode(test.state)


def test_all_that_is_stored_is_sound() -> None:
    """After silence, a flood and silence."""
    test = RateTest()
    assert test.state.is_sound()
    for _ in fed(test, [0] * 50 + [10**6] * 50 + [0] * 2_000):
        assert test.state.is_sound()


@pytest.mark.parametrize(
    "change",
    [
        {"slow": -1.0},
        {"near": float("nan")},
        {"highest": float("inf")},
        {"spread_weight": 0.0},
        {"evidence": [0.0] * 3},
        {"evidence": [0.0] * 5},
        {"evidence": [0.0, 0.0, 0.0, float("nan")]},
        {"tail": RateTail(weight=0.0)},
        {"tail": RateTail(excess=0.0)},
        {"tail": RateTail(threshold=float("nan"))},
    ],
)
def test_what_no_detector_has_learnt_is_not_sound(change: dict[str, Any]) -> None:
    assert not msgspec.structs.replace(RateState(), **change).is_sound()


@pytest.mark.parametrize(("mean", "factor", "blocks"), [(0.08, 30, 12), (2, 5, 6), (30, 2, 12)])
def test_a_rise_is_found(mean: float, factor: float, blocks: int) -> None:
    test = learnt(mean=mean)
    rise = noise(9, blocks, mean * factor)
    assert max(verdict.severity for verdict in fed(test, rise, 3_001)) > LINE


def test_a_count_of_part_of_a_block_weighs_more_than_of_a_whole_one() -> None:
    test = learnt()
    early, late = test.judge(30_001, [8], 8), test.judge(30_010, [8], 8)
    assert early.statistic > late.statistic > 0


def test_an_incident_scores_once_and_is_over_when_the_rate_falls() -> None:
    test = learnt(3)
    during = [verdict.score >= LINE for verdict in fed(test, noise(4, 12, 40.0), 3_001)]
    assert sum(during) == 1
    after = [verdict.severity >= LINE for verdict in fed(test, noise(5, 24, 2.0), 3_013)]
    assert not any(after[12:])


def test_crisis_time_teaches_less() -> None:
    levels = []
    for weight in (1.0, 0.1):
        test = learnt(6)
        before = test.state.usual()
        for block in range(3_001, 3_073):
            test.learn(block * 10, [60], weight)
        levels.append(test.state.usual() / before)
    assert levels[0] > levels[1] > 1
    assert levels[1] < 1.1


def test_a_daily_cycle_of_a_loud_brand_is_no_alarm() -> None:
    scorer, draw = SeriesScorer(0, 300, detector=RateTest), np.random.default_rng(7)
    hours = np.arange(21 * 288) / 12
    counts = draw.poisson(30 * (1 + 0.6 * np.sin(hours / 24 * 2 * np.pi)))
    alarms = [scorer.score(float(count)) >= LINE for count in counts]
    assert sum(alarms) <= 3


def test_a_smaller_budget_asks_for_more() -> None:
    state, found = learnt(8).state, []
    for budget in (1.0, 0.25, 0.1):
        found.append(RateTest(0, budget, state).judge(30_010, [12], 12).severity)
    assert 1 > found[0] > found[1] > found[2] > 0


def test_the_first_day_alerts_nobody() -> None:
    test = RateTest()
    counts = noise(9, 280, 3.0)
    counts[270] += 90
    assert {verdict.score for verdict in fed(test, counts)} == {0.0}
