"""What computes a model: token ids in, probabilities out."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from app.inference.dense import Precision
from app.inference.weights import ModelFolder


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

    def probabilities(self, texts: Sequence[Sequence[int]]) -> list[list[float]]:
        """Return (negative, neutral, positive) a text, a function of that text alone."""
        ...


def forward_of(folder: ModelFolder, precision: Precision) -> Forward:
    """Return the folder's model. Raises ModelError when it is not whole or not to be trusted."""
    if folder.manifest.kind == "transformers":
        from app.inference.foreign import ForeignModel

        return ForeignModel(folder, precision)
    from app.inference.encoder import Encoder

    return Encoder(folder, precision)
