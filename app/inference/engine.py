"""What a sentiment engine is, and what it answers with."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import NamedTuple, Protocol

import msgspec

from app.core.mention import Sentiment
from app.inference.calibration import Calibration, Probabilities
from app.inference.negative_errors import NegativeErrors
from app.inference.subjects import Subjects

_CLASSES = 3
_SUM_TOLERANCE = 0.001  # three values rounded to 4 places are off by 0.00015 at most


class Score(Sentiment, frozen=True, kw_only=True):
    """One text's answer: label, probabilities and the model that gave them.

    ``language``: ISO 639-1 or "und"; None when it was not looked for, or there is no letter.
    ``negative_errors``: see ``ScoredMention``. ``subjects``: None when the model tells none.
    """

    language: str | None = None
    negative_errors: tuple[int, int] | None = None
    subjects: Subjects | None = None


class Failure(msgspec.Struct, frozen=True, kw_only=True):
    """One text that no try could score: a dead letter with the reason ``engine_error``.

    ``detail`` says what the engine did, in our words or by exception name: never the text itself.
    """

    detail: str
    tries: int


class Answer(NamedTuple):
    """What an engine says of one text: raw probabilities, and its subjects if it tells any."""

    probabilities: Probabilities
    subjects: Subjects | None = None


class Engine(Protocol):
    """Texts in, probabilities out. Called from one thread at a time; knows no brand, no Kafka."""

    @property
    def model(self) -> str:
        """The model as ``id@revision``, stable for as long as the scores are."""
        ...

    @property
    def calibration(self) -> Calibration:
        """How its raw probabilities become calibrated ones and a label."""
        ...

    @property
    def negative_errors(self) -> NegativeErrors:
        """How often it errs with the label negative; without rates when nobody measured that."""
        ...

    @property
    def languages(self) -> frozenset[str]:
        """The ISO 639-1 languages it was tried on; empty for an engine that takes any text."""
        ...

    def score(self, texts: Sequence[str]) -> list[Probabilities]:
        """Return raw (negative, neutral, positive) for each text, in the order given.

        Promises: the answer to a text is a function of the text alone, whatever shares the call
        with it and in whatever order; values are finite, within 0..1 and sum to 1 but for rounding.

        Raises ModelError when the model itself can't answer. Any other exception is held against
        the texts of the call, which are then tried again in smaller parts.
        """
        ...


class Reader(Engine, Protocol):
    """An engine that tells what a text is about beside its probabilities."""

    def read(self, texts: Sequence[str]) -> list[Answer]:
        """Return an answer for each text, in order; what ``score`` promises holds for all of it."""
        ...


def answers_of(engine: Engine, texts: Sequence[str]) -> list[Answer]:
    """Return the answers of an engine with all that it tells: a ``Reader`` tells subjects too.

    Raises what ``score`` raises.
    """
    read: Callable[[Sequence[str]], list[Answer]] | None = getattr(engine, "read", None)
    if read is not None:
        return read(texts)
    return [Answer(probabilities) for probabilities in engine.score(texts)]


def fault_of(probabilities: Sequence[float]) -> str | None:
    """Return what is wrong with an engine's answer to one text, or None when it is a score."""
    if len(probabilities) != _CLASSES:
        return f"{len(probabilities)} probabilities in place of {_CLASSES}"
    if not all(math.isfinite(value) for value in probabilities):
        return "a probability is not a finite number"
    if not all(0.0 <= value <= 1.0 for value in probabilities):
        return "a probability lies outside 0..1"
    if abs(sum(probabilities) - 1.0) > _SUM_TOLERANCE:
        return "the probabilities do not sum to 1"
    return None
