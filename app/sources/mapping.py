"""What others call their fields, and what a mention calls them: rows and bodies to its document.

A place is a JSON pointer (RFC 6901) where it begins with ``/``, else the name of a column or of a
field of the outermost object.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from app.sources.times import BadTimeError, TimeForm

TEXTS: Final = (
    "id",
    "text",
    "brand",
    "product",
    "source",
    "platform",
    "url",
    "lang",
    "region",
    "repost_of",
    "reply_to",
    "author.id",
    "author.name",
    "author.kind",
)
NUMBERS: Final = (
    "reach",
    "author.followers",
    "engagement.likes",
    "engagement.reposts",
    "engagement.replies",
    "rating.value",
    "rating.scale",
)
TIMES: Final = ("published_at", "author.created_at")
TARGETS: Final = (*TEXTS, *NUMBERS, *TIMES)
"""The fields of a mention that can be mapped, inner ones behind a dot."""

_NUMBER: Final = re.compile(r"[0-9]{1,15}(?:\.[0-9]{1,9})?")
_BAD_ESCAPE: Final = re.compile(r"~(?![01])")
_INDEX: Final = re.compile(r"0|[1-9][0-9]{0,5}")

Row = Mapping[str, object]


class MisfitError(Exception):
    """Raised when a field can't be made of what the row holds; says nothing of what that is."""

    def __init__(self, target: str, why: str) -> None:
        super().__init__(f"{target} {why}")
        self.target, self.why = target, why


@dataclass(frozen=True, slots=True, kw_only=True)
class FieldMap:
    """``places``: for a field of ours where it stands; ``fixed``: what it always is, which wins.

    Of several places a text is joined of all that hold something, any other field is the first.

    >>> FieldMap(places={"text": ("Comment",)}, fixed={"source": "review"}).document(
    ...     {"Comment": "Late again."}
    ... )
    {'text': 'Late again.', 'source': 'review'}
    """

    places: Mapping[str, Sequence[str]] = field(default_factory=dict)
    fixed: Mapping[str, str] = field(default_factory=dict)
    times: TimeForm = field(default_factory=TimeForm)

    def __post_init__(self) -> None:
        """Refuse what can't be, with ValueError."""
        for target in (*self.places, *self.fixed):
            if target not in TARGETS:
                message = (
                    f"{target[:40]!r} is no field of a mention; choose of {', '.join(TARGETS)}"
                )
                raise ValueError(message)
        for place in (place for places in self.places.values() for place in places):
            check_place(place)

    def document(self, row: object) -> dict[str, object]:
        """Return the mention's document, fields that the row has not left out. Raises MisfitError.

        Whether they make a mention is for ``wire.mention`` to judge.
        """
        found: dict[str, object] = {}
        for target, places in self.places.items():
            if target not in self.fixed:
                values = (find(row, place) for place in places)
                held = [value for value in values if value is not None and value != ""]
                if held:
                    _put(found, target, self._made(target, held))
        for target, text in self.fixed.items():
            _put(found, target, self._made(target, [text]))
        return found

    def _made(self, target: str, held: Sequence[object]) -> object:
        if target == "text":
            return "\n".join(_text(target, value) for value in held)
        if target in TEXTS:
            return _text(target, held[0])
        if target in NUMBERS:
            return _number(target, held[0])
        try:
            return self.times.utc(held[0])
        except BadTimeError as error:
            raise MisfitError(target, str(error)) from None


def check_place(place: str) -> None:
    """Raise ValueError for what is neither a name nor a JSON pointer."""
    if not place or (place.startswith("/") and _BAD_ESCAPE.search(place)):
        message = f"{place[:40]!r} is no place; write a column, or a pointer such as /ticket/id"
        raise ValueError(message)


def find(row: object, place: str) -> object:
    """Return what stands there, None where nothing does.

    >>> find({"items": [{"a/b": 1}]}, "/items/0/a~1b")
    1
    """
    if not place.startswith("/"):
        return row.get(place) if isinstance(row, Mapping) else None
    found = row
    for part in place[1:].split("/"):
        name = part.replace("~1", "/").replace("~0", "~")
        if isinstance(found, Mapping):
            found = found.get(name)
        elif isinstance(found, list) and _INDEX.fullmatch(name) and int(name) < len(found):
            found = found[int(name)]
        else:
            return None
    return found


def _put(found: dict[str, object], target: str, value: object) -> None:
    outer, _, inner = target.partition(".")
    if not inner:
        found[outer] = value
        return
    group = found.setdefault(outer, {})
    if isinstance(group, dict):
        group[inner] = value


def _text(target: str, value: object) -> str:
    if isinstance(value, str):
        return value
    if isinstance(value, int) and not isinstance(value, bool):
        return str(value)  # a helpdesk's ids are numbers
    raise MisfitError(target, "is no text")


def _number(target: str, value: object) -> int | float:
    if isinstance(value, int | float) and not isinstance(value, bool):
        return value
    if isinstance(value, str) and _NUMBER.fullmatch(value.strip()):
        number = float(value)
        return int(number) if number.is_integer() else number
    raise MisfitError(target, "is no number")
