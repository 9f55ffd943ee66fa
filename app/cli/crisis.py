"""``squall crisis``: the crises that stand, one as its story, and orders about them."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, NamedTuple

import typer

from app.cli import crisis_orders
from app.cli.options import Json
from app.errors import ConfigError, InputError, UsageError

if TYPE_CHECKING:
    from collections.abc import Collection

    from app.config import Settings
    from app.core.event import CrisisEvent, CrisisState
    from app.core.scope import Scope

app = typer.Typer(help="Show crises, and say what is done about them.", no_args_is_help=True)


@app.command("list")
def list_crises(
    as_json: Json = False,
    everything: Annotated[
        bool, typer.Option("--all", help="Those that are resolved, too.", metavar="")
    ] = False,
) -> None:
    """Show the crises under way, the most urgent first, and which are of a whole industry.

    Reads the topic crisis.state alone; the industries are those of the watch list. Exits with 69
    when Kafka does not answer or the topic is missing.
    """
    from app.report.crisis_table import crises_table, industry_lines, is_under_way, urgent_first
    from app.stream.crises import standing

    settings = _settings()
    found = urgent_first(asyncio.run(standing(settings)))
    scopes = _scopes(settings, found)
    shown = found if everything else [crisis for crisis in found if is_under_way(crisis)]
    if as_json:
        own = scopes and {one.crisis_id: scopes[one.crisis_id] for one in shown}
        _print_json({"crises": shown, "scopes": own})
    elif shown:
        _print(crises_table(shown), *industry_lines(shown, scopes or {}))
    else:
        typer.echo("No crisis." if everything else "No crisis under way.")


@app.command()
def show(
    crisis_id: crisis_orders.CrisisId,
    as_json: Json = False,
    html: Annotated[
        Path | None,
        typer.Option(help="Write the story as an HTML page into this file.", show_default=False),
    ] = None,
) -> None:
    """Show one crisis: how it stands, whether it is its industry's, and every step.

    Reads crisis.state and crisis.events. Exits with 64 when there is none of this id, and with 69
    when Kafka does not answer.
    """
    from app.report.crisis_table import crisis_lines

    crisis, events, scope = asyncio.run(_story(_settings(), crisis_id))
    if html is not None:
        _write(html, crisis, events)
    if as_json:
        _print_json({"crisis": crisis, "events": events, "scope": scope})
    elif html is None:
        _print(crisis_lines(crisis, events, scope))


@app.command()
def playbook(
    crisis_id: crisis_orders.CrisisId,
    language: Annotated[str, typer.Option(help="Language of the texts, such as pl.")] = "en",
    as_json: Json = False,
) -> None:
    """Show what is to be done about a crisis: who, until when, and its texts, filled in.

    Exits with 64 when there is none of this id, and with 69 when Kafka does not answer.
    """
    from app.cli.order_options import named
    from app.report.playbook import drafts_of, playbook_lines
    from app.stream.crises import standing

    settings = _settings()
    crisis = named(asyncio.run(standing(settings)), crisis_id)
    drafts = drafts_of(crisis, settings.playbooks.texts(), language)
    if as_json:
        _print_json({"scenario": crisis.scenario, "texts": drafts})
    else:
        _print(playbook_lines(crisis, drafts))


for _name, _order in {
    "ack": crisis_orders.ack,
    "assign": crisis_orders.assign,
    "annotate": crisis_orders.annotate,
    "resolve": crisis_orders.resolve,
    "confirm": crisis_orders.confirm,
    "false-positive": crisis_orders.false_positive,
    "open": crisis_orders.open_crisis,
    "silence": crisis_orders.silence,
    "unsilence": crisis_orders.unsilence,
    "erase-author": crisis_orders.erase_author,
}.items():
    app.command(_name)(_order)


class _Story(NamedTuple):
    """How a crisis stands, None once it is closed, every step, and its scope where it is known."""

    crisis: CrisisState | None
    events: list[CrisisEvent]
    scope: Scope | None


async def _story(settings: Settings, given: str) -> _Story:
    from app.cli.order_options import named
    from app.stream.crises import history, standing

    crises = await standing(settings)
    try:
        crisis = named(crises, given)
    except UsageError:
        # A crisis that is closed has left the state, and is known by its events and whole id.
        if events := await history(settings, given):
            return _Story(None, events, None)
        raise
    scopes = _scopes(settings, crises)
    scope = None if scopes is None else scopes[crisis.crisis_id]
    return _Story(crisis, await history(settings, crisis.crisis_id), scope)


def _scopes(settings: Settings, crises: Collection[CrisisState]) -> dict[str, Scope] | None:
    """Return the scope of each crisis by its id, None where the watch list can't be read: whoever
    looks for crises is shown them all the same.
    """
    from app.core.scope import scopes
    from app.sources.watchlist import WatchListFile

    try:
        industries = WatchListFile(settings.watchlist).current().industries
    except ConfigError as error:
        typer.echo(f"no scope is known: {error}", err=True)
        return None
    return scopes(crises, industries)


def _write(path: Path, crisis: CrisisState | None, events: list[CrisisEvent]) -> None:
    from app.report.story import render

    if not events:
        raise InputError("crisis.events holds no step of it any more: there is nothing to show")
    try:
        path.write_text(render(crisis, events), encoding="utf-8")
    except OSError as error:
        raise UsageError(f"{path}: {error.strerror or error}; name a file to write") from error
    typer.echo(f"wrote {path}", err=True)


def _settings() -> Settings:
    from app import logs
    from app.config import load_settings

    settings = load_settings()
    logs.configure(settings.log_level)
    return settings


def _print_json(document: dict[str, Any]) -> None:
    import msgspec

    typer.echo(msgspec.json.encode(document))


def _print(*renderables: Any) -> None:
    from rich.console import Console

    for renderable in renderables:
        Console().print(renderable)
