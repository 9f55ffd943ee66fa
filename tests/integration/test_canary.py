"""The canary on a real Kafka: it comes round while all run, and says who keeps it when one ends."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager

import pytest

from app.config import CANARY_BRAND, Topics
from app.core.crisis import EventType, Severity
from app.core.event import CrisisEvent
from app.wire import event as event_wire
from tests.conftest import Kafka
from tests.integration.test_notifier import Alertmanager, an_alertmanager
from tests.kafka_tools import declare_topics, read_all
from tests.worker_tools import Worker, until

QUICK = {
    "SQUALL_CANARY__MENTION_INTERVAL_S": "30",
    "SQUALL_CANARY__CRISIS_INTERVAL_S": "10",
    "SQUALL_DETECTOR__ALLOWED_LATENESS_S": "1",
}
ROLES = ("scorer", "detector", "notifier", "canary")
CAME_ROUND = "squall_canary_last_success_timestamp_seconds"


@asynccontextmanager
async def all_running(
    kafka: Kafka, prefix: str, variables: Mapping[str, str]
) -> AsyncIterator[dict[str, Worker]]:
    async with AsyncExitStack() as stack:
        workers = {
            role: stack.enter_context(
                Worker(role, kafka.bootstrap, prefix, variables={**QUICK, **variables})
            )
            for role in ROLES
        }
        for worker in workers.values():
            await worker.ready()
        yield workers


def rounds(canary: Worker, loop: str) -> float:
    return sum(canary.metrics(f"squall_canary_{loop}_seconds_count").values())


def missed(canary: Worker, loop: str, at: str) -> float:
    return canary.metrics("squall_canary_missed_total")[f'at="{at}",loop="{loop}"']


def came_round(canary: Worker, loop: str) -> float:
    return canary.metrics(CAME_ROUND)[f'loop="{loop}"']


async def comes_round(canary: Worker, *loops: str) -> None:
    """Wait for a round of each loop from now on."""
    before = {loop: rounds(canary, loop) for loop in loops}
    await until(lambda: all(rounds(canary, loop) > before[loop] for loop in loops), limit_s=150)


async def stands_still(canary: Worker, loop: str, at: str) -> None:
    """Wait for two rounds that the role did not let pass: the time of success must not move."""
    before = missed(canary, loop, at)
    await until(lambda: missed(canary, loop, at) > before, limit_s=150)
    success = came_round(canary, loop)
    await until(lambda: missed(canary, loop, at) > before + 1, limit_s=150)
    assert came_round(canary, loop) == success


async def events_of_the_canary(kafka: Kafka, topics: Topics) -> list[CrisisEvent]:
    found = [
        event_wire.decode(record.value, record.headers)
        for record in await read_all(kafka.bootstrap, topics.events)
    ]
    assert all(isinstance(one, CrisisEvent) and one.brand == CANARY_BRAND for one in found)
    return [one for one in found if isinstance(one, CrisisEvent)]


def told(sink: Alertmanager) -> list[Mapping[str, str]]:
    return [alert["labels"] for alert in sink.alerts]


async def test_the_canary_comes_round_and_stops_with_the_scorer(
    kafka: Kafka, topic_prefix: str
) -> None:
    topics = await declare_topics(kafka.bootstrap, topic_prefix)
    with an_alertmanager() as (sink, variables):
        async with all_running(kafka, topic_prefix, variables) as workers:
            canary = workers["canary"]
            await comes_round(canary, "mention", "crisis")
            read = workers["scorer"].metrics("squall_mentions_total")
            scored = workers["scorer"].metrics("squall_scored_total")
            workers["scorer"].kill()
            await stands_still(canary, "crisis", "scorer")
            assert await canary.terminate() == 0
            detector, notifier = workers["detector"], workers["notifier"]
            counted = detector.metrics("squall_brand_mentions_total")
            taken = notifier.metrics("squall_notifications_total")
        events = await events_of_the_canary(kafka, topics)
    assert {e.severity for e in events if e.type is EventType.OPENED} == {Severity.WARNING}
    assert EventType.RESOLVED in {event.type for event in events}
    assert {(one["brand"], one["severity"]) for one in told(sink)} == {(CANARY_BRAND, "warning")}
    assert read['outcome="scored"'] >= 1
    assert not any(scored.values()), "nor is it of the label mix"
    assert not any(counted.values()), "the canary is no brand of the figures"
    assert not any(taken.values()), "the canary's alerts are no part of the objective"


@pytest.mark.full
@pytest.mark.parametrize(
    ("role", "loops"),
    [
        ("scorer", ("mention",)),
        ("detector", ("crisis", "mention")),
        ("notifier", ("crisis",)),
    ],
)
async def test_each_role_that_ends_stops_the_canary_until_it_is_back(
    kafka: Kafka, topic_prefix: str, role: str, loops: tuple[str, ...]
) -> None:
    await declare_topics(kafka.bootstrap, topic_prefix)
    with an_alertmanager() as (_, variables):
        async with all_running(kafka, topic_prefix, variables) as workers:
            await comes_round(workers["canary"], "mention", "crisis")
            workers[role].kill()
            for loop in loops:
                await stands_still(workers["canary"], loop, role)
            workers[role].start_again()
            await comes_round(workers["canary"], "mention", "crisis")


@pytest.mark.full
async def test_a_crisis_that_a_killed_canary_left_open_is_ended_first(
    kafka: Kafka, topic_prefix: str
) -> None:
    topics = await declare_topics(kafka.bootstrap, topic_prefix)
    with an_alertmanager() as (_, variables):
        async with all_running(kafka, topic_prefix, variables) as workers:
            canary = workers["canary"]
            await comes_round(canary, "crisis")
            workers["notifier"].kill()
            await stands_still(canary, "crisis", "notifier")
            canary.kill()
            last = (await events_of_the_canary(kafka, topics))[-1]
            assert last.type in (EventType.OPENED, EventType.REOPENED)
            workers["notifier"].start_again()
            canary.start_again()
            await canary.ready()
            await comes_round(canary, "crisis")
            assert await canary.terminate() == 0
    assert (await events_of_the_canary(kafka, topics))[-1].type is EventType.RESOLVED
