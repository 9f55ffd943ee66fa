"""The oracle on topics that were tampered with: each change is one it must see."""

from __future__ import annotations

import ast
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from tests.faults.oracle import judge
from tests.faults.snapshot import (
    BRAND_STATE,
    CRISIS_STATE,
    DEAD_LETTER,
    EVENTS,
    MENTIONS,
    SCORED,
    WINDOWS,
    Entry,
    Snapshot,
)
from tests.simulation.world import RULES, Outcome, World

HERE = Path(__file__).parent
ORACLE = ("oracle", "conservation", "contents", "letters", "published", "refold", "snapshot")
ALLOWED = ("app.core", "app.wire", "aiokafka", "tests.faults")
Change = Callable[[list[Entry]], list[Entry]]


@pytest.fixture(scope="module")
def outcome() -> Outcome:
    """A run with crises, poison and late mentions, and all of it right."""
    found = World(3).run()
    assert found.verdict.holds
    assert all(found.verdict.counts[name] for name in ("crisis_events", "dead_letters", "late"))
    return found


def drop(number: int) -> Change:
    def change(entries: list[Entry]) -> list[Entry]:
        at = range(len(entries))[number]
        return [*entries[:at], *entries[at + 1 :]]

    return change


def twice(number: int) -> Change:
    def change(entries: list[Entry]) -> list[Entry]:
        at = range(len(entries))[number]
        return [*entries[: at + 1], *entries[at:]]

    return change


def swap(entries: list[Entry]) -> list[Entry]:
    places = {e.partition: n for n, e in enumerate(entries)}
    last = max(places.values())
    return [*entries[: last - 1], entries[last], entries[last - 1]]


def spoil(number: int) -> Change:
    """Change one letter of a value."""

    def change(entries: list[Entry]) -> list[Entry]:
        found = entries[number]
        value = (found.value or b"").replace(b'"brand-00', b'"brand-90', 1) + b" "
        return [*entries[:number], replace(found, value=value), *entries[number + 1 :]]

    return change


def first_mention(entries: list[Entry]) -> list[Entry]:
    """Lose the first scored mention."""
    number = next(n for n, e in enumerate(entries) if e.key is not None)
    return drop(number)(entries)


def unopened(entries: list[Entry]) -> list[Entry]:
    """Lose the first opening of a crisis."""
    number = next(n for n, e in enumerate(entries) if "opened" in (e.header("ce_type") or ""))
    return drop(number)(entries)


@pytest.mark.parametrize(
    ("topic", "change", "expected"),
    [
        (MENTIONS, drop(0), {"I1"}),
        (SCORED, first_mention, {"I1"}),
        (DEAD_LETTER, drop(0), {"I1"}),
        (DEAD_LETTER, spoil(0), {"I6"}),
        (EVENTS, drop(0), {"I3"}),
        (EVENTS, drop(-1), {"I3"}),
        (EVENTS, twice(-1), {"I3"}),
        (EVENTS, unopened, {"I3", "I4"}),
        (EVENTS, swap, {"I3"}),
        (EVENTS, spoil(0), {"I3"}),
        (WINDOWS, drop(0), {"I1", "I3"}),
        (WINDOWS, twice(0), {"I1", "I3"}),
        (CRISIS_STATE, drop(0), {"I3"}),
        (BRAND_STATE, drop(-1), {"I2"}),
    ],
)
def test_a_change_is_seen(outcome: Outcome, topic: str, change: Change, expected: set[str]) -> None:
    whole = outcome.snapshot
    changed = change(whole.committed[topic])
    tampered = replace(whole, committed={**whole.committed, topic: changed})
    problems = judge(tampered, RULES, outcome.sent).problems
    assert expected <= {name for name, found in problems.items() if found}


def test_a_copy_that_differs_is_seen_though_nobody_committed_it(outcome: Outcome) -> None:
    whole = outcome.snapshot
    copies = [*whole.raw[EVENTS], *spoil(0)(whole.raw[EVENTS])[:1]]
    tampered = Snapshot(prefix="", committed=whole.committed, raw={**whole.raw, EVENTS: copies})
    assert judge(tampered, RULES, outcome.sent).problems["I3"]


def test_the_oracle_knows_nothing_of_the_workers() -> None:
    for name in ORACLE:
        tree = ast.parse((HERE / f"{name}.py").read_text("utf-8"))
        imported = [n.module or "" for n in ast.walk(tree) if isinstance(n, ast.ImportFrom)]
        for module in imported:
            is_ours = module.startswith(("app", "tests"))
            assert not is_ours or module.startswith(ALLOWED), f"{name} imports {module}"
            if module.startswith("tests"):
                names = {module.rpartition(".")[2]} | {
                    alias.name
                    for n in ast.walk(tree)
                    if isinstance(n, ast.ImportFrom) and n.module == module
                    for alias in n.names
                }
                assert names & set(ORACLE), f"{name} imports {module}"
