"""``squall backtest``: recorded mentions through the live detector, without a Kafka."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from app.cli.options import EngineName

if TYPE_CHECKING:
    from app.config import Settings
    from app.core.event import Output
    from app.stream.offline import Replay


def backtest(
    files: Annotated[
        list[Path],
        typer.Argument(
            metavar="FILE.jsonl…",
            help="Recorded mentions, or a recorded log; .gz and .zst are read too.",
            show_default=False,
        ),
    ],
    engine: EngineName = None,
    watchlist: Annotated[
        Path | None, typer.Option(help="Watch list (YAML) in place of the setting.")
    ] = None,
    windows: Annotated[
        Path | None, typer.Option(help="Write the closed windows here, one a line.")
    ] = None,
) -> None:
    """Print every event the detector would have published, one a line: the bytes of
    `crisis.events`.

    Mentions without a score are scored here. What became of them goes to stderr as one JSON
    line. A file that can't be read ends with 65, a broken watch list with 78.
    """
    from app.config import load_settings

    settings = load_settings(watchlist=watchlist, scorer={"engine": engine})
    replay = _replay(settings)
    _print(replay, files, windows)
    print(json.dumps(_summary(replay)), file=sys.stderr)


def _replay(settings: Settings) -> Replay:
    from app.sources.watchlist import WatchListFile
    from app.stream.offline import Replay
    from app.stream.scorer_engine import scorer_engine

    match = WatchListFile(settings.watchlist).current().match
    return Replay(settings, scorer_engine(settings.scorer), match)


def _print(replay: Replay, files: list[Path], windows: Path | None) -> None:
    from app.stream.offline import all_outputs

    sink = windows.open("wb") if windows else None
    try:
        for output in all_outputs(replay, files):
            _write(output, sink)
    finally:
        if sink:
            sink.close()


def _write(output: Output, windows: Any) -> None:
    from app.core.event import ClosedWindow, CrisisEvent
    from app.wire import event, window

    if isinstance(output, CrisisEvent):
        sys.stdout.buffer.write((event.encode(output).value or b"") + b"\n")
    elif isinstance(output, ClosedWindow) and windows is not None:
        windows.write((window.encode(output).value or b"") + b"\n")


def _summary(replay: Replay) -> dict[str, int]:
    return {**replay.tally._asdict(), "late": replay.late, "duplicates": replay.duplicates}
