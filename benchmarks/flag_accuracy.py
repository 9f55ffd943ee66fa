"""How often flags are right, on texts that were written and labelled for it.

``python -m benchmarks.flag_accuracy`` prints it and writes ``results/flag_accuracy.json``. The
texts, and how they were made, are in ``flags``; the model never learnt from these.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any, NamedTuple

from app.core.flags import FLAGS
from app.inference.engine import Engine, answers_of
from app.inference.themes import LANGUAGES, flags_of
from app.inference.transformer import load_transformer
from benchmarks.theme_accuracy import figures_of, share

ROOT = Path(__file__).parent
LABELS = ROOT / "flags" / "labels.jsonl"
RESULT = ROOT / "results" / "flag_accuracy.json"


class Judged(NamedTuple):
    """A text's language, the flags that a reader gave it and those that the model says."""

    language: str
    labelled: frozenset[str]
    found: frozenset[str]


def run() -> dict[str, Any]:
    """Return the model's name, texts, precision, recall and F1 by flag, and recall by language.

    ``of_no_flag_given_one``: of the texts that a reader gave no flag, the share that got one.
    """
    engine = load_transformer()
    judged = judge(engine)
    return {
        "model": engine.model,
        "texts": len(judged),
        "by_flag": {flag: row(judged, flag) for flag in FLAGS},
        "of_no_flag_given_one": share(bool(one.found) for one in judged if not one.labelled),
        "recall_by_language": {
            code: share(
                flag in one.found
                for one in judged
                if one.language == code
                for flag in sorted(one.labelled)
            )
            for code in LANGUAGES
        },
    }


def judge(engine: Engine) -> list[Judged]:
    """Return every labelled text with what an engine reads in it."""
    rows = [json.loads(line) for line in LABELS.read_text("utf-8").splitlines()]
    answers = answers_of(engine, [row["text"] for row in rows])
    return [
        Judged(row["id"][:2], frozenset(row["flags"]), frozenset(flags_of(answer.subjects) or ()))
        for row, answer in zip(rows, answers, strict=True)
    ]


def row(judged: Sequence[Judged], flag: str) -> dict[str, Any]:
    """Return one flag's labelled texts, precision, recall and F1 (0 where nothing is right)."""
    return figures_of((flag in one.labelled, flag in one.found) for one in judged)


if __name__ == "__main__":
    document = json.dumps(run(), indent=1) + "\n"
    RESULT.write_text(document, "utf-8")
    sys.stdout.write(document)
