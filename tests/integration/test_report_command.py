"""``squall report`` on a real Kafka: the post-mortem of what the topics hold."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from app.config import Topics
from app.core.rules import HOUR_MS
from app.report.postmortem import markdown
from app.wire import window as window_wire
from tests.conftest import Kafka
from tests.integration.test_crisis_command import record, squall, told
from tests.kafka_tools import declare_topics, produce
from tests.unit.postmortem_values import ENDED_MS, OPENED_MS, made, renamed, wave
from tests.unit.report_values import window
from tests.unit.story_values import steps

pytestmark = pytest.mark.slow


async def with_windows(kafka: Kafka, prefix: str) -> Topics:
    """Write three crises, and the windows of their brand and another one."""
    topics = await told(kafka, prefix)
    others = [window("domarenka", step) for step in range(0, 900, 50)]
    windows = [record(window_wire.encode(one)) for one in (*others, *wave())]
    await produce(kafka.bootstrap, topics.windows, windows)
    return topics


async def test_the_topics_alone_give_the_same_bytes_each_time(
    kafka: Kafka, topic_prefix: str, tmp_path: Path
) -> None:
    await with_windows(kafka, topic_prefix)
    folders = [tmp_path / name for name in ("first", "again")]
    for folder in folders:
        arguments = ("f3", "--out", str(folder), "--around", "6")
        done = await squall(kafka, topic_prefix, *arguments, group="report")
        assert done.code == 0, done.err
        assert done.out.splitlines() == [
            str(folder / f"f3.{end}") for end in ("md", "json", "html")
        ]
    for ending in ("md", "json", "html"):
        first, again = ((folder / f"f3.{ending}").read_bytes() for folder in folders)
        assert first == again


async def test_a_closed_crisis_is_told_as_its_events_and_windows_have_it(
    kafka: Kafka, topic_prefix: str, tmp_path: Path
) -> None:
    """It has left crisis.state: the other two topics are all that is needed."""
    await with_windows(kafka, topic_prefix)
    arguments = ("f3", "--out", str(tmp_path), "--around", "6", "--json")
    done = await squall(kafka, topic_prefix, *arguments, group="report")
    assert done.code == 0, done.err
    printed = json.loads(done.out)
    assert printed["times"]["resolve"]["took_ms"] == ENDED_MS - OPENED_MS
    assert printed["peak"]["negatives"] == 75
    own, other = renamed(steps(), "f3"), renamed(steps(), "d2")
    expected = made([*own, *other, *steps()[:3]], given="f3", around_ms=6 * HOUR_MS)
    assert markdown.render(expected, own) == (tmp_path / "f3.md").read_text("utf-8")


async def test_nothing_of_it_and_a_topic_that_is_missing_are_named(
    kafka: Kafka, topic_prefix: str, tmp_path: Path
) -> None:
    out = ("--out", str(tmp_path / "out"))
    missing = await squall(kafka, topic_prefix, "f3", *out, group="report")
    assert (missing.code, "squall topics apply" in missing.err) == (69, True)
    await declare_topics(kafka.bootstrap, topic_prefix)
    nobody = await squall(kafka, topic_prefix, "f3", *out, group="report")
    assert (nobody.code, "no event tells of a crisis 'f3'" in nobody.err) == (64, True)
    assert not (tmp_path / "out").exists()
