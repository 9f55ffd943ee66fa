"""How a process ends: the code, the one line, and what is not in it."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

START = """
from app.errors import *
from app.logs import configure
from app.stream.exits import die, crash_point
configure("INFO")
"""


def run(code: str, **variables: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-c", START + code],
        capture_output=True,
        text=True,
        env={**os.environ, **variables},
        check=False,
    )


def told(result: subprocess.CompletedProcess[str]) -> dict[str, Any]:
    (line,) = result.stderr.splitlines()
    found: dict[str, Any] = json.loads(line)
    return found


def test_an_error_of_ours_ends_with_its_code_and_cause() -> None:
    result = run("die(TransactionError('it was fenced: start again'))\nprint('never')")
    assert (result.returncode, result.stdout) == (74, "")
    line = told(result)
    assert (line["event"], line["code"], line["kind"]) == ("exit", 74, "TransactionError")
    assert line["cause"] == "it was fenced: start again"


def test_an_unknown_error_shows_where_it_came_from_and_no_text() -> None:
    result = run("def f():\n  {}['a mention text']\ntry:\n  f()\nexcept KeyError as e:\n  die(e)")
    assert result.returncode == 70
    assert "a mention text" not in result.stderr
    line = told(result)
    assert line["kind"] == "KeyError"
    assert [place.split()[-1] for place in line["trace"]] == ["<module>", "f"]


def test_finally_blocks_do_not_run_after_it() -> None:
    result = run("try:\n  die(StateError('x'))\nfinally:\n  print('never')")
    assert (result.returncode, result.stdout) == (76, "")


def test_a_crash_point_is_nothing_without_its_variable() -> None:
    assert run("crash_point('after_sends')\nprint('on')").stdout == "on\n"
    other = run("crash_point('after_sends')\nprint('on')", SQUALL_CRASH_AT="after_commit")
    assert other.stdout == "on\n"


def test_a_crash_point_kills_as_often_as_the_file_says(tmp_path: Path) -> None:
    count = tmp_path / "count"
    count.write_text("2")
    at = {"SQUALL_CRASH_AT": "after_sends", "SQUALL_CRASH_COUNT": str(count)}
    codes = [run("crash_point('after_sends')", **at).returncode for _ in range(3)]
    assert codes == [-signal.SIGKILL, -signal.SIGKILL, 0]
