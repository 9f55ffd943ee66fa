"""The languages that figures are kept by: the bundled model's nine, and two words for the rest.

A language's place in the list is part of stored states, so a new one is added at the end.
"""

from __future__ import annotations

from functools import lru_cache

from app.core.language import language_of

LANGUAGES = ("unknown", "other", "ar", "de", "en", "es", "fr", "hi", "it", "pl", "pt")


@lru_cache(maxsize=256)
def language_number(tag: str | None) -> int:
    """Return the place in ``LANGUAGES`` of a BCP 47 tag.

    >>> [LANGUAGES[language_number(tag)] for tag in ("pl-PL", "EN", "nl", "und", None)]
    ['pl', 'en', 'other', 'unknown', 'unknown']
    """
    language = language_of(tag)
    if language is None:
        return 0
    return LANGUAGES.index(language) if language in LANGUAGES else 1
