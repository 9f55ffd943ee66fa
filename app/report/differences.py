"""Where two JSON documents differ, by path: what was told beside what was recomputed."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import msgspec


class Difference(msgspec.Struct, frozen=True, kw_only=True):
    """One place. ``told`` or ``recomputed`` is left out where that document has nothing there."""

    path: str
    told: Any = msgspec.UNSET
    recomputed: Any = msgspec.UNSET

    def __str__(self) -> str:
        return f"{self.path}: told {_shown(self.told)}, recomputed {_shown(self.recomputed)}"


def differences(told: Any, recomputed: Any, path: str = "$") -> Iterator[Difference]:
    """Yield each place where the documents differ, in the order of ``recomputed``.

    A number equals a number of the same value, 1 and 1.0 alike; null equals a field not given.

    >>> [str(one) for one in differences({"a": [1, 2], "b": None}, {"a": [1.0, 3]})]
    ['$.a[1]: told 2, recomputed 3']
    """
    if isinstance(told, dict) and isinstance(recomputed, dict):
        for name in dict.fromkeys([*recomputed, *told]):
            yield from differences(told.get(name), recomputed.get(name), f"{path}.{name}")
    elif isinstance(told, list) and isinstance(recomputed, list):
        yield from _in_lists(told, recomputed, path)
    elif not _is_equal(told, recomputed):
        yield Difference(path=path, told=_given(told), recomputed=_given(recomputed))


def leaves(document: Any) -> int:
    """Return how many values a document holds, containers not counted."""
    if isinstance(document, dict):
        return sum(leaves(value) for value in document.values())
    return sum(leaves(value) for value in document) if isinstance(document, list) else 1


def _in_lists(told: list[Any], recomputed: list[Any], path: str) -> Iterator[Difference]:
    for place in range(max(len(told), len(recomputed))):
        at = f"{path}[{place}]"
        if place >= len(recomputed):
            yield Difference(path=at, told=told[place])
        elif place >= len(told):
            yield Difference(path=at, recomputed=recomputed[place])
        else:
            yield from differences(told[place], recomputed[place], at)


def _is_equal(told: Any, recomputed: Any) -> bool:
    # In Python True == 1, in JSON it is not.
    return isinstance(told, bool) == isinstance(recomputed, bool) and bool(told == recomputed)


def _given(value: Any) -> Any:
    return msgspec.UNSET if value is None else value


def _shown(value: Any) -> str:
    return "nothing" if value is msgspec.UNSET else msgspec.json.encode(value).decode()
