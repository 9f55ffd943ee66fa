"""``squall import`` on a real Kafka: each row once, however often it is run and killed."""

from __future__ import annotations

import asyncio
import csv
import gzip
import json
import os
import signal
import sys
from collections import Counter
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from pyarrow import Table, parquet

from app.config import Topics
from tests.conftest import Kafka
from tests.kafka_tools import declare_topics, read_all
from tests.worker_tools import Worker, records, value_of

ROWS = 2_500


class Run(NamedTuple):
    code: int
    summary: dict[str, int]
    errors: list[str]


async def imported(kafka: Kafka, prefix: str, *arguments: str, **variables: str) -> Run:
    """Run the command in a process of its own."""
    usual = {name: value for name, value in os.environ.items() if not name.startswith("SQUALL_")}
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "app.cli.main", "import", *arguments),
        *("--json", "--bootstrap", kafka.bootstrap),
        env={**usual, "SQUALL_TOPIC_PREFIX": prefix, **variables},
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    out, errors = await process.communicate()
    assert process.returncode is not None
    return Run(process.returncode, json.loads(out or "{}"), errors.decode().splitlines())


def rows(count: int) -> list[dict[str, Any]]:
    """Return rows as a listening tool exports them: the newest first."""
    return [
        {
            "Mention ID": 7_000 + n,
            "Date": f"2026-03-01 {n // 3600:02}:{n // 60 % 60:02}:{n % 60:02}",
            "Snippet": f"text number {n}, zażółć",
            "Author": f"a{n % 50}",
        }
        for n in reversed(range(count))
    ]


MAPPED = (
    *("--map", "id=Mention ID", "--map", "published_at=Date", "--map", "text=Snippet"),
    *("--map", "author.name=Author", "--set", "brand=larkmoor", "--time-zone", "Europe/Warsaw"),
)


def as_csv(path: Path, found: list[dict[str, Any]]) -> Path:
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, list(found[0]), delimiter=";")
        writer.writeheader()
        writer.writerows(found)
    return path


