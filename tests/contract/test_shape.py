"""The shape of the tree: no module over 350 lines, agents under 40, nothing named after nothing."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
MODULES = sorted((ROOT / "app").rglob("*.py"))
EMPTY_NAMES = {"utils", "util", "helpers", "helper", "manager", "base", "common", "misc"}
BANNED_IMPORTS = {"pickle", "marshal", "dill", "joblib", "shelve", "cloudpickle"}


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(ROOT)))
def test_a_module_is_short_and_named_for_what_it_is(path: Path) -> None:
    lines = path.read_text(encoding="utf-8").count("\n")
    assert lines <= 350, f"{path.name} has {lines} lines: it is two modules"
    assert path.stem not in EMPTY_NAMES


def test_agents_are_thin() -> None:
    agents = list(_agents())
    assert len(agents) >= 4
    for name, lines in agents:
        assert lines < 40, f"agent {name} has {lines} lines: rules belong into app.core"


def test_no_code_comes_from_data() -> None:
    """Stored bytes and model files are never unpickled (reliability.md, Security)."""
    for path in MODULES:
        tree = ast.parse(path.read_text(encoding="utf-8"))
        for node in ast.walk(tree):
            assert not (set(_imported(node)) & BANNED_IMPORTS), path
            if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name):
                assert (node.value.id, node.attr) != ("torch", "load"), path


def _agents() -> Iterator[tuple[str, int]]:
    for path in (ROOT / "app" / "stream").glob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if not isinstance(node, ast.AsyncFunctionDef):
                continue
            annotations = [ast.unparse(a.annotation) for a in node.args.args if a.annotation]
            if any(annotation.startswith("StreamT") for annotation in annotations):
                yield node.name, (node.end_lineno or node.lineno) - node.lineno + 1


def _imported(node: ast.AST) -> list[str]:
    if isinstance(node, ast.Import):
        return [alias.name.split(".")[0] for alias in node.names]
    if isinstance(node, ast.ImportFrom):
        return [(node.module or "").split(".")[0]]
    return []
