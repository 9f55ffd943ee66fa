"""Batches of one fixed shape a length, for models that take rows of tokens and a mask."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from app.inference.batcher import Batch, plan

if TYPE_CHECKING:
    import numpy
    from numpy.typing import NDArray

Call = Callable[["NDArray[numpy.int64]", "NDArray[numpy.bool_]"], Sequence[Sequence[float]]]


def in_padded_batches(
    texts: Sequence[Sequence[int]], call: Call, *, pad_id: int
) -> list[Sequence[float]]:
    """Return ``call``'s row for each text of token ids, in order.

    ``call`` takes (rows, length) token ids and a mask that is true on tokens, with at least one
    true a row, and gives one row of figures each.
    """
    answers: dict[int, Sequence[float]] = {}
    for batch in plan([len(text) for text in texts]):
        rows = call(*_laid_out(batch, texts, pad_id))
        answers.update(zip(batch.places, rows, strict=False))
    return [answers[place] for place in range(len(texts))]


def _laid_out(
    batch: Batch, texts: Sequence[Sequence[int]], pad_id: int
) -> tuple[NDArray[numpy.int64], NDArray[numpy.bool_]]:
    import numpy

    ids = numpy.full((batch.rows, batch.length), pad_id, dtype=numpy.int64)
    mask = numpy.zeros((batch.rows, batch.length), dtype=numpy.bool_)
    mask[:, 0] = True  # an unused row sees its first padding token: none at all would be NaN
    for row, place in enumerate(batch.places):
        count = len(texts[place])
        ids[row, :count] = texts[place]
        mask[row, :count] = True
    return ids, mask
