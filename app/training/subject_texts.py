"""The texts that readers of themes and flags labelled, read from where they lie."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

ROOT = Path(__file__).parents[2] / "benchmarks"
THEMES_SEEN = ROOT / "themes" / "seen.jsonl"
FLAGS_SEEN = ROOT / "flags" / "texts.jsonl"


class Labelled(NamedTuple):
    """A text, its ISO 639-1 language, its themes and its flags."""

    text: str
    language: str
    themes: frozenset[str]
    flags: frozenset[str]


def labelled() -> Iterator[Labelled]:
    """Yield every text that may be learnt from: none of a test split is among them."""
    shop = {row["id"]: row["text"] for row in _shop()}
    for path in (THEMES_SEEN, FLAGS_SEEN):
        for row in _rows(path):
            text = row.get("text") or shop[row["id"]]
            themes, flags = frozenset(row["themes"]), frozenset(row["flags"])
            yield Labelled(text, row["id"][:2], themes, flags)


def _shop() -> Iterator[dict[str, Any]]:
    for path in sorted((ROOT / "shop").glob("**/*.jsonl")):
        yield from _rows(path)


def _rows(path: Path) -> Iterator[dict[str, Any]]:
    yield from map(json.loads, path.read_text("utf-8").splitlines())
