"""What a text is about, told by words and phrases: one list a language, in ``theme_terms``; and by
what the model reads, where it reads subjects.

A list knows words, not meaning: see docs/themes.md for how often each is right.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Hashable, Iterable
from functools import cache, lru_cache
from pathlib import Path
from typing import Final, Generic, TypeVar

import yaml

from app.core.flags import FLAGS
from app.core.language import language_of
from app.core.terms import TermIndex
from app.core.themes import THEMES
from app.inference.subjects import Subjects
from app.inference.text import prepared

Label = TypeVar("Label", bound=Hashable)

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
_THEMES: Final = frozenset(THEMES)
_FLAGS: Final = frozenset(FLAGS)
_COMMON: Final = 0x3000  # the alphabets and their signs lie below
_LATIN_WITH_ACCENTS: Final = "".join(map(chr, range(0xC0, 0x250)))


def themes_of(text: str, language: str | None) -> tuple[str, ...]:
    """Return the themes that words of ``text`` tell, sorted; none when no word does.

    ``language``: a BCP 47 tag. English words count in every language; where there is no list for
    the language, those of all nine do.
    """
    return tuple(sorted(_lists(listed(language)).find(comparable(text))))


def with_subjects(worded: tuple[str, ...], subjects: Subjects | None) -> tuple[str, ...]:
    """Return a text's themes by its words and by what the model read, if it reads any, sorted.

    A theme that the model is certain of needs no word, one that it finds likely does, and no other
    one counts, whatever the words.

    >>> with_subjects(("delivery", "price"), Subjects(("safety",), ("delivery", "safety")))
    ('delivery', 'safety')
    """
    if subjects is None:
        return worded
    return tuple(sorted((set(worded) & set(subjects.likely)) | (_THEMES & set(subjects.certain))))


def flags_of(subjects: Subjects | None) -> tuple[str, ...] | None:
    """Return which of ``FLAGS`` a text claims, sorted; None where no model looked for them."""
    return None if subjects is None else tuple(sorted(set(subjects.certain) & _FLAGS))


def listed(language: str | None) -> str | None:
    """Return the one of ``LANGUAGES`` that a BCP 47 tag names, None for another."""
    code = language_of(language)
    return code if code in LANGUAGES else None


def read_for(language: str | None) -> tuple[str, ...]:
    """Return the languages whose lists are looked through: its own and English, or all nine."""
    return LANGUAGES if language is None else tuple(dict.fromkeys((language, "en")))


@lru_cache(maxsize=1)  # themes and author kinds look through the same text, one after the other
def comparable(text: str) -> str:
    """Return the beginning of a text as lists are looked for in it."""
    return plain(prepared(text[:_MAX_CHARACTERS]))


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


class TermLists(Generic[Label]):
    """Terms, each with a label; one with " + " in it is found when all of its parts are."""

    def __init__(self, pairs: Iterable[tuple[str, Label]]) -> None:
        numbers: dict[str, int] = {}
        self._by_first: dict[int, list[tuple[frozenset[int], Label]]] = {}
        for term, label in pairs:
            parts = [numbers.setdefault(part, len(numbers)) for part in term.split(" + ")]
            self._by_first.setdefault(parts[0], []).append((frozenset(parts), label))
        self._index = TermIndex(numbers)

    def find(self, text: str) -> set[Label]:
        """Return the labels of all terms that are in the text, which is ``plain``."""
        numbers = self._index.find(text)
        return {
            label
            for first in numbers
            for parts, label in self._by_first.get(first, ())
            if parts <= numbers
        }


@cache
def _lists(language: str | None) -> TermLists[str]:
    return TermLists(
        (plain(term), theme)
        for code in read_for(language)
        for theme, terms in term_lists(code).items()
        for term in terms
    )
