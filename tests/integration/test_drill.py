"""D1: ``squall drill`` on a real Kafka with all roles: an invented crisis is found, flagged, told
to whoever asked for drills alone, taken by a person, reported and ended; the brand's own record
stays as it was to the byte.
"""

from __future__ import annotations

import asyncio
import json
import time
from typing import Any

import pytest

from app.config import Topics
from app.core.crisis import EventType
from app.core.event import CrisisEvent
from app.wire import drill as drill_wire
from app.wire import event as event_wire
from app.wire import rfc3339
from app.wire.drill import Drilled
from tests.conftest import Kafka
from tests.integration.test_crisis_command import Done, squall
from tests.integration.test_notifier import an_alertmanager
from tests.kafka_tools import Record, declare_topics, produce, read_all
from tests.worker_tools import Worker, a_mention, header, until, value_of

pytestmark = pytest.mark.slow
BRAND = "brand 1"
HOURS, EVERY_MS = 20, 150_000
LIMIT_S = 240.0


async def say_the_past(kafka: Kafka, topics: Topics) -> None:
    """Send what was said of a brand since yesterday, nothing bad: what is usual is learnt by it."""
    now_ms = time.time_ns() // 1_000_000
    times = range(now_ms - HOURS * 3_600_000, now_ms, EVERY_MS)
    calm = {"label": "neutral", "probabilities": [0.1, 0.8, 0.1], "model": "somebody's"}
    said = [
        a_mention(1 + 7 * n, published_at=rfc3339.format_ms(at_ms), sentiment=calm)
        for n, at_ms in enumerate(times)
    ]
    await produce(kafka.bootstrap, topics.mentions, [Record(value=one, key=b"k") for one in said])


async def newest(kafka: Kafka, topic: str, key: str) -> bytes | None:
    found = [one for one in await read_all(kafka.bootstrap, topic) if one.key == key.encode()]
    return found[-1].value if found else None


async def events(kafka: Kafka, topics: Topics) -> list[CrisisEvent]:
    found = [
        event_wire.decode(one.value, one.headers)
        for one in await read_all(kafka.bootstrap, topics.events)
    ]
    return [one for one in found if isinstance(one, CrisisEvent)]


async def is_learnt(kafka: Kafka, topics: Topics) -> bool:
    return EventType.WARMED in {one.type for one in await events(kafka, topics)}


async def is_open(kafka: Kafka, topics: Topics) -> bool:
    return EventType.OPENED in {one.type for one in await events(kafka, topics)}


def a_drill(kafka: Kafka, prefix: str, *more: str) -> asyncio.Task[Done]:
    """Of the hash engine's labels one in four is negative, so a loud one is said at some speed."""
    loud = ("--intensity", "high", "--minutes", "18", "--speed", "6", "--hold", "4")
    options = ("--brand", BRAND, "--scenario", "outage", *loud, *more)
    return asyncio.create_task(squall(kafka, prefix, "run", *options, group="drill"))


def of(workers: dict[str, Worker], role: str, name: str) -> float:
    return sum(workers[role].metrics(name).values())


async def test_a_drill_goes_the_whole_way_and_leaves_the_brand_alone(
    kafka: Kafka, topic_prefix: str
) -> None:
    topics = await declare_topics(kafka.bootstrap, topic_prefix)
    await say_the_past(kafka, topics)
    with an_alertmanager() as (pager, told), an_alertmanager() as (exercise, other):
        url = next(value for value in other.values() if value.startswith("http"))
        receivers = {"exercise": {"kind": "alertmanager", "url": url, "drills": True}}
        variables = {
            **told,
            "SQUALL_NOTIFIER__RECEIVERS": json.dumps(receivers),
            "SQUALL_NOTIFIER__DEFAULT_RECEIVERS": '["alertmanager", "exercise"]',
            "SQUALL_DETECTOR__ALLOWED_LATENESS_S": "1",
        }
        with (
            Worker("scorer", kafka.bootstrap, topic_prefix, variables=variables) as scorer,
            Worker("detector", kafka.bootstrap, topic_prefix, variables=variables) as detector,
            Worker("notifier", kafka.bootstrap, topic_prefix, variables=variables) as notifier,
        ):
            workers = {"scorer": scorer, "detector": detector, "notifier": notifier}
            await until(lambda: is_learnt(kafka, topics), limit_s=LIMIT_S, every_s=1)
            await until(lambda: of(workers, "detector", "squall_brands") > 0, limit_s=30)
            await no_step_waits(kafka, topics)
            before = await newest(kafka, topics.brand_state, BRAND)
            counted = {name: of(workers, role, name) for role, name in FIGURES}

            at = f"http://127.0.0.1:{notifier.metrics_port}/metrics"
            running = a_drill(kafka, topic_prefix, "--json", "--notifier-metrics", at)
            await until(lambda: is_open(kafka, topics), limit_s=LIMIT_S, every_s=1)
            second = await a_drill(kafka, topic_prefix)
            listed = await squall(kafka, topic_prefix, "list", "--json")
            shown = await squall(kafka, topic_prefix, "list")
            crisis = json.loads(listed.out)["crises"][0]
            await until(lambda: len(exercise.alerts) > 0, limit_s=60)
            taken = await squall(
                kafka, topic_prefix, "ack", crisis["crisis_id"], "--actor", "ada", "--wait", "60"
            )
            await bad_headers(kafka, topics)
            ended = await squall(
                kafka, topic_prefix, "end", crisis["drill_id"], "--wait", "60", group="drill"
            )
            report = await running
            after = await newest(kafka, topics.brand_state, BRAND)
            assert {name: of(workers, role, name) for role, name in FIGURES} == counted
            found_in = detector.metrics("squall_drill_time_to_detect_seconds_count")
            open_now = sum(detector.metrics("squall_crises_open").values())
        told_of = [one for one in await events(kafka, topics) if one.crisis_id]
    assert (second.code, ended.code, taken.code) == (64, 0, 0), (second.err, ended.err, taken.err)
    assert "has the drill outage-high-" in second.err
    check_report(report, crisis)
    assert after == before is not None, "the brand's record, byte for byte"
    assert {(one.drill, one.drill_id) for one in told_of} == {(True, crisis["drill_id"])}
    assert told_of[-1].type is EventType.CLOSED
    assert "drill" in shown.out
    assert pager.alerts == [], "nobody is paged for a drill"
    assert {one["labels"]["drill"] for one in exercise.alerts} == {"true"}
    assert all(one["annotations"]["summary"].startswith("[DRILL] ") for one in exercise.alerts)
    assert (sum(found_in.values()), open_now) == (1, 0)
    assert await newest(kafka, topics.crisis_state, crisis["crisis_id"]) is None
    letters = await read_all(kafka.bootstrap, topics.dead_letter)
    assert [header(one, "squall_reason") for one in letters] == ["bad_drill", "bad_drill"]
    windows = await read_all(kafka.bootstrap, topics.windows)
    assert sum(value_of(one)["mentions"] for one in windows) <= HOURS * 3_600_000 // EVERY_MS


