"""A few hashes of a text's word sequences, by which a copy is known though parts of it differ.

The bottom-k sketch of Broder (On the resemblance and containment of documents, SEQUENCES 1997): of
all sequences of four words the eight with the lowest hashes. Texts that share much share most of
them; a text with another headline, a source added or its end cut keeps several.
"""

from __future__ import annotations

import hashlib
import re

from app.core.fingerprint import plain_text, plain_words

HASH_BYTES = 4
HASHES = 8
SHINGLE_WORDS = 4
SHARED = 3  # hashes that two texts must share; so a text needs six words to have a sketch
MOST_WORDS = 400  # of a longer text the beginning is sketched
# Lists of tags are shared by texts that have nothing else in common.
_TAG = re.compile(r"[#$]\w*[^\W\d]\w*")


def text_sketch(text: str) -> str:
    """Return 3 to 8 hashes of 8 hex digits each, ascending; "" for a text too short to tell.

    Addresses, user names, hashtags and cashtags don't count, nor what ``text_fingerprint`` leaves
    out. Scripts that leave no space between words have no sketch.

    >>> story = "The carrier closed its depot on Friday and left ten thousand parcels in the rain"
    >>> wire = set(sketch_hashes(text_sketch(story)))
    >>> copy = set(sketch_hashes(text_sketch("Parcel chaos! " + story[:60] + " ... via Newswire")))
    >>> len(wire), len(wire & copy) >= SHARED
    (8, True)
    """
    words = plain_words(_TAG.sub(" ", plain_text(text))).split()[:MOST_WORDS]
    starts = range(len(words) - SHINGLE_WORDS + 1)
    hashes = {_hash(" ".join(words[start : start + SHINGLE_WORDS])) for start in starts}
    return "".join(sorted(hashes)[:HASHES]) if len(hashes) >= SHARED else ""


def sketch_hashes(sketch: str) -> list[str]:
    """Return the hashes of a sketch."""
    digits = 2 * HASH_BYTES
    return [sketch[at : at + digits] for at in range(0, len(sketch), digits)]


def _hash(words: str) -> str:
    data = words.encode("utf-8", "surrogatepass")
    return hashlib.blake2b(data, digest_size=HASH_BYTES, person=b"squall.sketch").hexdigest()
