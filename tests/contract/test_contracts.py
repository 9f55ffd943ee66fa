"""A schema only ever grows within its major version."""

from __future__ import annotations

import copy
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from app.cli.contracts import __main__ as command
from app.cli.contracts import baseline, schemas
from app.cli.contracts.compatibility import GROWING, breaks
from app.cli.contracts.schemas import Schema
from app.errors import InputError

SCHEMAS = {schema.name: schema for schema in schemas.read()}
SHAPES = {name: schema.document for name, schema in SCHEMAS.items()}
ACCEPTED = json.loads(baseline.text(tuple(SCHEMAS.values())))
EVENTS = "crisis.events/v1"
Change = Callable[[dict[str, Any]], object]


def changed(name: str, change: Change) -> list[str]:
    """Return what the gate says of a schema after ``change``."""
    document = copy.deepcopy(SHAPES[name])
    change(document)
    return [str(one) for one in breaks(name, SHAPES[name], document)]


def test_nothing_promised_is_broken() -> None:
    assert [str(one) for one in baseline.problems(baseline.load(), tuple(SCHEMAS.values()))] == []


def test_every_addition_is_accepted() -> None:
    is_fresh = baseline.FILE.read_text("utf-8") == baseline.text(tuple(SCHEMAS.values()))
    assert is_fresh, f"run: {baseline.COMMAND}"


def test_each_list_that_may_grow_is_one() -> None:
    for name, field in GROWING:
        found = dict(schemas.fields(SHAPES[name]))
        assert "enum" in found[field]


BROKEN: tuple[tuple[str, Change, str, str], ...] = (
    (EVENTS, lambda d: d["properties"].pop("note"), "note", "the field is gone"),
    (
        EVENTS,
        lambda d: d["properties"]["correction"]["properties"].pop("label"),
        "correction.label",
        "the field is gone",
    ),
    (
        EVENTS,
        lambda d: d["required"].append("actor"),
        "actor",
        "an optional field became required",
    ),
    (
        EVENTS,
        lambda d: d["required"].remove("severity"),
        "severity",
        "a required field became optional",
    ),
    (
        EVENTS,
        lambda d: d["properties"]["seq"].update(type="string"),
        "seq",
        "type integer became string",
    ),
    (
        EVENTS,
        lambda d: d["properties"]["note"].update(type=["string", "null"]),
        "note",
        "type string became string or null",
    ),
    (
        EVENTS,
        lambda d: d["properties"]["severity"]["enum"].remove("error"),
        "severity",
        "value 'error' is gone",
    ),
    (
        EVENTS,
        lambda d: d["properties"]["type"]["enum"].remove("warmed"),
        "type",
        "value 'warmed' is gone",
    ),
    (
        EVENTS,
        lambda d: d["properties"]["state"]["enum"].append("lost"),
        "state",
        "value 'lost' is new in a closed list",
    ),
    (EVENTS, lambda d: d["properties"]["state"].pop("enum"), "state", "came or went"),
    (
        EVENTS,
        lambda d: d.update(additionalProperties=False),
        "(the whole)",
        "additionalProperties is false",
    ),
    (
        EVENTS,
        lambda d: d["$defs"]["evidence"].update(additionalProperties=False),
        "evidence",
        "additionalProperties is false",
    ),
    (
        EVENTS,
        lambda d: d["$defs"]["reading"]["properties"].pop("fired"),
        "evidence.readings[].fired",
        "the field is gone",
    ),
    (
        EVENTS,
        lambda d: d["properties"]["reasons"].pop("items"),
        "reasons",
        "the rule for its items came or went",
    ),
    (
        "mentions/v1",
        lambda d: d["properties"]["url"].update(maxLength=100),
        "url",
        "maxLength 2048 became 100",
    ),
    (
        "mentions/v1",
        lambda d: (
            d["properties"].update(tenant={"type": "string"}),
            d["required"].append("tenant"),
        ),
        "tenant",
        "is new, and required",
    ),
    (
        "crisis.commands/v1",
        lambda d: d.setdefault("allOf", []).append({"required": ["note"]}),
        "(the whole)",
        "a condition on old values is new",
    ),
)


@pytest.mark.parametrize(("name", "change", "field", "said"), BROKEN)
def test_a_breaking_change_is_refused_by_name(
    name: str, change: Change, field: str, said: str
) -> None:
    found = changed(name, change)

    assert any(
        one.startswith(f"{name}, field {field}: ") and said in one and "; " in one for one in found
    ), found


def test_a_condition_may_not_go() -> None:
    document = copy.deepcopy(SHAPES["crisis.commands/v1"])
    for key in ("if", "then", "allOf"):
        document.pop(key, None)

    found = breaks("crisis.commands/v1", SHAPES["crisis.commands/v1"], document)

    assert any("a condition is gone or changed" in str(one) for one in found)


