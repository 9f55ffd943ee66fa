"""What the commands that read recorded events share: events and windows of a file, and bounds of
time.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from app.errors import InputError, UsageError

if TYPE_CHECKING:
    from app.core.event import ClosedWindow, CrisisEvent


def recorded_events(file: Path) -> Iterator[CrisisEvent]:
    """Yield the events of a file, one a line. Raises InputError with the line that is none."""
    from app.core.mention import Rejected
    from app.sources.recorded import read_recorded
    from app.wire.event import decode

    for number, line in read_recorded(file):
        event = decode(line)
        if isinstance(event, Rejected):
            raise InputError(
                f"{file}:{number}: no crisis event ({event.detail}): give what `squall backtest`"
                " or `squall watch --json` prints"
            )
        yield event


def recorded_windows(file: Path) -> Iterator[ClosedWindow]:
    """Yield the windows of a file, one a line. Raises InputError with the line that is none."""
    from app.core.mention import Rejected
    from app.sources.recorded import read_recorded
    from app.wire.window import decode

    for number, line in read_recorded(file):
        window = decode(line)
        if isinstance(window, Rejected):
            raise InputError(
                f"{file}:{number}: no closed window ({window.detail}): give what `squall backtest"
                " --windows` writes"
            )
        yield window


def bound_ms(option: str, given: str | None) -> int | None:
    """Return the time an option gives, None without one. Raises UsageError when it is none."""
    from app.wire import rfc3339

    time_ms = None if given is None else rfc3339.parse_ms(given)
    if given is not None and time_ms is None:
        raise UsageError(f"{option} {given!r}: is no time such as 2026-03-02T18:00:00Z")
    return time_ms
