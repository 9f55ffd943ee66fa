"""The fields of one JSON object, taken out one by one: as declared, or the object is refused."""

from __future__ import annotations

import re
from typing import TypeVar

from app.core.mention import RejectReason
from app.wire import rfc3339
from app.wire.refusal import Refusal

COUNT_MAX = 10**12  # so that a sum over a window of them still fits into 64 bits

_T = TypeVar("_T")
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f]")


class Fields:
    """Takes known fields out of ``document``; what is left is unknown. Null counts as not given.

    Every method raises Refusal, whose detail names the field and never quotes what it holds.
    """

    def __init__(self, document: dict[str, object], path: str = "") -> None:
        self._left = document
        self._path = path
        self._objects: list[Fields] = []

    def unknown(self) -> int:
        """Return how many fields nobody asked for, those of inner objects included."""
        return len(self._left) + sum(inner.unknown() for inner in self._objects)

    def refuse(self, reason: RejectReason, name: str, why: str) -> Refusal:
        """Return the refusal of field ``name``, to be raised."""
        return Refusal(reason, f"{self._path}{name} {why}")

    def text(self, name: str, max_chars: int) -> str | None:
        """Return a string of at most ``max_chars`` characters, of whatever content."""
        value = self._left.pop(name, None)
        if value is None:
            return None
        if not isinstance(value, str):
            raise self.refuse(RejectReason.WRONG_TYPE, name, "is no string")
        if len(value) > max_chars:
            raise self.refuse(
                RejectReason.TOO_LARGE, name, f"is longer than {max_chars} characters"
            )
        return value

    def token(self, name: str, max_chars: int) -> str | None:
        """Return a string that names something: not blank, and no control characters."""
        value = self.text(name, max_chars)
        if value is not None and (not value.strip() or _CONTROL.search(value)):
            raise self.refuse(RejectReason.BAD_VALUE, name, "is blank or has control characters")
        return value

    def needed_token(self, name: str, max_chars: int) -> str:
        """Return a token that must be there."""
        return self.needed(name, self.token(name, max_chars))

    def needed(self, name: str, value: _T | None) -> _T:
        """Return ``value``, which must be there."""
        if value is None:
            raise self.refuse(RejectReason.MISSING_FIELD, name, "is missing")
        return value

    def flag(self, name: str) -> bool | None:
        """Return true or false."""
        value = self._left.pop(name, None)
        if value is None or isinstance(value, bool):
            return value
        raise self.refuse(RejectReason.WRONG_TYPE, name, "is neither true nor false")

    def number(self, name: str) -> float | None:
        """Return a finite number that is not negative."""
        value = self._left.pop(name, None)
        if value is None:
            return None
        if isinstance(value, bool) or not isinstance(value, int | float):
            raise self.refuse(RejectReason.WRONG_TYPE, name, "is no number")
        if value < 0:
            raise self.refuse(RejectReason.BAD_VALUE, name, "is negative")
        return float(value)

    def count(self, name: str) -> int | None:
        """Return an integer from 0 to 10^12; 6.0 is one too, as in JSON Schema."""
        number = self.number(name)
        if number is None:
            return None
        if not number.is_integer():
            raise self.refuse(RejectReason.WRONG_TYPE, name, "is no integer")
        if number > COUNT_MAX:
            raise self.refuse(RejectReason.BAD_VALUE, name, f"is more than {COUNT_MAX}")
        return int(number)

    def time_ms(self, name: str, first_ms: int, end_ms: int) -> int | None:
        """Return an RFC 3339 time in ms, ``first_ms`` included and ``end_ms`` not."""
        text = self.text(name, 64)
        if text is None:
            return None
        time_ms = rfc3339.parse_ms(text)
        if time_ms is None:
            raise self.refuse(
                RejectReason.BAD_TIME, name, "is no RFC 3339 time with an offset from UTC"
            )
        if not first_ms <= time_ms < end_ms:
            raise self.refuse(RejectReason.BAD_TIME, name, "lies outside the years accepted")
        return time_ms

    def shares(self, name: str, counts: tuple[int, ...]) -> tuple[float, ...] | None:
        """Return a list of numbers from 0 to 1, as many of them as one of ``counts``."""
        value = self._left.pop(name, None)
        if value is None:
            return None
        if not isinstance(value, list) or not all(_is_number(number) for number in value):
            raise self.refuse(RejectReason.WRONG_TYPE, name, "is no list of numbers")
        if len(value) not in counts or not all(0 <= number <= 1 for number in value):
            raise self.refuse(
                RejectReason.BAD_VALUE, name, "has a wrong count of numbers, or one outside 0..1"
            )
        return tuple(float(number) for number in value)

    def fields(self, name: str) -> Fields | None:
        """Return the fields of an inner object."""
        value = self._left.pop(name, None)
        if value is None:
            return None
        if not isinstance(value, dict):
            raise self.refuse(RejectReason.WRONG_TYPE, name, "is no object")
        inner = Fields(value, f"{self._path}{name}.")
        self._objects.append(inner)
        return inner


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)
