"""The sub-commands as data: where each lives, and its line in ``squall --help``.

A module is imported when its command runs, so that ``squall --help`` answers at once and a
notifier never loads torch.
"""

from __future__ import annotations

import difflib
import importlib
from dataclasses import dataclass
from typing import Any, Final

import typer
from typer.core import TyperGroup

from app.errors import UsageError


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """A command: a module of ``app.cli`` and what it holds, a function or a ``typer.Typer``."""

    module: str
    attribute: str
    help: str
    is_hidden: bool = False


COMMANDS: Final[dict[str, Entry]] = {
    "demo": Entry(
        module="demo",
        attribute="demo",
        help="Run everything here: a Kafka, all roles, and a recorded crisis from start to end.",
    ),
    "worker": Entry(
        module="worker", attribute="worker", help="Run a role: scorer, detector, notifier or all."
    ),
    "canary": Entry(
        module="canary",
        attribute="canary",
        help="Send a mention and a crisis of a reserved brand round and round, and see them back.",
    ),
    "import": Entry(
        module="importing",
        attribute="import_files",
        help="Send mentions from CSV, JSON lines or Parquet, each once however often.",
    ),
    "intake": Entry(
        module="intake", attribute="intake", help="Receive webhooks and look at feeds."
    ),
    "topics": Entry(module="topics", attribute="app", help="Compare or create the topics."),
    "check-config": Entry(
        module="check_config",
        attribute="check_config",
        help="Read the settings, refuse what is wrong, show what is in effect.",
    ),
    "score": Entry(
        module="score", attribute="score", help="Score the sentiment of texts in a file."
    ),
    "backtest": Entry(
        module="backtest",
        attribute="backtest",
        help="Run recorded mentions through the live detector and print its events.",
    ),
    "replay": Entry(
        module="replay",
        attribute="replay",
        help="Run the log in Kafka through the live detector, or record it.",
    ),
    "verify": Entry(
        module="verify",
        attribute="verify",
        help="Recompute an event's evidence, and name what differs.",
    ),
    "explain": Entry(
        module="explain",
        attribute="explain",
        help="Say why a brand's crisis began at a time, or why not.",
    ),
    "eval": Entry(
        module="eval", attribute="app", help="Measure a part on data with known answers."
    ),
    "models": Entry(
        module="models",
        attribute="app",
        help="Show, check, fetch and measure sentiment models.",
    ),
    "watch": Entry(module="watch", attribute="watch", help="Watch brands and crises live."),
    "crisis": Entry(
        module="crisis", attribute="app", help="Show crises, and say what is done about them."
    ),
    "drill": Entry(
        module="drill",
        attribute="app",
        help="Let an invented crisis go the way of a real one, and see who takes it.",
    ),
    "report": Entry(
        module="report",
        attribute="report",
        help="Write the post-mortem of a crisis: Markdown, JSON and a page with charts.",
    ),
    "effect": Entry(
        module="effect",
        attribute="effect",
        help="Say what a response to a crisis did, against what would have come without it.",
    ),
    "forecast": Entry(
        module="forecast",
        attribute="forecast",
        help="Say how many mentions and negatives a brand will have in the next hours.",
    ),
    "digest": Entry(
        module="digest",
        attribute="digest",
        help="Tell each brand's day or week, and causes that come again.",
    ),
    "dev-broker": Entry(
        module="broker", attribute="dev_broker", help="Run a Kafka for development on this machine."
    ),
    "docs": Entry(
        module="docs",
        attribute="docs",
        help="Print a page of documentation that is made of the code.",
        is_hidden=True,
    ),
}


def load(name: str) -> Any:
    """Return the click command behind an entry. Raises ``ImportError`` when its module is gone."""
    entry = COMMANDS[name]
    module = importlib.import_module(f"app.cli.{entry.module}")
    target = getattr(module, entry.attribute)
    if isinstance(target, typer.Typer):
        group = typer.main.get_group(target)
        group.help = group.help or entry.help
        return group
    app = typer.Typer(add_completion=False, pretty_exceptions_enable=False)
    app.command(name, no_args_is_help=False)(target)
    command = typer.main.get_command(app)
    command.name = name
    return command


def stub(name: str) -> Any:
    """Return a command that only has the name and help line of an entry, for the list in --help."""
    entry = COMMANDS[name]
    app = typer.Typer(add_completion=False)
    app.command(name, help=entry.help, hidden=entry.is_hidden)(_do_nothing)
    command = typer.main.get_command(app)
    command.name = name
    return command


def _do_nothing() -> None:
    """Stand in for a command that is not imported."""


class LazyGroup(TyperGroup):
    """Lists all entries from their data, and imports the one that is run."""

    def list_commands(self, ctx: Any) -> list[str]:
        return list(COMMANDS)

    def get_command(self, ctx: Any, cmd_name: str) -> Any:
        return stub(cmd_name) if cmd_name in COMMANDS else None

    def resolve_command(self, ctx: Any, args: list[str]) -> Any:
        name, *rest = args
        if name not in COMMANDS:
            near = difflib.get_close_matches(name, COMMANDS, n=1)
            advice = f"did you mean {near[0]}?" if near else "see squall --help"
            raise UsageError(f"no command {name[:60]!r}; {advice}")
        return name, load(name), rest
