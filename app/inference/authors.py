"""What sort of author wrote a mention: told by its source, its author's name and following, and by
words and phrases, one list a language, in ``author_terms``.

What a source says itself is never doubted; a list knows words, not meaning: docs/authors.md says
how often it is right.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterator
from functools import cache
from pathlib import Path
from typing import Final

import yaml

from app.core.mention import Author, Mention, SourceKind
from app.inference.text import USER
from app.inference.themes import TermLists, comparable, listed, plain, read_for

CUSTOMER, ADVOCATE, MEDIA, INFLUENCER = "customer", "advocate", "media", "influencer"
KINDS: Final = (ADVOCATE, CUSTOMER, "employee", INFLUENCER, MEDIA, "partner")
PERSONS: Final = "persons"

LEAST: Final = 3  # points that a kind needs ...
CUSTOMER_LEAST: Final = 2  # ... or a customer, the usual one
# What buyers say others say too: a customer's points count up to ...
CUSTOMER_MOST, CUSTOMER_MOST_HINTED = 3, 2  # ... so many, beside a hint at another kind
HINT: Final = 2
FOLLOWED: Final = ((10_000, 1), (50_000, 1), (100_000, 1))  # followers, points for an influencer
_SOURCES: Final = {
    SourceKind.NEWS: (MEDIA, 3),
    SourceKind.REVIEW: (CUSTOMER, 2),
    SourceKind.SURVEY: (CUSTOMER, 2),
    SourceKind.SUPPORT: (CUSTOMER, 2),
}
_ASKED: Final = (SourceKind.SUPPORT, SourceKind.SURVEY)  # no hint outweighs these
_FOLDER: Final = Path(__file__).parent / "author_terms"

Hint = tuple[str, int, str]  # a kind, its points, the term that is worth them


def author_kind_of(
    mention: Mention, language: str | None, themes: Collection[str] = ()
) -> str | None:
    """Return one of ``KINDS`` for who wrote the mention, None where nothing tells.

    ``language``: a BCP 47 tag of the text, ``themes``: what ``themes_of`` finds in it. The kind
    with most points is told, if it has ``LEAST`` and more than each other. A source's own kind is
    not looked at.
    """
    points = Counter[str]()
    for kind, worth in (*_of_text(mention.text, language, bool(themes)), *_of_record(mention)):
        points[kind] += worth
    bought = points.pop(CUSTOMER, 0)
    if points[ADVOCATE] < LEAST:  # who speaks up for a shop mostly bought there
        hints = 0 if mention.source in _ASKED else max(points.values(), default=0)
        points[CUSTOMER] = min(bought, CUSTOMER_MOST if hints < HINT else CUSTOMER_MOST_HINTED)
    (first, most), (_, next_most) = [*points.most_common(2), ("", 0), ("", 0)][:2]
    least = CUSTOMER_LEAST if first == CUSTOMER else LEAST
    return first if most >= least and most > next_most else None


def kind_terms(name: str) -> Iterator[tuple[str, Hint]]:
    """Yield each term of a file of ``author_terms`` as it stands there, with what it hints at."""
    for kind, lists in yaml.safe_load((_FOLDER / f"{name}.yaml").read_text("utf-8")).items():
        for worth, terms in (lists if isinstance(lists, dict) else {0: lists}).items():
            for term in terms:
                yield term, (kind, worth, "" if kind == PERSONS else plain(term))


def _of_text(text: str, language: str | None, has_theme: bool) -> Iterator[tuple[str, int]]:
    shown = comparable(text)
    found = _lists(listed(language)).find(shown)
    for kind, worth, term in found:
        if term:
            yield kind, worth
    if has_theme:
        is_spoken = any(kind == PERSONS for kind, _, _ in found)
        yield CUSTOMER, 1 + is_spoken + shown.startswith(USER)


def _of_record(mention: Mention) -> Iterator[tuple[str, int]]:
    if mention.source in _SOURCES:
        yield _SOURCES[mention.source]
    if mention.rating is not None:
        yield CUSTOMER, 1
    if mention.author is not None:
        yield from _of_author(mention.author)


def _of_author(author: Author) -> Iterator[tuple[str, int]]:
    followers = author.followers or 0
    yield INFLUENCER, sum(worth for least, worth in FOLLOWED if followers >= least)
    if author.name:
        for kind, worth, _ in _names().find(plain(author.name)):
            yield kind, worth


@cache
def _lists(language: str | None) -> TermLists[Hint]:
    # Persons are of the text's own language alone: the English "i" is "and" in Polish.
    return TermLists(
        (plain(term), hint)
        for code in read_for(language)
        for term, hint in kind_terms(code)
        if code == language or hint[0] != PERSONS
    )


@cache
def _names() -> TermLists[Hint]:
    return TermLists((plain(term), hint) for term, hint in kind_terms("names"))
