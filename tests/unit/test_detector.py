"""The spike detector as a River estimator, and what it learns and forgets."""

from __future__ import annotations

from random import Random

import msgspec
import numpy as np
import pytest
from river import anomaly, base

from app.core.detector import spike
from app.core.detector.calibration import SETTLED_BLOCKS, Calibration
from app.core.detector.rate_test import RateTail
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
    """C15: the second equal crisis three days later is far above the line like the first."""
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
    assert max(second) > 0.8


def test_an_incident_scores_once_and_again_when_it_clearly_escalates() -> None:
    """The severity stays up while it lasts; the score tells what is new."""
    detector, stream = SpikeDetector(), hourly(6, 1_500, 3.0)
    for x in stream[:1_400]:
        detector.learn_one(x)
    scores, severities = [], []
    for number, x in enumerate(stream[1_400:1_412]):
        factor = 4.0 if number < 6 else 20.0
        shown = x | {"w300": 3 * factor, "w900": 9 * factor, "w3600": 36 * factor}
        verdict = detector.judge(*spike._unpacked(shown))
        scores.append(verdict.score)
        severities.append(verdict.severity)
        detector.learn_one(shown)
    assert all(severity >= 0.5 for severity in severities)
    assert [number for number, score in enumerate(scores) if score >= 0.5] == [0, 6]


def test_the_first_day_alerts_nobody() -> None:
    detector = SpikeDetector()
    for x in hourly(7, 280, 3.0):
        loud = x | {"w300": x["w300"] + 90.0 * (x["step"] == 2_700)}
        assert detector.score_one(loud) == 0
        detector.learn_one(loud)


def test_a_smaller_budget_asks_for_more() -> None:
    state = SpikeDetector().state
    scores = []
    for x in hourly(8, 600, 3.0):
        SpikeDetector(state=state).learn_one(x)
    for budget in (1.0, 0.25, 0.1):
        x = {"step": 6_010.0, "w300": 25.0, "w900": 40.0, "w3600": 70.0, "w21600": 250.0}
        scores.append(SpikeDetector(0, budget, state).judge(*spike._unpacked(x)).severity)
    assert 1 > scores[0] > scores[1] > scores[2] > 0


def test_off_a_border_the_block_so_far_counts() -> None:
    """A count in a block's first half minute weighs no less than at its end."""
    detector, stream = SpikeDetector(), hourly(9, 700, 20.0)
    for x in stream[:-1]:
        detector.learn_one(x)
    x = stream[-1] | {"step": stream[-1]["step"] - 9, "w300": 80.0, "w900": 140.0, "w3600": 330.0}
    calm = detector.judge(*spike._unpacked(x | {"block": 2.0}))
    loud = detector.judge(*spike._unpacked(x | {"block": 60.0}))
    assert loud.statistic > calm.statistic


def test_alerts_beyond_the_budget_raise_the_line() -> None:
    tail_state = Calibration(blocks=5_000, weeks=4.0)
    before = tail_state.alarms(1.0, 40.0, 1.0)
    for _ in range(8):
        tail_state.note(50.0, is_alert=True)
        tail_state.peak = tail_state.alert_peak = 0.0
    assert tail_state.alarms(1.0, 40.0, 1.0) == pytest.approx(before * 1.5)


def test_a_quiet_brand_needs_more_than_a_loud_one() -> None:
    assert Calibration().alarms(3.0, 0.5, 1.0) > 3 * Calibration().alarms(3.0, 500.0, 1.0)


def test_statistic_is_told_only_where_it_may_pass_the_threshold() -> None:
    """The cheap bound never hides what the full statistic would show."""
    full, stream = SpikeDetector(), hourly(10, 3_000, 1.0)
    hidden = shown = 0
    for x in stream:
        end, counts, block = spike._unpacked(x)
        full.state.calibration.threshold = 1.0
        found = full._statistic(end, counts, block)
        threshold = full.state.calibration.threshold
        full.state.calibration.threshold = -50.0
        true = full._statistic(end, counts, block)
        full.state.calibration.threshold = threshold
        hidden += (
            found == 0 and true > threshold and end > 2_880
        )  # the first day's level is a guess
        shown += found > threshold
        full.learn_one(x)
    assert hidden == 0
    assert shown > 10


def test_a_threshold_falls_five_times_as_fast_until_its_first_peak() -> None:
    steady, met = Calibration(), Calibration()
    for _ in range(SETTLED_BLOCKS):
        steady.learn(0.0)
        met.learn(0.0)
    met.learn(met.threshold + 0.1)
    before = steady.threshold, met.threshold
    steady.learn(0.0)
    met.learn(0.0)
    fallen = before[0] - steady.threshold, before[1] - met.threshold
    assert fallen[0] / fallen[1] == pytest.approx(5, rel=0.01)
    assert not RateTail().is_searching()
