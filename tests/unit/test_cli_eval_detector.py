"""`squall eval detector`: each series scored as the live detector would, or refused by name."""

from __future__ import annotations

import csv
import json
from datetime import datetime, timedelta
from pathlib import Path

import numpy as np
import pytest

from app.cli.eval_detector import detector
from app.cli.eval_series import read_series
from app.core.detector.series import SeriesScorer
from app.errors import InputError, UsageError

START = datetime.fromisoformat("2025-03-03 21:42:53")
BURST = 2_500


def counts(points: int = 2_600, mean: float = 6.0) -> list[int]:
    drawn = [int(n) for n in np.random.default_rng(3).poisson(mean, points)]
    for number in range(BURST, min(BURST + 6, points)):
        drawn[number] += round(15 * mean)
    return drawn


def write(path: Path, values: list[int], minutes: float = 5, head: str = "timestamp,value") -> Path:
    lines = [f"{START + timedelta(minutes=minutes * n)},{value}" for n, value in enumerate(values)]
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("\n".join([head, *lines]) + "\n")
    return path


def scored(path: Path) -> list[dict[str, str]]:
    with path.open(newline="") as stream:
        return list(csv.DictReader(stream))


def test_each_file_comes_back_with_a_score(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    values = counts()
    write(tmp_path / "in" / "some" / "brand.csv", values)
    detector(tmp_path / "in", tmp_path / "out", as_json=True)

    rows = scored(tmp_path / "out" / "some" / "brand.csv")
    assert [row["value"] for row in rows] == [str(value) for value in values]
    assert rows[1]["timestamp"] == "2025-03-03 21:47:53"
    scores = [float(row["anomaly_score"]) for row in rows]
    assert all(0 <= score <= 1 for score in scores)
    assert max(scores[BURST : BURST + 6]) == max(scores) > 0.9
    summary = json.loads(capsys.readouterr().out)["files"]
    assert summary[0].items() >= {"file": "some/brand.csv", "points": 2_600, "step_s": 300}.items()
    assert summary[0]["alerts"] == sum(score >= 0.5 for score in scores)


def test_no_score_knows_what_comes_later(tmp_path: Path) -> None:
    """No look-ahead: the scores of a beginning are those of the whole."""
    values = counts()
    whole, part = (SeriesScorer(0, 300) for _ in range(2))
    scores = [whole.score(value) for value in values]
    assert [part.score(value) for value in values[:1_000]] == scores[:1_000]


@pytest.mark.parametrize("minutes", [0.25, 0.5, 1, 4, 5, 7, 15, 60, 1440])
def test_any_step_finds_a_rise(minutes: float) -> None:
    scorer = SeriesScorer(1_000_000, minutes * 60)
    points = round(14 * 1440 / minutes)
    drawn = np.random.default_rng(5).poisson(1.5 * minutes, points + 4)
    scores = [scorer.score(float(value)) for value in drawn[:points]]
    assert sum(score >= 0.5 for score in scores) <= 14
    loud = [scorer.score(float(value) + 20 + 15 * minutes) for value in drawn[points:]]
    assert max(loud) > 0.5


def test_a_step_without_mentions_scores_nothing() -> None:
    scorer = SeriesScorer(0, 300)
    assert {scorer.score(0.0) for _ in range(500)} == {0.0}


def refused(folder: Path, part: str, error: type[Exception] = InputError) -> None:
    with pytest.raises(error, match=part):
        detector(folder, folder.parent / "out")
    assert not (folder.parent / "out").exists()


def test_a_missing_folder_is_refused(tmp_path: Path) -> None:
    refused(tmp_path / "none", "none is no folder: name one")


def test_a_folder_without_series_is_refused(tmp_path: Path) -> None:
    (tmp_path / "in").mkdir()
    refused(tmp_path / "in", "holds no CSV file: name the folder")


def test_an_output_within_the_input_is_refused(tmp_path: Path) -> None:
    write(tmp_path / "in" / "a.csv", [1, 2, 3])
    with pytest.raises(UsageError, match="choose a folder outside"):
        detector(tmp_path / "in", tmp_path / "in" / "out")


def test_an_output_that_can_not_be_written_is_refused(tmp_path: Path) -> None:
    write(tmp_path / "in" / "a.csv", [1, 2, 3])
    (tmp_path / "out").write_text("a file")
    with pytest.raises(UsageError, match="choose another --out"):
        detector(tmp_path / "in", tmp_path / "out")


@pytest.mark.parametrize(
    ("text", "part"),
    [
        ("", "is empty: it needs a header"),
        ("timestamp,value\n", "has 0 rows: a series needs two"),
        ("timestamp,value\n2025-01-01 00:00:00,1\n", "has 1 rows"),
        ("timestamp,count\n2025-01-01 00:00:00,1\n", "no column 'value' .it has timestamp, count"),
        ("time,value\n2025-01-01 00:00:00,1\n", "no column 'timestamp'"),
        ("2025-01-01 00:00:00,1\n2025-01-01 00:05:00,1\n", "name the columns timestamp,value"),
        ("timestamp,value\n2025-01-01 00:00:00\n", "line 2 has 1 fields: mend"),
        ("timestamp,value\nyesterday,1\n2025-01-01 00:05:00,1\n", "line 2 .*write it as ISO"),
        ("timestamp,value\n2025-01-01 00:00:00,x\n2025-01-01 00:05:00,1\n", "line 2 .*'x'.*count"),
        ("timestamp,value\n2025-01-01 00:00:00,\n2025-01-01 00:05:00,1\n", "line 2 .*value ''"),
        ("timestamp,value\n2025-01-01 00:00:00,-1\n2025-01-01 00:05:00,1\n", "0 or more"),
        ("timestamp,value\n2025-01-01 00:00:00,nan\n2025-01-01 00:05:00,1\n", "0 or more"),
    ],
)
def test_what_is_no_series_is_refused_by_line(tmp_path: Path, text: str, part: str) -> None:
    (tmp_path / "in").mkdir()
    (tmp_path / "in" / "a.csv").write_text(text)
    refused(tmp_path / "in", part)


@pytest.mark.parametrize(
    ("order", "part"),
    [
        ([0, 5, 10, 20, 25, 30], "line 5 comes 600 s after .* the usual step is 300 s: give"),
        ([0, 5, 10, 12, 15, 20, 25, 30], "line 5 comes 120 s"),
        ([0, 5, 5, 10, 15, 20], "line 4 repeats the time .* keep one row"),
        ([0, 5, 10, 15, 20, 3, 25, 30], "line 7 is earlier .* sort the rows"),
    ],
)
def test_unequal_steps_are_refused(tmp_path: Path, order: list[int], part: str) -> None:
    lines = [f"{START + timedelta(minutes=minute)},1" for minute in order]
    (tmp_path / "in").mkdir()
    (tmp_path / "in" / "a.csv").write_text("\n".join(["timestamp,value", *lines]))
    refused(tmp_path / "in", part)


def test_one_bad_file_leaves_no_output_of_the_others(tmp_path: Path) -> None:
    write(tmp_path / "in" / "a.csv", [1, 2, 3])
    (tmp_path / "in" / "b.csv").write_bytes(b"timestamp,value\n\xff\xfe")
    refused(tmp_path / "in", "b.csv is not UTF-8")


def test_a_byte_order_mark_other_columns_and_offsets_are_read(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    rows = "2025-01-01T00:00:00+02:00,x,1\n2025-01-01T00:05:00+02:00,y,2.5\n"
    path.write_text("\ufefftimestamp,note,value\n" + rows)
    series = read_series(path)
    assert series.values == [1.0, 2.5]
    assert series.step_s == 300
    assert series.rows[0] == ("2025-01-01T00:00:00+02:00", "1")
