"""What a text is about, told by words and phrases: one list a language, in ``theme_terms``.

A list knows words, not meaning: see docs/themes.md for how often it is right.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from functools import cache
from pathlib import Path
from typing import Final

import yaml

from app.core.language import language_of
from app.core.terms import TermIndex
from app.core.themes import THEMES
from app.inference.text import prepared

LANGUAGES: Final = ("ar", "de", "en", "es", "fr", "hi", "it", "pl", "pt")

_FOLDER: Final = Path(__file__).parent / "theme_terms"
_MAX_CHARACTERS: Final = 2_000  # bounds the work on one text; complaints are shorter
_ARABIC: Final = re.compile("[\u0600-\u06ff]")
_GLUED: Final = re.compile("\\b(?:[وف]?[بك]?ال|[وف]?لل)(?=[\u0621-\u064a]{3})")
_ARABIC_FORMS: Final = dict(zip("أإآٱىة", "اااايه", strict=True))
_ARABIC_MARKS: Final = "ـًٌٍَُِّْ"
# The marks of Devanagari become letters, or they would cut each word into pieces; both signs of a
# nasal and those of an open vowel count as one, the dot below and the silent sign for nothing.
_DEVANAGARI_MARKS: Final = dict(
    zip(
        "\u093e\u093f\u0940\u0941\u0942\u0943\u0947\u0948\u094b\u094c\u0949\u0945\u0902\u0901",
        "\u0906\u0907\u0908\u0909\u090a\u090b\u090f\u0910\u0913\u0914\u0913\u090f\u0919\u0919",
        strict=True,
    )
)
_UNHEARD: Final = "\u093c\u094d\u0903"
_COMMON: Final = 0x3000  # the alphabets and their signs lie below
_LATIN_WITH_ACCENTS: Final = "".join(map(chr, range(0xC0, 0x250)))


def themes_of(text: str, language: str | None) -> tuple[str, ...]:
    """Return the themes of ``text``, sorted; none when no word tells.

    ``language``: a BCP 47 tag. English words count in every language; where there is no list for
    the language, those of all nine do.
    """
    code = language_of(language)
    return _lists(code if code in LANGUAGES else None).find(plain(prepared(text[:_MAX_CHARACTERS])))


def plain(text: str) -> str:
    """Return ``text`` as it is compared: without accents, and in Arabic without the article.

    >>> plain("Żółta Straße, déjà vu"), plain("والشحنة")
    ('Zolta Straße, deja vu', 'شحنه')
    """
    if text.isascii():
        return text.replace("-", " ")
    text = unicodedata.normalize("NFKC", text).translate(_same())
    return _GLUED.sub("", text) if _ARABIC.search(text) else text


def term_lists(language: str) -> dict[str, list[str]]:
    """Return the words and phrases of one of ``LANGUAGES`` by theme, as they stand in its file."""
    text = (_FOLDER / f"{language}.yaml").read_text("utf-8")
    lists: dict[str, list[str]] = yaml.safe_load(text)
    return {theme: lists[theme] for theme in THEMES}


@cache
def _same() -> dict[int, str]:
    bare = {sign: unicodedata.normalize("NFD", sign)[0] for sign in _LATIN_WITH_ACCENTS}
    return str.maketrans(
        {
            # A character that is not in the table costs ``translate`` an exception within.
            **{chr(code): chr(code) for code in range(_COMMON)},
            **{sign: base for sign, base in bare.items() if sign != base},
            **dict(zip("łŁøØ", "lLoO", strict=True)),
            **_ARABIC_FORMS,
            **_DEVANAGARI_MARKS,
            **dict.fromkeys(_ARABIC_MARKS + _UNHEARD, ""),
            "-": " ",
            "\u2010": " ",
            "\u2011": " ",
            "\u2013": " ",
            "\u2019": "'",
        }
    )


class _Lists:
    """The terms of some languages; one with " + " in it is found when all of its parts are."""

    def __init__(self, pairs: Iterable[tuple[str, str]]) -> None:
        numbers: dict[str, int] = {}
        self._by_first: dict[int, list[tuple[frozenset[int], str]]] = {}
        for term, theme in sorted(pairs):
            parts = [numbers.setdefault(part, len(numbers)) for part in term.split(" + ")]
            self._by_first.setdefault(parts[0], []).append((frozenset(parts), theme))
        self._index = TermIndex(numbers)

    def find(self, text: str) -> tuple[str, ...]:
        numbers = self._index.find(text)
        themes = {
            theme
            for first in numbers
            for parts, theme in self._by_first.get(first, ())
            if parts <= numbers
        }
        return tuple(sorted(themes))


@cache
def _lists(language: str | None) -> _Lists:
    read = LANGUAGES if language is None else dict.fromkeys((language, "en"))
    return _Lists(
        (plain(term), theme)
        for code in read
        for theme, terms in term_lists(code).items()
        for term in terms
    )
