"""What a worker does when Kafka, or somebody on it, misbehaves."""

from __future__ import annotations

import asyncio
import signal
from contextlib import suppress

import pytest
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer
from aiokafka.coordinator.assignors.range import RangePartitionAssignor
from aiokafka.errors import KafkaError

from app.broker import DevBroker
from app.config import Settings, group_id
from app.errors import StateError, TransactionError
from app.stream import ledger
from app.stream.load import wait_until_stable
from app.stream.sending import Outgoing
from app.wire.message import Message
from tests.conftest import Kafka
from tests.kafka_tools import declare_topics, read_all
from tests.worker_tools import Worker, header, records, send_mentions, until, value_of

SCORED = "squall.mention.scored.v1"


def settings(kafka: Kafka, prefix: str, **detector: float) -> Settings:
    return Settings.model_validate(
        {
            "topic_prefix": prefix,
            "kafka": {"bootstrap_servers": kafka.bootstrap},
            "detector": detector,
        }
    )


async def test_state_is_not_read_under_somebody_elses_open_transaction(
    kafka: Kafka, topic_prefix: str
) -> None:
    topics = await declare_topics(kafka.bootstrap, topic_prefix)
    foreign = AIOKafkaProducer(
        bootstrap_servers=kafka.bootstrap, transactional_id=f"{topic_prefix}foreign"
    )
    await foreign.start()
    await foreign.begin_transaction()
    await foreign.send_and_wait(topics.brand_state, b"x", key=b"k", partition=2)
    ours = settings(kafka, topic_prefix)
    with pytest.raises(StateError, match="find-hanging"):
        await wait_until_stable(ours, [0, 1, 2, 3], limit_s=1)
    await wait_until_stable(ours, [0, 1, 3], limit_s=20)
    await foreign.commit_transaction()
    await wait_until_stable(ours, [0, 1, 2, 3], limit_s=20)
    await foreign.stop()


async def test_an_older_owner_is_fenced(kafka: Kafka, topic_prefix: str) -> None:
    topics = await declare_topics(kafka.bootstrap, topic_prefix)
    ours = settings(kafka, topic_prefix)
    write = {0: [Outgoing(topics.events, Message(b"k", b"v"), 0)]}
    old = await ledger.open_producer(ours, 0)
    await ledger.commit({0: old}, write, deadline_s=15)
    new = await ledger.open_producer(ours, 0)
    with pytest.raises(TransactionError, match="log partition 0"):
        await ledger.commit({0: old}, write, deadline_s=15)
    await ledger.commit({0: new}, write, deadline_s=15)
    assert len(await read_all(kafka.bootstrap, topics.events)) == 2
    await new.stop()
    await _stop_fenced(old)


async def test_a_transaction_has_a_deadline(own_broker: DevBroker) -> None:
    kafka, prefix = Kafka(own_broker.bootstrap), "deadline."
    topics = await declare_topics(kafka.bootstrap, prefix)
    producer = await ledger.open_producer(settings(kafka, prefix), 0)
    own_broker.signal(signal.SIGSTOP)
    write = {0: [Outgoing(topics.events, Message(b"k", b"v"), 0)]}
    with pytest.raises(TransactionError, match="more than 1 s"):
        await ledger.commit({0: producer}, write, deadline_s=1)
    own_broker.signal(signal.SIGCONT)
    await until(lambda: _can_commit(producer))
    await producer.stop()


async def test_a_member_that_shares_no_assignor_ends_the_worker(
    kafka: Kafka, topic_prefix: str
) -> None:
    topics = await declare_topics(kafka.bootstrap, topic_prefix)
    foreign = AIOKafkaConsumer(
        topics.scored,
        bootstrap_servers=kafka.bootstrap,
        group_id=group_id(topic_prefix, "detector"),
        partition_assignment_strategy=[RangePartitionAssignor],
    )
    await foreign.start()
    try:
        with Worker("detector", kafka.bootstrap, topic_prefix) as worker:
            assert await worker.ended() == 75
            assert "group coordination" in worker.events("exit")[0]["cause"]
    finally:
        await foreign.stop()


async def test_a_broker_that_is_killed_and_comes_back(own_broker: DevBroker) -> None:
    prefix = "outage."
    topics = await declare_topics(own_broker.bootstrap, prefix)
    with Worker("all", own_broker.bootstrap, prefix):
        await send_mentions(own_broker.bootstrap, topics, range(500))
        await records(own_broker.bootstrap, topics.scored, 400, ce_type=SCORED)
        own_broker.kill()
        await asyncio.sleep(5)
        own_broker.restart()
        await send_mentions(own_broker.bootstrap, topics, range(500, 1_000))

        async def are_all_there() -> bool:
            found = await records(own_broker.bootstrap, topics.scored, 0, ce_type=SCORED)
            return {value_of(r)["mention_id"] for r in found} == {f"m{n}" for n in range(1_000)}

        await until(are_all_there, every_s=0.5)
        await until(lambda: _brands(own_broker, topics.brand_state), every_s=0.5)
    windows = await read_all(own_broker.bootstrap, topics.windows)
    ids = [header(r, "ce_id") for r in windows]
    assert len(ids) == len(set(ids))


async def _brands(broker: DevBroker, topic: str) -> bool:
    return len({r.key for r in await read_all(broker.bootstrap, topic)} - {b"!clock"}) == 7


async def _can_commit(producer: AIOKafkaProducer) -> bool:
    return not producer._txn_manager.is_in_transaction()


async def _stop_fenced(producer: AIOKafkaProducer) -> None:
    """A fenced producer's sender has failed; ``stop`` raises what it failed with."""
    with suppress(KafkaError):
        await producer.stop()
