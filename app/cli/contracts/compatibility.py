"""What may change in a schema within its major version: fields may come, and that is all.

A producer and a consumer of different minor versions must get on, whichever of the two is older.
So a schema only ever grows by optional fields, by values of the lists that were declared to grow,
and by conditions on those new values. Descriptions are free.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final

from app.cli.contracts.schemas import Node, fields, target

GROWING: Final[frozenset[tuple[str, str]]] = frozenset(
    {
        ("crisis.events/v1", "type"),  # a consumer passes over a type that it does not know
        ("crisis.commands/v1", "action"),  # only who knows an action asks for it
        ("mentions.scored/command.v1", "action"),
    }
)
"""(schema, field) of the lists that may get new values within a major version."""

DOCUMENTATION: Final = frozenset({"$comment", "$id", "$schema", "default", "description", "title"})
_CONDITIONS: Final = ("if", "then", "else")
_COMPARED: Final = frozenset(
    {"$defs", "$ref", "additionalProperties", "allOf", "enum", "items", "properties", "required"}
    | {"type", "unevaluatedProperties", *_CONDITIONS}
)

_BACK: Final = "put it back as it was, or publish it as a new major version"
_OPTIONAL: Final = "make it optional, or publish it as a new major version"
_OPEN: Final = "set additionalProperties to true: readers must accept fields of later versions"


@dataclass(frozen=True, slots=True)
class Break:
    """A change that somebody's producer or consumer would not survive, and what to do instead."""

    schema: str
    field: str
    change: str
    remedy: str

    def __str__(self) -> str:
        return f"{self.schema}, field {self.field or '(the whole)'}: {self.change}; {self.remedy}"


def breaks(name: str, before: Node, now: Node) -> Iterator[Break]:
    """Yield what in ``now`` is no compatible extension of ``before``, both whole schemas."""
    for path, node in fields(now):
        for rule in ("additionalProperties", "unevaluatedProperties"):
            if node.get(rule) is False:
                yield Break(name, path, f"{rule} is false", _OPEN)
    yield from _Comparison(name, before, now).nodes("", before, now)


@dataclass(frozen=True, slots=True)
class _Comparison:
    name: str
    before: Node
    now: Node

    def nodes(self, path: str, before: Node, now: Node) -> Iterator[Break]:
        before, now = target(self.before, before), target(self.now, now)
        yield from self._types(path, before, now)
        yield from self._values(path, before, now)
        yield from self._rules(path, before, now)
        yield from self._conditions(path, before, now)
        yield from self._fields(path, before, now)
        if "items" in before and "items" in now:
            yield from self.nodes(f"{path}[]", before["items"], now["items"])
        elif "items" in before or "items" in now:
            yield Break(self.name, path, "the rule for its items came or went", _BACK)

    def _types(self, path: str, before: Node, now: Node) -> Iterator[Break]:
        old, new = _listed(before.get("type")), _listed(now.get("type"))
        if set(old) != set(new):
            change = f"type {' or '.join(old) or 'any'} became {' or '.join(new) or 'any'}"
            yield Break(self.name, path, change, _BACK)

    def _values(self, path: str, before: Node, now: Node) -> Iterator[Break]:
        old, new = before.get("enum"), now.get("enum")
        if old is None or new is None:
            if old != new:
                yield Break(self.name, path, "its list of values came or went", _BACK)
            return
        for value in (value for value in old if value not in new):
            yield Break(self.name, path, f"value {value!r} is gone", _BACK)
        if (self.name, path) not in GROWING:
            for value in (value for value in new if value not in old):
                change = f"value {value!r} is new in a closed list"
                remedy = "add an optional field in its place, or publish it as a new major version"
                yield Break(self.name, path, change, remedy)

    def _rules(self, path: str, before: Node, now: Node) -> Iterator[Break]:
        for rule in sorted((before.keys() | now.keys()) - _COMPARED - DOCUMENTATION):
            if before.get(rule) != now.get(rule):
                change = f"{rule} {before.get(rule)!r} became {now.get(rule)!r}"
                yield Break(self.name, path, change, _BACK)

    def _conditions(self, path: str, before: Node, now: Node) -> Iterator[Break]:
        old, new = _conditions(before), _conditions(now)
        if any(condition not in new for condition in old):
            yield Break(self.name, path, "a condition is gone or changed", _BACK)
        for condition in (condition for condition in new if condition not in old):
            if not _is_of_new_values(condition, before):
                yield Break(self.name, path, "a condition on old values is new", _BACK)

    def _fields(self, path: str, before: Node, now: Node) -> Iterator[Break]:
        old, new = before.get("properties", {}), now.get("properties", {})
        for name in old:
            where = f"{path}.{name}" if path else name
            if name in new:
                yield from self.nodes(where, old[name], new[name])
            else:
                yield Break(self.name, where, "the field is gone", _BACK)
        asked, asks = set(before.get("required", ())), set(now.get("required", ()))
        for name in sorted(asks - asked):
            where = f"{path}.{name}" if path else name
            change = "an optional field became required" if name in old else "is new, and required"
            yield Break(self.name, where, change, _OPTIONAL)
        for name in sorted((asked - asks) & new.keys()):
            where = f"{path}.{name}" if path else name
            yield Break(self.name, where, "a required field became optional", _BACK)


def _listed(value: Any) -> list[str]:
    return [value] if isinstance(value, str) else list(value or ())


def _conditions(node: Node) -> list[Node]:
    own = {key: node[key] for key in _CONDITIONS if key in node}
    return [*([own] if own else []), *node.get("allOf", ())]


def _is_of_new_values(condition: Node, before: Node) -> bool:
    """Tell whether it can only hold for values of a list that were not in it before."""
    asked = condition.get("if", {})
    for name, rule in asked.get("properties", {}).items():
        old = before.get("properties", {}).get(name, {}).get("enum", ())
        values = rule.get("enum", [rule["const"]] if "const" in rule else [])
        is_new = bool(values) and not any(value in old for value in values)
        if is_new and name in asked.get("required", ()) and "else" not in condition:
            return True
    return False
