"""`squall verify` and `squall explain` over recorded files: exit codes, words, and bad input."""

from __future__ import annotations

import gzip
import io
import json
import sys
from pathlib import Path

import pytest

from app.cli.main import run
from app.stream.offline import log_line
from app.stream.records import Record
from app.wire import log
from tests.unit.verifying import world

Capture = pytest.CaptureFixture[str]
RESTLESS = {
    "SQUALL_SCORER__ENGINE": "hash",
    "SQUALL_DETECTOR__WARM_BLOCKS": "5",
    "SQUALL_DETECTOR__MINIMUM_NEGATIVES": "3",
    "SQUALL_DETECTOR__MINIMUM_AUTHORS": "2",
    "SQUALL_DETECTOR__RECOVER_MINUTES": "5",
    "SQUALL_DETECTOR__RESOLVE_MINUTES": "10",
}


@pytest.fixture(autouse=True)
def settings(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in RESTLESS.items():
        monkeypatch.setenv(name, value)


@pytest.fixture
def mentions(tmp_path: Path) -> Path:
    path = tmp_path / "mentions.jsonl"
    values = [source.value or b"" for source in world(0, 300).sources.values()]
    path.write_bytes(b"\n".join(values) + b"\n")
    return path


@pytest.fixture
def recorded(tmp_path: Path) -> Path:
    """The same as a recorded log, packed."""
    path = tmp_path / "log.jsonl.gz"
    messages = [log.encode(record) for record in world(0, 300).records]
    lines = [
        log_line(Record("mentions.scored", 0, offset, 0, one.key, one.value, one.headers))
        for offset, one in enumerate(messages)
    ]
    path.write_bytes(gzip.compress(b"".join(lines)))
    return path


def events(tmp_path: Path, source: Path, capsys: Capture) -> Path:
    assert run(["backtest", str(source)]) == 0
    path = tmp_path / "events.jsonl"
    path.write_text(capsys.readouterr().out)
    assert '"type":"opened"' in path.read_text()
    return path


def test_a_backtests_events_are_verified_by_the_same_mentions(
    tmp_path: Path, mentions: Path, capsys: Capture
) -> None:
    told = events(tmp_path, mentions, capsys)
    assert run(["verify", str(told), "--from", str(mentions)]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert len(lines) == len(told.read_text().splitlines())
    assert all(line.startswith("ok: event ") for line in lines)


def test_one_changed_number_ends_with_1_and_is_named(
    tmp_path: Path, mentions: Path, capsys: Capture
) -> None:
    told = events(tmp_path, mentions, capsys)
    line = next(line for line in told.read_text().splitlines() if '"type":"opened"' in line)
    event = json.loads(line)
    event["evidence"]["negatives"] += 1
    path = tmp_path / "event.json"
    path.write_text(json.dumps(event, indent=2))
    assert run(["verify", str(path), "--from", str(mentions), "--json"]) == 1
    found = json.loads(capsys.readouterr().out)
    assert found["verdict"] == "differs"
    assert found["event"] == event["id"]
    (difference,) = [one for one in found["differences"] if one["path"] == "$.evidence.negatives"]
    assert difference["told"] == difference["recomputed"] + 1
    assert found["checked"]["mentions"] > 0

    assert run(["verify", str(path), "--from", str(mentions)]) == 1
    assert "$.evidence.negatives: told" in capsys.readouterr().out


def test_a_changed_text_ends_with_1(
    tmp_path: Path, recorded: Path, mentions: Path, capsys: Capture
) -> None:
    told = events(tmp_path, recorded, capsys)
    line = next(line for line in told.read_text().splitlines() if '"type":"opened"' in line)
    told.write_text(line)
    cited = json.loads(line)["evidence"]["top_mentions"][0]["mention_id"]
    text = mentions.read_text().splitlines()
    place = next(n for n, one in enumerate(text) if json.loads(one)["id"] == cited)
    text[place] = text[place].replace('"text":"', '"text":"not ')
    mentions.write_text("\n".join(text))
    assert run(["verify", str(told), "--from", str(recorded), "--from", str(mentions)]) == 1
    assert ".fingerprint: told" in capsys.readouterr().out


def test_a_recorded_log_with_the_texts_beside_it(
    tmp_path: Path, recorded: Path, mentions: Path, capsys: Capture
) -> None:
    told = events(tmp_path, recorded, capsys)
    beside = ["--from", str(recorded), "--from", str(mentions)]
    assert run(["verify", str(told), *beside]) == 0
    capsys.readouterr()
    assert run(["verify", str(told), "--from", str(recorded)]) == 1
    out = capsys.readouterr().out
    assert "not verifiable: event" in out
    assert "is not at hand any more" in out


def test_a_log_that_was_cut_at_its_beginning_is_not_verifiable(
    tmp_path: Path, recorded: Path, mentions: Path, capsys: Capture
) -> None:
    told = events(tmp_path, recorded, capsys)
    cut = tmp_path / "cut.jsonl"
    cut.write_bytes(b"".join(gzip.decompress(recorded.read_bytes()).splitlines(keepends=True)[3:]))
    assert run(["verify", str(told), "--from", str(cut), "--from", str(mentions)]) == 1
    out = capsys.readouterr().out
    assert "partition 0 of the log no longer goes back to its beginning" in out
    assert "ok: event" not in out
    assert explain(cut, "larkmoor", "2024-01-01T05:00:00Z") == 0
    assert "another decision may have been taken" in capsys.readouterr().out


def test_an_event_may_come_from_stdin(
    tmp_path: Path, mentions: Path, capsys: Capture, monkeypatch: pytest.MonkeyPatch
) -> None:
    told = events(tmp_path, mentions, capsys)
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(told.read_bytes())))
    assert run(["verify", "-", "--from", str(mentions)]) == 0


