"""``squall topics plan|apply``: the declared topics against those of Kafka."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import asdict
from typing import TYPE_CHECKING, Any, Final

import typer

from app.cli.options import Bootstrap, Json

if TYPE_CHECKING:
    from app.stream.topic_differences import Difference
    from app.stream.topics import TopicSpec

DIFFERENT: Final = 2

app = typer.Typer(
    help="Compare or create the topics, as a principal that may.", no_args_is_help=True
)


@app.command()
def plan(as_json: Json = False, bootstrap: Bootstrap = None) -> None:
    """Show what apply would change, and change nothing.

    Exits with 0 if all topics are as declared and with 2 if not; 69 and 78 are errors.
    """
    from app.stream.topic_admin import differences

    found = _run(differences, bootstrap)
    _show(found, as_json=as_json)
    if found:
        raise typer.Exit(DIFFERENT)


@app.command()
def apply(as_json: Json = False, bootstrap: Bootstrap = None) -> None:
    """Create missing topics, change settings, and show what was different.

    Exits with 0 when all topics are as declared. Nothing is deleted, no partition is taken away,
    no retention shortened. What can't be changed in place is refused with 78, before any change.
    """
    from app.stream.topic_admin import apply as make

    _show(_run(make, bootstrap), as_json=as_json)


def _run(
    do: Callable[[Any, Sequence[TopicSpec]], Awaitable[tuple[Difference, ...]]],
    bootstrap: str | None,
) -> tuple[Difference, ...]:
    from app import logs
    from app.config import load_settings
    from app.stream.kafka import client_options
    from app.stream.topic_admin import admin_client
    from app.stream.topics import declared

    kafka = {"bootstrap_servers": bootstrap}
    settings = load_settings(kafka=kafka)
    logs.configure(settings.log_level)
    specs = declared(settings.topics, settings.partitions, settings.replication_factor)

    async def ask() -> tuple[Difference, ...]:
        async with admin_client(client_options(settings.kafka)) as admin:
            return await do(admin, specs)

    return asyncio.run(ask())


def _show(found: Sequence[Difference], *, as_json: bool) -> None:
    if as_json:
        typer.echo(json.dumps({"differences": [asdict(d) for d in found]}, indent=2))
        return
    if not found:
        typer.echo("All topics are as declared.")
        return
    from rich.console import Console

    Console().print(_table(found))


def _table(found: Sequence[Difference]) -> Any:
    from rich.table import Table
    from rich.text import Text

    table = Table()
    table.add_column("topic", no_wrap=True, overflow="fold")
    table.add_column("action", no_wrap=True)
    table.add_column("difference")
    for d in found:
        change = f"{d.setting}: {d.actual} → {d.declared}" + (f"\n{d.why}" if d.why else "")
        table.add_row(*(Text(cell) for cell in (d.topic, d.action, change)))
    return table
