"""The mentions judged lately, eight bytes each, so that a correction finds what it corrects.

An entry is 32 bits of the mention's number, 3 of its emotions, 21 of its step and 8 of its code;
entries stand in the order they were judged, and the oldest make room.
"""

from __future__ import annotations

from collections.abc import Sequence

from app.core.window import SCALES_S

ENTRY_BYTES = 8
REMEMBERED = 512  # entries: a brand with more mentions in six hours forgets the older of them
REMEMBERED_STEPS = SCALES_S[-1] // 30  # no window reaches further back
COPY, AGAIN = 60, 120  # parts of a code: a copy of a known text, a mention corrected before
SUSPECT = 240  # while it waits: by an account that looks like a bot; an entry has no room for it
ERRING = 480  # and from here on the model's errors in its language, 20 bits ...
FELT = ERRING << 20  # ... and the number of its emotions (app.core.emotions)
_LABELS = 5
_STEP_BITS = 21  # two years: a brand starts anew long before
_STEP_MASK = (1 << _STEP_BITS) - 1
_ENTRY_FELT = 8 + _STEP_BITS  # the lowest bit of an entry's emotions


def code_of(label: int, language: int) -> int:
    """Return the code of a label's and a language's number."""
    return label + _LABELS * language


def label_of(code: int) -> int:
    return code % _LABELS


def language_of(code: int) -> int:
    return code % COPY // _LABELS


def is_copy(code: int) -> bool:
    return code % AGAIN >= COPY


def is_again(code: int) -> bool:
    return code % SUSPECT >= AGAIN


def by_suspect(code: int) -> bool:
    return code % ERRING >= SUSPECT


def with_errors(code: int, missed: int, false: int) -> int:
    """Return a code without errors with them, each in thousandths, at most 1000.

    >>> errors_of(with_errors(59, 109, 93)), errors_of(59)
    ((109, 93), (0, 0))
    """
    return code + ERRING * (missed << 10 | false)


def errors_of(code: int) -> tuple[int, int]:
    """Return how often the model misses a negative, and how often it sees one that is none."""
    errors = code % FELT // ERRING
    return errors >> 10, errors & 0x3FF


def felt_of(code: int) -> int:
    """Return the number of the emotions in a code, 0 where none were looked for."""
    return code // FELT


def relabelled(code: int, label: int) -> int:
    """Return the code with another label, as one that was corrected: a person's has no errors, and
    says nothing about emotions, which stay.

    >>> label_of(relabelled(code_of(0, 9), 1)), language_of(relabelled(code_of(0, 9), 1))
    (1, 9)
    """
    kept = code - code % FELT + code % ERRING - code % SUSPECT
    return kept + code % AGAIN - label_of(code) + label + AGAIN


def remember(recent: bytes, step: int, judged: Sequence[tuple[int, int]]) -> bytes:
    """Return the memory with one step's (mention number, code) added, and the oldest let go."""
    place = step & _STEP_MASK
    added = [
        (
            (number & 0xFFFF_FFFF) << 32 | code // FELT << _ENTRY_FELT | place << 8 | code % SUSPECT
        ).to_bytes(ENTRY_BYTES, "big")
        for number, code in judged
    ]
    packed = recent + b"".join(added)
    first = max(0, len(packed) - REMEMBERED * ENTRY_BYTES)
    while first < len(packed) and _age(packed, first, step) >= REMEMBERED_STEPS:
        first += ENTRY_BYTES
    return packed[first:]


def look_up(recent: bytes, number: int, newest: int) -> tuple[int, int, int] | None:
    """Return (place in the memory, step, code) of a mention, None when it is not remembered.

    ``newest`` is the last step judged.
    """
    wanted = (number & 0xFFFF_FFFF).to_bytes(4, "big")
    at = recent.find(wanted)
    while at >= 0:
        if at % ENTRY_BYTES == 0:
            return at, newest - _age(recent, at, newest), _code(recent, at)
        at = recent.find(wanted, at + 1)
    return None


def with_code(recent: bytes, place: int, code: int) -> bytes:
    """Return the memory with another code in the entry at ``place``."""
    end = place + ENTRY_BYTES
    return recent[: end - 1] + bytes([code % SUSPECT]) + recent[end:]


def emotions_in(recent: bytes) -> list[int]:
    """Return the number of each entry's emotions."""
    return [high >> (_ENTRY_FELT - 24) for high in recent[4::ENTRY_BYTES]]


def without_emotions(recent: bytes) -> bytes:
    """Return a memory whose entries had 24 bits of the step and no emotions as one of now."""
    entries = range(0, len(recent), ENTRY_BYTES)
    step = [recent[at + 4] & _STEP_MASK >> 16 for at in entries]
    return b"".join(
        recent[at : at + 4] + bytes([high]) + recent[at + 5 : at + ENTRY_BYTES]
        for at, high in zip(entries, step, strict=True)
    )


def _code(packed: bytes, place: int) -> int:
    felt = int.from_bytes(packed[place + 4 : place + ENTRY_BYTES], "big") >> _ENTRY_FELT
    return packed[place + ENTRY_BYTES - 1] + FELT * felt


def _age(packed: bytes, place: int, step: int) -> int:
    then = int.from_bytes(packed[place + 4 : place + 7], "big")
    return (step - then) & _STEP_MASK
