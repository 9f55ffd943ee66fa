"""Copies share a fingerprint, other texts do not; authors stay apart and unnamed."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.core.fingerprint import author_pseudonym, text_fingerprint

ORIGINAL = "Third week without my order, and nobody answers"

COPIES = [
    "third week without my order and nobody answers!!!",
    "  Third   week without\nmy order, and nobody answers ... ",
    "RT @ann_b: Third week without my order, and nobody answers",
    "rt @ann_b rt @bob: Third week without my order, and nobody answers",
    "RT: Third week without my order, and nobody answers",
    "@BrandHelp @ceo Third week without my order, and nobody answers",
    "@ann@social.example Third week without my order, and nobody answers",
    "Third week without my order, and nobody answers https://t.co/abc?x=1",
    "Third week without my order, and nobody answers www.example.com",
    "Third week without my order, and nobody answers pic.twitter.com/Ab12",
    "Ｔhird week without my order, and nobody answers",
    "Third we\u200bek without my order, and nobody answers",
    "“Third week without my order, and nobody answers”",
]

OTHERS = [
    "Third week without my order, and nobody answers me",
    "Fourth week without my order, and nobody answers",
    "my order, and nobody answers Third week without",
    "Third week without my order, and nobody answers 😡",
    "",
]


@pytest.mark.parametrize("copy", COPIES)
def test_a_copy_has_the_same_fingerprint(copy: str) -> None:
    assert text_fingerprint(copy) == text_fingerprint(ORIGINAL)


@pytest.mark.parametrize("other", OTHERS)
def test_another_text_has_another(other: str) -> None:
    assert text_fingerprint(other) != text_fingerprint(ORIGINAL)


@pytest.mark.parametrize(
    ("one", "two"),
    [
        ("https://a.example/1", "https://a.example/2"),
        ("😡", "😊"),
        ("zażółć", "zazolc"),
        ("order 17", "order 18"),
        ("कि", "का"),
        ("RT says hi", "says hi"),
        ("!!!", "???"),
    ],
)
def test_what_carries_meaning_counts(one: str, two: str) -> None:
    assert text_fingerprint(one) != text_fingerprint(two)


@pytest.mark.parametrize(
    ("one", "two"),
    [("Q&amp;A at five", "Q&A at five"), ("I ❤️ it", "I ❤ it"), ("STRASSE", "straße")],
)
def test_what_carries_none_does_not(one: str, two: str) -> None:
    assert text_fingerprint(one) == text_fingerprint(two)


def test_fingerprints_are_the_same_in_every_process_and_release() -> None:
    # Recorded logs hold them: a change here is a change of format.
    assert text_fingerprint(ORIGINAL) == "a7a23481e8edf8b2"
    assert author_pseudonym("x", "42") == "42b509b280a42c7e"


@given(st.text(max_size=200))
def test_any_text_has_sixteen_digits(text: str) -> None:
    fingerprint = text_fingerprint(text)
    assert len(fingerprint) == 16
    assert int(fingerprint, 16) >= 0


def test_authors_are_apart_by_platform_id_and_salt() -> None:
    names = [("x", "1", ""), ("x", "2", ""), ("y", "1", ""), (None, "1", ""), ("x", "1", "s")]
    assert len({author_pseudonym(*name) for name in names}) == len(names)
    assert author_pseudonym(None, "1") == author_pseudonym("", "1")
