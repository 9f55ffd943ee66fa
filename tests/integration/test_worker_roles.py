"""The roles together: a command on its way to its answer, a rebalance, and all under one roof."""

from __future__ import annotations

import os
import signal
from functools import partial

import psutil

from app.core.crisis import EventType
from app.core.event import CrisisEvent, Labelled
from app.core.mention import Label
from app.core.record import Command, Origin
from app.wire import command as command_wire
from app.wire import event as event_wire
from app.wire import labelled as labelled_wire
from tests.conftest import Kafka
from tests.kafka_tools import Record, declare_topics, produce, read_all
from tests.worker_tools import Worker, header, records, send_mentions, until, value_of

SCORED = "squall.mention.scored.v1"


def an_order(action: str) -> bytes:
    order = Command(
        id="order 1",
        brand="brand 1",
        action=action,
        actor="ada",
        at_ms=1_772_366_400_000,
        origin=Origin(topic="-", partition=0, offset=0),
        crisis_id="no such crisis",
    )
    return command_wire.encode(order)


async def test_a_command_is_routed_and_answered(kafka: Kafka, topic_prefix: str) -> None:
    topics = await declare_topics(kafka.bootstrap, topic_prefix)
    orders = [Record(value=an_order("acknowledge")), Record(value=b'{"action": "dance"}')]
    await produce(kafka.bootstrap, topics.commands, orders)
    with (
        Worker("scorer", kafka.bootstrap, topic_prefix) as scorer,
        Worker("detector", kafka.bootstrap, topic_prefix),
    ):
        (answer,) = await records(kafka.bootstrap, topics.events, 1)
        (dead,) = await records(kafka.bootstrap, topics.dead_letter, 1)
        routed = await records(kafka.bootstrap, topics.scored, 1, ce_type="squall.command.v1")
        counted = scorer.metrics("squall_commands_total")
    event = event_wire.decode(answer.value, answer.headers)
    assert isinstance(event, CrisisEvent)
    assert (event.type, event.command_id, event.actor) == (EventType.REFUSED, "order 1", "ada")
    assert "has no crisis" in (event.note or "; ".join(event.reasons))
    assert (header(dead, "squall_topic"), dead.value) == (topics.commands, orders[1].value)
    assert header(dead, "squall_reason") == "missing_field"
    assert [(r.key, value_of(r)["origin"]["topic"]) for r in routed] == [
        (b"brand 1", topics.commands)
    ]
    assert counted['outcome="accepted"'] == counted['outcome="dead_letter"'] == 1


async def test_a_correction_is_answered_and_joins_the_pool(kafka: Kafka, topic_prefix: str) -> None:
    topics = await declare_topics(kafka.bootstrap, topic_prefix)
    order = Command(
        id="c 1",
        brand="brand 1",
        action="correct-label",
        actor="ada",
        at_ms=1_772_366_400_000,
        origin=Origin(topic="-", partition=0, offset=0),
        mention_id="m 1",
        label=Label.NEUTRAL,
        model_label=Label.NEGATIVE,
        lang="pl",
        text="kept by the excerpt policy alone",
    )
    await produce(kafka.bootstrap, topics.commands, [Record(value=command_wire.encode(order))])
    with (
        Worker("scorer", kafka.bootstrap, topic_prefix),
        Worker("detector", kafka.bootstrap, topic_prefix),
    ):
        (answer,) = await records(kafka.bootstrap, topics.events, 1)
        (pooled,) = await records(kafka.bootstrap, topics.labelled, 1)
    event = event_wire.decode(answer.value, answer.headers)
    assert isinstance(event, CrisisEvent)
    assert (event.type, event.command_id, event.actor) == (EventType.CORRECTED, "c 1", "ada")
    found = labelled_wire.decode(pooled.value, pooled.headers)
    assert isinstance(found, Labelled)
    assert (found.before, found.label, found.lang) == (Label.NEGATIVE, Label.NEUTRAL, "pl")
    assert (found.text, found.mention_id, len(found.labeller)) == ("", "m 1", 16)
    for _ in range(2):  # a second notifier reads again what the first one finished
        with Worker("notifier", kafka.bootstrap, topic_prefix) as worker:
            notifier = await worker.ready()
            await until(partial(_is_one_label_told, notifier))
            assert await notifier.terminate() == 0