FIGURES = (
    ("scorer", "squall_scored_total"),
    ("scorer", "squall_sources_total"),
    ("detector", "squall_events_total"),
    ("detector", "squall_late_total"),
    ("detector", "squall_duplicates_total"),
    ("detector", "squall_brand_mentions_total"),
    ("detector", "squall_crisis_opened_after_seconds_count"),
    ("notifier", "squall_notifications_total"),
)


async def no_step_waits(kafka: Kafka, topics: Topics) -> None:
    """Wait until the brand's record has not changed for two steps: what was said is judged."""
    seen: list[bytes | None] = []

    async def is_still() -> bool:
        seen.append(await newest(kafka, topics.brand_state, BRAND))
        return len(seen) > 12 and len({*seen[-12:]}) == 1

    await until(is_still, limit_s=LIMIT_S, every_s=5)


async def bad_headers(kafka: Kafka, topics: Topics) -> None:
    """Send what says it is of a drill and is of none."""
    of_nobody = drill_wire.headers(Drilled("of-nobody", 1))
    wrong: list[tuple[bytes, tuple[tuple[str, bytes], ...]]] = [
        (a_mention(90_001), (("drill", b"No id!"),)),
        (a_mention(90_002, brand=None), of_nobody),
    ]
    sent = [Record(value=value, key=b"k", headers=headers) for value, headers in wrong]
    await produce(kafka.bootstrap, topics.mentions, sent)

    async def are_there() -> bool:
        return len(await read_all(kafka.bootstrap, topics.dead_letter)) == 2

    await until(are_there, limit_s=60, every_s=0.5)


def check_report(done: Done, crisis: dict[str, Any]) -> None:
    assert done.code == 0, done.err
    report = json.loads(done.out)
    assert (report["drill_id"], report["crisis_id"]) == (crisis["drill_id"], crisis["crisis_id"])
    assert 0 < report["detected_after_s"] < LIMIT_S
    assert (report["scenario"], report["severity"]) != ("", "")
    assert [(one["role"], one["taken_by"]) for one in report["asked"]][-1][1] == "ada"
    assert report["asked"][-1]["role"] not in report["missing"]
    assert list(report["told_after_s"]) == ["alertmanager"]
    assert report["told_after_s"]["alertmanager"] >= report["detected_after_s"] - 5
    assert report["ended"][0].startswith("by ")


async def test_what_can_be_no_drill_is_refused_by_name(kafka: Kafka, topic_prefix: str) -> None:
    await declare_topics(kafka.bootstrap, topic_prefix)
    unknown = await squall(
        kafka, topic_prefix, "run", "--brand", "nobody", "--scenario", "outage", group="drill"
    )
    assert (unknown.code, unknown.out) == (64, "")
    assert "nobody has had no window in sentiment.windows for a day" in unknown.err
    wrong = await squall(
        kafka, topic_prefix, "run", "--brand", BRAND, "--scenario", "flood", group="drill"
    )
    assert wrong.code == 64
    assert "'flood' is no scenario: take one of coordinated_attack, safety_recall" in wrong.err
    missing = await squall(kafka, topic_prefix, "report", "outage-high-1", group="drill")
    assert missing.code == 65
    assert "crisis.events has no drill 'outage-high-1'" in missing.err