def lines_of(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


async def texts_in(kafka: Kafka, topics: Topics) -> Counter[str]:
    return Counter(
        value_of(one)["text"] for one in await read_all(kafka.bootstrap, topics.mentions)
    )


async def test_a_second_import_adds_nothing_and_a_killed_one_goes_on(
    kafka: Kafka, topic_prefix: str, tmp_path: Path
) -> None:
    topics = await declare_topics(kafka.bootstrap, topic_prefix)
    file = as_csv(tmp_path / "export.csv", rows(ROWS))
    killed = await imported(
        kafka, topic_prefix, str(file), *MAPPED, SQUALL_CRASH_AT="after_import_batch"
    )
    assert killed.code == -signal.SIGKILL
    sent = sum((await texts_in(kafka, topics)).values())
    assert 0 < sent < ROWS
    again = await imported(kafka, topic_prefix, str(file), *MAPPED)
    assert (again.code, again.errors) == (0, [])
    assert again.summary["imported"] == ROWS - sent
    assert again.summary["taken_before"] == sent
    third = await imported(kafka, topic_prefix, str(file), *MAPPED)
    assert (third.code, third.summary["imported"], third.summary["taken_before"]) == (0, 0, ROWS)
    found = await read_all(kafka.bootstrap, topics.mentions)
    assert Counter(value_of(one)["id"] for one in found) == {str(7_000 + n): 1 for n in range(ROWS)}
    for partition in {one.partition for one in found}:
        times = [value_of(one)["published_at"] for one in found if one.partition == partition]
        assert times == sorted(times), "a detector takes what is out of order for late"


async def test_what_is_imported_twice_is_scored_once(
    kafka: Kafka, topic_prefix: str, tmp_path: Path
) -> None:
    topics = await declare_topics(kafka.bootstrap, topic_prefix)
    file = as_csv(tmp_path / "export.csv", rows(50))
    with Worker("scorer", kafka.bootstrap, topic_prefix) as scorer:
        await scorer.ready()
        for _ in range(2):
            assert (await imported(kafka, topic_prefix, str(file), *MAPPED)).code == 0
        found = await records(
            kafka.bootstrap, topics.scored, 50, ce_type="squall.mention.scored.v1"
        )
        assert scorer.metrics("squall_mentions_total")['outcome="scored"'] == 50
    assert len(found) == 50


async def test_the_same_rows_in_another_form_are_the_same_mentions(
    kafka: Kafka, topic_prefix: str, tmp_path: Path
) -> None:
    topics = await declare_topics(kafka.bootstrap, topic_prefix)
    found = rows(40)
    lines = "".join(json.dumps(row) + "\n" for row in found)
    packed, columns = tmp_path / "export.jsonl.gz", tmp_path / "export.parquet"
    packed.write_bytes(gzip.compress(lines.encode()))
    parquet.write_table(Table.from_pylist(found), columns)
    first = await imported(kafka, topic_prefix, str(columns), *MAPPED)
    assert (first.code, first.summary["imported"]) == (0, 40)
    files = (str(packed), str(as_csv(tmp_path / "export.csv", found)))
    second = await imported(kafka, topic_prefix, *files, *MAPPED)
    assert second.code == 0
    assert second.summary == {
        "rows": 80,
        "imported": 0,
        "taken_before": 40,
        "repeated": 40,
        "refused": 0,
        "dry_run": False,
    }
    assert sum((await texts_in(kafka, topics)).values()) == 40


async def test_recorded_mentions_need_no_mapping_and_bad_rows_are_kept_beside(
    kafka: Kafka, topic_prefix: str, tmp_path: Path
) -> None:
    topics = await declare_topics(kafka.bootstrap, topic_prefix)
    good = {
        "id": "m1",
        "text": "Late.",
        "published_at": "2026-03-01T10:00:00Z",
        "brand": "larkmoor",
    }
    bad = {**good, "id": "m2", "published_at": "yesterday"}
    file = tmp_path / "mentions.jsonl"
    file.write_text(f"{json.dumps(good)}\n\nno JSON\n{json.dumps(bad)}\n")
    run = await imported(kafka, topic_prefix, str(file))
    assert run.code == 65
    assert (run.summary["imported"], run.summary["refused"]) == (1, 2)
    assert run.errors[0] == f"squall: {file}:3: no JSON at character 0"
    kept = lines_of(Path(f"{file}.rejects.jsonl"))
    assert [(one["line"], one["reason"]) for one in kept] == [(3, "bad_json"), (4, "bad_time")]
    assert json.loads(kept[1]["row"]) == bad
    assert await texts_in(kafka, topics) == {"Late.": 1}


async def test_a_file_that_ends_in_the_middle_sends_nothing(
    kafka: Kafka, topic_prefix: str, tmp_path: Path
) -> None:
    topics = await declare_topics(kafka.bootstrap, topic_prefix)
    whole = gzip.compress("".join(json.dumps(row) + "\n" for row in rows(500)).encode())
    file = tmp_path / "export.jsonl.gz"
    file.write_bytes(whole[: len(whole) // 2])
    run = await imported(kafka, topic_prefix, str(file), *MAPPED)
    assert run.code == 65
    assert f"{file}: can't be read past line" in run.errors[-1]
    assert not await texts_in(kafka, topics)


async def test_without_a_kafka_the_import_says_so(topic_prefix: str, tmp_path: Path) -> None:
    file = as_csv(tmp_path / "export.csv", rows(3))
    nowhere = Kafka("127.0.0.1:9")
    run = await imported(nowhere, topic_prefix, str(file), *MAPPED)
    assert run.code == 69
    assert "does not answer" in run.errors[-1]


@pytest.mark.parametrize("topic", ["mentions"])
async def test_without_its_topic_the_import_says_what_makes_it(
    kafka: Kafka, topic_prefix: str, tmp_path: Path, topic: str
) -> None:
    file = as_csv(tmp_path / "export.csv", rows(3))
    run = await imported(kafka, topic_prefix, str(file), *MAPPED)
    assert run.code == 69
    assert f"Kafka has no topic {topic_prefix}{topic}" in run.errors[-1]
