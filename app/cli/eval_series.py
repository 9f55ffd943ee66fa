"""Reads a CSV series of counts in equal steps, and names what is wrong with one that is not."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import pairwise
from math import isfinite
from pathlib import Path

from app.errors import InputError

COLUMNS = ("timestamp", "value")
SLACK_S = 0.01  # what rounding may add to a step


@dataclass(frozen=True, slots=True, kw_only=True)
class Series:
    """``rows``: timestamp and value as written; ``start_s``: seconds since 1970 of the first."""

    rows: list[tuple[str, str]]
    values: list[float]
    start_s: float
    step_s: float


def read_series(path: Path) -> Series:
    """Return the series of a CSV file. Raises InputError naming file, line and remedy."""
    try:
        with path.open(newline="", encoding="utf-8-sig") as stream:
            numbered = list(_rows(path, csv.reader(stream)))
    except UnicodeDecodeError:
        raise InputError(f"{path} is not UTF-8: save it as UTF-8 text") from None
    except csv.Error as error:
        raise InputError(f"{path} is no CSV file ({error}): save it as CSV text") from None
    except OSError as error:
        raise InputError(f"{path} can't be read ({error.strerror}): check its rights") from None
    if len(numbered) < 2:
        raise InputError(f"{path} has {len(numbered)} rows: a series needs two at least")
    times = [_time(path, line, row[0]) for line, row in numbered]
    return Series(
        rows=[row for _, row in numbered],
        values=[_value(path, line, row[1]) for line, row in numbered],
        start_s=times[0],
        step_s=_step(path, [line for line, _ in numbered], times),
    )


def _rows(path: Path, reader: Iterator[list[str]]) -> Iterator[tuple[int, tuple[str, str]]]:
    head = [name.strip() for name in next(reader, [])]
    if not head:
        raise InputError(f"{path} is empty: it needs a header and the columns timestamp,value")
    missing = [name for name in COLUMNS if name not in head]
    if missing:
        raise InputError(
            f"{path} has no column {missing[0]!r} (it has {', '.join(head)[:80]}):"
            " name the columns timestamp,value"
        )
    places = [head.index(name) for name in COLUMNS]
    for line, row in enumerate(reader, start=2):
        if not row:
            continue
        if len(row) <= max(places):
            raise InputError(f"{path}: line {line} has {len(row)} fields: mend or remove it")
        yield line, (row[places[0]], row[places[1]])


def _time(path: Path, line: int, text: str) -> float:
    try:
        time = datetime.fromisoformat(text.strip())
    except ValueError:
        raise InputError(
            f"{path}: line {line} has the timestamp {text[:40]!r}: write it as ISO 8601,"
            " such as 2025-01-31 13:05:00"
        ) from None
    return (time if time.tzinfo else time.replace(tzinfo=UTC)).timestamp()


def _value(path: Path, line: int, text: str) -> float:
    try:
        value = float(text)
    except ValueError:
        value = float("nan")
    if not isfinite(value) or value < 0:
        raise InputError(
            f"{path}: line {line} has the value {text[:40]!r}: write a count, 0 or more"
        )
    return value


def _step(path: Path, lines: list[int], times: list[float]) -> float:
    steps = [later - earlier for earlier, later in pairwise(times)]
    usual = sorted(steps)[len(steps) // 2]
    for line, step in zip(lines[1:], steps, strict=True):
        if step < 0:
            raise InputError(f"{path}: line {line} is earlier than the line before: sort the rows")
        if step == 0:
            raise InputError(
                f"{path}: line {line} repeats the time of the line before: keep one row a time"
            )
        if abs(step - usual) > SLACK_S:
            raise InputError(
                f"{path}: line {line} comes {step:g} s after the line before, the usual step is"
                f" {usual:g} s: give the missing steps a row, or cut the series there"
            )
    return usual
