"""Topics on a real Kafka: made, compared, repaired, refused, and what the broker then enforces."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import pytest
from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.errors import MessageSizeTooLargeError

from app.broker import ports
from app.config import Topics
from app.errors import ConfigError, UnavailableError
from app.stream.topic_admin import admin_client, apply, differences, verify
from app.stream.topics import MIB, TopicSpec, declared
from tests.conftest import Kafka
from tests.kafka_tools import Record, create_topic, declare_topics, produce, read_all

SQUALL = [sys.executable, "-m", "app.cli.main"]


@pytest.fixture
async def admin(kafka: Kafka) -> AsyncIterator[AIOKafkaAdminClient]:
    async with admin_client({"bootstrap_servers": kafka.bootstrap}) as connected:
        yield connected


@pytest.fixture
def names(topic_prefix: str) -> Topics:
    return Topics(topic_prefix)


@pytest.fixture
def specs(names: Topics) -> tuple[TopicSpec, ...]:
    return declared(names, 3, 1)


async def test_apply_makes_all_topics_as_declared(
    admin: AIOKafkaAdminClient, specs: tuple[TopicSpec, ...]
) -> None:
    made = await apply(admin, specs)
    assert [(d.topic, d.action) for d in made] == [(s.name, "create") for s in specs]
    assert await differences(admin, specs) == ()
    assert await apply(admin, specs) == ()
    await verify(admin, specs)


async def test_verify_names_each_missing_topic_and_makes_none(
    admin: AIOKafkaAdminClient, specs: tuple[TopicSpec, ...]
) -> None:
    with pytest.raises(ConfigError) as caught:
        await verify(admin, specs)
    message = str(caught.value)
    assert all(f"{spec.name} is missing" in message for spec in specs)
    assert message.endswith("run: squall topics apply")
    assert len(await differences(admin, specs)) == len(specs)


async def test_apply_repairs_settings_and_keeps_those_of_others(
    kafka: Kafka, admin: AIOKafkaAdminClient, specs: tuple[TopicSpec, ...], names: Topics
) -> None:
    theirs = {"flush.ms": "777", "retention.ms": "31536000000", "compression.type": "gzip"}
    await create_topic(kafka.bootstrap, names.mentions, partitions=3, configs=theirs)
    with pytest.raises(ConfigError, match=r"mentions: compression\.type is gzip, declared uncomp"):
        await verify(admin, specs)
    await apply(admin, specs)
    (mentions,) = (spec for spec in specs if spec.name == names.mentions)
    wished = replace(mentions, configs=theirs | {"compression.type": "uncompressed"})
    assert await differences(admin, [wished]) == ()
    assert await differences(admin, specs) == ()


async def test_mentions_grow(
    kafka: Kafka, admin: AIOKafkaAdminClient, specs: tuple[TopicSpec, ...], names: Topics
) -> None:
    await apply(admin, specs)
    (mentions,) = (spec for spec in specs if spec.name == names.mentions)
    wider = replace(mentions, partitions=5)
    (grown,) = await apply(admin, [wider])
    assert (grown.action, grown.actual, grown.declared) == ("grow", "3", "5")
    await produce(kafka.bootstrap, names.mentions, [Record(value=b"v", partition=4)])
    await verify(admin, specs)


async def test_a_log_of_another_width_is_refused_before_anything_is_changed(
    kafka: Kafka, admin: AIOKafkaAdminClient, specs: tuple[TopicSpec, ...], names: Topics
) -> None:
    await create_topic(kafka.bootstrap, names.scored, partitions=2)
    before = await differences(admin, specs)
    with pytest.raises(ConfigError, match=r"mentions\.scored: partitions is 2, declared 3"):
        await apply(admin, specs)
    assert await differences(admin, specs) == before


async def test_more_copies_than_brokers_are_refused(
    admin: AIOKafkaAdminClient, names: Topics
) -> None:
    with pytest.raises(ConfigError, match=r"(?s)INVALID_REPLICATION_FACTOR.*squall topics apply"):
        await apply(admin, declared(names, 3, 9))


async def test_no_broker_is_said_so() -> None:
    address = f"127.0.0.1:{ports.choose(1)[0]}"
    with pytest.raises(UnavailableError, match=f"Kafka at {address} does not answer"):
        async with admin_client({"bootstrap_servers": address}, limit_s=1):
            pass


async def test_a_text_of_one_mib_arrives_and_fits_into_a_dead_letter(
    kafka: Kafka, topic_prefix: str
) -> None:
    topics = await declare_topics(kafka.bootstrap, topic_prefix)
    value = json.dumps({"id": "1", "text": "x" * MIB}).encode()
    headers = tuple((f"squall_{i}", b"v" * 256) for i in range(7))
    await produce(kafka.bootstrap, topics.mentions, [Record(value=value)])
    (mention,) = await read_all(kafka.bootstrap, topics.mentions)
    assert mention.value == value
    letter = Record(value=mention.value, key=b"k" * 1024, headers=headers)
    stored = await produce(kafka.bootstrap, topics.dead_letter, [letter])
    assert await read_all(kafka.bootstrap, topics.dead_letter) == stored


async def test_the_broker_refuses_a_gzip_bomb(kafka: Kafka, topic_prefix: str) -> None:
    topics = await declare_topics(kafka.bootstrap, topic_prefix)
    bomb = Record(value=b"0" * (20 * MIB))
    with pytest.raises(MessageSizeTooLargeError):
        await produce(
            kafka.bootstrap, topics.mentions, [bomb], max_request_size=64 * MIB, compression="gzip"
        )
    small = Record(value=b"0" * MIB)
    await produce(kafka.bootstrap, topics.mentions, [small], compression="gzip")
    (stored,) = await read_all(kafka.bootstrap, topics.mentions)
    assert stored.value == small.value


async def test_the_record_time_is_the_brokers(kafka: Kafka, topic_prefix: str) -> None:
    topics = await declare_topics(kafka.bootstrap, topic_prefix)
    far_future = 32_503_680_000_000
    (stored,) = await produce(
        kafka.bootstrap, topics.mentions, [Record(value=b"v", timestamp_ms=far_future)]
    )
    assert stored.timestamp_ms is not None
    assert stored.timestamp_ms < far_future
    assert await read_all(kafka.bootstrap, topics.mentions) == [stored]


def squall(kafka: Kafka, prefix: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [*SQUALL, *arguments, "--bootstrap", kafka.bootstrap],
        env={**os.environ, "SQUALL_TOPIC_PREFIX": prefix},
        cwd=Path(__file__).parents[2],
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


def test_the_command_plans_applies_and_then_has_nothing_to_do(
    kafka: Kafka, topic_prefix: str
) -> None:
    planned = squall(kafka, topic_prefix, "topics", "plan", "--json")
    assert planned.returncode == 2, planned.stderr
    (first, *_) = found = json.loads(planned.stdout)["differences"]
    assert len(found) == 10
    assert (first["topic"], first["action"]) == (f"{topic_prefix}mentions", "create")
    applied = squall(kafka, topic_prefix, "topics", "apply")
    assert applied.returncode == 0, applied.stderr
    assert f"{topic_prefix}crisis.events" in applied.stdout
    again = squall(kafka, topic_prefix, "topics", "plan")
    assert (again.returncode, again.stdout) == (0, "All topics are as declared.\n")
