"""When a role is started again, and when all ends."""

from __future__ import annotations

import subprocess
import sys
from typing import Literal

import pytest

from app.config import Role
from app.stream.supervisor import Child, wait_before


class Roles:
    """Starts processes that end with the codes given, one after the other."""

    def __init__(self, *codes: int) -> None:
        self._codes = list(codes)

    def start(self, role: Role) -> subprocess.Popen[bytes]:
        code = self._codes.pop(0)
        process = subprocess.Popen(
            [sys.executable, "-S", "-c", f"raise SystemExit({code})"], stdin=subprocess.PIPE
        )
        process.wait()
        return process


def run(child: Child, *times_s: float) -> list[int | None]:
    return [child.look(now_s) for now_s in times_s]


def child_of(*codes: int, role: Literal["scorer"] = "scorer") -> Child:
    return Child(role, Roles(*codes).start)


def test_a_role_that_ends_is_started_again_after_a_wait() -> None:
    child = child_of(70, 70)
    assert run(child, 0.0, 0.1) == [None, None]
    run(child, 0.5)
    assert child.starts == 1
    run(child, 0.6)
    assert child.starts == 2
    child.look(0.7)


@pytest.mark.parametrize("code", [64, 78])
def test_a_role_that_is_refused_at_its_first_start_ends_all(code: int) -> None:
    assert run(child_of(code), 0.0, 0.1) == [None, code]


def test_a_role_that_is_refused_later_waits_for_the_mending() -> None:
    child = child_of(70, 78, 0)
    assert run(child, 0.0, 0.1, 1.0, 1.1) == [None] * 4
    run(child, 300.0)
    assert child.starts == 2
    run(child, 301.2)
    assert child.starts == 3
    child.look(301.3)


def test_a_run_that_lasted_starts_the_waits_anew() -> None:
    child = child_of(70, 70, 70)
    run(child, 0.0, 0.1, 1.0, 61.0)
    run(child, 61.5)
    assert child.starts == 3
    child.look(61.6)


def test_the_waits_double_up_to_half_a_minute() -> None:
    assert [wait_before(n) for n in range(1, 9)] == [0.5, 1, 2, 4, 8, 16, 30, 30]
    assert wait_before(10_000) == 30
