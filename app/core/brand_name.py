"""One spelling a brand: what topics are keyed by, states are kept under and metrics may show."""

from __future__ import annotations

import re
import unicodedata

MAX_CHARS = 128

_SIGNS = frozenset(" ._-&'+")
_TYPOGRAPHIC = str.maketrans({"’": "'", "ʼ": "'", "‐": "-", "‑": "-", "‒": "-", "–": "-"})
_SPACES = re.compile(r" {2,}")


def canonical(name: str) -> str | None:
    """Return the canonical form of ``name``, or None when it has none.

    NFKC, case-folded, trimmed, runs of spaces as one; typographic apostrophes and hyphens
    become ``'`` and ``-``. None when nothing is left, more than 128 characters are, no letter
    or digit is among them, or a character is neither a letter (with its combining marks), a
    decimal digit, a space nor one of ``. _ - & ' +``. So control and zero-width characters
    never pass, and a name with a Cyrillic look-alike is another brand, not the same one.

    >>> canonical("  COCA–Cola ")
    'coca-cola'
    >>> canonical("Z\u0307abka") == canonical("Żabka")
    True
    >>> canonical("brand\\u200b") is None
    True
    """
    if len(name) > 4 * MAX_CHARS:
        return None
    folded = unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", name).casefold())
    # Composing can give something to fold again: once more makes it stable.
    folded = unicodedata.normalize("NFKC", folded.casefold())
    spelt = _SPACES.sub(" ", folded.translate(_TYPOGRAPHIC).strip(" "))
    return spelt if len(spelt) <= MAX_CHARS and _is_declared(spelt) else None


def _is_declared(name: str) -> bool:
    if name.isascii():
        return any(map(str.isalnum, name)) and all(c.isalnum() or c in _SIGNS for c in name)
    has_word = False
    may_be_marked = False
    for character in name:
        category = unicodedata.category(character)
        is_word = category[0] == "L" or category == "Nd"
        is_mark = category[0] == "M" and may_be_marked
        if not (is_word or is_mark or character in _SIGNS):
            return False
        has_word = has_word or is_word
        may_be_marked = is_word or is_mark
    return has_word
