"""The demo's parts on a real Kafka, small: half a day, the hash engine, every role a process."""

from __future__ import annotations

import asyncio
import json
import os
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from app.cli.demo import command
from app.cli.demo.plan import Plan
from app.cli.demo.report import Summary
from app.core.mention import Label, Sentiment
from app.inference.load import load_engine
from app.inference.scoring import score_texts
from app.sources.scenario.week import Week, week
from app.stream.topic_admin import admin_client
from tests.conftest import Kafka

SHORT = 250  # records: the first day and a half


def short_week() -> Week:
    whole = week()
    return replace(whole, records=whole.records[:SHORT])


@pytest.fixture(scope="module")
def played(
    kafka: Kafka, tmp_path_factory: pytest.TempPathFactory
) -> tuple[Summary, Path, list[str], Kafka]:
    folder = tmp_path_factory.mktemp("demo")
    before = names(kafka)
    plan = Plan(out=folder, bootstrap=kafka.bootstrap, is_json=True, engine="hash", limit_s=120.0)
    return command.run(plan, short_week()), folder, before, kafka


def names(kafka: Kafka) -> list[str]:
    async def ask() -> list[str]:
        async with admin_client({"bootstrap_servers": kafka.bootstrap}) as admin:
            return sorted(name for name in await admin.list_topics() if name[:2] != "__")

    return asyncio.run(ask())


@pytest.mark.slow
def test_every_mention_up_to_the_last_judged_step_is_counted_once(
    played: tuple[Summary, Path, list[str], Kafka],
) -> None:
    summary = played[0]
    assert summary.mentions_sent == SHORT
    assert SHORT - 10 <= summary.mentions_counted <= SHORT
    assert summary.restarts == 0


@pytest.mark.slow
def test_without_the_planted_crisis_it_is_not_ok(
    played: tuple[Summary, Path, list[str], Kafka],
) -> None:
    assert not played[0].ok
    assert played[0].problems[0] == "the planted crisis of larkmoor did not open"


@pytest.mark.slow
def test_the_files_are_there_and_the_page_tells_of_the_brands(
    played: tuple[Summary, Path, list[str], Kafka],
) -> None:
    summary, folder, _, _ = played
    assert json.loads((folder / "summary.json").read_bytes())["mentions_sent"] == SHORT
    assert (folder / "timeline.png").read_bytes().startswith(b"\x89PNG")
    assert "mentions" in (folder / "timeline.html").read_text(encoding="utf-8")
    assert len((folder / "mentions.jsonl").read_bytes().splitlines()) == SHORT
    assert set(summary.files) == {
        "timeline.png",
        "timeline.html",
        "events.jsonl",
        "mentions.jsonl",
    }


@pytest.mark.slow
def test_nothing_is_left_behind(played: tuple[Summary, Path, list[str], Kafka]) -> None:
    _, folder, before, kafka = played
    assert names(kafka) == before
    for role in ("scorer", "detector", "notifier"):
        log = (folder / f"{role}.log").read_text(encoding="utf-8")
        assert '"event": "stopped"' in log


@pytest.mark.slow
def test_watch_without_topics_says_what_to_do(kafka: Kafka, topic_prefix: str) -> None:
    done = squall("watch", "--once", "--json", kafka=kafka, prefix=topic_prefix)
    assert done.returncode == 69
    assert "squall topics apply" in done.stderr


def squall(*arguments: str, kafka: Kafka, prefix: str) -> subprocess.CompletedProcess[str]:
    kept = {name: value for name, value in os.environ.items() if not name.startswith("SQUALL_")}
    return subprocess.run(
        [sys.executable, "-m", "app.cli.main", *arguments],
        env={
            **kept,
            "SQUALL_KAFKA__BOOTSTRAP_SERVERS": kafka.bootstrap,
            "SQUALL_TOPIC_PREFIX": prefix,
        },
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


@pytest.mark.slow
def test_the_bundled_model_reads_the_waves_as_they_are_meant() -> None:
    records = week().records
    failed = sorted({text_of(r.value) for r in records if r.mood in {"start", "peak", "fade"}})
    joked = sorted({text_of(r.value) for r in records if r.mood in {"share", "riff"}})
    assert share_negative(failed[::2]) >= 0.7
    # A wave of jokes is harmless while it is no more negative than what comes every day (0.17).
    assert share_negative(joked[::2]) <= 0.17


def text_of(value: bytes) -> str:
    return str(json.loads(value)["text"])


def share_negative(texts: list[str]) -> float:
    assert len(texts) > 50
    scores = score_texts(load_engine("transformer"), texts)
    return sum(isinstance(s, Sentiment) and s.label is Label.NEGATIVE for s in scores) / len(texts)
