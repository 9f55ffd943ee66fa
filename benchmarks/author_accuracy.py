"""How often the kind of an author is told right.

``python -m benchmarks.author_accuracy`` prints it and writes ``results/author_accuracy.json``.
``authors`` holds the labelled mentions, and its README says how they were made: the lists were made
with ``dev``, and ``blind`` was written when they were done. A third set was written before and for
another purpose: the test split of ``benchmarks/shop``, where complaints and orders are by customers
and news by the media.
"""

from __future__ import annotations

import json
import sys
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from hashlib import sha256
from pathlib import Path
from time import process_time
from typing import Any, NamedTuple

from app.core.mention import Author, Mention, Rating, SourceKind
from app.inference.authors import KINDS, author_kind_of
from app.inference.themes import LANGUAGES, themes_of

ROOT = Path(__file__).parent
RESULT = ROOT / "results" / "author_accuracy.json"
UNKNOWN = "unknown"
SPLITS = ("blind", "dev")
# Praise is left out: a reader may take it for a customer's or an advocate's.
BY_CUSTOMERS = ("complaint", "complaint_plain", "sarcasm", "mixed", "order_status")
SHOP_KINDS = dict.fromkeys(BY_CUSTOMERS, "customer") | {"news": "media"}
ROUNDS = 20  # over all mentions, for the time of one


class Labelled(NamedTuple):
    """A mention, its language and the kind of author that a reader gave it."""

    mention: Mention
    language: str
    kind: str


class Judged(NamedTuple):
    """The kind that a reader gave and the one that is told; ``unknown`` for none."""

    language: str
    labelled: str
    told: str


def run() -> dict[str, Any]:
    """Return ``accuracies()``, and what telling takes."""
    several = [one for split in SPLITS for one in labelled(split)]
    return {**accuracies(), "microseconds_a_mention": time_of_one(several)}


def accuracies() -> dict[str, Any]:
    """Return accuracy, share told, precision and recall by kind; shares 0..1.

    ``accuracy``: of all, those told as the reader did, where ``unknown`` is right for what the
    reader could not tell either. ``right_when_told``: of those that a kind was told for.
    """
    blind, dev = (list(labelled(split)) for split in SPLITS)
    return {
        "blind": figures(judge(blind)),
        "dev": figures(judge(dev)),
        "blind_text_alone": figures(judge(map(bare, blind))),
        "blind_language_unknown": figures(judge(blind, is_language_told=False)),
        "shop": figures(judge(shop())),
    }


def labelled(split: str) -> Iterator[Labelled]:
    """Yield the mentions of one of ``SPLITS``."""
    for line in (ROOT / "authors" / f"{split}.jsonl").read_text("utf-8").splitlines():
        found = json.loads(line)
        author, rating = found.get("author"), found.get("rating")
        mention = Mention(
            id=found["id"],
            text=found["text"],
            published_at_ms=0,
            source=SourceKind(found["source"]),
            author=None if author is None else Author(**author),
            rating=None if rating is None else Rating(**rating),
        )
        yield Labelled(mention, found["lang"], found["kind"])


def shop(*, is_test: bool = True) -> Iterator[Labelled]:
    """Yield the shop texts by customers and media, of the test split or of the other."""
    for code in LANGUAGES:
        for line in (ROOT / "shop" / f"{code}.jsonl").read_text("utf-8").splitlines():
            found = json.loads(line)
            name, kind = found["id"], SHOP_KINDS.get(found["kind"])
            in_test = int(sha256(name.encode()).hexdigest()[:8], 16) % 5 == 0
            if kind is not None and in_test is is_test:
                text = Mention(id=name, text=found["text"], published_at_ms=0)
                yield Labelled(text, code, kind)


def bare(one: Labelled) -> Labelled:
    """Return the same without all that is known of the mention beside its text."""
    mention = Mention(id=one.mention.id, text=one.mention.text, published_at_ms=0)
    return one._replace(mention=mention)


def judge(several: Iterable[Labelled], *, is_language_told: bool = True) -> list[Judged]:
    """Return what is told of each mention beside its label."""
    judged = list[Judged]()
    for one in several:
        language = one.language if is_language_told else None
        judged.append(Judged(one.language, one.kind, told(one.mention, language)))
    return judged


def told(mention: Mention, language: str | None) -> str:
    """Return the kind as the scorer tells it."""
    return author_kind_of(mention, language, themes_of(mention.text, language)) or UNKNOWN


def figures(judged: Sequence[Judged]) -> dict[str, Any]:
    """Return the figures of some judged mentions."""
    named = [one for one in judged if one.told != UNKNOWN]
    return {
        "mentions": len(judged),
        "accuracy": share(one.told == one.labelled for one in judged),
        "right_when_told": share(one.told == one.labelled for one in named),
        "unknown": share(one.told == UNKNOWN for one in judged),
        "by_kind": {
            kind: row(judged, kind)
            for kind in (*KINDS, UNKNOWN)
            if any(kind == one.labelled for one in judged)
        },
        "accuracy_by_language": {
            code: share(one.told == one.labelled for one in judged if one.language == code)
            for code in LANGUAGES
        },
    }


def row(judged: Iterable[Judged], kind: str) -> dict[str, Any]:
    """Return one kind's mentions, precision (None when it is told of none) and recall."""
    counts = Counter((one.labelled == kind, one.told == kind) for one in judged)
    right, missed, wrong = counts[True, True], counts[True, False], counts[False, True]
    return {
        "labelled": right + missed,
        "precision": round(right / (right + wrong), 3) if right + wrong else None,
        "recall": round(right / (right + missed), 3) if right else 0.0,
    }


def share(claims: Iterable[bool]) -> float:
    """Return the share of true claims, 0 when there are none."""
    several = list(claims)
    return round(sum(several) / len(several), 3) if several else 0.0


def time_of_one(several: Sequence[Labelled]) -> float:
    """Return the processor time of one on top of what its themes take, the best of some rounds."""
    themes = {one.mention.id: themes_of(one.mention.text, one.language) for one in several}
    best = float("inf")
    for _ in range(ROUNDS):
        started = process_time()
        for one in several:
            author_kind_of(one.mention, one.language, themes[one.mention.id])
        best = min(best, process_time() - started)
    return round(best / len(several) * 1e6, 1)


if __name__ == "__main__":
    document = json.dumps(run(), indent=1) + "\n"
    RESULT.write_text(document, "utf-8")
    sys.stdout.write(document)