def _is_one_label_told(notifier: Worker) -> bool:
    told = notifier.metrics("squall_labelled_mentions")
    return told['language="pl"'] == told['language="all"'] == 1


async def test_two_scorers_share_the_partitions_and_lose_nothing(
    kafka: Kafka, topic_prefix: str
) -> None:
    topics = await declare_topics(kafka.bootstrap, topic_prefix)
    with Worker("scorer", kafka.bootstrap, topic_prefix, slot="one") as one:
        await send_mentions(kafka.bootstrap, topics, range(1_500))
        await one.ready()
        with Worker("scorer", kafka.bootstrap, topic_prefix, slot="two") as two:
            await two.ready()
            await until(lambda: len(two.metrics("squall_consumer_lag")) > 0)
            await send_mentions(kafka.bootstrap, topics, range(1_500, 3_000))
            await records(kafka.bootstrap, topics.scored, 2_900, ce_type=SCORED)
            shares = [worker.metrics("squall_mentions_total") for worker in (one, two)]
            assert await two.terminate() == 0
        await send_mentions(kafka.bootstrap, topics, range(3_000, 4_000))

        async def are_all_there() -> bool:
            found = await records(kafka.bootstrap, topics.scored, 0, ce_type=SCORED)
            return {value_of(r)["mention_id"] for r in found} == {f"m{n}" for n in range(4_000)}

        await until(are_all_there, every_s=0.5)
    assert all(share['outcome="scored"'] > 0 for share in shares)


async def test_all_roles_under_one_roof(kafka: Kafka, topic_prefix: str) -> None:
    topics = await declare_topics(kafka.bootstrap, topic_prefix)
    with Worker("all", kafka.bootstrap, topic_prefix) as everything:
        first = await three_roles(everything)
        os.kill(first["scorer"].pid, signal.SIGKILL)
        await send_mentions(kafka.bootstrap, topics, range(200))
        await records(kafka.bootstrap, topics.scored, 200, ce_type=SCORED)
        await until(lambda: len(roles_of(everything)) == 3)
        second = roles_of(everything)
        assert second["scorer"].pid != first["scorer"].pid
        assert second["detector"].pid == first["detector"].pid
        assert await everything.terminate() == 0
        assert not any(role.is_running() for role in second.values())


async def test_the_roles_end_when_their_supervisor_is_killed(
    kafka: Kafka, topic_prefix: str
) -> None:
    await declare_topics(kafka.bootstrap, topic_prefix)
    with Worker("all", kafka.bootstrap, topic_prefix) as everything:
        roles = await three_roles(everything)
        everything.kill()
        await until(lambda: not any(is_alive(role) for role in roles.values()))


async def test_a_role_that_is_refused_ends_all(kafka: Kafka, topic_prefix: str) -> None:
    with Worker("all", kafka.bootstrap, topic_prefix) as everything:
        assert await everything.ended() == 78
        assert everything.events("role_refused")


async def test_events_are_the_same_for_every_reader(kafka: Kafka, topic_prefix: str) -> None:
    topics = await declare_topics(kafka.bootstrap, topic_prefix)
    await send_mentions(kafka.bootstrap, topics, range(100))
    with Worker("all", kafka.bootstrap, topic_prefix) as everything:
        await records(kafka.bootstrap, topics.brand_state, 7)
        assert await everything.terminate() == 0
    for topic in (topics.brand_state, topics.windows):
        committed = await read_all(kafka.bootstrap, topic)
        assert committed == await read_all(kafka.bootstrap, topic, "read_uncommitted")


async def three_roles(everything: Worker) -> dict[str, psutil.Process]:
    await until(lambda: len(roles_of(everything)) == 3)
    return roles_of(everything)


def roles_of(everything: Worker) -> dict[str, psutil.Process]:
    """Return the roles' processes by role."""
    found: dict[str, psutil.Process] = {}
    for child in psutil.Process(everything.pid).children():
        try:
            line = child.cmdline()
        except psutil.Error:
            continue
        if "worker" in line:
            found[line[line.index("worker") + 1]] = child
    return found


def is_alive(process: psutil.Process) -> bool:
    try:
        return process.status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False
