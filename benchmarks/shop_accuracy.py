"""How the bundled model does on the test split of our own shop texts, by language and by kind."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

from app.core.mention import Label
from app.inference.engine import Score
from app.inference.load import load_engine
from app.inference.scoring import score_texts

FOLDER = Path(__file__).parent / "shop"
LABELS = (Label.NEGATIVE, Label.NEUTRAL, Label.POSITIVE)
Judged = tuple[dict[str, str], Label]  # a text, and the likeliest label (no abstaining here)


def run() -> dict[str, Any]:
    """Return macro-F1 and negative recall of the test split, 0..1, in all and by language and
    kind.
    """
    texts = [text for path in sorted(FOLDER.glob("*.jsonl")) for text in _held_out(path)]
    scores = score_texts(
        load_engine("transformer"), [text["text"] for text in texts], timeout_s=600
    )
    judged = [(text, _likeliest(score)) for text, score in zip(texts, scores, strict=True)]
    languages = sorted({text["id"][:2] for text in texts})
    kinds = sorted({text["kind"] for text in texts})
    return {
        "texts": len(texts),
        "macro_f1": macro_f1(judged),
        "by_language": {
            language: {
                "macro_f1": macro_f1(part),
                "negative_recall": accuracy(j for j in part if j[0]["label"] == Label.NEGATIVE),
            }
            for language in languages
            if (part := [j for j in judged if j[0]["id"].startswith(language)])
        },
        "accuracy_by_kind": {
            kind: accuracy(j for j in judged if j[0]["kind"] == kind) for kind in kinds
        },
    }


def macro_f1(judged: Sequence[Judged]) -> float:
    """Return the mean F1 of the three labels."""
    return round(sum(_f1(judged, label) for label in LABELS) / len(LABELS), 3)


def accuracy(judged: Iterable[Judged]) -> float:
    """Return the share judged as labelled."""
    rights = [text["label"] == label for text, label in judged]
    return round(sum(rights) / len(rights), 3)


def _f1(judged: Sequence[Judged], label: Label) -> float:
    both = sum(text["label"] == found == label for text, found in judged)
    either = sum((text["label"] == label) + (found == label) for text, found in judged)
    return 2 * both / either if either else 0.0


def _held_out(path: Path) -> list[dict[str, str]]:
    texts = [json.loads(line) for line in path.read_text("utf-8").splitlines()]
    return [t for t in texts if int(hashlib.sha256(t["id"].encode()).hexdigest()[:8], 16) % 5 == 0]


def _likeliest(score: object) -> Label:
    assert isinstance(score, Score)  # noqa: S101 - a text of ours that can't be scored ends it
    return LABELS[score.probabilities.index(max(score.probabilities))]
