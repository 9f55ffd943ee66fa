"""`squall score` with the hash engine: one line a text, in order, or a named error."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

import pytest

from app.cli.score import score
from app.errors import InputError, ModelError, UsageError
from app.inference.calibration import Calibration, Probabilities
from app.inference.hash import hash_probabilities
from app.inference.language.identify import Identifier
from app.inference.negative_errors import NegativeErrors
from app.inference.routing import RoutedEngine

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


@pytest.mark.parametrize(
    "line",
    ['{"txt": "a"}', '{"text": "a", "lang": 1}', '{"text": 1}', "[]", "{", '{"text": "\\ud800"}'],
)
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


class Dutchless:
    """An engine that knows Polish and English alone."""

    model = "m@1"
    calibration = Calibration()
    negative_errors = NegativeErrors()
    languages = frozenset({"en", "pl"})

    def score(self, texts: Sequence[str]) -> list[Probabilities]:
        return [(0.9, 0.05, 0.05) for _ in texts]


def test_the_language_is_told_and_an_unsupported_one_is_unscored(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfdbinary: pytest.CaptureFixture[bytes]
) -> None:
    engine = Dutchless()
    routed = RoutedEngine(engine, {}, Identifier(lambda words: {"nl": 1.0}, engine.languages))
    monkeypatch.setattr("app.inference.load.load_engine", lambda *_, **__: routed)
    path = tmp_path / "texts.jsonl"
    path.write_text(
        '{"text": "het pakket is er niet en niemand neemt op", "id": 1}\n'
        '{"text": "ok", "lang": "pl-PL"}\n{"text": "\\ud83d\\ude21"}\n'
    )
    score(path)
    rows = [json.loads(line) for line in capfdbinary.readouterr().out.splitlines()]
    unscored = {"label": "unscored", "probabilities": [], "model": "m@1", "lang": "nl", "id": 1}
    assert rows[0] == unscored
    assert (rows[1]["lang"], rows[1]["label"]) == ("pl", "negative")
    assert rows[2].keys() == {"label", "probabilities", "model"}
