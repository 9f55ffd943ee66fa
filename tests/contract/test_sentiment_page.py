"""The tables of docs/sentiment.md are those of the last measurement."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from benchmarks.sentiment_page import filled

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "sentiment.md").read_text("utf-8")
RESULT = json.loads((ROOT / "benchmarks/results/sentiment_accuracy.json").read_text("utf-8"))


def test_the_page_says_what_was_measured() -> None:
    assert filled(PAGE, RESULT) == PAGE, "run: python -m benchmarks.sentiment_accuracy"


def test_every_table_is_on_the_page() -> None:
    names = ("sets", "languages", "kinds", "sarcasm", "confusion", "failures")
    assert all(f"<!-- made: {name} -->\n" in PAGE for name in names)


def test_a_page_without_the_public_sets_has_our_own() -> None:
    own = {**RESULT, "sets": {"shop": RESULT["sets"]["shop"]}}
    assert "our own shop texts" in filled(PAGE, own)
    assert "TweetEval, test" not in filled(PAGE, own)


def test_an_unknown_marker_is_a_mistake() -> None:
    with pytest.raises(KeyError):
        filled("<!-- made: wishes -->\n<!-- end -->", RESULT)
