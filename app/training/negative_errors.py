"""``python -m app.training.negative_errors``: how often a model calls a text negative, by language.

Counted as the detector counts, by the label with its abstentions, on the validation texts that fit
the calibration: test sets judge and set nothing. Written beside the model's manifest, whose name it
bears.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Iterable, Sequence
from pathlib import Path

from app.core.mention import Label
from app.inference.engine import Engine, Score
from app.inference.load import load_engine
from app.inference.negative_errors import CLASSES, FILE
from app.inference.scoring import InferenceThread
from app.inference.weights import ModelFolder
from app.training.examples import Example, validation

BATCH_TEXTS = 1_024
TIMEOUT_S = 600.0

Counts = dict[str, dict[str, list[int]]]  # language -> true class -> [labelled negative, texts]


def main() -> None:
    """Score the validation texts and write ``negative_errors.json`` into the model's folder."""
    parser = argparse.ArgumentParser(prog="python -m app.training.negative_errors")
    parser.add_argument("--model", type=Path, required=True, help="the model folder")
    parser.add_argument("--data", type=Path, required=True, help="folder of the public sets")
    options = parser.parse_args()
    texts = list(validation(options.data))
    (options.model / FILE).unlink(missing_ok=True)  # a model does not load with another one's
    engine = load_engine("transformer", model=options.model)
    counts = counted(texts, labels(engine, texts))
    (options.model / FILE).write_text(written(ModelFolder(options.model).model, counts), "utf-8")


def labels(engine: Engine, texts: Sequence[Example]) -> list[Label | None]:
    """Return the label of each text in its own language, None where the engine failed."""
    found: list[Label | None] = []
    with InferenceThread(engine, timeout_s=TIMEOUT_S) as inference:
        for start in range(0, len(texts), BATCH_TEXTS):
            batch = texts[start : start + BATCH_TEXTS]
            scores = inference.submit([one.text for one in batch], [one.language for one in batch])
            found += [one.label if isinstance(one, Score) else None for one in scores.result()]
    return found


def counted(texts: Iterable[Example], found: Iterable[Label | None]) -> Counts:
    """Return how many of each language's and class's texts were labelled negative, and of how many.

    >>> counted([Example("late", 0, "shop", "en")], [Label.NEGATIVE])["en"]["negative"]
    [1, 1]
    """
    counts: Counts = {}
    for text, label in zip(texts, found, strict=True):
        classes = counts.setdefault(text.language, {name: [0, 0] for name in CLASSES})
        row = classes[CLASSES[text.label]]
        row[0] += label is Label.NEGATIVE
        row[1] += label is not None
    return dict(sorted(counts.items()))


def written(model: str, counts: Counts) -> str:
    """Return the file's text, a line a language."""
    lines = [f"  {json.dumps(language)}: {json.dumps(row)}" for language, row in counts.items()]
    listed = ",\n".join(lines)
    return f'{{\n "model": {json.dumps(model)},\n "languages": {{\n{listed}\n }}\n}}\n'


if __name__ == "__main__":
    main()
