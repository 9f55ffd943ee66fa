"""``squall import`` as far as no Kafka is needed: mappings, ids, refusals, exit codes."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from app.cli.main import run
from app.sources.mapping import FieldMap
from app.sources.tables import TableForm
from app.stream.importing import Plan, Refused, Summary, stage_rows, with_id
from app.stream.staging import Stage, staged

Capture = pytest.CaptureFixture[str]
GOOD = {"text": "Late.", "published_at": "2026-03-01T10:00:00Z"}


pytestmark = pytest.mark.usefixtures("no_variables")


def stored(folder: Path, name: str, *lines: str) -> str:
    (folder / name).write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")
    return str(folder / name)


def dry(capsys: Capture, *arguments: str) -> tuple[int, dict[str, Any], str]:
    code = run(["import", *arguments, "--dry-run", "--json"])
    out, errors = capsys.readouterr()
    return code, json.loads(out) if out else {}, errors


def staged_from(path: str, fields: FieldMap | None = None) -> tuple[list[Any], list[Refused]]:
    """Return the mentions as they would be sent, and what was refused."""
    plan = Plan(paths=(Path(path),), form=TableForm(), fields=fields or FieldMap())
    with staged() as stage:
        refused = list(stage_rows(plan, stage, Summary()))
        return [json.loads(value) for batch in stage.batches(2) for _, value in batch], refused


def test_columns_that_are_called_as_ours_need_no_mapping(tmp_path: Path) -> None:
    header = "id,text,published_at,author.name,rating.value,rating.scale,other"
    file = stored(tmp_path, "a.csv", header, "1,Late.,2026-03-01T10:00:00Z,Ann,2,5,x")
    assert staged_from(file) == (
        [
            {
                "id": "1",
                "text": "Late.",
                "published_at": "2026-03-01T10:00:00.000Z",
                "source": "social",
                "author": {"name": "Ann"},
                "rating": {"value": 2.0, "scale": 5.0},
            }
        ],
        [],
    )


def test_mapped_lines_keep_what_is_called_as_ours(tmp_path: Path) -> None:
    line = json.dumps({**GOOD, "nr": 7, "author": {"name": "Ann"}, "sentiment": "bad"})
    (found,), _ = staged_from(stored(tmp_path, "a.jsonl", line), FieldMap(places={"id": ("nr",)}))
    assert (found["id"], found["author"], found["text"]) == ("7", {"name": "Ann"}, "Late.")


def test_rows_wait_in_order_of_time(tmp_path: Path) -> None:
    hours = [11, 9, 10, 9]
    lines = [
        json.dumps({**GOOD, "id": str(n), "published_at": f"2026-03-01T{hour:02}:00:00Z"})
        for n, hour in enumerate(hours)
    ]
    found, _ = staged_from(stored(tmp_path, "a.jsonl", *lines))
    assert [one["id"] for one in found] == ["1", "3", "2", "0"]


def test_an_id_is_of_what_was_said_by_whom_and_when_and_of_nothing_else() -> None:
    usual = {**GOOD, "author": {"id": "a"}, "source": "news"}
    made = with_id(usual)["id"]
    assert len(made) == 32
    assert with_id({**usual, "reach": 5, "url": "https://example.com"})["id"] == made
    assert with_id({**usual, "id": ""})["id"] == made
    assert with_id({**usual, "id": "7"})["id"] == "7"
    changes: list[dict[str, Any]] = [
        {"text": "late."},
        {"author": {"id": "b"}},
        {"author": {"name": "c"}},
        {"source": "forum"},
        {"platform": "x"},
        {"published_at": "2026-03-01T10:00:01Z"},
    ]
    assert len({with_id({**usual, **one})["id"] for one in changes} | {made}) == len(changes) + 1


def test_a_row_twice_is_one_mention(tmp_path: Path, capsys: Capture) -> None:
    file = stored(tmp_path, "a.csv", "text,published_at", *["Late.,2026-03-01T10:00:00Z"] * 3)
    code, summary, _ = dry(capsys, file, file)
    assert (code, summary["rows"], summary["repeated"]) == (0, 6, 5)


@pytest.mark.parametrize(
    ("row", "reason", "detail"),
    [
        (b"{", "bad_json", "no JSON at character 1"),
        (b"[]", "not_an_object", "the value is JSON but no object"),
        (b'{"text": "x"}', "missing_field", "published_at is missing"),
        (b'{"text": 7.5}', "misfit", "text is no text"),
        (b'{"text": "x", "published_at": "1999-01-01T00:00:00Z"}', "bad_time", "published_at lies"),
        (b'{"text": "\\ud800", "published_at": 1772359200}', "bad_encoding", "lone surrogate"),
        (b'{"text": "x", "published_at": 1772359200, "reach": 1.5}', "wrong_type", "reach is no"),
    ],
)
def test_a_row_that_makes_no_mention_is_told_with_its_line_and_kept(
    tmp_path: Path, row: bytes, reason: str, detail: str
) -> None:
    file = stored(tmp_path, "a.jsonl", json.dumps(GOOD), row.decode())
    found, (refused,) = staged_from(file, FieldMap(fixed={"brand": "larkmoor"}))
    assert len(found) == 1
    assert (refused.number, refused.reason, refused.row) == (2, reason, row)
    assert detail in refused.detail


def test_refused_rows_are_all_in_the_file_and_twenty_on_the_screen(
    tmp_path: Path, capsys: Capture
) -> None:
    rows = [f"x{n},soon" for n in range(30)]
    file = stored(tmp_path, "a.csv", "text,published_at", *rows)
    code, summary, errors = dry(capsys, file)
    kept = Path(f"{file}.rejects.jsonl").read_text().splitlines()
    assert (code, summary["refused"], len(kept)) == (65, 30, 30)
    assert errors.count("published_at is no time") == 20
    assert f"30 rows refused, all in {file}.rejects.jsonl" in errors
    assert json.loads(kept[29])["row"] == {"text": "x29", "published_at": "soon"}


def test_a_mapping_file_is_read_and_the_command_line_wins(tmp_path: Path, capsys: Capture) -> None:
    mapping = stored(
        tmp_path, "map.yaml", "map: {text: [Title, Body], published_at: When}", "time_zone: UTC"
    )
    file = stored(tmp_path, "a.csv", "Title;Body;When;Date", "a;b;never;2026-03-01 10:00")
    assert dry(capsys, file, "--mapping", mapping)[0] == 65
    code, summary, _ = dry(capsys, file, "--mapping", mapping, "--map", "published_at=Date")
    assert (code, summary["rows"]) == (0, 1)


@pytest.mark.parametrize(
    ("arguments", "code", "why"),
    [
        (["--map", "text"], 64, "write it as FIELD="),
        (["--set", "=x"], 64, "is no field of a mention"),
        (["--map", "texts=a"], 64, "is no field of a mention"),
        (["--map", "text=/a~2"], 64, "is no place"),
        (["--map", "text=Txt"], 65, "no column 'Txt': correct the mapping; it has text, published"),
        (["--time-zone", "Mars/Olympus"], 64, "is no time zone"),
        (["--format", "xlsx"], 64, "choose csv, jsonl or parquet"),
        (["--delimiter", "::"], 64, "is one sign"),
        (["--encoding", "utf-16"], 64, "can't be read by lines"),
        (["--mapping", "/nowhere.yaml"], 78, "name a readable YAML file"),
        (["--rejects", "/nowhere/r.jsonl"], 64, "can't be written"),
    ],
)
def test_what_can_not_be_done_is_refused_before_anything_is_sent(
    tmp_path: Path, capsys: Capture, arguments: list[str], code: int, why: str
) -> None:
    file = stored(tmp_path, "a.csv", "text,published_at", "x,soon")
    found, _, errors = dry(capsys, file, *arguments)
    assert (found, why in errors) == (code, True), errors


def test_a_row_that_ends_early_lacks_no_column(tmp_path: Path, capsys: Capture) -> None:
    file = stored(tmp_path, "a.csv", "text,at,by", "x,2026-03-01T10:00:00Z")
    mapping = ("--map", "published_at=at", "--map", "author.name=by")
    assert dry(capsys, file, *mapping)[0] == 0


def test_a_mapping_file_with_an_unknown_key_is_refused(tmp_path: Path, capsys: Capture) -> None:
    file = stored(tmp_path, "a.csv", "text,published_at")
    code, _, errors = dry(capsys, file, "--mapping", stored(tmp_path, "m.yaml", "maps: {}"))
    assert (code, "maps: unknown key" in errors) == (78, True)


def test_the_rejects_never_replace_what_is_read(tmp_path: Path, capsys: Capture) -> None:
    file = stored(tmp_path, "a.csv", "text,published_at", "x,soon")
    before = Path(file).read_bytes()
    code, _, errors = dry(capsys, file, "--rejects", file)
    assert (code, "is a file to import" in errors) == (64, True)
    assert Path(file).read_bytes() == before


def test_what_is_left_out_of_the_stage_is_not_sent() -> None:
    with staged() as stage:
        assert isinstance(stage, Stage)
        assert [stage.add(key, 1, b"v" + key) for key in (b"a", b"b", b"a")] == [True, True, False]
        assert [stage.drop(key) for key in (b"a", b"x")] == [True, False]
        assert list(stage.batches(10)) == [[(b"b", b"vb")]]
