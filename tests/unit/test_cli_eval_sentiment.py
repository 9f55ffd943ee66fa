"""`squall eval sentiment` with the hash engine: exact figures, or an error that names the line."""

from __future__ import annotations

import gzip
import json
from pathlib import Path
from typing import Any

import pytest
import zstandard

from app.cli.main import run
from app.inference.hash import hash_probabilities
from app.inference.quality import CLASSES

KEYS = {"macro_recall", "macro_f1", "accuracy", "ece", "abstained", "n", "by_language"}
TEXTS = [f"text {number}" for number in range(300)]


def likeliest(text: str) -> int:
    shares = hash_probabilities(text)
    return shares.index(max(shares))


def lines(**more: Any) -> list[dict[str, Any]]:
    """Return labelled texts of which the hash engine is right about all but each fifth."""
    return [
        {"text": text, "label": CLASSES[(likeliest(text) + (n % 5 == 0)) % 3], **more}
        for n, text in enumerate(TEXTS)
    ]


def write(path: Path, rows: list[dict[str, Any]]) -> Path:
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))
    return path


def evaluate(capsys: pytest.CaptureFixture[str], *arguments: object) -> dict[str, Any]:
    code = run(["eval", "sentiment", "--engine", "hash", "--json", *map(str, arguments)])
    out = capsys.readouterr().out
    assert code == 0, out
    report: dict[str, Any] = json.loads(out)
    return report


def refused(capsys: pytest.CaptureFixture[str], *arguments: object) -> str:
    code = run(["eval", "sentiment", "--engine", "hash", *map(str, arguments)])
    assert code == 65
    return capsys.readouterr().err


