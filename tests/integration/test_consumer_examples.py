"""The consumers of docs/examples read what a reader of ``crisis.events`` has to cope with."""

from __future__ import annotations

from pathlib import Path

import msgspec
import pytest
from aiokafka import TopicPartition
from aiokafka.admin import AIOKafkaAdminClient

from app.core.crisis import EventType, State
from app.wire.message import Message
from tests.conftest import Kafka
from tests.consumer_examples import following, send, step, with_type, with_value
from tests.kafka_tools import create_topic, read_all

LANGUAGES = (
    "python",
    pytest.param("java", marks=pytest.mark.deploy),
    pytest.param("typescript", marks=pytest.mark.deploy),
)

WATCH = step(1, EventType.WATCH, State.QUIET, State.WATCH)
OPENED = step(2, EventType.OPENED, State.WATCH, State.OPEN)
WORSE = step(3, EventType.SEVERITY_CHANGED, State.OPEN, State.OPEN)
RESOLVED = step(4, EventType.RESOLVED, State.RECOVERING, State.RESOLVED)
REOPENED = step(5, EventType.REOPENED, State.RESOLVED, State.OPEN)
NEVER_COMMITTED = step(2, EventType.DISMISSED, State.WATCH, State.DISMISSED, id="aborted")
DRILL = step(2, EventType.OPENED, State.WATCH, State.OPEN, id="drill", drill=True, drill_id="d-1")
OF_NO_CRISIS = step(0, EventType.WARMED, State.QUIET, State.QUIET, crisis_id="", id="warmed")


def later_version(message: Message) -> Message:
    """Return the record with fields that only a later version of Squall sends."""
    fields = msgspec.json.decode(message.value or b"")
    added = {"owner": {"name": "Ola", "since_ms": 1}, "tags": ["a"], **fields}
    return with_value(message, msgspec.json.encode(added))


@pytest.mark.parametrize("language", LANGUAGES)
async def test_each_step_is_told_once(
    language: str, kafka: Kafka, topic_prefix: str, tmp_path: Path
) -> None:
    topic = f"{topic_prefix}crisis.events"
    await create_topic(kafka.bootstrap, topic)
    unknown = with_type(with_value(WORSE, b"of a form nobody knows"), "squall.crisis.sung_of.v1")
    next_major = with_type(with_value(WORSE, b"{}"), "squall.crisis.opened.v2")
    await send(kafka.bootstrap, topic, [WATCH])
    await send(kafka.bootstrap, topic, [NEVER_COMMITTED], is_committed=False)
    await send(kafka.bootstrap, topic, [OPENED, unknown, next_major, Message(b"k", b"v", ())])
    await send(kafka.bootstrap, topic, [DRILL, OPENED, later_version(WORSE)])
    await send(kafka.bootstrap, topic, [OF_NO_CRISIS, RESOLVED])

    async with following(language, kafka.bootstrap, topic, tmp_path / "log") as follower:
        told = await follower.lines(4)
        told += await follower.stop()

    assert told == [
        "acme c-1 #1 watch: quiet -> watch, error",
        "acme c-1 #2 opened: watch -> open, error",
        "acme c-1 #3 severity_changed: open -> open, error",
        "acme c-1 #4 resolved: recovering -> resolved, error",
    ], (tmp_path / "log").read_text()

    await send(kafka.bootstrap, topic, [REOPENED])
    async with following(language, kafka.bootstrap, topic, tmp_path / "log") as follower:
        later = await follower.lines(1)
        later += await follower.stop()

    assert later == ["acme c-1 #5 reopened: resolved -> open, error"], "handled, so committed"


@pytest.mark.parametrize("language", LANGUAGES)
async def test_what_was_not_handled_is_not_committed(
    language: str, kafka: Kafka, topic_prefix: str, tmp_path: Path
) -> None:
    topic = f"{topic_prefix}crisis.events"
    await create_topic(kafka.bootstrap, topic)
    await send(kafka.bootstrap, topic, [WATCH])
    async with following(language, kafka.bootstrap, topic, tmp_path / "log") as follower:
        assert len(await follower.lines(1)) == 1
        await follower.stop()

    await send(kafka.bootstrap, topic, [with_value(OPENED, b"{"), RESOLVED])
    async with following(language, kafka.bootstrap, topic, tmp_path / "log") as follower:
        assert await follower.lines(1) == [], "it ends at what it can't read"
        assert await follower.process.wait() != 0

    (torn,) = [r for r in await read_all(kafka.bootstrap, topic) if r.value == b"{"]
    committed = await _committed(kafka.bootstrap, f"{topic}-{language}", topic)
    assert 0 < committed <= torn.offset


async def _committed(bootstrap: str, group: str, topic: str) -> int:
    admin = AIOKafkaAdminClient(bootstrap_servers=bootstrap)
    await admin.start()
    try:
        offsets = await admin.list_consumer_group_offsets(group)
    finally:
        await admin.close()
    return int(offsets[TopicPartition(topic, 0)].offset)
