"""Temperatures and thresholds, fitted on validation texts: what a model's manifest says of it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy
from numpy.typing import NDArray
from scipy.optimize import minimize_scalar

from app.inference.calibration import OTHERS, Calibration
from app.training.examples import POSITIVE, Example

CERTAIN_FROM = 0.5  # below a half the other two labels together are likelier than the best one
SARCASM_POSITIVE = 0.12  # of sarcastic complaints may pass for praise; the promise is 0.15
PRIOR_TEXTS = 25  # weight of all languages' temperature beside a language's own texts

Rows = NDArray[numpy.float64]


class Judged(NamedTuple):
    """Validation texts and the model's raw probabilities of them, (texts, 3)."""

    texts: Sequence[Example]
    raw: Rows

    def of(self, language: str) -> Judged:
        """Return the part in one language."""
        rows = [row for row, text in enumerate(self.texts) if text.language == language]
        return Judged([self.texts[row] for row in rows], self.raw[rows])

    @property
    def labels(self) -> NDArray[numpy.int64]:
        """The labels, 0..2, one a text."""
        return numpy.array([text.label for text in self.texts])


def fit(judged: Judged, ironic: Judged | None = None) -> Calibration:
    """Return temperatures by language and the threshold under which praise is not believed.

    ``ironic``: more sarcastic complaints, which choose that threshold and nothing else: they are
    no sample of what people write.

    A temperature minimises the log loss of its language's texts and, as a prior, of all texts
    scaled to the weight of ``PRIOR_TEXTS``.
    """
    temperature = {OTHERS: _temperature(judged, judged, 0.0)}
    for language in sorted({text.language for text in judged.texts}):
        temperature[language] = _temperature(judged.of(language), judged, PRIOR_TEXTS)
    fitted = Calibration(temperature=temperature, certain_from={OTHERS: CERTAIN_FROM})
    passing = _praised(judged, fitted) + (_praised(ironic, fitted) if ironic else [])
    return Calibration(
        temperature=temperature,
        certain_from={OTHERS: CERTAIN_FROM},
        positive_from={OTHERS: _positive_from(passing)},
    )


def confusion(judged: Judged, calibration: Calibration) -> dict[str, list[list[float]]]:
    """Return by language three rows (true label) of four shares: found so, or uncertain."""
    tables: dict[str, list[list[float]]] = {}
    for language in sorted({text.language for text in judged.texts}):
        part = judged.of(language)
        counts = numpy.zeros((3, 4))
        for label, row in zip(part.labels, part.raw, strict=True):
            probabilities = calibration.probabilities(row.tolist(), language)
            found = calibration.label(probabilities, language)
            counts[label, _COLUMNS.index(found.value)] += 1
        shares = counts / counts.sum(axis=1, keepdims=True)
        tables[language] = [[round(float(share), 4) for share in row] for row in shares]
    return tables


_COLUMNS = ("negative", "neutral", "positive", "uncertain")


def _temperature(own: Judged, everything: Judged, prior: float) -> float:
    def loss(temperature: float) -> float:
        total = _log_loss(own, temperature) * len(own.texts)
        return total + prior * _log_loss(everything, temperature)

    found = minimize_scalar(loss, bounds=(0.3, 5.0), method="bounded")
    return round(float(found.x), 3)


def _log_loss(judged: Judged, temperature: float) -> float:
    scaled = numpy.log(numpy.maximum(judged.raw, 1e-7)) / temperature
    total = numpy.log(numpy.exp(scaled).sum(axis=1))
    right = scaled[numpy.arange(len(judged.texts)), judged.labels]
    return float((total - right).mean())


def _praised(judged: Judged, calibration: Calibration) -> list[float]:
    """Return of each sarcastic complaint its probability as praise, 0 where another is likelier."""
    found = []
    for text, row in zip(judged.texts, judged.raw, strict=True):
        if text.kind == "sarcasm":
            shares = calibration.probabilities(row.tolist(), text.language)
            found.append(shares[POSITIVE] if max(shares) == shares[POSITIVE] else 0.0)
    return found


def _positive_from(passing: list[float]) -> float:
    """Return the lowest threshold at which few sarcastic complaints pass for praise."""
    allowed = int(SARCASM_POSITIVE * len(passing))
    highest = sorted(passing, reverse=True)[allowed : allowed + 1]
    if highest in ([], [0.0]):
        return CERTAIN_FROM
    return min(0.9, round(highest[0] + 0.001, 3))
