"""What computes a model: token ids in, probabilities out."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple, Protocol

from app.inference.dense import Precision
from app.inference.subjects import Subjects
from app.inference.weights import ModelFolder


class Raw(NamedTuple):
    """(negative, neutral, positive) of a text, and its subjects if the model tells any."""

    probabilities: list[float]
    subjects: Subjects | None = None


class Forward(Protocol):
    """A model's arithmetic in one precision."""

    @property
    def vocabulary(self) -> int:
        """How many token ids it knows: 0 up to this."""
        ...

    @property
    def longest(self) -> int:
        """How many tokens of a text it takes."""
        ...

    def read(self, texts: Sequence[Sequence[int]]) -> list[Raw]:
        """Return what is said of each text of token ids, a function of that text alone."""
        ...


def forward_of(folder: ModelFolder, precision: Precision) -> Forward:
    """Return the folder's model. Raises ModelError when it is not whole or not to be trusted."""
    if folder.manifest.kind == "transformers":
        from app.inference.foreign import ForeignModel

        return ForeignModel(folder, precision)
    from app.inference.encoder import Encoder

    return Encoder(folder, precision)
