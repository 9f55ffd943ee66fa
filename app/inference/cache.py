"""Scores of texts seen lately, so that a copy that goes round is computed once."""

from __future__ import annotations

import hashlib
from collections import OrderedDict

from app.inference.engine import Answer


class ScoreCache:
    """The engine's answers to the last ``capacity`` texts, the least lately asked for going first.

    Keys are 16-byte digests, so the size does not depend on how long texts are. Used by one thread.
    """

    def __init__(self, capacity: int) -> None:
        self._capacity = capacity
        self._scores: OrderedDict[bytes, Answer] = OrderedDict()

    def __len__(self) -> int:
        return len(self._scores)

    def get(self, text: str) -> Answer | None:
        """Return the text's answer, or None when it is unknown or forgotten."""
        key = _key(text)
        score = self._scores.get(key)
        if score is not None:
            self._scores.move_to_end(key)
        return score

    def put(self, text: str, score: Answer) -> None:
        """Keep a score, forgetting the oldest ones past the capacity."""
        self._scores[_key(text)] = score
        while len(self._scores) > self._capacity:
            self._scores.popitem(last=False)


def _key(text: str) -> bytes:
    return hashlib.blake2b(text.encode("utf-8", "surrogatepass"), digest_size=16).digest()