BROKEN = {
    "no JSON": b"{",
    "a list": b"[1]",
    "no id": b'{"brand": "a", "type": "opened"}',
    "a key twice": b'{"id": "1", "id": "2", "brand": "a", "type": "opened"}',
    "not a number": b'{"id": "1", "brand": "a", "type": "opened", "seq": NaN}',
    "no UTF-8": b'{"id": "\xff"}',
    "too deep": b'{"id":' + b"[" * 100_000,
    "too long": b'{"id": "' + b"x" * 300_000 + b'"}',
    "nothing": b"",
    "blank": b"\n\n",
}


@pytest.mark.parametrize("value", BROKEN.values(), ids=BROKEN)
def test_what_is_no_event_ends_with_65(
    value: bytes, tmp_path: Path, mentions: Path, capsys: Capture
) -> None:
    path = tmp_path / "event.json"
    path.write_bytes(value)
    assert run(["verify", str(path), "--from", str(mentions)]) == 65
    assert "give one as" in capsys.readouterr().err


def test_a_missing_file_ends_with_65(tmp_path: Path, mentions: Path, capsys: Capture) -> None:
    assert run(["verify", str(tmp_path / "none.json"), "--from", str(mentions)]) == 65
    path = tmp_path / "event.json"
    path.write_text('{"id": "1", "brand": "larkmoor", "type": "opened"}')
    assert run(["verify", str(path), "--from", str(tmp_path / "none.jsonl")]) == 65
    assert capsys.readouterr().err.count("none.json") == 2


def test_an_event_of_an_unknown_brand_differs(
    tmp_path: Path, mentions: Path, capsys: Capture
) -> None:
    path = tmp_path / "event.json"
    path.write_text('{"id": "1", "brand": "nobody", "type": "opened"}')
    assert run(["verify", str(path), "--from", str(mentions)]) == 1
    assert "gives nobody no such event" in capsys.readouterr().out


def explain(source: Path, brand: str, at: str, *more: str) -> int:
    return run(["explain", brand, "--at", at, "--from", str(source), *more])


def test_explain_names_the_gate_and_the_decision(
    tmp_path: Path, mentions: Path, recorded: Path, capsys: Capture
) -> None:
    told = events(tmp_path, mentions, capsys)
    rows = [json.loads(line) for line in told.read_text().splitlines()]
    opened = next(row for row in rows if row["type"] == "opened")
    seconds = opened["time_ms"] // 1000 - 1_704_067_200 - 7
    at = f"2024-01-{1 + seconds // 86_400:02}T{seconds // 3_600 % 24:02}:"
    at += f"{seconds // 60 % 60:02}:{seconds % 60:02}Z"
    assert explain(mentions, "Larkmoor", at, "--json") == 0
    found = json.loads(capsys.readouterr().out)
    assert found["verdict"] == "opened"
    assert found["end_ms"] == opened["time_ms"]
    assert found["held_by"] is None
    assert {one["channel"] for one in found["look"]["scales"]} == {"negatives", "mentions"}

    assert explain(recorded, "larkmoor", "2024-01-01T05:00:00Z") == 0
    out = capsys.readouterr().out
    assert "larkmoor, 2024-01-01T04:59:30Z to 2024-01-01T05:00:00Z: nothing begins" in out
    assert "held by: " in out


def test_explain_refuses_what_it_cannot_know(
    mentions: Path, recorded: Path, capsys: Capture
) -> None:
    assert explain(mentions, "nobody", "2024-01-01T05:00:00Z") == 65
    assert explain(mentions, "larkmoor", "2023-12-01T05:00:00Z") == 65
    assert explain(mentions, "larkmoor", "2034-01-01T05:00:00Z") == 65
    assert explain(mentions, "larkmoor", "yesterday") == 64
    assert explain(mentions, "\u200b", "2024-01-01T05:00:00Z") == 64
    assert explain(mentions.with_name("none"), "larkmoor", "2024-01-01T05:00:00Z") == 65
    assert explain(mentions, "larkmoor", "2024-01-01T05:00:00Z", "--from", str(recorded)) == 65
    err = capsys.readouterr().err
    for words in ("no mention of nobody", "first seen at", "judged up to", "no RFC 3339 time"):
        assert words in err
