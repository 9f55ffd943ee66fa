"""The words of a text that are worth counting, none of which names a person by design.

User names, links, e-mail addresses, long numbers and the author's own name are left out. A name
written in a sentence ("the manager, Anna") is a word like others and stays: see docs/themes.md.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from functools import cache
from typing import Final

from app.core.language import language_of
from app.core.themes import TERM_MAX_CHARS, TERMS_MAX
from app.inference.text import LINK, prepared
from app.inference.themes import LANGUAGES

_MAX_CHARACTERS: Final = 2_000
_DIGITS_MAX: Final = 4  # more are an order, an account or a plate, and may lead to a person
_INVISIBLE: Final = re.compile("[\u00ad\u200b-\u200f\u2060\ufeff]")
# Every quantifier before a required character is bounded: a hostile text can't make one quadratic.
_USER: Final = re.compile(r"[\w.+%-]{0,64}@[\w.@-]{0,128}")  # e-mail addresses too
_LINK: Final = re.compile(
    rf"\b{LINK}s?(?:://\S*|\b)|\bwww\.\S+|\b[\w-]{{1,63}}(?:\.[\w-]{{1,63}}){{1,4}}/\S*"
)
# Signs of vowels are no letters to ``re``; the blocks of India are words but for their full stops.
_MARKS: Final = "\u0300-\u036f\u0610-\u061a\u064b-\u065f\u0670\u0900-\u0963\u0966-\u0dff"
_WORD: Final = re.compile(rf"[^\W_](?:[^\W_]++|[{_MARKS}])*+")
_ASCII_WORD: Final = re.compile("[a-z0-9]+")
_ROMANISED_HINDI: Final = """
aap aapka aapke aapki aaya aayi aaye abhi apna apne apni aur baad bahut bhi bola bole bolte diya
diye gaya gayi gaye hai hain haan hota hoti hua hui hue hun hoon isme iska iski iske jaise jab
kaam kaise kar karo karke karna karne karta karte kiya kisi koi kuch kuchh kya kyu kyun lekin liya
liye log main maine mein mera mere meri mujhe nahi nahin par phir raha rahe rahi sab saath tha the
thi toh unka unke unki uska uske uski wala wale wali woh yaar yeh
"""


def terms_of(text: str, language: str | None, author: Iterable[str | None] = ()) -> tuple[str, ...]:
    """Return at most ``TERMS_MAX`` different words, NFKC and case-folded, as they come first.

    A word has three letters, two in Arabic or Devanagari, and is no stop word of ``language`` (a
    BCP 47 tag; of all nine languages when it is unknown). ``author``: names and ids of who wrote
    the text, none of whose words are returned.

    >>> terms_of("@anna the COURIER lost my parcel #shame https://x.example 24h", "en")
    ('courier', 'lost', 'parcel', 'shame')
    """
    dropped = stop_words(language_of(language))
    names = [_shown(name) for name in author if name]
    own = {*names, *(word for name in names for word in _words(name))}
    found: dict[str, None] = {}
    for word in _words(_without_addresses(_shown(_begin(text)))):
        if word not in dropped and word not in own and word not in found and _is_worth(word):
            found[word] = None
            if len(found) == TERMS_MAX:
                break
    return tuple(found)


@cache
def stop_words(language: str | None) -> frozenset[str]:
    """Return the words of an ISO 639-1 language that say nothing, of all nine for None.

    Source: the stopwords-iso collection; for Hindi in Latin letters a short list of our own.
    """
    import stopwordsiso

    known = language is not None and stopwordsiso.has_lang(language)
    codes = [language] if known and language is not None else list(LANGUAGES)
    words = {part for word in stopwordsiso.stopwords(codes) for part in _words(_shown(word))}
    return frozenset(words.union(_ROMANISED_HINDI.split() if "hi" in codes else ()))


def _begin(text: str) -> str:
    """Return the part of the text that is looked at; its last word whole, or an address cut in two
    would leave a name behind, and a post that its platform cut with "…" half a word or link.
    """
    if len(text) > _MAX_CHARACTERS:
        return prepared(re.sub(r"\S*\Z", "", text[:_MAX_CHARACTERS]))
    whole = prepared(text)
    return whole.rpartition(" ")[0] if whole.endswith("…") else whole


def _without_addresses(text: str) -> str:
    if "@" in text:
        text = _USER.sub(" ", text)
    # Any link begins so or has a slash; most texts have neither, and the search is slow.
    return _LINK.sub(" ", text) if LINK in text or "www." in text or "/" in text else text


def _shown(text: str) -> str:
    if text.isascii():
        return text.lower()
    return _INVISIBLE.sub("", unicodedata.normalize("NFKC", text)).casefold()


def _words(shown: str) -> list[str]:
    pattern = _ASCII_WORD if shown.isascii() else _WORD
    found: list[str] = pattern.findall(shown)
    return found


def _is_worth(word: str) -> bool:
    if word.isalpha() and 3 <= len(word) <= TERM_MAX_CHARS:
        return True  # most words: no letter is a digit too
    least = 2 if "\u0600" <= word[0] <= "\u06ff" or "\u0900" <= word[0] <= "\u097f" else 3
    letters = sum(map(str.isalpha, word))
    digits = sum(map(str.isdigit, word))
    return letters >= least and digits <= _DIGITS_MAX and len(word) <= TERM_MAX_CHARS
