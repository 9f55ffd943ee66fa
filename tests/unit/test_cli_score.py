"""`squall score` with the hash engine: one line a text, in order, or a named error."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from app.cli.score import score
from app.errors import InputError, ModelError, UsageError
from app.inference.hash import hash_probabilities

TEXTS = [f"text {number}" for number in range(600)]


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "texts.jsonl"
    path.write_text("".join(json.dumps({"text": text}) + "\n" for text in TEXTS))
    return path


def test_each_text_has_its_line_in_order(file: Path, tmp_path: Path) -> None:
    output = tmp_path / "scored.jsonl"
    score(file, engine="hash", output=output)
    rows = [json.loads(line) for line in output.read_text().splitlines()]
    assert [tuple(row["probabilities"]) for row in rows] == [hash_probabilities(t) for t in TEXTS]
    assert {row["model"] for row in rows} == {"hash@1"}
    assert rows[0].keys() == {"label", "probabilities", "model"}


def test_an_id_comes_along(tmp_path: Path, capfdbinary: pytest.CaptureFixture[bytes]) -> None:
    path = tmp_path / "texts.jsonl"
    path.write_text('{"text": "a", "id": "m-1"}\n\n{"text": "a", "id": 2, "more": []}\n')
    score(path, engine="hash")
    rows = [json.loads(line) for line in capfdbinary.readouterr().out.splitlines()]
    assert [row["id"] for row in rows] == ["m-1", 2]


@pytest.mark.parametrize("line", ['{"txt": "a"}', '{"text": 1}', "[]", "{", '{"text": "\\ud800"}'])
def test_a_broken_line_is_named_and_leaves_no_output(file: Path, tmp_path: Path, line: str) -> None:
    with file.open("a") as stream:
        stream.write(line + "\n")
    output = tmp_path / "scored.jsonl"
    with pytest.raises(InputError, match="line 601 is not"):
        score(file, engine="hash", output=output)
    assert [path.name for path in tmp_path.iterdir()] == [file.name]


def test_an_output_that_can_not_be_written_is_named(file: Path, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"scored\.jsonl can't be written: No such file"):
        score(file, engine="hash", output=tmp_path / "none" / "scored.jsonl")


def test_an_unknown_engine_is_refused(file: Path) -> None:
    with pytest.raises(ModelError, match="use 'transformer' or 'hash'"):
        score(file, engine="other")
