"""``squall digest`` on recorded files: what is printed, and what is refused."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from app.cli.main import run
from tests.unit.digest_values import DAY_MS, HOUR_MS, closed, crisis, edges
from tests.unit.test_cli_report import lines

Capture = pytest.CaptureFixture[str]


pytestmark = pytest.mark.usefixtures("no_variables")


@pytest.fixture
def files(tmp_path: Path) -> tuple[str, ...]:
    """Return the options for a day of two brands, and three crises of one cause."""
    hours = [closed("larkmoor", n * HOUR_MS, distinct=4, negatives=n % 2) for n in range(24)]
    days = [closed("larkmoor", -n * DAY_MS + HOUR_MS) for n in (1, 7, 8, 14)]
    other = closed("domarenka", HOUR_MS, distinct=24, neutrals=24)
    told = [one for n in (-40, -20, 0) for one in crisis(f"c{n}", n * DAY_MS + 10 * HOUR_MS)]
    events = lines(tmp_path / "events.jsonl", told)
    windows = lines(
        tmp_path / "windows.jsonl", [*edges(), *hours, *days, *edges("larkmoor"), other]
    )
    return ("--from", str(events), "--windows", str(windows))


def document(capsys: Capture, *arguments: str) -> dict[str, Any]:
    assert run(["digest", *arguments, "--json"]) == 0
    found: dict[str, Any] = json.loads(capsys.readouterr().out)
    return found


def test_a_line_is_printed_for_each_brand_and_cause(
    files: tuple[str, ...], capsys: Capture
) -> None:
    assert run(["digest", "--end", "2026-03-02", *files]) == 0
    brand, other, cause = capsys.readouterr().out.splitlines()
    assert brand == (
        "2026-03-02 domarenka: 1 mentions, 24 distinct, 0.0% negative,"
        " 0 crises opened, 0 resolved, 20.0% of voice, score 100.0"
    )
    assert other == (
        "2026-03-02 larkmoor: 24 mentions, 96 distinct, 12.5% negative (+12.5 points),"
        " 1 crises opened, 1 resolved, 80.0% of voice, score 86.7"
    )
    assert cause == ("larkmoor: payment of kettle came 3 times within 90 days (c-40, c-20, c0)")


def test_json_has_each_record_as_it_is_published(files: tuple[str, ...], capsys: Capture) -> None:
    found = document(capsys, "--end", "2026-03-02", "--brand", "Larkmoor", *files)
    (one,) = found["digests"]
    assert (one["brand"], one["is_whole"], one["counts"]["negatives"]) == ("larkmoor", True, 12)
    assert [each["crisis_id"] for each in one["crises"]] == ["c0"]
    assert found["recurring_causes"][0]["crisis_ids"] == ["c-40", "c-20", "c0"]
    assert found["published"] is None


def test_a_week_and_several_periods(files: tuple[str, ...], capsys: Capture) -> None:
    found = document(capsys, "--period", "week", "--end", "2026-03-05", "--last", "2", *files)
    own = [one for one in found["digests"] if one["brand"] == "larkmoor"]
    assert [one["name"] for one in own] == ["2026-W09", "2026-W10"]
    assert [one["counts"]["mentions"] for one in own] == [3, 25]
    assert [one["is_whole"] for one in own] == [True, False]


def test_a_day_is_of_the_zone_that_is_given(files: tuple[str, ...], capsys: Capture) -> None:
    found = document(
        capsys, "--end", "2026-03-02", "--zone", "Europe/Warsaw", "--brand", "larkmoor", *files
    )
    (one,) = found["digests"]
    assert (one["zone"], one["counts"]["mentions"]) == (
        "Europe/Warsaw",
        23,
    )  # the last is of 3 March


def test_markdown_has_a_part_for_each_brand(files: tuple[str, ...], capsys: Capture) -> None:
    assert run(["digest", "--end", "2026-03-02", "--markdown", *files]) == 0
    text = capsys.readouterr().out
    assert "# larkmoor: 2026-03-02" in text
    assert "# domarenka: 2026-03-02" in text
    assert "# What came again" in text


def test_the_same_files_in_another_order_print_the_same(
    files: tuple[str, ...], tmp_path: Path, capsys: Capture
) -> None:
    first = document(capsys, "--end", "2026-03-02", *files)
    for path in (Path(files[1]), Path(files[3])):
        path.write_bytes(b"".join(reversed(path.read_bytes().splitlines(keepends=True))))
    assert document(capsys, "--end", "2026-03-02", *files, *files) == first


def test_a_brand_of_the_watch_list_that_nobody_mentions_is_told_of(
    files: tuple[str, ...], tmp_path: Path, capsys: Capture, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "watchlist.yaml"
    path.write_text("version: 1\nbrands:\n  - name: Quiet Shop\n")
    monkeypatch.setenv("SQUALL_WATCHLIST", str(path))
    found = document(capsys, "--end", "2026-03-02", *files)
    names = {one["brand"]: one["counts"]["mentions"] for one in found["digests"]}
    assert names == {"domarenka": 1, "larkmoor": 24, "quiet shop": 0}


def test_nothing_at_all_is_said(tmp_path: Path, capsys: Capture) -> None:
    empty = lines(tmp_path / "windows.jsonl", [])
    assert run(["digest", "--end", "2026-03-02", "--windows", str(empty)]) == 0
    assert capsys.readouterr().out.startswith("No brand: no window and no event")


@pytest.mark.parametrize(
    ("more", "code", "says"),
    [
        (("--end", "yesterday"), 64, "--end 'yesterday': is no day such as 2026-03-02"),
        (("--end", "1999-12-31"), 64, "mentions are of the years 2000 to 2100"),
        (("--end", "2026-03-02", "--zone", "Mars/Base"), 64, "--zone 'Mars/Base': is no time zone"),
        (("--end", "2026-03-02", "--zone", "../etc/passwd"), 64, "is no time zone"),
        (("--end", "2026-03-02", "--zone", "Europe"), 64, "is no time zone"),
        (("--end", "2026-03-02", "--zone", "localtime"), 64, "is no time zone"),
        (("--end", "2026-03-02", "--zone", "posixrules"), 64, "is no time zone"),
        (("--end", "2026-03-02", "--zone", "right/UTC"), 64, "is no time zone"),
        (("--end", "2026-03-02", "--period", "month"), 64, "--period"),
        (("--end", "2026-03-02", "--last", "0"), 64, "--last"),
        (("--end", "2026-03-02", "--brand", "acme"), 64, "nothing tells of brand 'acme'"),
        (("--end", "2026-03-02", "--brand", "a/b"), 64, "'a/b' is no brand's name"),
        (("--end", "2026-03-02", "--json", "--markdown"), 64, "give one of them"),
        (("--end", "2026-03-02", "--publish"), 64, "leave --from and --windows out"),
        ((), 64, "name a day of the period by --end"),
        (("--end", "2026-03-02", "--from", "nothing.jsonl"), 65, "nothing.jsonl: can't be read"),
    ],
)
def test_what_is_wrong_is_said(
    files: tuple[str, ...], capsys: Capture, more: tuple[str, ...], code: int, says: str
) -> None:
    assert run(["digest", *files, *more]) == code
    told = capsys.readouterr()
    assert says in told.err
    assert told.out == ""


@pytest.mark.parametrize("period", ["day", "week"])
def test_a_period_that_has_not_begun_is_refused(capsys: Capture, period: str) -> None:
    """Nothing of it can be known; a crisis that is open would burn through it."""
    assert run(["digest", "--end", "2099-12-31", "--period", period]) == 64
    says = f"--end 2099-12-31: its {period} has not begun; name a day up to today"
    assert says in capsys.readouterr().err


def test_a_line_that_is_none_is_named(
    files: tuple[str, ...], tmp_path: Path, capsys: Capture
) -> None:
    path = Path(files[3])
    path.write_bytes(path.read_bytes().splitlines(keepends=True)[0] + b'{"brand":\n')
    assert run(["digest", "--end", "2026-03-02", *files]) == 65
    assert "windows.jsonl:2: no closed window" in capsys.readouterr().err
