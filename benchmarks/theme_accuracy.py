"""How often themes are right, on shop texts that were read for what they are about: as the bundled
model and the lists of words tell them together, and by the lists alone, which are all there is with
another model.

``python -m benchmarks.theme_accuracy`` prints it and writes ``results/theme_accuracy.json``. The
texts are the test split of ``benchmarks/shop``; their labels, and how they were made, are in
``themes``; docs/themes.md says how far the lists were made without sight of them, and what the
model learnt from.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, NamedTuple

from app.core.themes import THEMES
from app.inference.engine import Engine, answers_of
from app.inference.subjects import Subjects
from app.inference.themes import LANGUAGES, themes_of, with_subjects
from app.inference.transformer import load_transformer

ROOT = Path(__file__).parent
LABELS = ROOT / "themes" / "labels.jsonl"
SEEN = ROOT / "themes" / "seen.jsonl"  # of training texts: to make lists with, not to judge them by
RESULT = ROOT / "results" / "theme_accuracy.json"
TEXTS_MIN = 10  # labelled with a theme, from where its F1 counts in the mean


class Judged(NamedTuple):
    """A text's language, the themes that a reader gave it and those that the lists say."""

    language: str
    labelled: frozenset[str]
    found: frozenset[str]


def run() -> dict[str, Any]:
    """Return the model's name and its figures with the lists, and ``lists_alone``; see ``figures``.

    ``seen``: the mean of the lists alone on training texts, which whoever makes them may read.
    """
    engine = load_transformer()
    seen = judge(SEEN, is_told=True)
    return {
        "model": engine.model,
        **figures(read_by(engine)),
        "lists_alone": figures(),
        "seen": {
            "texts": len(seen),
            "macro_f1": macro_f1({theme: row(seen, theme) for theme in THEMES}),
        },
    }


def read_by(engine: Engine) -> dict[str, Subjects | None]:
    """Return what an engine reads in each labelled text, by the text's id."""
    texts = texts_of(LABELS)
    answers = answers_of(engine, list(texts.values()))
    return {name: answer.subjects for name, answer in zip(texts, answers, strict=True)}


def texts_of(file: Path) -> dict[str, str]:
    """Return the texts that a file labels, by their ids."""
    wanted = labels(file)
    return {name: text for name, text in _texts() if name in wanted}


def figures(subjects: Mapping[str, Subjects | None] | None = None) -> dict[str, Any]:
    """Return precision, recall and F1 by theme, and their means; shares 0..1.

    ``subjects``: what a model read, None for the lists alone. ``of_no_theme_given_one``: of the
    texts that a reader gave no theme, the share that got one. ``of_a_theme_given_none``: of those
    with a theme, the share that got none.
    """
    told = judge(LABELS, is_told=True, subjects=subjects)
    untold = judge(LABELS, is_told=False, subjects=subjects)
    rows = {theme: row(told, theme) for theme in THEMES}
    plain = [one for one in told if not one.labelled]
    themed = [one for one in told if one.labelled]
    return {
        "texts": len(told),
        "macro_f1": macro_f1(rows),
        "macro_f1_language_unknown": macro_f1({theme: row(untold, theme) for theme in THEMES}),
        "of_no_theme_given_one": share(bool(one.found) for one in plain),
        "of_a_theme_given_none": share(not one.found for one in themed),
        "by_theme": rows,
        "micro_f1_by_language": {
            code: micro_f1([one for one in told if one.language == code]) for code in LANGUAGES
        },
    }


def judge(
    file: Path, *, is_told: bool, subjects: Mapping[str, Subjects | None] | None = None
) -> list[Judged]:
    """Return every text that a file labels; ``is_told``: the lists are given its language.
    ``subjects``: see ``figures``.
    """
    texts, read = texts_of(file), subjects or {}
    found: list[Judged] = []
    for name, themes in labels(file).items():
        worded = themes_of(texts[name], name[:2] if is_told else None)
        found.append(Judged(name[:2], themes, frozenset(with_subjects(worded, read.get(name)))))
    return found


def labels(file: Path = LABELS) -> dict[str, frozenset[str]]:
    """Return the themes that a reader gave each text, by the text's id."""
    lines = map(json.loads, file.read_text("utf-8").splitlines())
    return {line["id"]: frozenset(line["themes"]) for line in lines}


def row(judged: Iterable[Judged], theme: str) -> dict[str, Any]:
    """Return one theme's labelled texts, precision, recall and F1 (0 where nothing is right)."""
    return figures_of((theme in one.labelled, theme in one.found) for one in judged)


def figures_of(judged: Iterable[tuple[bool, bool]]) -> dict[str, Any]:
    """Return labelled texts, precision, recall and F1 (0 where nothing is right) of pairs: whether
    a reader says so of a text, and whether the code does.
    """
    pairs = list(judged)
    right = pairs.count((True, True))
    labelled, found = (sum(pair[side] for pair in pairs) for side in (0, 1))
    return {
        "labelled": labelled,
        "precision": round(right / found, 3) if found else 0.0,
        "recall": round(right / labelled, 3) if labelled else 0.0,
        "f1": round(2 * right / (labelled + found), 3) if labelled + found else 0.0,
    }


def macro_f1(rows: Mapping[str, Mapping[str, Any]]) -> float:
    """Return the mean F1 over themes of at least ``TEXTS_MIN`` labelled texts."""
    counted: list[float] = [one["f1"] for one in rows.values() if one["labelled"] >= TEXTS_MIN]
    return round(sum(counted) / len(counted), 3)


def micro_f1(judged: Iterable[Judged]) -> float:
    """Return F1 over all pairs of text and theme together."""
    several = list(judged)
    right = sum(len(one.labelled & one.found) for one in several)
    total = sum(len(one.labelled) + len(one.found) for one in several)
    return round(2 * right / total, 3) if total else 0.0


def share(claims: Iterable[bool]) -> float:
    """Return the share of true claims, 0 when there are none."""
    several = list(claims)
    return round(sum(several) / len(several), 3) if several else 0.0


def _texts() -> Iterable[tuple[str, str]]:
    files = (ROOT / "shop" / part / f"{code}.jsonl" for part in ("", "more") for code in LANGUAGES)
    for file in files:
        for line in file.read_text("utf-8").splitlines():
            text = json.loads(line)
            yield text["id"], text["text"]


if __name__ == "__main__":
    document = json.dumps(run(), indent=1) + "\n"
    RESULT.write_text(document, "utf-8")
    sys.stdout.write(document)
