"""Words and phrases found in a text, all of a list in one pass."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable

PREFIX_MIN_CHARS = 3  # a shorter prefix matches half the dictionary
FIRSTS_MOST, FIRSTS_MAX_CHARS = 8_192, 32  # words that an index remembers: about a megabyte

_TOKEN = re.compile(r"\w+|[^\w\s]")
_INVISIBLE = re.compile("[\u00ad\u200b-\u200f\u2060\ufeff]")


def tokens(text: str) -> list[str]:
    """Return the words and single signs of ``text``, NFKC and case-folded, spaces left out.

    Invisible characters that a word can be cut with (soft hyphen, zero-width space) are dropped.

    >>> tokens("H&M otwiera sklep w Łodzi!")
    ['h', '&', 'm', 'otwiera', 'sklep', 'w', 'łodzi', '!']
    """
    if text.isascii():
        return _TOKEN.findall(text.lower())
    visible = _INVISIBLE.sub("", text)
    return _TOKEN.findall(unicodedata.normalize("NFKC", visible).casefold())


def is_term(term: str) -> bool:
    """Return whether ``term`` can be looked for: words, perhaps with ``*`` at the end."""
    stem = term.removesuffix("*")
    words = tokens(stem)
    if not words or "*" in stem:
        return False
    return stem == term or (len(words[-1]) >= PREFIX_MIN_CHARS and stem == stem.rstrip())


class TermIndex:
    """Finds terms by their number in the list given. A term matches whole words, in order.

    A trailing ``*`` lets the last word go on: ``żabk*`` finds "Żabka", "Żabki", not "Żabce".
    Signs count and spaces between words and signs do not: ``h&m`` finds "H & M", not "hm".

    >>> index = TermIndex(["apple", "apple pie", "żabk*"])
    >>> sorted(index.find("Apple pie z Żabki"))
    [0, 1, 2]
    """

    def __init__(self, terms: Iterable[str]) -> None:
        self._root = _Node()
        # Where single words lead from the root: the same ones come in every text.
        self._firsts: dict[str, tuple[_Node | None, tuple[int, ...]]] = {}
        for number, term in enumerate(terms):
            self._add(number, term)

    def find(self, text: str) -> set[int]:
        """Return the numbers of the terms that occur in ``text``."""
        words = tokens(text)
        firsts, found = self._firsts, set[int]()
        for start, word in enumerate(words, 1):
            node, ends = firsts.get(word) or self._first(word)
            if ends:
                found.update(ends)
            position = start
            while node is not None and position < len(words):
                node = node.step(words[position], found)
                position += 1
        return found

    def _first(self, word: str) -> tuple[_Node | None, tuple[int, ...]]:
        """Return the node behind a text's word and the terms that end with it; remember them."""
        ends = set[int]()
        first = self._root.step(word, ends), tuple(ends)
        if len(self._firsts) >= FIRSTS_MOST:
            self._firsts.clear()  # texts of made-up words must not fill it for good
        if len(word) <= FIRSTS_MAX_CHARS:
            self._firsts[word] = first
        return first

    def _add(self, number: int, term: str) -> None:
        words = tokens(term.removesuffix("*"))
        node = self._root
        for word in words[:-1]:
            node = node.after.setdefault(word, _Node())
        if term.endswith("*"):
            node.add_prefix(words[-1], number)
        else:
            node.after.setdefault(words[-1], _Node()).ends.append(number)


class _Node:
    """Where the words read so far lead: the step from here costs the same however many terms there
    are, so that neither a long list nor a text made of a list's first words slows the search.
    """

    __slots__ = ("_lengths", "_prefixes", "after", "ends")

    def __init__(self) -> None:
        self.after: dict[str, _Node] = {}
        self.ends: list[int] = []
        self._prefixes: dict[str, list[int]] = {}
        self._lengths: dict[str, list[int]] = {}  # of the prefixes, by their first three letters

    def add_prefix(self, prefix: str, number: int) -> None:
        self._prefixes.setdefault(prefix, []).append(number)
        lengths = self._lengths.setdefault(prefix[:PREFIX_MIN_CHARS], [])
        if len(prefix) not in lengths:
            lengths.append(len(prefix))

    def step(self, word: str, found: set[int]) -> _Node | None:
        """Return the node behind ``word``, and add the terms that end with it to ``found``."""
        if self._lengths:
            for length in self._lengths.get(word[:PREFIX_MIN_CHARS], ()):
                found.update(self._prefixes.get(word[:length], ()))
        node = self.after.get(word)
        if node is not None and node.ends:
            found.update(node.ends)
        return node
