"""``squall check-config``: what the settings come to, or what is wrong with them."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from app.cli.options import Json

if TYPE_CHECKING:
    from app.config import Settings


def check_config(
    config: Annotated[
        Path | None, typer.Option("--config", help="Settings file (YAML).", show_default=False)
    ] = None,
    as_json: Json = False,
) -> None:
    """Read the settings and the watch list, refuse what is wrong (exit 78), and show the rest.

    Secrets are shown as asterisks. The last column tells where a value came from.
    """
    from app.config import load_settings

    settings = load_settings(config)
    if settings.watchlist is not None:
        from app.sources.watchlist import load

        load(settings.watchlist)
    for name, receiver in settings.notifier.receivers.items():
        receiver.key(name)  # refuses a secret that can't be read
    if as_json:
        typer.echo(json.dumps(_as_json(settings), indent=2))
    else:
        _print_table(settings)


def _as_json(settings: Settings) -> dict[str, Any]:
    from app.config import ROLES

    return {
        "settings": settings.effective(),
        "sources": settings.sources(),
        "topics": vars(settings.topics),
        "groups": {role: settings.group(role) for role in ROLES},
    }


def _print_table(settings: Settings) -> None:
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    from app.config.reference import reference

    values, sources = settings.effective(), settings.sources()
    table = Table("setting", "value", "from", box=None, pad_edge=False)
    for setting in reference():
        # Of a setting that is a mapping, each entry has its source; the table tells one.
        named = [of for key, of in sources.items() if f"{key}.".startswith(f"{setting.key}.")]
        source = named[-1] if named else "default"
        style = "dim" if source == "default" else ""
        row = (setting.key, _shown(_at(values, setting.key)), source)
        table.add_row(*(Text(cell) for cell in row), style=style)
    # In a pipe rich would assume 80 columns and break long values apart.
    Console(width=None if sys.stdout.isatty() else 240).print(table)


def _at(values: dict[str, Any], key: str) -> Any:
    for part in key.split("."):
        values = values[part]
    return values


def _shown(value: Any) -> str:
    if value is None or value in ("", {}):
        return "-"
    return value if isinstance(value, str) else json.dumps(value)
