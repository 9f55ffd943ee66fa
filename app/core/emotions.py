"""What a writer can show: the closed list of emotions, and the numbers they are kept as.

A mention's emotions are one small number. Counts of many are three in one number of 63 bits, which
adds up like any count: of 2 million negatives in six hours, one brand's, the first would overflow.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

ANGER, FEAR = "anger", "fear"
EMOTIONS: Final = (ANGER, FEAR)
"""Every emotion, in the order of docs/emotions.md."""

NOT_TOLD: Final = 0  # the number where nobody looked for emotions
_BITS: Final = 21
_MOST: Final = (1 << _BITS) - 1
# What a mention of each number adds: looked through, anger, fear.
COUNTED: Final = tuple(
    (number > NOT_TOLD) | (number in (2, 4)) << _BITS | (number in (3, 4)) << 2 * _BITS
    for number in range(5)
)


def emotions_number(emotions: Sequence[str] | None) -> int:
    """Return 0 where nobody looked, else 1 + 1 for anger + 2 for fear.

    >>> [emotions_number(one) for one in (None, (), ("anger",), ("fear",), ("anger", "fear"))]
    [0, 1, 2, 3, 4]
    """
    return NOT_TOLD if emotions is None else 1 + (ANGER in emotions) + 2 * (FEAR in emotions)


def counts_in(packed: int) -> tuple[int, int, int]:
    """Return how many mentions a sum of ``COUNTED`` is of, how many show anger, and how many fear.

    >>> counts_in(COUNTED[1] + 2 * COUNTED[4] + COUNTED[2] + COUNTED[0])
    (4, 3, 2)
    """
    return packed & _MOST, packed >> _BITS & _MOST, packed >> 2 * _BITS
