"""``squall eval detector``: series of counts through the live detector, for a benchmark."""

from __future__ import annotations

import csv
import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from app.errors import InputError, UsageError

if TYPE_CHECKING:
    from app.cli.eval_series import Series

WEEK_S = 7 * 86_400
DIGITS = 9


def detector(
    folder: Annotated[
        Path,
        typer.Argument(
            metavar="DIR",
            help="Folder of CSV files with the columns timestamp and value (counts, equal steps).",
            show_default=False,
        ),
    ],
    out: Annotated[
        Path,
        typer.Option(
            "--out", metavar="DIR2", help="Folder for the scored files.", show_default=False
        ),
    ],
    as_json: Annotated[bool, typer.Option("--json", help="Print the summary as JSON.")] = False,
    name: Annotated[
        str,
        typer.Option(
            "--detector",
            metavar="NAME",
            help="spike-2 (the live one), rate-1 (the second), or river.anomaly.NAME to compare.",
        ),
    ] = "spike-2",
) -> None:
    """Score each series with a detector: one setting for all, scored before learnt.

    DIR2 gets each file again with the column anomaly_score: 0 to 1, higher is more anomalous,
    0.5 is the default alert line (one false alarm a series and week); scores of River's own
    detectors are as they come, and have no such line. A file that can't be read as such a series
    ends with 65, and then DIR2 is not touched.
    """
    from app.cli.compared_detectors import scores_by
    from app.cli.eval_series import read_series

    scored = scores_by(name)
    files = _files(folder, out)
    series = [read_series(path) for path in files]
    rows = []
    for path, one in zip(files, series, strict=True):
        scores = scored(one)
        file = path.relative_to(folder)
        _write(out / file, one, scores)
        rows.append(_row(file, one, scores))
    _print(rows, as_json=as_json)


def _files(folder: Path, out: Path) -> list[Path]:
    if not folder.is_dir():
        raise InputError(f"{folder} is no folder: name one that holds CSV files")
    files = sorted(path for path in folder.rglob("*.csv") if path.is_file())
    if not files:
        raise InputError(f"{folder} holds no CSV file: name the folder of the series")
    if out.resolve().is_relative_to(folder.resolve()):
        raise UsageError(f"--out {out} lies in {folder}: choose a folder outside of it")
    return files


def _write(path: Path, series: Series, scores: list[float]) -> None:
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("w", newline="", encoding="utf-8") as stream:
            writer = csv.writer(stream, lineterminator="\n")
            writer.writerow(("timestamp", "value", "anomaly_score"))
            for row, score in zip(series.rows, scores, strict=True):
                writer.writerow((*row, f"{score:.{DIGITS}g}"))
    except OSError as error:
        raise UsageError(
            f"{path} can't be written ({error.strerror}): choose another --out"
        ) from None


def _row(name: Path, series: Series, scores: list[float]) -> dict[str, Any]:
    weeks = len(scores) * series.step_s / WEEK_S
    alerts = sum(score >= 0.5 for score in scores)
    return {
        "file": name.as_posix(),
        "points": len(scores),
        "step_s": series.step_s,
        "alerts": alerts,
        "alerts_per_week": round(alerts / weeks, 3),
        "highest": round(max(scores), DIGITS),
    }


def _print(rows: list[dict[str, Any]], *, as_json: bool) -> None:
    if as_json:
        print(json.dumps({"files": rows}))
        return
    for row in rows:
        print(
            f"{row['file']}: {row['points']} points, {row['alerts']} at or above the line"
            f" ({row['alerts_per_week']:g} a week)"
        )
