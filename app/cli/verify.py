"""``squall verify``: is an event what the log gives, and do its mentions score as they did?"""

from __future__ import annotations

import asyncio
import sys
from functools import cache, partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from app.cli.options import Bootstrap, EngineName, Json, Recorded

if TYPE_CHECKING:
    from collections.abc import Iterator

    from app.config import Settings
    from app.report.checked import Checked
    from app.stream.recompute import Told

STDIN = Path("-")
FAILED = 1


def verify(
    event: Annotated[
        Path,
        typer.Argument(
            metavar="EVENT.json",
            help="An event as on crisis.events, or one a line; - for stdin.",
            show_default=False,
        ),
    ],
    from_: Recorded = None,
    engine: EngineName = None,
    bootstrap: Bootstrap = None,
    as_json: Json = False,
) -> None:
    """Recompute an event from the log, score its cited mentions again, and name what differs.

    Exits with 0 if all was recomputed and is equal; with 1 if anything differs ("differs"), or
    could not be recomputed ("not verifiable"): the log no longer goes back to its beginning, a
    mention is gone, or the model is another. A file that is no event ends with 65.
    """
    from app import logs
    from app.config import load_settings
    from app.report.checked import Verdict

    settings = load_settings(kafka={"bootstrap_servers": bootstrap}, scorer={"engine": engine})
    logs.configure(settings.log_level)
    found = _verify(settings, _told(event), from_ or [])
    for one in found:
        _print(one, as_json=as_json)
    if any(one.verdict is not Verdict.OK for one in found):
        raise typer.Exit(FAILED)


def _told(path: Path) -> list[Told]:
    from app.sources.recorded import read_recorded
    from app.stream.verifying import told_events

    return list(told_events(str(path), _stdin() if path == STDIN else read_recorded(path)))


def _stdin() -> Iterator[tuple[int, bytes]]:
    for number, line in enumerate(sys.stdin.buffer, start=1):
        if line.strip():
            yield number, line


def _verify(settings: Settings, told: list[Told], files: list[Path]) -> list[Checked]:
    from app.sources.watchlist import WatchListFile
    from app.stream.scorer_engine import scorer_engine
    from app.stream.verifying import verify_files, verify_kafka

    match = WatchListFile(settings.watchlist).current().match
    engine = cache(partial(scorer_engine, settings.scorer))
    if files:
        return verify_files(settings, told, engine, match, files)
    return asyncio.run(verify_kafka(settings, told, engine, match))


def _print(found: Checked, *, as_json: bool) -> None:
    import msgspec

    from app.report.checked import lines

    if as_json:
        typer.echo(msgspec.json.encode(found).decode())
    else:
        typer.echo("\n".join(lines(found)))
