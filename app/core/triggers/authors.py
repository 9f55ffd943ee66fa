"""Who took part lately: 32 bits of the pseudonym, and the step they were last seen in."""

from __future__ import annotations

AUTHORS = 16  # remembered, the latest


def seen(by: dict[int, int], author: int, step: int) -> int | None:
    """Note that an author was there in a step; return the last step before, None when unknown.

    >>> by = {7: 3}
    >>> seen(by, 7, 5), seen(by, 8, 5), by
    (3, None, {7: 5, 8: 5})
    """
    last = by.pop(author, None)
    by[author] = step
    if len(by) > AUTHORS:
        del by[next(iter(by))]
    return last
