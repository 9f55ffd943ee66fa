"""The texts of languages that are not supported, and what is promised of telling them apart."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from app.metrics.names import LANGUAGES
from benchmarks import language_accuracy

FOLDER = Path(__file__).parents[2] / "benchmarks" / "language"
FILES = ("cs", "id", "nl", "ru", "sv", "tr")


@pytest.mark.parametrize("language", FILES)
def test_each_text_is_named_and_stands_once(language: str) -> None:
    lines = (FOLDER / f"{language}.jsonl").read_text("utf-8").splitlines()
    texts = [json.loads(line) for line in lines]
    assert [text["id"] for text in texts] == [f"{language}-{n:04}" for n in range(1, 63)]
    assert {tuple(text) for text in texts} == {("id", "text")}
    assert len({text["text"].casefold() for text in texts}) == 62


def test_languages_are_told_apart_as_promised() -> None:
    found = language_accuracy.run()
    assert set(found["by_row"]) == {*LANGUAGES, *FILES, language_accuracy.ROMANISED}
    assert found["mean_accuracy_of_rows"] >= 0.97
    assert found["lost"] <= 0.001
    assert found["kept_out"] >= 0.99
    assert min(row["accuracy"] for row in found["by_row"].values()) >= 0.92
