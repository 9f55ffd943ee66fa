"""Languages through a real Kafka: what no model knows is unscored, and each to its own model."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from app.cli.backtest import backtest
from tests.conftest import Kafka
from tests.integration.test_transformer import tiny_tensors, write_folder
from tests.kafka_tools import Record, declare_topics, produce, read_all
from tests.worker_tools import Worker, a_mention, header, records, until, value_of

SCORED = "squall.mention.scored.v1"
WINDOW = "squall.window.closed.v1"
DUTCH = [
    "Pakketje had dinsdag moeten komen en het is er nog steeds niet",
    "Mijn geld is afgeschreven maar de bestelling staat nergens",
    "Klantenservice zegt morgen, en morgen zeggen ze weer morgen",
]
ENGLISH = ["The parcel has still not come and nobody answers the phone", "Lovely shop, thank you"]
POLISH = ["Paczka miała przyjść we wtorek i dalej jej nie ma"]


def a_model(folder: Path, name: str, languages: list[str]) -> Path:
    """Write a tiny model that says it was tried on ``languages``."""
    folder.mkdir()
    write_folder(folder, tiny_tensors())
    path = folder / "manifest.json"
    manifest = json.loads(path.read_text())
    path.write_text(json.dumps(manifest | {"id": name, "languages": languages}))
    return folder


def variables(tmp_path: Path) -> dict[str, str]:
    models = {"pl": str(a_model(tmp_path / "polish", "tiny-pl", ["pl"]))}
    watch_list = tmp_path / "watchlist.yaml"
    watch_list.write_text("version: 1\nbrands:\n  - {name: brand 0, languages: [nl, en]}\n")
    return {
        "SQUALL_SCORER__ENGINE": "transformer",
        "SQUALL_SCORER__MODEL": str(a_model(tmp_path / "all", "tiny", ["en"])),
        "SQUALL_SCORER__MODELS": json.dumps(models),
        "SQUALL_WATCHLIST": str(watch_list),
    }


def mentions() -> list[bytes]:
    texts = [*DUTCH, *ENGLISH, *POLISH, "😡😡", "Goed"]
    found = [a_mention(n, text=text, brand="brand 0") for n, text in enumerate(texts)]
    found[0] = a_mention(0, text=DUTCH[0], brand="brand 0", lang="en")  # the source errs
    later = "2026-03-01T12:30:00Z"
    return [*found, a_mention(99, text=ENGLISH[0], brand="brand 0", published_at=later)]


async def test_an_unsupported_language_is_unscored_in_the_log_the_window_and_the_metrics(
    kafka: Kafka, topic_prefix: str, tmp_path: Path
) -> None:
    topics = await declare_topics(kafka.bootstrap, topic_prefix)
    sent = [Record(value=value, partition=0) for value in mentions()]
    settings = variables(tmp_path)
    with (
        Worker("scorer", kafka.bootstrap, topic_prefix, variables=settings) as scorer,
        Worker("detector", kafka.bootstrap, topic_prefix),
    ):
        await scorer.ready()
        await produce(kafka.bootstrap, topics.mentions, sent)
        scored = await records(kafka.bootstrap, topics.scored, len(sent), ce_type=SCORED)
        (window,) = await records(kafka.bootstrap, topics.windows, 1, ce_type=WINDOW)
        counted = scorer.metrics("squall_languages_total")
        labels = scorer.metrics("squall_scored_total")

    values = {value["mention_id"]: value for value in map(value_of, scored)}
    unscored = [values[f"m{number}"] for number in (0, 1, 2, 7)]
    for value in unscored:
        assert (value["label"], value["probabilities"]) == ("unscored", [])
        assert (value["lang"], value["model"].partition("@")[0]) == ("nl", "tiny")
    models = [values[f"m{number}"]["model"].partition("@")[0] for number in (3, 4, 5, 6)]
    assert models == ["tiny", "tiny", "tiny-pl", "tiny"]
    assert [values[f"m{number}"].get("lang") for number in (3, 4, 5, 6)] == ["en", "en", "pl", None]
    assert "unscored" not in [values[f"m{number}"]["label"] for number in (3, 4, 5, 6)]
    told = value_of(window)
    assert (told["brand"], told["mentions"], told["unscored"]) == ("brand 0", 8, 4)
    assert told["negatives"] <= 4
    assert {labels: count for labels, count in counted.items() if count} == {
        'language="en",outcome="scored"': 3,
        'language="pl",outcome="scored"': 1,
        'language="other",outcome="unscored"': 4,
    }
    assert labels['label="unscored"'] == 4


async def test_a_repeat_after_a_kill_is_byte_for_byte_the_same(
    kafka: Kafka, topic_prefix: str, tmp_path: Path
) -> None:
    topics = await declare_topics(kafka.bootstrap, topic_prefix)
    sent = [Record(value=value, partition=0) for value in mentions()]
    await produce(kafka.bootstrap, topics.mentions, sent)
    kills = tmp_path / "kills"
    kills.write_text("1")
    crash = {"SQUALL_CRASH_AT": "after_scored", "SQUALL_CRASH_COUNT": str(kills)}
    settings = variables(tmp_path) | crash
    with Worker("scorer", kafka.bootstrap, topic_prefix, variables=settings) as worker:
        await worker.ended()
        worker.start_again()
        await worker.ready()
        await until(lambda: sum(worker.metrics("squall_mentions_total").values()) >= len(sent))
    found: dict[str | None, list[bytes | None]] = {}
    for record in await read_all(kafka.bootstrap, topics.scored):
        if header(record, "ce_type") == SCORED:
            found.setdefault(header(record, "ce_id"), []).append(record.value)
    assert len(found) == len(sent)
    assert all(len(values) == 2 and len(set(values)) == 1 for values in found.values())


def test_a_backtest_takes_the_same_path(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in variables(tmp_path).items():
        monkeypatch.setenv(name, value)
    recorded, windows = tmp_path / "mentions.jsonl", tmp_path / "windows.jsonl"
    recorded.write_bytes(b"".join(value + b"\n" for value in mentions()))
    backtest([recorded], windows=windows)
    first = json.loads(windows.read_text().splitlines()[0])
    assert (first["mentions"], first["unscored"]) == (8, 4)


async def test_a_model_that_does_not_know_its_language_ends_the_start(
    kafka: Kafka, topic_prefix: str, tmp_path: Path
) -> None:
    await declare_topics(kafka.bootstrap, topic_prefix)
    settings = variables(tmp_path)
    settings["SQUALL_SCORER__MODELS"] = json.dumps({"de": str(tmp_path / "polish")})
    with Worker("scorer", kafka.bootstrap, topic_prefix, variables=settings) as worker:
        assert await worker.ended() == 77
        assert "scorer.models.de: tiny-pl@" in worker.log()
        assert "was tried on pl alone" in worker.log()
