"""A worker that can't work says why in one line, with the exit code of the cause, and ends."""

from __future__ import annotations

from pathlib import Path

import pytest

from app.broker import ports
from app.core.state import STATE_VERSION
from tests.conftest import Kafka
from tests.kafka_tools import Record, create_topic, declare_topics, produce
from tests.worker_tools import Worker

OF_LAYOUT_2 = Path(__file__).parents[1] / "unit/data/state_layout_2/open.brand.bin"
CLOSED = f"127.0.0.1:{ports.choose(1)[0]}"


def told(worker: Worker) -> list[str]:
    """Return what a person reads: all lines that are no log line."""
    return [line for line in worker.log().splitlines() if not line.startswith("{")]


async def test_a_missing_topic(kafka: Kafka, topic_prefix: str) -> None:
    with Worker("detector", kafka.bootstrap, topic_prefix) as worker:
        assert await worker.ended() == 78
        (line,) = told(worker)
    assert line.startswith("squall: topics are not as declared: ")
    assert f"{topic_prefix}mentions.scored" in line
    assert line.endswith("; run: squall topics apply")


async def test_a_wrong_partition_count(kafka: Kafka, topic_prefix: str) -> None:
    topics = await declare_topics(kafka.bootstrap, topic_prefix)
    with Worker(
        "detector", kafka.bootstrap, topic_prefix, variables={"SQUALL_PARTITIONS": "8"}
    ) as worker:
        assert await worker.ended() == 78
        assert topics.scored in worker.log()


@pytest.mark.parametrize("role", ["scorer", "notifier"])
async def test_a_broker_that_does_not_answer(role: str) -> None:
    with Worker(role, CLOSED, "nowhere.") as worker:
        assert await worker.ended() == 69
        (line,) = told(worker)
    assert line.startswith("squall: ")
    assert CLOSED in line


async def test_a_port_that_is_taken(kafka: Kafka, topic_prefix: str) -> None:
    await declare_topics(kafka.bootstrap, topic_prefix)
    with (
        Worker("notifier", kafka.bootstrap, topic_prefix) as first,
        Worker(
            "notifier",
            kafka.bootstrap,
            topic_prefix,
            slot="other",
            variables={"SQUALL_HEALTH__PORT": str((await first.ready()).health_port)},
        ) as second,
    ):
        assert await second.ended() == 78
        (line,) = told(second)
    assert f"port {first.health_port}" in line


async def test_a_missing_model(kafka: Kafka, topic_prefix: str, tmp_path: object) -> None:
    await declare_topics(kafka.bootstrap, topic_prefix)
    empty = {"SQUALL_SCORER__ENGINE": "transformer", "SQUALL_SCORER__MODEL": str(tmp_path)}
    with Worker("scorer", kafka.bootstrap, topic_prefix, variables=empty) as worker:
        assert await worker.ended() == 77
        assert len(told(worker)) == 1


async def test_a_corrupt_state_record(kafka: Kafka, topic_prefix: str) -> None:
    topics = await declare_topics(kafka.bootstrap, topic_prefix)
    spoiled = Record(value=bytes([STATE_VERSION]) + b"\xff\xff", key=b"larkmoor", partition=2)
    await produce(kafka.bootstrap, topics.brand_state, [spoiled])
    with Worker("detector", kafka.bootstrap, topic_prefix) as worker:
        assert await worker.ended() == 76
        (line,) = worker.events("exit")
    assert line["code"] == 76
    assert "'larkmoor' is corrupt" in line["cause"]
    assert "tombstone" in line["cause"]


async def test_state_of_the_layout_before(kafka: Kafka, topic_prefix: str) -> None:
    topics = await declare_topics(kafka.bootstrap, topic_prefix)
    stored = Record(value=OF_LAYOUT_2.read_bytes(), key=b"larkmoor", partition=2)
    await produce(kafka.bootstrap, topics.brand_state, [stored])
    with Worker("detector", kafka.bootstrap, topic_prefix) as worker:
        await worker.ready()
        (upgraded,) = worker.events("state_upgraded")
        assert (upgraded["records"], upgraded["layout"]) == (1, STATE_VERSION)
        assert sum(line["brands"] for line in worker.events("loaded")) == 1
        assert await worker.terminate() == 0


async def test_state_of_a_layout_to_come(kafka: Kafka, topic_prefix: str) -> None:
    topics = await declare_topics(kafka.bootstrap, topic_prefix)
    newer = Record(value=bytes([STATE_VERSION + 1]) + b"\x80", key=b"larkmoor", partition=2)
    await produce(kafka.bootstrap, topics.brand_state, [newer])
    with Worker("detector", kafka.bootstrap, topic_prefix) as worker:
        assert await worker.ended() == 76
        (line,) = worker.events("exit")
    assert f"has layout {STATE_VERSION + 1}, this version reads" in line["cause"]


@pytest.mark.parametrize(
    ("variables", "part"),
    [
        ({"SQUALL_WATCHLIST": "/no/such/list.yaml"}, "/no/such/list.yaml"),
        ({"SQUALL_DETECTOR__WARM_BLOCK": "7"}, "did you mean SQUALL_DETECTOR__WARM_BLOCKS"),
    ],
)
async def test_a_setting_that_is_wrong(
    kafka: Kafka, topic_prefix: str, variables: dict[str, str], part: str
) -> None:
    await declare_topics(kafka.bootstrap, topic_prefix)
    with Worker("scorer", kafka.bootstrap, topic_prefix, variables=variables) as worker:
        assert await worker.ended() == 78
        (line,) = told(worker)
    assert part in line


async def test_a_topic_that_is_not_ours_alone_is_not_enough(
    kafka: Kafka, topic_prefix: str
) -> None:
    await create_topic(kafka.bootstrap, f"{topic_prefix}mentions", partitions=4)
    with Worker("scorer", kafka.bootstrap, topic_prefix) as worker:
        assert await worker.ended() == 78
        assert not worker.events("started")
