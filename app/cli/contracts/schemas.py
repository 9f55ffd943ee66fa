"""The schema files as they stand in ``schemas/``, and each field in them by its path."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from app.errors import InputError

FOLDER: Final = Path(__file__).parents[3] / "schemas"

Node = dict[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Schema:
    """One schema file. ``kind`` tells the records of a topic apart where it has several, else "".

    ``examples`` are the valid ones, by file name.
    """

    topic: str
    kind: str
    version: int
    document: Node
    examples: dict[str, bytes]

    @property
    def name(self) -> str:
        """``crisis.events/v1``, ``mentions.scored/heartbeat.v1``."""
        return f"{self.topic}/{self.file.removesuffix('.schema.json')}"

    @property
    def file(self) -> str:
        return f"{self.kind}{'.' if self.kind else ''}v{self.version}.schema.json"

    @property
    def is_input(self) -> bool:
        """Whether others write it; what Squall writes says ``Output:`` in its description."""
        return "Input: " in self.document["description"]


def read(folder: Path = FOLDER) -> tuple[Schema, ...]:
    """Return all schemas, by name. Raises InputError when there are none, or one can't be read."""
    found = tuple(_schema(path) for path in sorted(folder.glob("*/*v*.schema.json")))
    if not found:
        message = f"no schemas in {folder}; run this in a checkout of Squall's repository"
        raise InputError(message)
    return found


def _schema(path: Path) -> Schema:
    *kind, version = path.name.removesuffix(".schema.json").split(".")
    try:
        document = json.loads(path.read_text("utf-8"))
        number = int(version.removeprefix("v"))
    except ValueError as error:
        message = f"{path}: {error}; repair it, or name it [<kind>.]v<number>.schema.json"
        raise InputError(message) from error
    prefix = f"{kind[0]}--" if kind else ""
    examples = sorted((path.parent / "examples/valid").glob(f"{prefix}*"))
    return Schema(
        topic=path.parent.name,
        kind=kind[0] if kind else "",
        version=number,
        document=document,
        examples={example.name: example.read_bytes() for example in examples},
    )


def digest(example: bytes) -> str:
    return hashlib.sha256(example).hexdigest()


def target(document: Node, node: Node) -> Node:
    """Return ``node``, or what it refers to in ``document``."""
    reference = node.get("$ref")
    if reference is None:
        return node
    found: Node = document
    for part in reference.removeprefix("#/").split("/"):
        found = found[part]
    return found


def fields(document: Node, node: Node | None = None, path: str = "") -> Iterator[tuple[str, Node]]:
    """Yield (path, node) of the document and each field in it: "" first, then ``a``, ``a.b``,
    ``list[].c``. A reference is followed.
    """
    node = target(document, document if node is None else node)
    yield path, node
    for name, inner in node.get("properties", {}).items():
        yield from fields(document, inner, f"{path}.{name}" if path else name)
    if "items" in node:
        yield from fields(document, node["items"], f"{path}[]")
