"""A brand's remembered texts in its stored record: ten bytes each in place of fourteen.

They are most of what a calm brand stores. ``[newest, fingerprints, ages]``: the step of the newest,
and of each text, oldest first, 64 bits of its fingerprint, and 16 of how many steps before it came.
"""

from __future__ import annotations

from struct import pack, unpack

import msgspec

from app.core.pending import FINGERPRINT_STEPS


class SeenTexts(msgspec.Struct, frozen=True, array_like=True):
    """The stored form of ``BrandState.fingerprints``."""

    newest: int = 0
    fingerprints: bytes = b""
    ages: bytes = b""


def packed(fingerprints: dict[int, int]) -> SeenTexts:
    """Return fingerprint -> step, oldest first, as it is stored. A text too old to have a copy is
    left out.
    """
    if not fingerprints:
        return SeenTexts()
    newest = max(fingerprints.values())
    oldest = newest - FINGERPRINT_STEPS
    if min(fingerprints.values()) < oldest:
        fingerprints = {text: step for text, step in fingerprints.items() if step >= oldest}
    ages = [newest - step for step in fingerprints.values()]
    return SeenTexts(newest, pack(f">{len(ages)}Q", *fingerprints), pack(f">{len(ages)}H", *ages))


def unpacked(stored: SeenTexts) -> dict[int, int]:
    """Return fingerprint -> step; ValueError when it is nothing that ``packed`` returns."""
    count = len(stored.ages) // 2
    if (len(stored.fingerprints), len(stored.ages)) != (8 * count, 2 * count):
        raise ValueError("the remembered texts are cut short")
    ages = unpack(f">{count}H", stored.ages)
    texts = unpack(f">{count}Q", stored.fingerprints)
    return {text: stored.newest - age for text, age in zip(texts, ages, strict=True)}
