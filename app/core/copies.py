"""The texts a brand had lately: whether a new one is a copy of one of them, and how often each was
posted.

A remembered text is 13 to 33 bytes under its fingerprint: one of its label, the rest its sketch.
"""

from __future__ import annotations

from collections.abc import Mapping
from struct import Struct

import msgspec

from app.core.sketch import HASH_BYTES, HASHES, SHARED

TEXTS = 64  # remembered with their sketches
COPIED = 96  # remembered with how often they were copied
STEP_TEXTS = 64  # of one step, that are compared with what is remembered
SKETCH_BYTES = HASHES * HASH_BYTES
_HASH = Struct(">I")


class Copied(msgspec.Struct, frozen=True, array_like=True):
    """How often a text came again within its three days. ``suspects``: of the copies, by accounts
    that look like bots; ``newest``: the step of the last.
    """

    copies: int
    suspects: int
    newest: int

    def is_sound(self) -> bool:
        """Tell whether the counts can be: false for what no fold has written."""
        return 0 <= self.suspects <= self.copies and self.copies > 0


NOTHING_COPIED: Mapping[int, Copied] = {}


class Texts:
    """The remembered texts of a brand, by their hashes: an index over ``BrandState.texts``, which
    it keeps in the order they were last seen.
    """

    def __init__(self, kept: dict[int, bytes]) -> None:
        self._kept = kept
        self._by_hash: dict[tuple[int], list[int]] = {}
        for text, entry in kept.items():
            self._add(text, entry)

    def near_copy(self, sketch: bytes, label: int) -> int | None:
        """Return the fingerprint of the text that a sketch is nearest to, None when no text of the
        same label shares three hashes with it; of equals the lowest.

        The label has to be the same, since one word may turn the sense of a copy round.
        """
        shared: dict[int, int] = {}
        for one in _HASH.iter_unpack(sketch):
            for text in self._by_hash.get(one, ()):
                shared[text] = shared.get(text, 0) + 1
        if not shared:
            return None
        near = [
            (-count, text)
            for text, count in shared.items()
            if count >= SHARED and self._kept[text][0] == label
        ]
        return min(near)[1] if near else None

    def remember(self, text: int, label: int, sketch: bytes) -> None:
        """Keep a text as the one seen last; what was known of it stays."""
        entry = self._kept.pop(text, None)
        if entry is not None:
            self._kept[text] = entry
            return
        entry = self._kept[text] = bytes([label]) + sketch
        self._add(text, entry)
        if len(self._kept) > TEXTS:
            self._let_go(next(iter(self._kept)))

    def _add(self, text: int, entry: bytes) -> None:
        for one in _HASH.iter_unpack(entry[1:]):
            self._by_hash.setdefault(one, []).append(text)

    def _let_go(self, text: int) -> None:
        entry = self._kept.pop(text)
        for one in _HASH.iter_unpack(entry[1:]):
            texts = self._by_hash[one]
            texts.remove(text)
            if not texts:
                del self._by_hash[one]


def are_sound(texts: Mapping[int, bytes]) -> bool:
    """Tell whether remembered texts can be: false for what no fold has written."""
    return len(texts) <= TEXTS and all(is_sketch(entry[1:]) for entry in texts.values())


def is_sketch(sketch: bytes) -> bool:
    """Tell whether bytes are three to eight hashes."""
    return len(sketch) in range(SHARED * HASH_BYTES, SKETCH_BYTES + 1, HASH_BYTES)


def note_copy(copied: dict[int, Copied], fingerprint: int, step: int, *, is_suspect: bool) -> None:
    """Count one more copy of a text, in place."""
    before = copied.pop(fingerprint, None)
    copies, suspects = (before.copies, before.suspects) if before else (0, 0)
    copied[fingerprint] = Copied(copies + 1, suspects + is_suspect, step)
    if len(copied) > COPIED:
        del copied[next(iter(copied))]


def most_posts(copied: Mapping[int, Copied], first_step: int) -> int:
    """Return how often the text was posted that was copied most, of those copied since
    ``first_step``; 0 when none was.
    """
    copies = [one.copies for one in copied.values() if one.newest >= first_step]
    return 1 + max(copies) if copies else 0


def lowest(sketches: dict[int, bytes], most: int) -> dict[int, bytes]:
    """Return the sketches of the ``most`` texts with the lowest fingerprints: the same in whatever
    order the texts came.
    """
    return {text: sketches[text] for text in sorted(sketches)[:most]}
