"""What is left of a text for telling its language, and which script it is in."""

from __future__ import annotations

import pytest

from app.inference.language import letters
from app.inference.language.letters import plain, script, written_in
from app.inference.language.romanised import is_romanised_hindi


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", ""),
        ("😡😡 !!! 100% 5/10", ""),
        ("https://shop.example/refund?x=1 @acme_help", ""),
        ("RT @acme: Świetne &amp; TANIE", "świetne tanie"),
        ("#BlackFriday l'affaire", "blackfriday l'affaire"),
        ("caf\\u00e9 ouvert", "café ouvert"),
        ("𝐁𝐨𝐥𝐝 ｗｉｄｅ", "bold wide"),
        ("हिन्दी", "हिन्दी"),
        ("- ' ’", ""),
        ("lone \ud800 surrogate", "lone surrogate"),
        ("a" * 10_000, "a" * 2_000),
    ],
)
def test_only_words_are_left(text: str, words: str) -> None:
    assert plain(text) == words


def test_vowel_signs_are_no_letters_of_their_own() -> None:
    assert letters.letters(plain("की")) == 1
    assert letters.letters(plain("ab 12 ć")) == 3


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("zażółć", "LATIN"),
        ("مرحبا", "ARABIC"),
        ("東京タワーへ", "CJK"),
        ("안녕하세요", "HANGUL"),
        ("okay привет", None),
        ("okay okay, we all say привет", "LATIN"),
        ("", None),
        ("ᏣᎳᎩ", "CHEROKEE"),
    ],
)
def test_the_script_of_most_letters(text: str, name: str | None) -> None:
    assert script(plain(text)) == name


def test_scripts_know_their_languages() -> None:
    assert {"pl", "en", "hi", "sr"} <= written_in("LATIN")
    assert written_in("LATIN").isdisjoint({"ru", "ar", "ja", "el"})
    assert "hi" in written_in("DEVANAGARI")
    assert written_in("CHEROKEE") == frozenset()


@pytest.mark.parametrize(
    "text",
    [
        "order kab aayega bhai teen din ho gaye",
        "delivery wale ne phone hi nahi kiya",
        "bahut accha product hai, paisa vasool",
    ],
)
def test_romanised_hindi_is_known_by_its_words(text: str) -> None:
    assert is_romanised_hindi(plain(text))


@pytest.mark.parametrize(
    "text",
    [
        "I want to buy a koi for the pond so say hi to me",
        "hai detto che ho torto ma non me lo spieghi",
        "me gusta la bandeja paisa que se sirve de noche",
        "mijn naam is de Vries en ik wacht op de maan",
        "gaya rambut ke salon agar rapi",
        "ich mein ja nur, so ein Saal ist mir zu klein",
        "",
    ],
)
def test_what_shares_words_with_it_is_not(text: str) -> None:
    assert not is_romanised_hindi(plain(text))
