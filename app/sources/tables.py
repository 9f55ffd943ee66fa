"""Rows of files that others made: CSV, JSON lines, Parquet, each row with its place."""

from __future__ import annotations

import csv
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, Literal, NamedTuple

from app.errors import InputError, UsageError
from app.sources.recorded import read_recorded

Form = Literal["csv", "jsonl", "parquet"]
_FORMS: Final[Mapping[str, Form]] = {
    ".csv": "csv",
    ".tsv": "csv",
    ".jsonl": "jsonl",
    ".ndjson": "jsonl",
    ".parquet": "parquet",
}
_PACKED: Final = frozenset({".gz", ".zst"})
_DELIMITERS: Final = ",;\t|"
_BATCH_ROWS: Final = 1_000
_UTF16: Final = (b"\xff\xfe", b"\xfe\xff")


class Row(NamedTuple):
    """``number``: the line it begins on, in Parquet which row it is, from 1.

    ``value``: names and cells; or a line of JSON, not decoded. ``problem``: why it is no row, "".
    """

    number: int
    value: dict[str, object] | bytes
    problem: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class TableForm:
    """How files are written. ``form`` None: by the suffix; ``delimiter`` None: by the header."""

    form: Form | None = None
    delimiter: str | None = None
    encoding: str = "utf-8"

    def __post_init__(self) -> None:
        """Refuse what can't be, with UsageError."""
        if self.delimiter is not None and len(self.delimiter) != 1:
            raise UsageError("--delimiter is one sign; leave it out to tell it by the header")
        try:
            is_usable = "\n".encode(self.encoding) == b"\n"
        except LookupError:
            is_usable = False
        if not is_usable:
            message = f"{self.encoding[:40]!r} can't be read by lines; convert the file to UTF-8"
            raise UsageError(message)


def read_rows(path: Path, form: TableForm) -> Iterator[Row]:
    """Yield the file's rows, blank ones left out; ``.gz`` and ``.zst`` of CSV and JSON lines too.

    Raises InputError when the file can't be read to its end, UsageError when its kind can't be told
    or Parquet can't be read here.
    """
    kind = form.form or _form_of(path)
    if kind == "csv":
        return _csv_rows(path, form)
    if kind == "parquet":
        return _parquet_rows(path)
    return (Row(number, line) for number, line in read_recorded(path))


def _form_of(path: Path) -> Form:
    suffixes = [suffix.lower() for suffix in path.suffixes]
    while suffixes and suffixes[-1] in _PACKED:
        suffixes.pop()
    form = _FORMS.get(suffixes[-1]) if suffixes else None
    if form is None:
        raise UsageError(f"{path}: what it is can't be told by its name; say it with --format")
    return form


def _csv_rows(path: Path, form: TableForm) -> Iterator[Row]:
    # Read at once, so that a blank line within quotes is not left out; strict, since an open
    # quote would otherwise make one cell of the whole rest without a word.
    lines = _text_lines(path, form.encoding)
    first = next(lines, "")
    delimiter = form.delimiter or max(_DELIMITERS, key=first.count)
    reader = csv.reader(_with(first, lines), delimiter=delimiter, strict=True)
    try:
        header = _header(path, next(reader, []))
        begins = reader.line_num + 1
        for cells in reader:
            if any(cells):
                yield _csv_row(begins, header, cells)
            begins = reader.line_num + 1
    except csv.Error as error:
        message = f"{path}: no CSV past line {reader.line_num} ({error}); correct the file"
        raise InputError(message) from None


def _with(first: str, rest: Iterator[str]) -> Iterator[str]:
    yield first
    yield from rest


def _text_lines(path: Path, encoding: str) -> Iterator[str]:
    for number, line in enumerate(_raw_lines(path)):
        if number == 0 and line.startswith(_UTF16):
            raise InputError(f"{path}: is UTF-16; save it as UTF-8")
        bare = line.removeprefix(b"\xef\xbb\xbf") if number == 0 else line
        # What can't be decoded stays in its row, which is refused for it by itself.
        yield bare.decode(encoding, errors="surrogateescape") + "\n"


def _raw_lines(path: Path) -> Iterator[bytes]:
    return (line for _, line in read_recorded(path, is_blank_kept=True))


def _header(path: Path, names: list[str]) -> list[str]:
    header = [name.strip() for name in names]
    twice = sorted({name for name in header if name and header.count(name) > 1})
    if not any(header) or twice:
        why = f"names the column {twice[0][:40]!r} twice" if twice else "is empty"
        raise InputError(f"{path}: its first line {why}; it must name each column")
    return header


def _csv_row(number: int, header: list[str], cells: list[str]) -> Row:
    row: dict[str, object] = dict.fromkeys(header)  # a row may end early
    row.update(zip(header, cells, strict=False))
    problem = "has more cells than the first line has names" if len(cells) > len(header) else ""
    return Row(number, row, problem)


def _parquet_rows(path: Path) -> Iterator[Row]:
    try:
        from pyarrow import ArrowException, parquet  # noqa: PLC0415 - 165 MB that few need
    except ImportError:
        message = f"{path}: Parquet needs pyarrow; install it with: pip install 'squall[parquet]'"
        raise UsageError(message) from None
    number = 0
    try:
        with parquet.ParquetFile(path) as file:
            for batch in file.iter_batches(batch_size=_BATCH_ROWS):
                rows: list[dict[str, Any]] = batch.to_pylist()
                for number, row in enumerate(rows, start=number + 1):  # noqa: B020 - goes on
                    yield Row(number, row)
    except (ArrowException, OSError, ValueError) as error:
        what = str(error).splitlines()[0][:200] if str(error) else type(error).__name__
        message = f"{path}: no Parquet past row {number} ({what}); fetch the file again"
        raise InputError(message) from None
