"""What of a text tells its language: its letters, and the script they are of."""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from functools import lru_cache
from typing import Final

from app.core.language import CODES
from app.inference.text import LINK, USER, prepared

MAIN_SHARE: Final = 0.7  # of the letters, from where a text counts as written in one script
_MAX_CHARACTERS: Final = 2_000  # what a model reads of a text, and bounds the work on the rest
_DROPPED: Final = re.compile(rf"{USER}\b|\b{LINK}\b|^\s*RT\b")

_SCRIPTS: Final = {
    "ARABIC": "ar fa ks ku ps sd ug ur",
    "ARMENIAN": "hy",
    "BENGALI": "as bn",
    "CJK": "ja zh",
    "CYRILLIC": "ab av ba be bg ce cv kk kv ky mk mn os ru sr tg tt uk uz",
    "DEVANAGARI": "hi mr ne sa",
    "ETHIOPIC": "am ti",
    "GEORGIAN": "ka",
    "GREEK": "el",
    "GUJARATI": "gu",
    "GURMUKHI": "pa",
    "HANGUL": "ko",
    "HEBREW": "he yi",
    "KANNADA": "kn",
    "KHMER": "km",
    "LAO": "lo",
    "MALAYALAM": "ml",
    "MYANMAR": "my",
    "ORIYA": "or",
    "SINHALA": "si",
    "TAMIL": "ta",
    "TELUGU": "te",
    "THAANA": "dv",
    "THAI": "th",
    "TIBETAN": "bo dz",
}
_ALSO_IN_LATIN: Final = "az hi kk ku mn sr uz"  # Hindi: as people type it, see ``romanised``
_OTHERS: Final = frozenset(" ".join(_SCRIPTS.values()).split())
_WRITTEN: Final = {
    **{script: frozenset(codes.split()) for script, codes in _SCRIPTS.items()},
    "LATIN": (CODES - _OTHERS) | frozenset(_ALSO_IN_LATIN.split()),
}
_JAPANESE: Final = frozenset({"HIRAGANA", "KATAKANA", "KATAKANA-HIRAGANA", "BOPOMOFO"})


def plain(text: str) -> str:
    """Return the words of a text, small, without links, user names, signs, digits and emoji.

    The word of a hashtag stays, and so do apostrophes and hyphens within words. Letters drawn as
    mathematical or full-width signs become plain ones. At most 2,000 characters are looked at.

    >>> plain("@anna Świetne!! 😍 #Polecam https://shop.example/x 10/10")
    'świetne polecam'
    """
    text = _DROPPED.sub(" ", prepared(text[:_MAX_CHARACTERS]))
    text = unicodedata.normalize("NFKC", text).lower()
    kept = "".join(sign if _is_of_a_word(sign) else " " for sign in text)
    return " ".join(word for word in kept.split() if any(map(str.isalpha, word)))


def letters(words: str) -> int:
    """Return how many letters there are, vowel signs of Indic scripts not counted."""
    return sum(map(str.isalpha, words))


def script(words: str) -> str | None:
    """Return the script of at least 70 % of the letters, as Unicode names it; None for a mixture.

    Chinese characters and kana are one script, CJK.

    >>> script("привет"), script("okay, привет")
    ('CYRILLIC', None)
    """
    counts = Counter(_script(sign) for sign in words if sign.isalpha())
    ((name, count),) = counts.most_common(1) or [("", 0)]
    return name if count >= MAIN_SHARE * counts.total() > 0 else None


def written_in(name: str) -> frozenset[str]:
    """Return the ISO 639-1 languages that are written in a script; none for one we don't know."""
    return _WRITTEN.get(name, frozenset())


def _is_of_a_word(sign: str) -> bool:
    return sign.isalpha() or sign in "'’-" or unicodedata.category(sign).startswith("M")


@lru_cache(maxsize=4096)
def _script(letter: str) -> str:
    name = unicodedata.name(letter, "UNKNOWN").partition(" ")[0]
    return "CJK" if name in _JAPANESE else name
