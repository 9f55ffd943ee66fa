"""Whether an address tells who wrote what lies there: many hold their author's name or id."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from urllib.parse import unquote

_WORD = re.compile(r"[^\W_]+")


def names_author(address: str, names: Iterable[str | None]) -> bool:
    """Return whether one of an author's ``names`` (and ids) stands in an address.

    Letter case, percent signs and what stands between words don't count; parts of words do not
    match. A number or a short word may be found where it means something else.

    >>> names_author("https://social.example/@Ann%5FLee/1017", ["ann.lee", None])
    True
    >>> names_author("https://social.example/status/1017", ["ann.lee", "101"])
    False
    """
    place = f" {_words(unquote(address))} "
    found = (_words(name) for name in names if name)
    return any(words and f" {words} " in place for words in found)


def _words(text: str) -> str:
    return " ".join(_WORD.findall(unicodedata.normalize("NFKC", text).casefold()))
