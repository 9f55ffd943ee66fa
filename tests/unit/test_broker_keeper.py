"""The keeper, with ``sleep`` in the broker's place: however its owner ends, the child ends too."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from app.broker.node import KEEPER

GONE_S = 20

OWNER = """
import subprocess, sys, time
keeper = subprocess.Popen(sys.argv[1:], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                          start_new_session=True)
print(int(keeper.stdout.readline()), flush=True)
time.sleep(600)
"""


def keeper_command(log: Path, remove: str = "") -> list[str]:
    return [sys.executable, "-I", "-S", str(KEEPER), str(log), remove, "sleep", "600"]


@pytest.fixture
def keeper(tmp_path: Path) -> Iterator[subprocess.Popen[bytes]]:
    command = keeper_command(tmp_path / "log")
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        yield process
        process.kill()


def child_of(keeper: subprocess.Popen[bytes]) -> psutil.Process:
    assert keeper.stdout is not None
    return psutil.Process(int(keeper.stdout.readline()))


def tell(keeper: subprocess.Popen[bytes], line: bytes) -> None:
    assert keeper.stdin is not None
    keeper.stdin.write(line)
    keeper.stdin.flush()


@pytest.mark.parametrize(
    ("line", "code"), [(b"stop\n", 128 + signal.SIGTERM), (b"kill\n", 128 + signal.SIGKILL)]
)
def test_a_line_ends_the_child(keeper: subprocess.Popen[bytes], line: bytes, code: int) -> None:
    child = child_of(keeper)
    tell(keeper, line)
    assert keeper.wait(GONE_S) == code
    assert not child.is_running()


def test_the_end_of_its_input_ends_the_child(keeper: subprocess.Popen[bytes]) -> None:
    child = child_of(keeper)
    assert keeper.stdin is not None
    keeper.stdin.close()
    keeper.wait(GONE_S)
    assert not child.is_running()


def test_the_childs_exit_code_is_the_keepers(tmp_path: Path) -> None:
    command = [*keeper_command(tmp_path / "log")[:-2], "sh", "-c", "echo said; exit 7"]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        assert process.wait(GONE_S) == 7
    assert (tmp_path / "log").read_text("utf-8") == "said\n"


def test_an_owner_killed_with_9_takes_child_and_folder_along(tmp_path: Path) -> None:
    folder = tmp_path / "cluster" / "node"
    folder.mkdir(parents=True)
    command = [sys.executable, "-c", OWNER, *keeper_command(folder / "log", str(folder))]
    with subprocess.Popen(command, stdout=subprocess.PIPE) as owner:
        assert owner.stdout is not None
        child = psutil.Process(int(owner.stdout.readline()))
        keeper = child.parent()
        assert keeper is not None
        owner.kill()
    psutil.wait_procs([keeper], GONE_S)
    assert not child.is_running()
    assert not folder.parent.exists()
    assert tmp_path.exists()


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGTERM])
def test_a_killed_keeper_takes_the_child_along(
    keeper: subprocess.Popen[bytes], number: signal.Signals
) -> None:
    if sys.platform != "linux":  # elsewhere nothing but the keeper knows of the child
        return
    child = child_of(keeper)
    os.kill(keeper.pid, number)
    gone, _ = psutil.wait_procs([child], GONE_S)
    assert gone
