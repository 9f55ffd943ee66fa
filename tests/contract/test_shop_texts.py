"""The shop-domain texts: what training and evaluation may rely on."""

from __future__ import annotations

import hashlib
import json
import re
import unicodedata
from bisect import bisect_left
from collections import Counter
from pathlib import Path

import pytest

from app.training.examples import key

FOLDER = Path(__file__).parents[2] / "benchmarks" / "shop"
LANGUAGES = ("ar", "de", "en", "es", "fr", "hi", "it", "pl", "pt")
ROUND_ENDS = (2_000, 4_000)  # numbers of the second and the third


def texts(language: str) -> list[dict[str, str]]:
    lines = (FOLDER / f"{language}.jsonl").read_text("utf-8").splitlines()
    return [json.loads(line) for line in lines]


def is_test(text: dict[str, str]) -> bool:
    """Tell whether the text is of the test split, which is never trained on (README)."""
    return int(hashlib.sha256(text["id"].encode()).hexdigest()[:8], 16) % 5 == 0


def later(language: str) -> list[dict[str, str]]:
    """Return the second and third rounds' texts, which are for training alone."""
    lines = (FOLDER / "more" / f"{language}.jsonl").read_text("utf-8").splitlines()
    return [json.loads(line) for line in lines]


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


def test_the_later_rounds_are_labelled_and_counted_as_the_readme_says() -> None:
    found = [text for language in LANGUAGES for text in later(language)]
    rounds = Counter(bisect_left(ROUND_ENDS, int(text["id"][3:])) for text in found)
    third = Counter(
        text["kind"] for text in found if bisect_left(ROUND_ENDS, int(text["id"][3:])) == 1
    )
    readme = (FOLDER / "README.md").read_text("utf-8")
    kinds = {text["kind"] for language in LANGUAGES for text in texts(language)}
    assert {tuple(text) for text in found} == {("id", "text", "label", "kind")}
    assert len({text["id"] for text in found}) == len(found)
    assert {text["kind"] for text in found} == kinds
    assert {text["label"] for text in found if text["kind"] == "sarcasm"} == {"negative"}
    assert f"a second round of {rounds[0]:,} texts" in readme
    assert f"a third of {rounds[1]:,} " in readme
    assert f"The fourth round, {rounds[2]:,} texts" in readme
    for kind, count in third.items():
        assert re.search(rf"^\| `{kind}` \|.*\| {count} \|$", readme, re.MULTILINE), kind


def test_no_text_of_the_third_and_fourth_round_stands_anywhere_else() -> None:
    everything = [text for language in LANGUAGES for text in texts(language) + later(language)]
    count = Counter(key(text["text"]) for text in everything)
    last = [text for text in everything if int(text["id"][3:]) > ROUND_ENDS[0]]
    assert [text["id"] for text in last if count[key(text["text"])] > 1] == []
