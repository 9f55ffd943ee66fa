"""The ``squall`` command: help, errors and exit codes, and that each command exists."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from app import __version__
from app.cli import commands
from app.cli.commands import COMMANDS, Entry
from app.cli.main import run
from app.errors import SquallError, StateError

Capture = pytest.CaptureFixture[str]


@pytest.fixture(autouse=True)
def _no_variables(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in [name for name in os.environ if name.startswith("SQUALL_")]:
        monkeypatch.delenv(name)
    for name in ("SQUALL_CONFIG", "SQUALL_DEBUG"):  # so that what a test sets ends with it
        monkeypatch.setenv(name, "")
    monkeypatch.setenv("TERM", "dumb")


@pytest.fixture
def command(monkeypatch: pytest.MonkeyPatch) -> Callable[[Callable[[], object]], None]:
    """Make ``squall trial`` run a function of the test."""

    def declare(function: Callable[[], object]) -> None:
        def body() -> None:
            function()

        monkeypatch.setitem(COMMANDS, "trial", Entry(module="docs", attribute="trial", help="Try."))
        monkeypatch.setattr("app.cli.docs.trial", body, raising=False)

    return declare


def _raise(error: BaseException) -> Callable[[], object]:
    def function() -> object:
        raise error

    return function


@pytest.mark.parametrize("name", COMMANDS)
def test_each_command_exists_and_explains_itself(name: str, capsys: Capture) -> None:
    assert run([name, "--help"]) == 0
    assert f"squall {name}" in capsys.readouterr().out


def test_help_lists_what_is_not_hidden(capsys: Capture) -> None:
    assert run(["--help"]) == 0

    out = capsys.readouterr().out
    assert all((f" {name} " in out) is not entry.is_hidden for name, entry in COMMANDS.items())


def test_help_imports_nothing_heavy() -> None:
    script = (
        "import sys\nfrom app.cli.main import run\nrun(['--help'])\n"
        "print(sorted({'torch', 'faust', 'aiokafka', 'river', 'pydantic', 'httpx', 'matplotlib'}"
        " & set(sys.modules)))"
    )
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True
    )

    assert done.stdout.splitlines()[-1] == "[]"


def test_version(capsys: Capture) -> None:
    assert run(["--version"]) == 0
    assert capsys.readouterr().out == f"squall {__version__}\n"


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["wacth"], "no command 'wacth'; did you mean watch?"),
        (["qqqqq"], "see squall --help"),
        (["--nonsense"], "nonsense"),
        (["check-config", "--nonsense"], "nonsense"),
        (["docs", "nothing"], "nothing"),
        ([], "Usage"),
    ],
)
def test_a_wrong_command_line_is_64(arguments: list[str], says: str, capsys: Capture) -> None:
    assert run(arguments) == 64

    captured = capsys.readouterr()
    assert says in captured.err + captured.out


@pytest.mark.parametrize(
    "kind", [SquallError, *SquallError.__subclasses__()], ids=lambda kind: kind.__name__
)
def test_an_error_of_ours_is_its_message_and_its_code(
    kind: type[SquallError],
    command: Callable[[Callable[[], object]], None],
    capsys: Capture,
) -> None:
    command(_raise(kind("first thing\nsecond thing")))

    assert run(["trial"]) == kind.exit_code
    assert capsys.readouterr().err == "squall: first thing\nsquall: second thing\n"


def test_an_unexpected_exception_is_one_line_and_70(
    command: Callable[[Callable[[], object]], None], capsys: Capture
) -> None:
    command(_raise(ZeroDivisionError("a\nb")))

    assert run(["trial"]) == 70
    assert capsys.readouterr().err == (
        "squall: unexpected ZeroDivisionError: a; run it again with --debug for the traceback, "
        "and report it\n"
    )


@pytest.mark.parametrize("error", [ZeroDivisionError("x"), StateError("y")])
def test_debug_shows_the_traceback(
    error: Exception, command: Callable[[Callable[[], object]], None], capsys: Capture
) -> None:
    command(_raise(error))
    run(["--debug", "trial"])

    assert "test_cli.py" in capsys.readouterr().err


def test_ctrl_c_is_130(command: Callable[[Callable[[], object]], None]) -> None:
    command(_raise(KeyboardInterrupt()))

    assert run(["trial"]) == 130


@pytest.mark.parametrize("unbuffered", ["", "1"])
def test_a_reader_that_went_away_is_no_error(unbuffered: str) -> None:
    line = f"{sys.executable} -m app.cli.main docs configuration | true; echo ${{PIPESTATUS[0]}}"
    done = subprocess.run(
        ["bash", "-c", f"PYTHONUNBUFFERED={unbuffered} {line}"],
        capture_output=True,
        text=True,
        check=True,
    )

    assert done.stderr == ""
    assert done.stdout.strip() in {"0", "1"}  # 0 when the page was written before the reader left


def test_a_sub_command_that_is_gone_is_an_error(
    monkeypatch: pytest.MonkeyPatch, capsys: Capture
) -> None:
    monkeypatch.setitem(COMMANDS, "gone", Entry(module="gone", attribute="gone", help="Gone."))

    assert run(["gone"]) == 70
    with pytest.raises(ImportError):
        commands.load("gone")


def test_check_config_shows_values_and_sources_and_no_secret(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: Capture
) -> None:
    path = tmp_path / "squall.yaml"
    path.write_text("topic_prefix: acme.\nscorer: {author_salt: planted}\n")
    monkeypatch.setenv("SQUALL_PARTITIONS", "8")

    assert run(["--config", str(path), "check-config"]) == 0
    out = capsys.readouterr().out
    assert "planted" not in out
    rows = {cells[0]: cells[1:] for line in out.splitlines() if (cells := line.split())}
    assert rows["topic_prefix"] == ["acme.", str(path)]
    assert rows["partitions"] == ["8", "environment"]
    assert rows["scorer.author_salt"][0] == "**********"
    assert rows["kafka.heartbeat_s"] == ["3.0", "default"]

    assert run(["check-config", "--config", str(path), "--json"]) == 0
    out = capsys.readouterr().out
    assert "planted" not in out
    shown = json.loads(out)
    assert shown["settings"]["partitions"] == 8
    assert shown["topics"]["events"] == "acme.crisis.events"
    assert shown["groups"]["scorer"] == "acme-scorer"
    assert shown["sources"]["topic_prefix"] == str(path)


def test_check_config_shows_the_models_of_languages_and_where_they_are_from(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: Capture
) -> None:
    monkeypatch.setenv("SQUALL_SCORER__MODELS", f'{{"pl": "{tmp_path}"}}')
    assert run(["check-config"]) == 0
    (row,) = [r for r in capsys.readouterr().out.splitlines() if r.startswith("scorer.models")]
    assert row.split() == ["scorer.models", '{"pl":', f'"{tmp_path}"}}', "environment"]


def test_check_config_refuses_with_78(monkeypatch: pytest.MonkeyPatch, capsys: Capture) -> None:
    monkeypatch.setenv("SQUALL_PARTITIONS", "0")
    monkeypatch.setenv("SQUALL_METRICS__PORT", "-1")

    assert run(["check-config"]) == 78
    lines = capsys.readouterr().err.splitlines()
    assert [line.split(":")[1] for line in lines] == [" partitions", " metrics.port"]


def test_check_config_reads_the_watch_list_too(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: Capture
) -> None:
    path = tmp_path / "brands.yaml"
    monkeypatch.setenv("SQUALL_WATCHLIST", str(path))

    assert run(["check-config"]) == 78
    assert str(path) in capsys.readouterr().err
