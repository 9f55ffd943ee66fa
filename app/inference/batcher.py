"""How texts are grouped for a model: by length, in batches of one fixed shape a length."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

# A text is padded to the first of these that holds it, and to nothing else whatever its company:
# its arithmetic, and so its score to the last digit, then depends on the text alone.
LENGTHS = (16, 24, 32, 48, 64, 96, 128, 192, 256)
TOKENS_PER_BATCH = 384  # one text alone pays for a whole batch; more gives no throughput on a core


class Batch(msgspec.Struct, frozen=True, kw_only=True):
    """Texts by their place in the call, to be laid out as ``rows`` x ``length`` tokens.

    Rows without a text are padding too: the shape is the same for every batch of one length.
    """

    places: tuple[int, ...]
    length: int
    rows: int


def plan(token_counts: Sequence[int]) -> list[Batch]:
    """Return batches, short ones first, that hold every place once.

    ``token_counts``: tokens a text, special ones counted, 1..256. Raises ValueError on more.

    >>> [(batch.places, batch.length) for batch in plan([5, 40, 9])]
    [((0, 2), 16), ((1,), 48)]
    """
    by_length: dict[int, list[int]] = {}
    for place, count in enumerate(token_counts):
        by_length.setdefault(padded_length(count), []).append(place)
    return [
        Batch(
            places=tuple(places[start : start + rows_of(length)]),
            length=length,
            rows=rows_of(length),
        )
        for length, places in sorted(by_length.items())
        for start in range(0, len(places), rows_of(length))
    ]


def padded_length(count: int) -> int:
    """Return the length that a text of so many tokens is padded to. Raises ValueError over 256."""
    for length in LENGTHS:
        if count <= length:
            return length
    raise ValueError(f"{count} tokens are more than {LENGTHS[-1]}: truncate the text first")


def rows_of(length: int) -> int:
    """Return how many texts padded to ``length`` tokens a batch holds, within the token budget."""
    return max(1, TOKENS_PER_BATCH // length)


def dedupe(texts: Sequence[str]) -> tuple[list[str], list[int]]:
    """Return the distinct texts, by first appearance, and for each text its place among them.

    >>> dedupe(["a", "b", "a"])
    (['a', 'b'], [0, 1, 0])
    """
    places: dict[str, int] = {}
    order = [places.setdefault(text, len(places)) for text in texts]
    return list(places), order
