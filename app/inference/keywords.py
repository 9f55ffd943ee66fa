"""Risk keywords of a text: whole words or phrases that somebody set, by language and brand."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping, Sequence
from typing import NamedTuple

from app.core.language import language_of

ANY = "any"  # in place of a language: of all of them
# Signs of vowels are no letters to ``re``, and a word goes on behind one.
_INSIDE = r"[\w\u0300-\u036f\u0610-\u061a\u064b-\u065f\u0670\u0900-\u0963\u0966-\u0dff]"
# Written without spaces: Thai, Lao, Khmer, Myanmar, Chinese and Japanese have no word borders.
_UNSPACED = re.compile("[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u9fff]")
_INVISIBLE = re.compile("[\u00ad\u200b-\u200f\u2060\ufeff]")


class RiskKeyword(NamedTuple):
    """A name, and its words or phrases by ISO 639-1 code or ``ANY``; no ``brands``: of all."""

    name: str
    words: Mapping[str, Sequence[str]]
    brands: frozenset[str] = frozenset()


class RiskKeywords:
    """Finds which keywords are in a text.

    >>> found = RiskKeywords([RiskKeyword("recall", {"en": ["recall"], "de": ["Rückruf"]})])
    >>> found.of("They RECALL it.", "en", "acme"), found.of("I recalled it.", "en", "acme")
    (('recall',), ())
    >>> found.of("Ein RÜCKRUF!", "de", "acme"), found.of("Ein Rückruf!", "en", "acme")
    (('recall',), ())
    """

    def __init__(self, keywords: Sequence[RiskKeyword] = ()) -> None:
        self._keywords = sorted(keywords, key=lambda one: one.name)
        self._patterns = {
            (one.name, code): re.compile("|".join(map(_pattern, words)))
            for one in self._keywords
            for code, words in one.words.items()
        }

    def of(self, text: str, language: str | None, brand: str) -> tuple[str, ...]:
        """Return the names of the keywords in a text, sorted. ``language`` is a BCP 47 tag; of a
        text in an unknown one, the words of every language are looked for.
        """
        if not self._keywords:
            return ()
        code, seen = language_of(language), shown(text)
        return tuple(
            one.name
            for one in self._keywords
            if (not one.brands or brand in one.brands)
            and any(
                self._patterns[one.name, own].search(seen)
                for own in one.words
                if code is None or own in (ANY, code)
            )
        )


def shown(text: str) -> str:
    """Return a text as words are compared: NFKC, case-folded, without what nobody sees."""
    return _INVISIBLE.sub("", unicodedata.normalize("NFKC", text)).casefold()


def _pattern(word: str) -> str:
    parts = shown(word).split()
    found = r"\s+".join(re.escape(part) for part in parts)
    return found if _UNSPACED.search(found) else f"(?<!{_INSIDE}){found}(?!{_INSIDE})"
