"""The shop-domain texts: what training and evaluation may rely on."""

from __future__ import annotations

import hashlib
import json
import unicodedata
from collections import Counter
from pathlib import Path

import pytest

FOLDER = Path(__file__).parents[2] / "benchmarks" / "shop"
LANGUAGES = ("ar", "de", "en", "es", "fr", "hi", "it", "pl", "pt")


def texts(language: str) -> list[dict[str, str]]:
    lines = (FOLDER / f"{language}.jsonl").read_text("utf-8").splitlines()
    return [json.loads(line) for line in lines]


def is_test(text: dict[str, str]) -> bool:
    """Tell whether the text is of the test split, which is never trained on (README)."""
    return int(hashlib.sha256(text["id"].encode()).hexdigest()[:8], 16) % 5 == 0


@pytest.mark.parametrize("language", LANGUAGES)
def test_each_text_is_labelled_and_named(language: str) -> None:
    found = texts(language)
    assert [text["id"] for text in found] == [f"{language}-{n:04}" for n in range(1, 351)]
    assert {tuple(text) for text in found} == {("id", "text", "label", "kind")}
    assert {text["label"] for text in found} == {"negative", "neutral", "positive"}
    assert Counter(text["kind"] for text in found)["complaint_plain"] == 70


def test_no_text_stands_twice() -> None:
    plain = Counter(
        " ".join(unicodedata.normalize("NFKC", text["text"]).casefold().split())
        for language in LANGUAGES
        for text in texts(language)
    )
    assert [text for text, count in plain.items() if count > 1] == []


def test_the_test_split_is_large_enough() -> None:
    held_out = [text for language in LANGUAGES for text in texts(language) if is_test(text)]
    assert len(held_out) >= 600
