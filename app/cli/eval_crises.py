"""``squall eval crises``: what a backtest opened, and what a change would gain and lose."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from app.cli.options import Json
from app.cli.recorded_events import bound_ms, recorded_events
from app.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from app.report.compared import Difference, Incident, Listing

LOST = 1  # the exit code when a known incident is no longer found

_Time = typer.Option(help="Such as 2026-03-02T18:00:00Z; event time.", show_default=False)


def crises(
    events: Annotated[
        Path,
        typer.Argument(
            metavar="EVENTS.jsonl",
            help="What `squall backtest` printed; .gz and .zst are read too.",
            show_default=False,
        ),
    ],
    before: Annotated[
        Path | None,
        typer.Option(help="The same of another build or settings.", show_default=False),
    ] = None,
    known: Annotated[
        Path | None,
        typer.Option(
            help="Incidents that did happen (YAML): a list of name, brand, starts and ends.",
            show_default=False,
        ),
    ] = None,
    since: Annotated[str | None, _Time] = None,
    until: Annotated[str | None, _Time] = None,
    as_json: Json = False,
) -> None:
    """List the crises of a backtest with severity, delay and number a week; with --before, what
    differs from another one.

    A delay counts from the beginning of the incident that is known, else from the crisis's first
    sign. Exits with 1 when an incident that the one before found is no longer found, and with 65
    when a file is not what it should be.
    """
    from app.report.compared import differences
    from app.report.incidents import load_incidents

    incidents = load_incidents(known) if known else []
    bounds = {"from_ms": bound_ms("--since", since), "to_ms": bound_ms("--until", until)}
    after = _listing(events, incidents, bounds)
    old = _listing(before, incidents, bounds) if before else None
    found = differences(old, after) if old else []
    _show(after, found if old else None, as_json=as_json)
    if any(one.kind == "lost" for one in found):
        raise typer.Exit(LOST)


def _listing(
    file: Path, incidents: Sequence[Incident], bounds: Mapping[str, int | None]
) -> Listing:
    from app.report.compared import listing

    try:
        return listing(recorded_events(file), incidents, **bounds)
    except ValueError:
        message = f"{file}: holds no event: say what it is of by --since and --until, or by --known"
        raise InputError(message) from None


def _show(after: Listing, found: list[Difference] | None, *, as_json: bool) -> None:
    import msgspec

    from app.report.compared_text import listed, told

    if as_json:
        document = {"crises": after} | ({} if found is None else {"differences": found})
        typer.echo(msgspec.json.encode(document))
        return
    typer.echo("\n".join(listed(after) if found is None else told(found)))