ADDED: tuple[tuple[str, Change], ...] = (
    (EVENTS, lambda d: d["properties"].update(owner_team={"type": "string"})),
    (EVENTS, lambda d: d["properties"]["type"]["enum"].append("merged")),
    (EVENTS, lambda d: d["properties"]["note"].update(description="In other words.")),
    (EVENTS, lambda d: d["$defs"]["reading"]["properties"].update(more={"type": "number"})),
    (
        "crisis.commands/v1",
        lambda d: (
            d["properties"]["action"]["enum"].append("merge"),
            d.setdefault("allOf", []).append(
                {
                    "if": {"required": ["action"], "properties": {"action": {"const": "merge"}}},
                    "then": {"required": ["note"]},
                }
            ),
        ),
    ),
)


@pytest.mark.parametrize(("name", "change"), ADDED)
def test_an_extension_passes(name: str, change: Change) -> None:
    assert changed(name, change) == []


def with_examples(examples: dict[str, bytes]) -> list[str]:
    """Return what the gate says when the events have these valid examples."""
    now = Schema(
        topic="crisis.events", kind="", version=1, document=SHAPES[EVENTS], examples=examples
    )
    return [str(one) for one in baseline.problems({EVENTS: ACCEPTED[EVENTS]}, [now])]


def test_an_accepted_example_stays_as_it_is() -> None:
    examples = dict(SCHEMAS[EVENTS].examples)
    assert with_examples(examples) == []

    gone = with_examples({k: v for k, v in examples.items() if k != "opened.json"})
    other = with_examples({**examples, "opened.json": examples["opened.json"] + b"\n"})

    assert gone == [
        f"{EVENTS}, field (the whole): the valid example opened.json is gone; "
        "put it back, and add a new example beside it"
    ]
    assert ["opened.json is changed" in one for one in other] == [True]


def test_a_new_example_is_read_by_an_old_reader() -> None:
    shown = json.loads(SCHEMAS[EVENTS].examples["opened.json"])
    later = {**shown, "type": "merged", "owner_team": "care"}
    wrong = {**shown, "severity": "apocalyptic"}

    examples = {**SCHEMAS[EVENTS].examples, "later.json": json.dumps(later).encode()}
    assert with_examples(examples) == []

    examples["wrong.json"] = json.dumps(wrong).encode()
    (found,) = with_examples(examples)
    assert found.startswith(f"{EVENTS}, field severity: the example wrong.json does not fit")


def test_a_schema_is_never_deleted() -> None:
    found = [str(one) for one in baseline.problems(ACCEPTED, [SCHEMAS[EVENTS]])]
    assert "mentions/v1, field (the whole): the schema is gone; put the file back: " in str(found)
    assert len(found) == len(SCHEMAS) - 1


def test_a_new_schema_is_no_break() -> None:
    some = {name: one for name, one in ACCEPTED.items() if name != EVENTS}
    assert list(baseline.problems(some, tuple(SCHEMAS.values()))) == []


def test_the_command_accepts_an_extension_and_refuses_a_break(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "compatibility.json"
    monkeypatch.setattr(baseline, "FILE", file)
    monkeypatch.setattr(baseline, "load", lambda: json.loads(file.read_text("utf-8")))
    old = copy.deepcopy(ACCEPTED)
    del old[EVENTS]["schema"]["properties"]["note"]
    file.write_text(json.dumps(old), "utf-8")

    assert command.main(["--check"]) == command.STALE
    assert command.main([]) == 0
    assert json.loads(file.read_text("utf-8")) == ACCEPTED
    assert command.main(["--check"]) == 0

    old[EVENTS]["schema"]["properties"]["forgotten"] = {"type": "string"}
    file.write_text(json.dumps(old), "utf-8")
    capsys.readouterr()
    assert command.main([]) == command.INCOMPATIBLE
    assert json.loads(file.read_text("utf-8")) == old
    said = capsys.readouterr().err
    assert said.startswith(f"{EVENTS}, field forgotten: the field is gone; put it back as it was")


def test_a_folder_without_schemas_and_a_torn_one_are_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="run this in a checkout"):
        schemas.read(tmp_path)
    (tmp_path / "t").mkdir()
    (tmp_path / "t/v1.schema.json").write_text("{", "utf-8")
    with pytest.raises(InputError, match=r"repair it, or name it"):
        schemas.read(tmp_path)
    torn = tmp_path / "compatibility.json"
    torn.write_text("{", "utf-8")
    with pytest.raises(InputError, match="take the file of the last commit"):
        baseline.load(torn)
    assert baseline.load(tmp_path / "none.json") == {}


def test_a_field_named_like_a_description_is_kept() -> None:
    rules = baseline.without_documentation(
        {"title": "T", "properties": {"title": {"type": "string", "description": "d"}}}
    )
    assert rules == {"properties": {"title": {"type": "string"}}}
