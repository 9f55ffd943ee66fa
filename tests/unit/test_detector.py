"""The spike detector as a River estimator, and what it learns and forgets."""

from __future__ import annotations

import doctest
from random import Random

import msgspec
import numpy as np
import pytest
from river import anomaly, base

from app.core import severity
from app.core.detector import spike, tail
from app.core.detector.spike import ChannelState, SpikeDetector

Features = dict[str, float]


def hourly(seed: int, blocks: int, per_block: float) -> list[Features]:
    """Return window counts of Poisson noise as of each five-minute border."""
    counts = np.random.default_rng(seed).poisson(per_block, blocks)
    sums = np.concatenate([[0], np.cumsum(counts)])
    features = []
    for block in range(1, blocks + 1):
        newest = block * 10 - 1
        starts = (block - 1, block - 3, newest // 10 - 11, (newest // 60 - 11) * 6)
        windows = [float(sums[block] - sums[max(0, start)]) for start in starts]
        features.append(
            dict(
                zip(
                    ("step", "w300", "w900", "w3600", "w21600"), [block * 10, *windows], strict=True
                )
            )
        )
    return features


@pytest.mark.parametrize("module", [spike, tail, severity])
def test_doctests(module: object) -> None:
    assert doctest.testmod(module).failed == 0  # type: ignore[arg-type]


def test_it_is_a_river_anomaly_detector() -> None:
    detector = SpikeDetector()
    assert isinstance(detector, base.AnomalyDetector)
    assert not isinstance(detector, anomaly.HalfSpaceTrees)
    fresh = detector.clone()
    assert isinstance(fresh, SpikeDetector)
    assert fresh.state.baseline.blocks == 0


def test_scoring_learns_nothing() -> None:
    detector = SpikeDetector()
    for x in hourly(1, 50, 2.0):
        before = msgspec.json.encode(detector.state)
        score = detector.score_one(x)
        assert 0 <= score <= 1
        assert msgspec.json.encode(detector.state) == before
        detector.learn_one(x)


def test_state_is_named_numbers_that_round_trip_exactly() -> None:
    """A restored detector goes on with the same scores as one that never stopped (T16)."""
    detector, stream = SpikeDetector(), hourly(2, 1_200, 1.5)
    for x in stream[:600]:
        detector.learn_one(x)
    stored = msgspec.msgpack.encode(detector.state)
    restored = SpikeDetector(state=msgspec.msgpack.decode(stored, type=ChannelState))
    for x in stream[600:]:
        assert restored.score_one(x) == detector.score_one(x)
        restored.learn_one(x)
        detector.learn_one(x)
    assert msgspec.msgpack.encode(restored.state) == msgspec.msgpack.encode(detector.state)


def test_the_level_follows_the_rate_and_a_spike_is_not_the_new_normal() -> None:
    detector = SpikeDetector()
    for x in hourly(3, 2_000, 4.0):
        detector.learn_one(x)
    level = detector.state.baseline.level() * 10
    assert level == pytest.approx(4.0, rel=0.15)
    end = 20_000
    for block in range(1, 7):
        x = {"step": end + 10 * block, "w300": 400, "w900": 1_200, "w3600": 2_400, "w21600": 2_700}
        detector.learn_one({name: float(count) for name, count in x.items()})
    assert detector.state.baseline.level() * 10 < 1.15 * level


def test_a_crisis_does_not_deafen_it_to_the_next() -> None:
    """C15: the second equal crisis three days later is scored like the first."""
    draw, first, second = Random(4), [0.0], [0.0]
    detector, stream = SpikeDetector(), hourly(5, 4_000, 3.0)
    for number, x in enumerate(stream):
        shown = dict(x)
        for start, scores in ((2_000, first), (2_864, second)):
            if start <= number < start + 36:
                shown |= {"w300": 30.0 + draw.randint(0, 3), "w900": 90.0, "w3600": 300.0}
                scores.append(detector.score_one(shown))
        detector.learn_one(shown)
    assert max(first) > 0.9
    assert max(second) > 0.9
