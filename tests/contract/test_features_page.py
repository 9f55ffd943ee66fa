"""docs/features.md names every row once, and no test that is not there."""

from __future__ import annotations

import ast
import re
from functools import cache
from pathlib import Path
from typing import NamedTuple

import pytest

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "features.md").read_text("utf-8")
STATES = {"works", "partly", "not yet"}
GOALS = [f"C{n:02}" for n in range(1, 60)] + [f"D{n}" for n in range(1, 20)]
TEST = re.compile(r"tests/[\w/]+\.py::test_\w+")


class Row(NamedTuple):
    name: str
    meaning: str
    state: str
    tests: tuple[str, ...]
    rest: str  # of the last cell, when the tests are taken out


def rows_of(page: str) -> list[Row]:
    """Return the rows of all tables; ValueError for one that has not four cells."""
    found = list[Row]()
    for line in page.splitlines():
        if not re.match(r"\| [A-Z]\d", line):
            continue
        name, meaning, state, tests = (cell.strip() for cell in line.strip("|").split("|"))
        named = re.findall(r"`([^`]*)`", tests)
        rest = re.sub(r"`[^`]*`|[,\s]", "", tests)
        found.append(Row(name, meaning, state, tuple(named), rest))
    return found


@cache
def names_in(path: str) -> frozenset[str]:
    """Return the names of a file's tests; nothing is imported."""
    file = ROOT / path
    if not file.is_file():
        return frozenset()
    tree = ast.parse(file.read_text("utf-8"))
    kinds = (ast.FunctionDef, ast.AsyncFunctionDef)
    return frozenset(one.name for one in tree.body if isinstance(one, kinds))


def faults_of(row: Row) -> list[str]:
    found = [f"{one} is no test" for one in row.tests if not is_there(one)]
    if row.state not in STATES:
        found.append(f"{row.state!r} is no state")
    if not row.meaning or row.rest:
        found.append("a cell that says nothing, or too much")
    if (row.state == "not yet") == bool(row.tests):
        found.append("works without a test" if not row.tests else "a test of what is not there")
    return [f"{row.name}: {fault}" for fault in found]


def is_there(test: str) -> bool:
    path, _, name = test.partition("::")
    return bool(TEST.fullmatch(test)) and name in names_in(path)


def test_every_row_stands_there_once_and_in_order() -> None:
    names = [row.name for row in rows_of(PAGE)]
    assert len(names) == len(set(names))
    assert set(GOALS) - set(names) == set()
    assert set(names) - set(GOALS) <= {"C60"}


def test_every_row_says_how_far_it_is_and_names_tests_that_are_there() -> None:
    assert [fault for row in rows_of(PAGE) for fault in faults_of(row)] == []


HERE = "tests/contract/test_features_page.py"


@pytest.mark.parametrize(
    ("line", "fault"),
    [
        (f"| C01 | it | works | `{HERE}::test_nothing` |", "is no test"),
        ("| C01 | it | works | `tests/contract/test_gone.py::test_it` |", "is no test"),
        (f"| C01 | it | works | `{HERE}` |", "is no test"),
        ("| C01 | it | works | |", "works without a test"),
        ("| C01 | it | partly | |", "works without a test"),
        (f"| C01 | it | not yet | `{HERE}::test_a_slip_is_seen` |", "a test of what is not there"),
        (f"| C01 | it | nearly | `{HERE}::test_a_slip_is_seen` |", "is no state"),
        (f"| C01 | it | works | by hand, `{HERE}::test_a_slip_is_seen` |", "or too much"),
        (f"| C01 | | works | `{HERE}::test_a_slip_is_seen` |", "says nothing"),
    ],
)
def test_a_slip_is_seen(line: str, fault: str) -> None:
    (row,) = rows_of(line)
    (found,) = faults_of(row)
    assert fault in found
