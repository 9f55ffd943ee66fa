"""Series of a firm's own figures, such as orders and refunds, beside a crisis."""

from __future__ import annotations

import csv
import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

import msgspec

from app.errors import InputError, UsageError

HEADER: Final = ["timestamp", "value"]
NAME_MAX_CHARS: Final = 60
REMEDY: Final = "write a line timestamp,value and then lines as 2026-03-02T18:00:00Z,41.5"
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True, kw_only=True)
class KpiSeries:
    """Points (event time in ms, value) in order of time, each time once, at least one."""

    name: str
    points: tuple[tuple[int, float], ...]

    def between(self, from_ms: int, to_ms: int) -> list[tuple[int, float]]:
        """Return the points from ``from_ms`` on and before ``to_ms``."""
        return [one for one in self.points if from_ms <= one[0] < to_ms]

    def mean(self, from_ms: int, to_ms: int) -> float | None:
        """Return the mean of these points, None without any."""
        values = [value for _, value in self.between(from_ms, to_ms)]
        return math.fsum(values) / len(values) if values else None


class KpiPart(msgspec.Struct, frozen=True, kw_only=True):
    """The points of one period; the rest is None where there are none."""

    points: int
    mean: float | None = None
    low: float | None = None
    high: float | None = None


class Kpi(msgspec.Struct, frozen=True, kw_only=True):
    """One series beside the crisis. ``change`` is the mean during less the mean before,
    ``change_percent`` of the mean before; ``change_after`` the mean after less the one before.
    """

    name: str
    first_ms: int
    last_ms: int
    before: KpiPart
    during: KpiPart
    after: KpiPart
    change: float | None = None
    change_percent: float | None = None
    change_after: float | None = None
    change_after_percent: float | None = None


Bounds = tuple[int, int] | None  # from, before; None: there is no such period


def compared(series: KpiSeries, before: Bounds, during: Bounds, after: Bounds) -> Kpi:
    """Return the series' means of the three periods and what changed."""
    parts = [_part(series, bounds) for bounds in (before, during, after)]
    change, percent = _change(parts[0].mean, parts[1].mean)
    later, later_percent = _change(parts[0].mean, parts[2].mean)
    return Kpi(
        name=series.name,
        first_ms=series.points[0][0],
        last_ms=series.points[-1][0],
        before=parts[0],
        during=parts[1],
        after=parts[2],
        change=change,
        change_percent=percent,
        change_after=later,
        change_after_percent=later_percent,
    )


def _part(series: KpiSeries, bounds: Bounds) -> KpiPart:
    values = [] if bounds is None else [value for _, value in series.between(*bounds)]
    if bounds is None or not values:
        return KpiPart(points=0)
    return KpiPart(points=len(values), mean=series.mean(*bounds), low=min(values), high=max(values))


def _change(before: float | None, then: float | None) -> tuple[float | None, float | None]:
    if before is None or then is None:
        return None, None
    change = then - before
    return change, 100 * change / abs(before) if before else None


def load_all(given: Sequence[str]) -> list[KpiSeries]:
    """Return the series of ``[NAME=]FILE.csv`` each; a file's own name is the series' without one.

    Raises UsageError for a name that is given twice or is none, InputError with file and line for
    what is no such file.
    """
    found: list[KpiSeries] = []
    for one in given:
        name, path = _named(one)
        if any(each.name == name for each in found):
            raise UsageError(f"--kpi {name!r} is given twice: name one otherwise, as NAME=FILE.csv")
        found.append(load(name, path))
    return found


def _named(given: str) -> tuple[str, Path]:
    name, is_named, file = given.partition("=")
    path = Path(file if is_named else given)
    name = (name if is_named else path.stem).strip()
    if not name or len(name) > NAME_MAX_CHARS or not name.isprintable():
        raise UsageError(
            f"--kpi {given[:60]!r}: has no name of 1 to {NAME_MAX_CHARS} letters: give"
            " NAME=FILE.csv"
        )
    return name, path


def load(name: str, path: Path) -> KpiSeries:
    """Return the points of one file, sorted. Raises InputError with file, line and remedy."""
    points: dict[int, tuple[float, int]] = {}
    for line, time_ms, value in _rows(path):
        if time_ms in points:
            raise _fault(path, line, f"has the time of line {points[time_ms][1]} again")
        points[time_ms] = value, line
    if not points:
        raise InputError(f"{path}: holds no value: {REMEDY}")
    ordered = tuple((time_ms, points[time_ms][0]) for time_ms in sorted(points))
    return KpiSeries(name=name, points=ordered)


def _rows(path: Path) -> Iterator[tuple[int, int, float]]:
    line = 0
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            reader = csv.reader(file, strict=True)
            for row in reader:
                is_header, line = line == 0, reader.line_num
                if is_header and [cell.strip().lower() for cell in row] != HEADER:
                    raise _fault(path, line, "is not the header timestamp,value")
                if row and not is_header:
                    yield line, *_point(path, line, row)
    except OSError as error:
        raise InputError(f"{path}: {error.strerror or error}; name a readable file") from None
    except UnicodeDecodeError:
        raise InputError(f"{path}: is no UTF-8: save it as CSV in UTF-8") from None
    except csv.Error as error:
        raise _fault(path, line + 1, f"is no CSV ({error})") from None


def _point(path: Path, line: int, row: Sequence[str]) -> tuple[int, float]:
    if len(row) != len(HEADER):
        raise _fault(path, line, f"has {len(row)} cells and not 2")
    time_ms = _time_ms(row[0].strip())
    if time_ms is None:
        raise _fault(path, line, f"{row[0].strip()[:40]!r} is no time with an offset from UTC")
    try:
        value = float(row[1].replace("_", "x"))
    except ValueError:
        value = math.nan
    if not math.isfinite(value):
        raise _fault(path, line, f"{row[1].strip()[:40]!r} is no number")
    return time_ms, value


def _time_ms(text: str) -> int | None:
    try:
        moment = datetime.fromisoformat(text)
        if moment.tzinfo is None:
            return None
        return round((moment.astimezone(UTC) - _EPOCH).total_seconds() * 1000)
    except (ValueError, OverflowError):  # no time, or beyond the year 9999 in UTC
        return None


def _fault(path: Path, line: int, what: str) -> InputError:
    return InputError(f"{path}:{line}: {what}: {REMEDY}")
