"""Z1, the harness itself: four workers with one mistake each, and the oracle has to see it.

The four run at once: most of their time is the start of processes and the wait for groups.
"""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from tests.conftest import Kafka
from tests.faults.fault import Fault, at_points
from tests.faults.foreign import restart_beside_it
from tests.faults.oracle import Verdict
from tests.faults.plan import Shape
from tests.faults.run import Scenario, execute, running, verdict_of
from tests.faults.sabotage import MARKER, MISTAKES

pytestmark = pytest.mark.slow
SHAPE = Shape(
    mentions=1_200,
    brands=20,
    partitions=2,
    span_minutes=90,
    wave_brands=8,
    wave_mentions=40,
)


@pytest.fixture(scope="module")
def verdicts(kafka: Kafka, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Verdict]:
    """The oracle's verdict on each mistake."""
    folder = tmp_path_factory.mktemp("sabotage")

    async def run_all() -> dict[str, Verdict]:
        runs = [_verdict(name, kafka.bootstrap, folder / name) for name in MISTAKES]
        return dict(zip(MISTAKES, await asyncio.gather(*runs), strict=True))

    return asyncio.run(run_all())


async def _verdict(mistake: str, bootstrap: str, marker: Path) -> Verdict:
    faults: list[Fault] = []
    if mistake == "no_applied_check":
        faults = [Fault(kind="kill", target="detector-0"), *at_points(["after_scored"])]
    scenario = Scenario(
        seed=len(mistake),
        shape=SHAPE,
        faults=faults,
        workers=1,
        mistakes={"scorer" if mistake == "early_acknowledgement" else "detector": mistake},
        extra={MARKER: str(marker)},
        checks_states=mistake != "no_stable_guard",
    )
    if mistake == "no_stable_guard":
        async with running(scenario, bootstrap) as run:
            await restart_beside_it(run, scenario, patience_s=90)
            return await verdict_of(run)
    result = await execute(scenario, bootstrap)
    assert any(marker.parent.glob(marker.name)) == (not faults), result.report()
    return result.verdict


@pytest.mark.parametrize(
    ("mistake", "expected"),
    [
        ("no_applied_check", {"I1", "I6"}),
        ("two_transactions", {"I3"}),
        ("no_stable_guard", {"I3"}),
        ("early_acknowledgement", {"I1", "I5"}),
    ],
)
def test_a_mistake_is_caught(
    verdicts: dict[str, Verdict], mistake: str, expected: set[str]
) -> None:
    broken = {name for name, found in verdicts[mistake].problems.items() if found}
    assert expected <= broken, verdicts[mistake].report()
