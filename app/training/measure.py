"""Figures of a model on labelled texts: macro-F1, recalls, calibration error."""

from __future__ import annotations

from collections.abc import Sequence

import numpy
from numpy.typing import NDArray

from app.inference import quality
from app.training.examples import NEGATIVE, Example

Floats = NDArray[numpy.float32]
Integers = NDArray[numpy.int64]


def macro_f1(labels: Integers, found: Integers) -> float:
    """Return the mean of the three classes' F1, 0..100; one that never occurs is left out."""
    return 100 * quality.macro_f1(_confusion(labels, found))


def macro_recall(labels: Integers, found: Integers) -> float:
    """Return the mean of the three classes' recall, 0..100; a class without a text is left out."""
    return 100 * quality.macro_recall(_confusion(labels, found))


def recall(labels: Integers, found: Integers, of: int) -> float:
    """Return the share of a class's texts that were found, 0..100."""
    return float(100 * (found[labels == of] == of).mean())


def headline(texts: Sequence[Example], logits: Floats) -> dict[str, float]:
    """Return the few figures a run is followed by, each 0..100, of the sets that are there."""
    labels = numpy.array([text.label for text in texts])
    found = logits.argmax(1)
    figures: dict[str, float] = {}
    for source in sorted({text.source for text in texts}):
        rows = [row for row, text in enumerate(texts) if text.source == source]
        figures[source] = _figure(source, labels[rows], found[rows])
        if source == "xlmt":
            figures |= _by_language(texts, labels, found)
            figures[source] = float(
                numpy.mean([v for k, v in figures.items() if k.startswith("xlmt_")])
            )
        if source == "shop":
            figures["shop_negative_recall"] = recall(labels[rows], found[rows], NEGATIVE)
    return {name: round(value, 2) for name, value in figures.items()}


def _figure(source: str, labels: Integers, found: Integers) -> float:
    if source == "tweeteval":  # its own yardstick
        return macro_recall(labels, found)
    return macro_f1(labels, found)


def _by_language(texts: Sequence[Example], labels: Integers, found: Integers) -> dict[str, float]:
    rows: dict[str, list[int]] = {}
    for row, text in enumerate(texts):
        if text.source == "xlmt":
            rows.setdefault(text.language, []).append(row)
    return {f"xlmt_{name}": macro_f1(labels[of], found[of]) for name, of in sorted(rows.items())}


def _confusion(labels: Integers, found: Integers) -> quality.Matrix:
    return quality.confusion(labels.tolist(), found.tolist())
