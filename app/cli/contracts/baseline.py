"""``schemas/compatibility.json``: what was promised so far, so that a later change can be held
against it. It only ever grows.

It holds each schema without its descriptions, and the SHA-256 of each valid example: an example
once accepted stays as it is, so that later versions prove on it that they still read it.
"""

from __future__ import annotations

import copy
import json
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, Final

import jsonschema

from app.cli.contracts.compatibility import DOCUMENTATION, GROWING, Break, breaks
from app.cli.contracts.schemas import FOLDER, Node, Schema, digest, fields
from app.errors import InputError

FILE: Final = FOLDER / "compatibility.json"
COMMAND: Final = "python -m app.cli.contracts"

Baseline = dict[str, dict[str, Any]]
"""By name of the schema: ``schema`` and ``examples``, SHA-256 by file name."""


def load(path: Path = FILE) -> Baseline:
    """Return what was accepted, {} without a file. Raises InputError for a torn one."""
    if not path.exists():
        return {}
    try:
        found: Baseline = json.loads(path.read_text("utf-8"))
    except ValueError as error:
        message = f"{path}: {error}; take the file of the last commit"
        raise InputError(message) from error
    return found


def text(schemas: Sequence[Schema]) -> str:
    """Return the file for these schemas, whatever was accepted before."""
    baseline: Baseline = {
        schema.name: {
            "examples": {name: digest(data) for name, data in schema.examples.items()},
            "schema": without_documentation(schema.document),
        }
        for schema in schemas
    }
    return json.dumps(baseline, indent=1, sort_keys=True, ensure_ascii=False) + "\n"


def problems(baseline: Baseline, schemas: Sequence[Schema]) -> Iterator[Break]:
    """Yield each way in which ``schemas`` and their examples break what was accepted."""
    now = {schema.name: schema for schema in schemas}
    for name, accepted in baseline.items():
        schema = now.get(name)
        if schema is None:
            yield Break(name, "", "the schema is gone", "put the file back: it is never deleted")
            continue
        yield from breaks(name, accepted["schema"], schema.document)
        yield from _kept(name, accepted["examples"], schema)
        yield from _read_by_old(accepted["schema"], schema)


def _kept(name: str, accepted: dict[str, str], schema: Schema) -> Iterator[Break]:
    for example, expected in accepted.items():
        data = schema.examples.get(example)
        if data is None or digest(data) != expected:
            change = f"the valid example {example} is {'gone' if data is None else 'changed'}"
            yield Break(name, "", change, "put it back, and add a new example beside it")


def _read_by_old(accepted: Node, schema: Schema) -> Iterator[Break]:
    """Yield the examples of today that a reader made for the accepted schema would refuse."""
    validator = jsonschema.Draft202012Validator(as_read(schema.name, accepted))
    for example, data in schema.examples.items():
        for error in validator.iter_errors(json.loads(data)):
            where = ".".join(str(part) for part in error.absolute_path)
            change = f"the example {example} does not fit the accepted schema ({error.validator})"
            yield Break(schema.name, where, change, "change the example, or undo the schema")


def as_read(name: str, accepted: Node) -> Node:
    """Return the schema as a careful reader takes it: a growing list may hold any value."""
    read = copy.deepcopy(accepted)
    for path, node in fields(read):
        if (name, path) in GROWING:
            node.pop("enum", None)
    return read


def without_documentation(node: Any, *, is_names: bool = False) -> Any:
    """Return the rules of a schema. A field that is named ``title`` is no documentation."""
    if isinstance(node, list):
        return [without_documentation(one) for one in node]
    if not isinstance(node, dict):
        return node
    return {
        key: without_documentation(value, is_names=key in {"properties", "$defs"} and not is_names)
        for key, value in node.items()
        if is_names or key not in DOCUMENTATION
    }
