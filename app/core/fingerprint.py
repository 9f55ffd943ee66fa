"""Short names for texts and authors: equal for copies, stable across processes, not to be read
back.
"""

from __future__ import annotations

import hashlib
import html
import re
import unicodedata

_DIGEST_BYTES = 8  # 16 hex digits; two of a million different texts collide with 3 in 10^8
# Every quantifier before a required character is bounded: a hostile text can't make one quadratic.
_URL = re.compile(r"(?:https?://|www\.)\S+|\b[\w-]{1,63}(?:\.[\w-]{1,63}){1,4}/\S*")
_USER = re.compile(r"(?<![\w.])@\w[\w.-]{0,63}(?:@[\w.-]{1,63})?")
_REPOST = re.compile(
    r"(?:\s{0,8}\brt\b\s{0,8}:?\s{0,8}@\w[\w.@-]{0,127}|\s{0,8}\brt\s{0,8}:){1,16}"
)
_VARIATION_SELECTORS = range(0xFE00, 0xFE10)  # the same emoji in colour or in black


def text_fingerprint(text: str) -> str:
    """Return 16 hex digits, equal for texts that say the same words in the same order.

    Letter case, width and compatibility forms, repost prefixes, addresses, user names, punctuation,
    spacing and invisible characters don't count; digits, emoji and accents do. A text of nothing
    but addresses or punctuation stands for itself.

    >>> text_fingerprint("RT @ann: Late AGAIN!! https://t.co/x") == text_fingerprint("late again")
    True
    """
    plain = plain_text(text)
    words = plain_words(plain) or plain.strip()
    return _digest(words, person=b"squall.text")


def author_pseudonym(platform: str | None, author_id: str, salt: str = "") -> str:
    """Return 16 hex digits for an author: the same in every process with the same salt.

    Without a salt anybody who has a list of account ids can find whose pseudonym it is.
    """
    return _digest(f"{platform or ''}\0{author_id}", person=b"squall.author", salt=salt)


def plain_text(text: str) -> str:
    """Return a text without letter case, character references and forms of width."""
    return unicodedata.normalize("NFKC", html.unescape(text)).casefold()


def plain_words(plain: str) -> str:
    """Return the words of a plain text, one space between two: what copies have in common."""
    repost = _REPOST.match(plain)
    body = plain[repost.end() :] if repost else plain
    # Every address has one of these, and few texts have any: the searches took half of the time.
    if "/" in body or "www." in body:
        body = _URL.sub(" ", body)
    if "@" in body:
        body = _USER.sub(" ", body)
    return " ".join(body.translate(_KEPT).split())


class _Kept(dict[int, str]):
    """What stays of each character, worked out when it is first seen."""

    def __missing__(self, code: int) -> str:
        character = chr(code)
        category = unicodedata.category(character)
        if category == "Cf" or code in _VARIATION_SELECTORS:
            kept = ""  # invisible: must not split a word either
        elif category[0] in "LMN" or category in ("Sc", "So"):
            kept = character
        else:
            kept = " "
        self[code] = kept
        return kept


_KEPT = _Kept()


def _digest(value: str, *, person: bytes, salt: str = "") -> str:
    key = hashlib.blake2b(salt.encode("utf-8", "surrogatepass")).digest() if salt else b""
    data = value.encode("utf-8", "surrogatepass")
    return hashlib.blake2b(data, digest_size=_DIGEST_BYTES, key=key, person=person).hexdigest()
