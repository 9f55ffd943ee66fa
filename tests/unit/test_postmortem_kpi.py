"""Files of a firm's own figures: what is read, and each way in which one is no such file."""

from __future__ import annotations

from pathlib import Path

import pytest

from app.errors import InputError, UsageError
from app.report.postmortem.kpi import load, load_all

HEADER = "timestamp,value\n"


def written(tmp_path: Path, text: str | bytes) -> Path:
    path = tmp_path / "orders.csv"
    path.write_bytes(text.encode() if isinstance(text, str) else text)
    return path


def test_points_are_read_sorted_and_with_their_offsets(tmp_path: Path) -> None:
    lines = ('"1970-01-01T01:00:00Z","-2.5"', "", "1970-01-01T01:00:00+01:00, 3e2", "")
    text = "\r\n".join(("\ufeffTimestamp, Value", *lines))
    found = load("orders", written(tmp_path, text))
    assert found.points == ((0, 300.0), (3_600_000, -2.5))
    assert found.between(0, 3_600_000) == [(0, 300.0)]
    assert found.mean(1, 2) is None


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("", "holds no value"),
        (HEADER, "holds no value"),
        ("time,value\n", ":1: is not the header timestamp,value"),
        ("1970-01-01T00:00:00Z,1\n", ":1: is not the header"),
        (f"{HEADER}1970-01-01T00:00:00Z\n", ":2: has 1 cells and not 2"),
        (f"{HEADER}1970-01-01T00:00:00Z,1,5\n", ":2: has 3 cells and not 2"),
        (f"{HEADER}\n\nyesterday,1\n", ":4: 'yesterday' is no time with an offset"),
        (f"{HEADER}1970-01-01T00:00:00,1\n", "'1970-01-01T00:00:00' is no time with an offset"),
        (f"{HEADER}1970-01-01,1\n", "is no time with an offset"),
        (f"{HEADER}9999-12-31T23:00:00-09:00,1\n", "is no time with an offset"),
        (f"{HEADER}1970-01-01T00:00:00Z,many\n", ":2: 'many' is no number"),
        (f"{HEADER}1970-01-01T00:00:00Z,nan\n", ":2: 'nan' is no number"),
        (f"{HEADER}1970-01-01T00:00:00Z,1e999\n", ":2: '1e999' is no number"),
        (f"{HEADER}1970-01-01T00:00:00Z,1_0\n", ":2: '1_0' is no number"),
        (f"{HEADER}1970-01-01T00:00:00Z,\n", ":2: '' is no number"),
        (
            f"{HEADER}1970-01-01T00:00:00Z,1\n1970-01-01T01:00:00+01:00,2\n",
            ":3: has the time of line 2 again",
        ),
        (f'{HEADER}"1970-01-01T00:00:00Z"x,1\n', ":2: is no CSV"),
        (f'{HEADER}"1970-01-01T00:00:00Z,1\n', "is no CSV"),
        (b"timestamp,value\n\xff\xfe,1\n", "is no UTF-8: save it as CSV in UTF-8"),
    ],
)
def test_what_is_no_such_file_is_refused_by_line(
    tmp_path: Path, text: str | bytes, says: str
) -> None:
    path = written(tmp_path, text)
    with pytest.raises(InputError) as refused:
        load("orders", path)
    assert says in str(refused.value)
    assert str(refused.value).startswith(str(path))
    assert "2026-03-02T18:00:00Z,41.5" in str(refused.value) or "UTF-8" in str(refused.value)


def test_a_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"nothing\.csv: No such file .*; name a readable file"):
        load_all([f"orders={tmp_path / 'nothing.csv'}"])


def test_a_series_has_the_name_given_or_its_file_s(tmp_path: Path) -> None:
    path = written(tmp_path, f"{HEADER}1970-01-01T00:00:00Z,1\n")
    found = load_all([str(path), f"lost orders={path}"])
    assert [one.name for one in found] == ["orders", "lost orders"]


@pytest.mark.parametrize("given", ["=orders.csv", f"{'n' * 61}=orders.csv", "a\tb=orders.csv"])
def test_a_series_without_a_name_is_refused(given: str) -> None:
    with pytest.raises(UsageError, match=r"give NAME=FILE\.csv"):
        load_all([given])


def test_two_series_of_one_name_are_refused(tmp_path: Path) -> None:
    path = written(tmp_path, f"{HEADER}1970-01-01T00:00:00Z,1\n")
    with pytest.raises(UsageError, match="'orders' is given twice"):
        load_all([str(path), f"orders={path}"])
