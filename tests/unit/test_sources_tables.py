"""Rows of CSV, JSON lines and Parquet, and the files that are none."""

from __future__ import annotations

import builtins
import gzip
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
import zstandard
from pyarrow import Table, parquet

from app.errors import InputError, UsageError
from app.sources.tables import Row, TableForm, read_rows

USUAL = TableForm()


def stored(folder: Path, name: str, content: str | bytes) -> Path:
    path = folder / name
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return path


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
def test_cells_come_by_name_with_the_line_they_begin_on(tmp_path: Path, delimiter: str) -> None:
    lines = ["id,text,note", '1,"two\nlines",', "", '2,"a ""b""",x', "3,c"]
    content = "\r\n".join(lines).replace(",", delimiter)
    assert list(read_rows(stored(tmp_path, "a.csv", content), USUAL)) == [
        Row(2, {"id": "1", "text": "two\nlines", "note": ""}),
        Row(5, {"id": "2", "text": 'a "b"', "note": "x"}),
        Row(6, {"id": "3", "text": "c", "note": None}),
    ]


@pytest.mark.parametrize("suffix", [".csv.gz", ".csv.zst"])
def test_packed_csv_is_read_too(tmp_path: Path, suffix: str) -> None:
    content = b"\xef\xbb\xbfid;text\n1;Zaz\xcc\x87o\xcc\x81\xc5\x82c\xcc\x81\n"
    pack = gzip.compress if suffix.endswith("gz") else zstandard.ZstdCompressor().compress
    (row,) = read_rows(stored(tmp_path, f"a{suffix}", pack(content)), USUAL)
    assert isinstance(row.value, dict)
    assert list(row.value) == ["id", "text"], "a byte-order mark is no part of a name"


def test_another_encoding_is_read_when_named_and_else_refused_row_by_row(tmp_path: Path) -> None:
    path = stored(tmp_path, "a.csv", "id,text\n1,ż\n2,z\n".encode("cp1250"))
    first, second = read_rows(path, TableForm(encoding="cp1250"))
    assert first.value == {"id": "1", "text": "ż"}
    first, second = read_rows(path, USUAL)
    assert first.value == {"id": "1", "text": "\udcbf"}
    assert second.value == {"id": "2", "text": "z"}


def test_a_row_with_more_cells_than_names_says_so(tmp_path: Path) -> None:
    (row,) = read_rows(stored(tmp_path, "a.csv", "a,b\n1,2,3\n"), USUAL)
    assert row.problem == "has more cells than the first line has names"


@pytest.mark.parametrize(
    ("content", "why"),
    [
        ("", "its first line is empty"),
        ("a,a\n1,2\n", "names the column 'a' twice"),
        ('a,b\n1,"no end\n2,3\n', "no CSV past line 3"),
        ('a,b\n1,"x"y\n', "no CSV past line 2"),
        ("a,b\n".encode("utf-16"), "is UTF-16"),
    ],
)
def test_what_is_no_csv_ends_with_the_line(tmp_path: Path, content: str | bytes, why: str) -> None:
    with pytest.raises(InputError, match=why):
        list(read_rows(stored(tmp_path, "a.csv", content), USUAL))


def test_lines_of_json_come_as_they_are(tmp_path: Path) -> None:
    for name in ("a.jsonl", "a.ndjson", "a.JSONL"):
        found = list(read_rows(stored(tmp_path, name, '{"a": 1}\n\nno JSON\n'), USUAL))
        assert found == [Row(1, b'{"a": 1}'), Row(3, b"no JSON")]


def test_rows_of_parquet_keep_their_types(tmp_path: Path) -> None:
    rows: list[dict[str, Any]] = [
        {"id": n, "at": datetime(2026, 3, 1, tzinfo=UTC), "who": {"name": "Ann"}, "n": None}
        for n in range(2_500)
    ]
    parquet.write_table(Table.from_pylist(rows), tmp_path / "a.parquet")
    found = list(read_rows(tmp_path / "a.parquet", USUAL))
    assert [row.number for row in found] == list(range(1, 2_501))
    assert found[2_400].value == rows[2_400]


def test_what_is_no_parquet_says_so(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="no Parquet past row 0"):
        list(read_rows(stored(tmp_path, "a.parquet", "no Parquet at all"), USUAL))
    with pytest.raises(InputError, match="no Parquet past row 0"):
        list(read_rows(tmp_path / "gone.parquet", USUAL))


def test_without_pyarrow_parquet_says_what_to_install(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    usual = builtins.__import__

    def without(name: str, *rest: Any, **named: Any) -> Any:
        if name.startswith("pyarrow"):
            raise ImportError(name)
        return usual(name, *rest, **named)

    monkeypatch.setattr(builtins, "__import__", without)
    with pytest.raises(UsageError, match=r"pip install 'squall\[parquet\]'"):
        list(read_rows(tmp_path / "a.parquet", USUAL))


def test_the_kind_of_a_file_is_told_by_its_name_or_said(tmp_path: Path) -> None:
    path = stored(tmp_path, "export.txt", "a,b\n1,2\n")
    with pytest.raises(UsageError, match="say it with --format"):
        list(read_rows(path, USUAL))
    (row,) = read_rows(path, TableForm(form="csv"))
    assert row.value == {"a": "1", "b": "2"}


@pytest.mark.parametrize(
    ("form", "why"),
    [
        ({"delimiter": ";;"}, "is one sign"),
        ({"encoding": "utf-16"}, "can't be read by lines"),
        ({"encoding": "klingon"}, "can't be read by lines"),
    ],
)
def test_a_form_that_can_not_be_is_refused(form: dict[str, Any], why: str) -> None:
    with pytest.raises(UsageError, match=why):
        TableForm(**form)


def test_a_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"gone\.csv: can't be read"):
        list(read_rows(tmp_path / "gone.csv", USUAL))
