"""How texts are grouped for a model: without padding in packs, or padded to a few fixed shapes."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

# A padded text has the first of these lengths that holds it, and no other whatever its company:
# its arithmetic, and so its score to the last digit, then depends on the text alone.
LENGTHS = (16, 20, 24, 28, 32, 40, 48, 64, 96, 128, 192, 256)
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
    [((0, 2), 16), ((1,), 40)]
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


def packs(token_counts: Sequence[int]) -> list[list[int]]:
    """Return places in packs of at most ``TOKENS_PER_BATCH`` tokens, short texts first.

    Texts of one count of tokens stand together. Raises ValueError on a text longer than a pack.

    >>> packs([5, 300, 9, 5, 90])
    [[0, 3, 2, 4], [1]]
    """
    found: list[list[int]] = []
    room = 0
    for place in sorted(range(len(token_counts)), key=token_counts.__getitem__):
        count = token_counts[place]
        if count > TOKENS_PER_BATCH:
            raise ValueError(f"{count} tokens are more than a pack: truncate the text first")
        if count > room:
            found.append([])
            room = TOKENS_PER_BATCH
        found[-1].append(place)
        room -= count
    return found


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
