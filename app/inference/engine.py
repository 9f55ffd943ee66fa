"""What a sentiment engine is, what it answers with, and how a label follows from probabilities."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Protocol

import msgspec

from app.core.mention import Label, Sentiment

Probabilities = tuple[float, float, float]  # negative, neutral, positive

PLACES = 4  # what a log record keeps; finer digits carry no meaning and cost bytes
CERTAIN_FROM = 0.5  # below a half the other two labels together are likelier than the best one

_LABELS = (Label.NEGATIVE, Label.NEUTRAL, Label.POSITIVE)
_SUM_TOLERANCE = 0.001  # three values rounded to 4 places are off by 0.00015 at most

Score = Sentiment  # one text's answer: label, probabilities and the model that gave them


class Failure(msgspec.Struct, frozen=True, kw_only=True):
    """One text that no try could score: a dead letter with the reason ``engine_error``.

    ``detail`` says what the engine did, in our words or by exception name: never the text itself.
    """

    detail: str
    tries: int


class Engine(Protocol):
    """Texts in, probabilities out. Called from one thread at a time; knows no brand, no Kafka."""

    @property
    def model(self) -> str:
        """The model as ``id@revision``, stable for as long as the scores are."""
        ...

    def score(self, texts: Sequence[str]) -> list[Probabilities]:
        """Return (negative, neutral, positive) for each text, in the order given, 4 places each.

        Promises: the answer to a text is a function of the text alone, whatever shares the call
        with it and in whatever order; values are finite, within 0..1 and sum to 1 but for rounding.

        Raises ModelError when the model itself can't answer. Any other exception is held against
        the texts of the call, which are then tried again in smaller parts.
        """
        ...


def label_of(probabilities: Probabilities) -> Label:
    """Return the likeliest label, or ``uncertain`` when its probability is under ``CERTAIN_FROM``.

    A tie goes to the more negative label: an alert that looks again costs less than one missed.

    >>> label_of((0.7, 0.2, 0.1))
    <Label.NEGATIVE: 'negative'>
    >>> label_of((0.4, 0.35, 0.25))
    <Label.UNCERTAIN: 'uncertain'>
    """
    best = max(probabilities)
    return _LABELS[probabilities.index(best)] if best >= CERTAIN_FROM else Label.UNCERTAIN


def fault_of(probabilities: Sequence[float]) -> str | None:
    """Return what is wrong with an engine's answer to one text, or None when it is a score."""
    if len(probabilities) != len(_LABELS):
        return f"{len(probabilities)} probabilities in place of {len(_LABELS)}"
    if not all(math.isfinite(value) for value in probabilities):
        return "a probability is not a finite number"
    if not all(0.0 <= value <= 1.0 for value in probabilities):
        return "a probability lies outside 0..1"
    if abs(sum(probabilities) - 1.0) > _SUM_TOLERANCE:
        return "the probabilities do not sum to 1"
    return None
