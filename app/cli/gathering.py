"""What a report of one crisis reads: its events, and its brand's windows, of files or of Kafka."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from app.cli.recorded_events import recorded_events, recorded_windows

if TYPE_CHECKING:
    from app.config import Settings
    from app.report.postmortem.counted import Counted, Counting
    from app.report.postmortem.gathered import Gathered, Gathering

CrisisId = Annotated[
    str,
    typer.Argument(metavar="CRISIS", help="Its id, or the beginning of it.", show_default=False),
]
EventFiles = Annotated[
    list[Path] | None,
    typer.Option(
        "--from",
        metavar="FILE",
        help="Events one a line, as `squall backtest` prints them, in place of Kafka; may be"
        " given again. .gz and .zst are read too.",
        show_default=False,
    ),
]
WindowFiles = Annotated[
    list[Path] | None,
    typer.Option(
        metavar="FILE",
        help="Closed windows, as `squall backtest --windows` writes them, in place of Kafka's;"
        " may be given again. With --from and without it, none are known.",
        show_default=False,
    ),
]


@dataclass(frozen=True, slots=True, kw_only=True)
class Read:
    """What to read: recorded files, Kafka without any."""

    crisis_id: str
    events: tuple[Path, ...]
    windows: tuple[Path, ...]


def gathered(settings: Settings, read: Read) -> Gathered:
    """Return the crisis with what bears on it. Raises UsageError when nothing tells of it."""
    from app.report.postmortem.gathered import Gathering

    gathering = Gathering(read.crisis_id)
    for file in read.events:
        gathering.read_all(recorded_events(file))
    if not read.events:
        asyncio.run(_follow_events(settings, gathering))
    return gathering.found()


def counted(
    settings: Settings, read: Read, found: Gathered, from_ms: int, to_ms: int | None
) -> Counted:
    """Return the brand's windows of a time: of files, else of Kafka unless the events are of
    files.
    """
    from app.report.postmortem.counted import Counting

    counting = Counting(found.crisis.brand, from_ms, to_ms)
    for file in read.windows:
        counting.read_all(recorded_windows(file))
    if not read.windows and not read.events:
        asyncio.run(_follow_windows(settings, counting))
    return counting.counted(found.corrections)


def settings_read() -> Settings:
    """Return the settings, with the log set up."""
    from app import logs
    from app.config import load_settings

    settings = load_settings()
    logs.configure(settings.log_level)
    return settings


async def _follow_events(settings: Settings, gathering: Gathering) -> None:
    from app.stream.crises import told

    async for event in told(settings):
        gathering.read(event)


async def _follow_windows(settings: Settings, counting: Counting) -> None:
    from app.stream.crises import windows_of

    async for window in windows_of(settings, counting.brand):
        counting.read(window)
