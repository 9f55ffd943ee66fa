"""``squall watch``: brands and crises in the terminal, as the detector tells them."""

from __future__ import annotations

import asyncio
import logging
import time
from contextlib import suppress
from typing import TYPE_CHECKING, Annotated, Final

import typer

from app.cli.options import Bootstrap

if TYPE_CHECKING:
    from app.cli.reading import Item, Reader
    from app.config import Settings
    from app.report.live import LiveView

TAKE_S: Final = 0.5
HOUR_MS: Final = 3_600_000


def watch(
    once: Annotated[
        bool, typer.Option("--once", help="Show what there is now, then end.", metavar="")
    ] = False,
    as_json: Annotated[
        bool,
        typer.Option("--json", help="Print one line an event in place of the view.", metavar=""),
    ] = False,
    hours: Annotated[
        float, typer.Option(min=0, help="How far back to begin, by Kafka's clock.")
    ] = 24.0,
    bootstrap: Bootstrap = None,
) -> None:
    """Show every brand's last hour, its crisis if it has one, and the latest events.

    Reads committed records alone, joins no group and writes nothing. Ends with Ctrl-C.
    Exits with 69 when Kafka does not answer or the topics are missing.
    """
    from app import logs
    from app.config import load_settings

    settings = load_settings(kafka={"bootstrap_servers": bootstrap})
    logs.configure(settings.log_level)
    logging.getLogger("aiokafka").setLevel(
        logging.CRITICAL
    )  # it would write through the live table
    since_ms = time.time_ns() // 1_000_000 - round(hours * HOUR_MS)
    with suppress(KeyboardInterrupt):
        asyncio.run(_watch(settings, since_ms, once=once, as_json=as_json))


async def _watch(settings: Settings, since_ms: int, *, once: bool, as_json: bool) -> None:
    from app.cli.reading import open_reader
    from app.stream.kafka import client_options

    options = client_options(settings.kafka)
    async with open_reader(options, settings.topics, since_ms=since_ms) as reader:
        follow = _print_events if as_json else _show
        await follow(reader, once=once)


async def _print_events(reader: Reader, *, once: bool) -> None:
    import msgspec

    from app.core.event import CrisisEvent

    while True:
        for item in await reader.take(TAKE_S):
            if isinstance(item, CrisisEvent):
                typer.echo(msgspec.json.encode(item))
        if once and await reader.is_at_end():
            return


async def _show(reader: Reader, *, once: bool) -> None:
    from rich.console import Console
    from rich.live import Live

    from app.report.live import LiveView, table

    view, console = LiveView(), Console()
    if once:
        _see(view, await _everything(reader))
        console.print(table(view, width=console.width))
        return
    with Live(table(view, width=console.width), console=console, auto_refresh=False) as live:
        while True:
            _see(view, await reader.take(TAKE_S))
            live.update(table(view, width=console.width), refresh=True)


async def _everything(reader: Reader) -> list[Item]:
    found = await reader.take(TAKE_S)
    while not await reader.is_at_end():
        found += await reader.take(TAKE_S)
    return found


def _see(view: LiveView, items: list[Item]) -> None:
    for item in items:
        view.see(item)
