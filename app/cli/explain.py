"""``squall explain BRAND --at T``: why a crisis began, or why not."""

from __future__ import annotations

import asyncio
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from app.cli.options import Bootstrap, EngineName, Json, Recorded

if TYPE_CHECKING:
    from app.config import Settings
    from app.report.explanation import Explanation


def explain(
    brand: Annotated[str, typer.Argument(help="A brand as the events have it.")],
    at: Annotated[str, typer.Option("--at", help="Event time, RFC 3339: 2026-03-01T12:00:00Z.")],
    from_: Recorded = None,
    engine: EngineName = None,
    bootstrap: Bootstrap = None,
    as_json: Json = False,
) -> None:
    """Replay the log to the step of 30 s that ends at or after a time, and show every gate.

    Names what was decided, the gate that held a crisis back, and the counts of each channel and
    scale beside what is usual. Reads Kafka without joining a group; writes nothing. A brand or
    time that the log does not hold ends with 65.
    """
    import msgspec

    from app import logs
    from app.config import load_settings
    from app.core.brand_name import canonical
    from app.errors import UsageError
    from app.report.explanation import lines
    from app.wire import rfc3339

    settings = load_settings(kafka={"bootstrap_servers": bootstrap}, scorer={"engine": engine})
    logs.configure(settings.log_level)
    name, at_ms = canonical(brand), rfc3339.parse_ms(at)
    if name is None:
        raise UsageError(f"{brand[:60]!r} is no brand name: give one as the events have it")
    if at_ms is None:
        raise UsageError(f"--at {at[:40]!r} is no RFC 3339 time: give one as 2026-03-01T12:00:00Z")
    found = _explain(settings, name, at_ms, from_ or [])
    typer.echo(msgspec.json.encode(found).decode() if as_json else "\n".join(lines(found)))


def _explain(settings: Settings, brand: str, at_ms: int, files: list[Path]) -> Explanation:
    from app.sources.watchlist import WatchListFile
    from app.stream.explaining import Asked, explain_kafka, explain_records
    from app.stream.offline import placed_records
    from app.stream.scorer_engine import scorer_engine

    asked = Asked.at(brand, at_ms)
    if not files:
        return asyncio.run(explain_kafka(settings, asked))
    match = WatchListFile(settings.watchlist).current().match
    engine = partial(scorer_engine, settings.scorer)
    return explain_records(settings, asked, placed_records(settings, engine, match, files))
