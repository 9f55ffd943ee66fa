"""What a mention can claim and a person should look at: the closed list of flags. A flag is a
candidate, never a verdict.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

FLAGS: Final = ("breach", "injury", "legal", "rumour")
"""Every flag, in the order of docs/flags.md. ``breach``: customers' data seen or taken; ``injury``:
somebody hurt or made ill; ``legal``: steps at law, threatened or taken; ``rumour``: a claim by
hearsay, or one that is said to be untrue.
"""


def flags_number(flags: Iterable[str]) -> int:
    """Return a number that stands for the flags, a bit each.

    >>> flags_number(()), flags_number(("breach", "legal")), flags_in(5)
    (0, 5, ('breach', 'legal'))
    """
    return sum(1 << FLAGS.index(flag) for flag in set(flags))


def flags_in(number: int) -> tuple[str, ...]:
    """Return the flags that a number stands for, in their order."""
    return tuple(flag for place, flag in enumerate(FLAGS) if number >> place & 1)
