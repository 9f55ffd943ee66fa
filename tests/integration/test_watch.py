"""``squall watch`` on a real Kafka: what is committed is shown, as lines or as a table."""

from __future__ import annotations

import json
import os
import subprocess
import sys

import pytest

from app.config import Topics
from app.wire import event as event_wire
from app.wire import window as window_wire
from app.wire.message import Message
from tests.conftest import Kafka
from tests.kafka_tools import Record, declare_topics, produce
from tests.unit.report_values import crisis, day

pytestmark = pytest.mark.slow


def record(message: Message) -> Record:
    return Record(key=message.key, value=message.value, headers=message.headers)


async def told(kafka: Kafka, prefix: str) -> Topics:
    """Make the topics and write a crisis into them as the detector would."""
    topics = await declare_topics(kafka.bootstrap, prefix, partitions=2)
    windows = [record(window_wire.encode(window)) for window in day()]
    events = [record(event_wire.encode(event)) for event in crisis()]
    await produce(kafka.bootstrap, topics.windows, windows)
    await produce(kafka.bootstrap, topics.events, events)
    return topics


def watch(kafka: Kafka, prefix: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    kept = {name: value for name, value in os.environ.items() if not name.startswith("SQUALL_")}
    return subprocess.run(
        [sys.executable, "-m", "app.cli.main", "watch", "--once", *arguments],
        env={
            **kept,
            "COLUMNS": "110",
            "SQUALL_KAFKA__BOOTSTRAP_SERVERS": kafka.bootstrap,
            "SQUALL_TOPIC_PREFIX": prefix,
        },
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


async def test_json_prints_one_line_an_event(kafka: Kafka, topic_prefix: str) -> None:
    await told(kafka, topic_prefix)
    done = watch(kafka, topic_prefix, "--json")
    assert done.returncode == 0, done.stderr
    assert [json.loads(line)["id"] for line in done.stdout.splitlines()] == [
        event.id for event in crisis()
    ]


async def test_the_table_shows_brands_and_events(kafka: Kafka, topic_prefix: str) -> None:
    await told(kafka, topic_prefix)
    done = watch(kafka, topic_prefix)
    assert done.returncode == 0, done.stderr
    assert "1,080" in done.stdout
    assert "resolved, critical" in done.stdout


async def test_a_record_that_cannot_be_read_hides_no_other(kafka: Kafka, topic_prefix: str) -> None:
    topics = await told(kafka, topic_prefix)
    broken = [Record(value=b"no event"), Record(key=b"gone", value=None)]
    await produce(kafka.bootstrap, topics.events, broken)
    await produce(kafka.bootstrap, topics.crisis_state, [Record(key=b"gone", value=None)])
    done = watch(kafka, topic_prefix, "--json")
    assert len(done.stdout.splitlines()) == len(crisis())


async def test_what_is_older_than_asked_for_is_left_out(kafka: Kafka, topic_prefix: str) -> None:
    await told(kafka, topic_prefix)
    done = watch(kafka, topic_prefix, "--json", "--hours", "0")
    assert (done.returncode, done.stdout) == (0, "")
