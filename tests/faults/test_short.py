"""The fault tests in a few minutes: real workers, a real broker, and the oracle."""

from __future__ import annotations

import pytest

from tests.conftest import Kafka
from tests.faults.fault import Fault, at_points, scaling
from tests.faults.plan import Shape
from tests.faults.run import Scenario, execute
from tests.faults.setup import SESSION_S

SEED = 20_260
SHAPE = Shape(
    mentions=6_000,
    brands=200,
    partitions=4,
    span_minutes=180,
    wave_brands=24,
    wave_mentions=60,
)
FAULTS = [
    *at_points(["after_scored"]),  # a kill, and a second one at that point
    Fault(kind="terminate", target="scorer-1"),
    Fault(kind="kill", target="detector-0"),
    Fault(kind="pause", target="detector-1", duration_s=SESSION_S + 2),
    *scaling("detector", [1]),
]


@pytest.mark.slow
async def test_kills_stops_and_scaling_leave_every_invariant_whole(kafka: Kafka) -> None:
    result = await execute(Scenario(seed=SEED, shape=SHAPE, faults=FAULTS), kafka.bootstrap)
    print(result.report())
    assert result.verdict.holds, result.report()
    assert not result.odd_codes, result.report() + result.logs[-8000:]
    counts = result.verdict.counts
    assert counts["mentions"] == SHAPE.mentions
    # The faults did something, and there was something to get wrong.
    assert counts["log_repeats"] > 0
    assert counts["crisis_events"] > 30
    assert result.samples > 20
    assert " of brand " not in result.logs, "a mention's text is in the logs"
