"""Whether a writer is angry or afraid, told by words and phrases: one list a language, in
``emotion_terms``, and by how a complaint is shouted.

A list knows words, not meaning: docs/emotions.md says how often it is right.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Final

import yaml

from app.core.emotions import ANGER, EMOTIONS, FEAR
from app.core.mention import Label
from app.inference.themes import TermLists, comparable, listed, plain, read_for

FELT: Final = frozenset({Label.NEGATIVE, Label.UNCERTAIN})  # labels of texts that can have one
OTHERS: Final = "others"  # whose emotion it is, where a text tells of somebody else's
LISTS: Final = (*(f"{is_so}{one}" for one in EMOTIONS for is_so in ("", "no_")), OTHERS)
_MAYBE: Final = "_maybe"
_FOLDER: Final = Path(__file__).parent / "emotion_terms"
_SHOUTED: Final = re.compile(r"!{3}|[?!]*(?:\?!|!\?)")
_AND: Final = "\u0648"  # Arabic writes it onto the word that follows


def emotions_of(text: str, language: str | None, label: Label) -> tuple[str, ...] | None:
    """Return which of ``EMOTIONS`` the writer shows, sorted; () for none, and None where that is
    not told: the text has no label, or a language without a list.

    ``language``: a BCP 47 tag; where it is unknown, all nine lists are looked through. Only a text
    that is negative, or may be, has one: a denial, a joke or praise in words of anger is none.
    """
    code = listed(language)
    if label is Label.UNSCORED or (language is not None and code is None):
        return None
    if label not in FELT:
        return ()
    found = _lists(code).find(comparable(text))
    if OTHERS in found:
        return ()
    felt = {one for one in EMOTIONS if _is_felt(one, found)}
    if ANGER not in felt and FEAR not in felt and _SHOUTED.search(text):
        felt.add(ANGER)
    return tuple(sorted(felt))


def emotion_terms(language: str) -> dict[str, list[str]]:
    """Return the lists of one of ``app.inference.themes.LANGUAGES`` by name, as its file has
    them.
    """
    lists: dict[str, list[str]] = yaml.safe_load((_FOLDER / f"{language}.yaml").read_text("utf-8"))
    return lists


def _is_felt(emotion: str, found: set[str]) -> bool:
    return emotion in found or (emotion + _MAYBE in found and f"no_{emotion}" not in found)


@cache
def _lists(language: str | None) -> TermLists[str]:
    return TermLists(
        (form, name)
        for code in read_for(language)
        for name, terms in emotion_terms(code).items()
        for term in terms
        for form in _forms(plain(term), code)
    )


def _forms(term: str, language: str) -> Iterator[str]:
    yield term
    if language == "ar":
        yield _AND + term
