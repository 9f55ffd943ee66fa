"""What the triggers remember of a brand; of one that never gives any, nothing."""

from __future__ import annotations

from collections.abc import Iterator
from math import isfinite

import msgspec

from app.core.triggers.authors import AUTHORS
from app.core.triggers.cascades import LARGEST as MOST_ANSWERED
from app.core.triggers.cascades import NEWEST, Cascades, Post
from app.core.triggers.keywords import KEYWORDS
from app.core.triggers.ratings import Ratings
from app.core.triggers.reach import Reach
from app.core.window import BLOCKS

POSTS = MOST_ANSWERED + NEWEST
LARGEST = 2**62


class Signals(msgspec.Struct, array_like=True, kw_only=True):
    """Each None, or empty, until the first mention that has to do with it."""

    reach: Reach | None = None
    ratings: Ratings | None = None
    cascades: Cascades | None = None
    risks: dict[str, dict[int, int]] = {}  # see app.core.triggers.keywords

    def is_sound(self) -> bool:
        """Tell whether a fold can have written it; for what comes from storage."""
        numbers, posts = list(_numbers(msgspec.to_builtins(self))), [*self._posts().values()]
        return (
            all(isfinite(number) and 0 <= number < LARGEST for number in numbers)
            and len(self.risks) <= KEYWORDS
            and len(posts) <= POSTS
            and all(0 < len(post.blocks) <= BLOCKS for post in posts)
            and all(len(by) <= AUTHORS for by in self._authors())
            and len(self.reach.blocks if self.reach else ()) <= BLOCKS
            and len(self.ratings.slots if self.ratings else ()) <= BLOCKS
        )

    def _posts(self) -> dict[str, Post]:
        return {} if self.cascades is None else self.cascades.posts

    def _authors(self) -> list[dict[int, int]]:
        found = [*self.risks.values(), *(post.authors for post in self._posts().values())]
        return found + [one.authors for one in (self.reach, self.ratings) if one is not None]

    def forget_author(self, author: int) -> None:
        """Let nothing remember an author, 32 bits of the pseudonym."""
        for by in self._authors():
            by.pop(author, None)
        self.risks = {name: by for name, by in self.risks.items() if by}


def _numbers(value: object) -> Iterator[float]:
    if isinstance(value, dict):
        for key, inner in value.items():
            yield from _numbers(key)
            yield from _numbers(inner)
    elif isinstance(value, list | tuple):
        for inner in value:
            yield from _numbers(inner)
    elif isinstance(value, int | float):
        yield value
