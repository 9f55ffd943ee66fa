"""The whole form, run by ``make faults``: everything that the README promises to survive.

Each test writes a row of ``out/faults/report.json``; ``python -m tests.faults.report`` makes the
table of ``docs/guarantees.md`` from it.
"""

from __future__ import annotations

import asyncio
import random

import pytest

from app.broker import DevBroker
from tests.faults.fault import acceptance, at_points, mixed
from tests.faults.foreign import restart_beside_it
from tests.faults.plan import Shape
from tests.faults.report import Row, row_of, write
from tests.faults.run import Result, Scenario, execute, running, verdict_of

pytestmark = [pytest.mark.full, pytest.mark.timeout(2400)]
SEED = 1
SHAPE = Shape(
    mentions=20_000,
    brands=200,
    partitions=4,
    span_minutes=480,
    wave_brands=60,
    wave_mentions=70,
)
SMALL = Shape(
    mentions=4_000,
    brands=100,
    partitions=4,
    span_minutes=180,
    wave_brands=20,
    wave_mentions=60,
)


def check(name: str, what: str, result: Result) -> Row:
    """Print and keep the result, then insist on it."""
    print(result.report())
    row = row_of(name, what, result)
    write(row)
    assert result.verdict.holds, result.report()
    assert not result.odd_codes, result.report() + result.logs[-8000:]
    assert " of brand " not in result.logs, "a mention's text is in the logs"
    return row


async def test_everything_at_once(own_broker: DevBroker) -> None:
    scenario = Scenario(seed=SEED, shape=SHAPE, faults=acceptance(SEED))
    result = await execute(scenario, own_broker.bootstrap, own_broker)
    check(
        "all faults",
        "10 × kill -9, 5 × SIGTERM, a detector and a scorer stopped for three session timeouts, "
        "zombies with a batch in their hands, a kill at each of 8 crash points, broker kill -9, "
        "both roles 2 → 1 → 3 → 1",
        result,
    )
    counts = result.verdict.counts
    assert counts["mentions"] == SHAPE.mentions
    assert counts["crisis_events"] > 100
    assert counts["log_repeats"] > 0


async def test_stops_in_order_repeat_nothing(own_broker: DevBroker) -> None:
    faults = mixed(random.Random(SEED), kills=0, terminations=5, pauses=(), pause_s=0)
    scenario = Scenario(seed=SEED, shape=SMALL, faults=faults)
    result = await execute(scenario, own_broker.bootstrap, own_broker)
    check("stops in order", "5 × SIGTERM: not one record twice, even for read_uncommitted", result)
    assert result.verdict.counts["log_repeats"] == 0
    assert result.verdict.counts["event_copies"] == 0


async def test_kills_while_state_is_loaded(own_broker: DevBroker) -> None:
    points = ["after_fencing", "before_state_read", "after_state_read"] * 3
    scenario = Scenario(seed=SEED + 1, shape=SMALL, faults=at_points(points))
    result = await execute(scenario, own_broker.bootstrap, own_broker)
    check("kills during recovery", "3 kills at each of 3 points of the load", result)


async def test_a_foreign_open_transaction_only_delays(own_broker: DevBroker) -> None:
    scenario = Scenario(seed=SEED, shape=SMALL, workers=1, checks_states=False)
    started_s = asyncio.get_running_loop().time()
    async with running(scenario, own_broker.bootstrap) as run:
        await restart_beside_it(run, scenario, patience_s=20)
        result = Result(
            seed=SEED,
            verdict=await verdict_of(run),
            codes=run.cluster.codes(),
            most_lag=run.watch.most_lag,
            took_s=asyncio.get_running_loop().time() - started_s,
            samples=len(run.watch.samples),
        )
    check(
        "foreign transaction",
        "a detector restarts beside somebody's open transaction (which hides the "
        "newest states from the sampling too, so I5 is the scorer's alone)",
        result,
    )
