"""docs/emotions.md says what was measured, and what the lists of today still make of it."""

from __future__ import annotations

import json
from pathlib import Path

from benchmarks import emotion_accuracy

PAGE = (Path(__file__).parents[2] / "docs" / "emotions.md").read_text("utf-8")
RESULT = json.loads(emotion_accuracy.RESULT.read_text("utf-8"))


def test_the_page_says_what_was_measured() -> None:
    rows = emotion_accuracy.page_rows(RESULT)
    assert [row for row in rows if row not in PAGE] == [], "python -m benchmarks.emotion_accuracy"


def test_the_lists_are_those_that_were_measured() -> None:
    made = emotion_accuracy.run(emotion_accuracy.negative)
    for name in emotion_accuracy.SHOWN:
        for way in ("lists_alone", "language_unknown"):
            assert made[name][way] == RESULT[name][way], "python -m benchmarks.emotion_accuracy"
    assert made["plain_shop_texts"] == RESULT["plain_shop_texts"]