def test_the_figures_are_those_of_the_answers(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    report = evaluate(capsys, write(tmp_path / "a.jsonl", lines()))
    assert report.keys() == KEYS | {"model", "confusion"}
    assert (report["n"], report["model"]) == (300, "hash@1")
    assert report["accuracy"] == 0.8
    uncertain = sum(max(hash_probabilities(text)) < 0.5 for text in TEXTS)
    assert report["abstained"] == round(uncertain / 300, 4)
    assert sum(sum(row.values()) for row in report["confusion"].values()) == 300
    assert list(report["by_language"]) == ["und"]


def test_languages_are_apart_and_files_together(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    polish = write(tmp_path / "pl.jsonl", lines(lang="pl-PL")[:100])
    german = write(tmp_path / "de.jsonl", [r for r in lines(lang="de") if likeliest(r["text"])])
    report = evaluate(capsys, polish, german)
    found = report["by_language"]
    assert set(found) == {"de", "pl"}
    assert found["pl"]["n"] + found["de"]["n"] == report["n"]
    assert found["pl"].keys() == (KEYS - {"by_language"}) | {"confusion"}


@pytest.mark.parametrize("ending", ["gz", "zst"])
def test_a_packed_file_gives_the_same(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], ending: str
) -> None:
    plain = write(tmp_path / "a.jsonl", lines())
    packed = tmp_path / f"a.jsonl.{ending}"
    content = plain.read_bytes()
    packed.write_bytes(
        gzip.compress(content) if ending == "gz" else zstandard.ZstdCompressor().compress(content)
    )
    assert evaluate(capsys, packed) == evaluate(capsys, plain)


def test_labels_may_be_numbers(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    rows = lines()
    numbered = [{**row, "label": CLASSES.index(row["label"])} for row in rows]
    words = evaluate(capsys, write(tmp_path / "a.jsonl", rows))
    assert evaluate(capsys, write(tmp_path / "b.jsonl", numbered)) == words


def test_baselines_come_beside(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    rows = [{"text": "a great shop", "label": 2}, {"text": "awful", "label": 0}]
    report = evaluate(capsys, "--baseline", write(tmp_path / "a.jsonl", rows * 2))
    assert report["baselines"]["vader"]["accuracy"] == 1.0
    assert report["baselines"]["majority"]["accuracy"] == 0.5


def test_without_json_a_table_is_printed(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = write(tmp_path / "a.jsonl", lines(lang="pl"))
    assert run(["eval", "sentiment", "--engine", "hash", "--baseline", str(file)]) == 0
    out = capsys.readouterr().out
    assert all(part in out for part in ("300 texts, hash@1", "pl", "0.8000", "vader", "majority"))


@pytest.mark.parametrize(
    ("line", "part"),
    [
        ("{", "line 2 is not"),
        ('{"text": "a"}', "missing required field `label`"),
        ('{"label": 1}', "missing required field `text`"),
        ('{"text": null, "label": 1}', "line 2 is not"),
        ('{"text": "a", "label": "angry"}', "line 2 has none of the labels: write negative"),
        ('{"text": "a", "label": 3}', "line 2 has none of the labels"),
        ('{"text": "a", "label": true}', "line 2 is not"),
        ('{"text": "a", "label": 1, "lang": 5}', "line 2 is not"),
        ('{"text": "\\ud800", "label": 1}', "line 2 is not"),
    ],
)
def test_a_bad_line_is_named_with_what_to_do(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], line: str, part: str
) -> None:
    file = tmp_path / "a.jsonl"
    file.write_text('{"text": "fine", "label": 1}\n' + line + "\n")
    assert part in refused(capsys, file)


def test_an_empty_file_is_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "a.jsonl"
    file.write_text("\n\n")
    assert "no labelled text" in refused(capsys, file)


def test_a_missing_file_is_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert "No such file" in refused(capsys, tmp_path / "none.jsonl")


def test_no_file_at_all_is_a_wrong_command_line(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["eval", "sentiment"]) == 64
    assert "FILE" in capsys.readouterr().err


def test_a_missing_model_is_named(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = write(tmp_path / "a.jsonl", lines())
    assert run(["eval", "sentiment", "--model", str(tmp_path / "none"), str(file)]) == 77
    assert "is no folder" in capsys.readouterr().err


def test_a_text_that_fails_is_wrong_and_told(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    from app.inference.hash import HashEngine

    def marked(*_: Any, **__: Any) -> HashEngine:
        return HashEngine(markers=True)

    monkeypatch.setattr("app.inference.load.load_engine", marked)
    rows = [{"text": "[[nan]]", "label": 1}, *lines()[1:5]]
    code = run(["eval", "sentiment", "--json", str(write(tmp_path / "a.jsonl", rows))])
    shown = capsys.readouterr()
    assert code == 0
    assert json.loads(shown.out)["accuracy"] == 0.8
    assert "failed on 1 texts" in shown.err


def test_a_language_is_looked_for_where_it_matters_and_believed_where_it_is_given(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    from app.inference.hash import HashEngine
    from app.inference.language.identify import Identifier
    from app.inference.routing import RoutedEngine

    class Tried(HashEngine):
        languages = frozenset({"pl", "en"})

    def library(text: str) -> dict[str, float]:
        return {"pl": 0.9, "en": 0.1} if "paczka" in text else {"nl": 0.99, "en": 0.01}

    def routed(*_: Any, **__: Any) -> RoutedEngine:
        return RoutedEngine(Tried(), None, Identifier(library, {"pl", "en"}))

    monkeypatch.setattr("app.inference.load.load_engine", routed)
    dutch = "het pakket is nog steeds niet aangekomen"
    rows = [
        {"text": "gdzie jest moja paczka, czekam trzeci tydzień", "label": 0},
        {"text": dutch, "label": 0},
        {"text": dutch, "label": 0, "lang": "nl"},
        {"text": dutch, "label": 0, "lang": "en"},
    ]
    report = evaluate(capsys, write(tmp_path / "a.jsonl", rows))
    found = report["by_language"]
    assert {name: part["n"] for name, part in found.items()} == {"en": 1, "nl": 2, "pl": 1}
    assert found["nl"]["abstained"] == 1.0
    assert found["nl"]["confusion"]["negative"]["none"] == 2
    assert sum(found["en"]["confusion"]["negative"].values()) == 1
    assert found["en"]["confusion"]["negative"]["none"] == 0
