"""SIGTERM: as Ctrl-C for commands that start processes, as an orderly stop for roles."""

from __future__ import annotations

import signal
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from typing import Any


@contextmanager
def terminable() -> Iterator[None]:
    """Let SIGTERM raise KeyboardInterrupt, so that what was started ends in order."""

    def interrupt(number: int, frame: Any) -> None:
        raise KeyboardInterrupt

    before = signal.signal(signal.SIGTERM, interrupt)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)


@contextmanager
def stopped_by_sigterm(when_late: str) -> Iterator[None]:
    """Let SIGTERM end the block in order, and the process when that takes too long.

    ``when_late``: what becomes of the unfinished then. To be entered before heavy imports and
    before other threads start; Ctrl-C is raised as ever.
    """
    from app.stream import sigterm

    is_told = sigterm.install(partial(_give_up, when_late))
    try:
        yield
    except KeyboardInterrupt:  # what SIGTERM becomes where Faust does not listen
        if not is_told.is_set():
            raise


def _give_up(when_late: str) -> None:
    from app.errors import StalledError
    from app.stream.exits import die

    die(StalledError(f"the stop took too long: {when_late}"))
