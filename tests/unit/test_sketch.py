"""C04: an edited copy shares hashes with its text, another text does not."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.core.sketch import HASHES, MOST_WORDS, SHARED, sketch_hashes, text_sketch

STORY = (
    "Parcels wait for weeks. The carrier closed its largest depot without a word on Friday, and ten"
    " thousand parcels are still lying there, say its drivers, who were told to stay at home. The"
    " company answered none of our questions."
)
BODY = STORY.split(". ", 1)[1]

EDITED = [
    STORY + " via Harbour News https://news.example/7",
    "BREAKING: " + STORY,
    "Chaos before the holidays: " + BODY,
    STORY[:150] + "...",
    "RT @harbour: Drivers sent home | " + BODY[:140] + "… https://t.example/x #parcels #depot",
    STORY.upper().replace(",", ""),
]

OTHERS = [
    "The carrier opened a new depot in the harbour on Monday and hired two hundred drivers for it",
    "Ten thousand people came to the summer fair of the carrier, where drivers told their stories",
    "I am still waiting for my parcel and nobody at the company answers my questions",
]


def shared(one: str, two: str) -> int:
    return len({*sketch_hashes(text_sketch(one))} & {*sketch_hashes(text_sketch(two))})


@pytest.mark.parametrize("copy", EDITED)
def test_an_edited_copy_shares_three_hashes_or_more(copy: str) -> None:
    assert shared(STORY, copy) >= SHARED


@pytest.mark.parametrize("other", OTHERS)
def test_another_text_shares_fewer(other: str) -> None:
    assert shared(STORY, other) < SHARED


def test_lists_of_tags_make_no_copies() -> None:
    tags = "$AAPL $GOOG $MSFT $AMZN $META $NFLX #stocks #trading #market"
    assert text_sketch(tags) == ""
    assert shared(f"{OTHERS[0]} {tags}", f"{OTHERS[2]} {tags}") == 0


@pytest.mark.parametrize(
    "text",
    [
        "",
        "!!!",
        "worst shop ever, never again",
        "buy " * 50,
        "https://a.example/b",
        "物流が止まった",
    ],
)
def test_what_is_too_short_to_tell_has_none(text: str) -> None:
    assert text_sketch(text) == ""


def test_six_words_are_enough() -> None:
    assert len(sketch_hashes(text_sketch("they never sent my new kettle"))) == SHARED


def test_of_a_long_text_the_beginning_counts() -> None:
    words = [f"word{number}" for number in range(MOST_WORDS)]
    assert text_sketch(" ".join(words)) == text_sketch(" ".join([*words, "and", "more"]))


def test_a_sketch_is_the_same_in_every_process_and_release() -> None:
    # Recorded logs hold them: a change here is a change of format.
    assert text_sketch("they never sent my new kettle") == "2b7a19426b076b5b8dcbaf92"


@given(st.text(max_size=300))
def test_any_text_has_none_or_three_to_eight(text: str) -> None:
    sketch = text_sketch(text)
    assert re.fullmatch(rf"(?:[0-9a-f]{{8}}){{{SHARED},{HASHES}}}|", sketch)
    assert sketch_hashes(sketch) == sorted(set(sketch_hashes(sketch)))
