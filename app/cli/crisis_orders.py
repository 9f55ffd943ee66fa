"""The orders of ``squall crisis``: what a person can say about a crisis or a brand."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path
from typing import Annotated, Final, Literal

import typer

from app.cli.order_options import Order, order
from app.core.crisis import Severity
from app.errors import UsageError

HOUR_MS: Final = 3_600_000

CrisisId = Annotated[
    str, typer.Argument(help="The crisis, or the beginning of its id.", show_default=False)
]
OpenedAs = Literal["warning", "error", "critical"]
Brand = Annotated[str, typer.Argument(help="The brand.", show_default=False)]
Note = Annotated[str | None, typer.Option(help="Words to keep with it.", show_default=False)]
Reason = Annotated[str, typer.Option("--note", help="The reason.", show_default=False)]


@order
def ack(crisis_id: CrisisId, note: Note = None) -> Order:
    """Say that somebody is on it: nobody else is asked.

    Exits with 1 when it is refused, and with 69 when no answer came.
    """
    return Order(action="acknowledge", crisis_id=crisis_id, note=note)


@order
def assign(
    crisis_id: CrisisId,
    owner: Annotated[str, typer.Argument(help="A person or a team.", show_default=False)],
    note: Note = None,
) -> Order:
    """Say whose it is.

    Exits with 1 when it is refused, and with 69 when no answer came.
    """
    return Order(action="assign", crisis_id=crisis_id, note=note, fields={"owner": owner})


@order
def annotate(
    crisis_id: CrisisId,
    note: Annotated[str, typer.Argument(help="What to keep with it.", show_default=False)],
    response: Annotated[
        bool,
        typer.Option(
            "--response",
            help="The note says how the brand responded, just now: `squall effect` measures from "
            "here on.",
            metavar="",
        ),
    ] = False,
) -> Order:
    """Add a note to its history.

    Exits with 1 when it is refused, and with 69 when no answer came.
    """
    fields = {"response": response}
    return Order(action="annotate", crisis_id=crisis_id, note=note, fields=fields)


@order
def resolve(crisis_id: CrisisId, note: Note = None) -> Order:
    """End it by hand; the wave that goes on does not bring it back.

    Exits with 1 when it is refused, and with 69 when no answer came.
    """
    return Order(action="resolve", crisis_id=crisis_id, note=note)


@order
def confirm(crisis_id: CrisisId, note: Note = None) -> Order:
    """Say that it is, or was, a real crisis; nothing else changes. The last word counts.

    Exits with 1 when it is refused, and with 69 when no answer came.
    """
    return Order(action="confirm", crisis_id=crisis_id, note=note)


@order
def false_positive(crisis_id: CrisisId, note: Note = None) -> Order:
    """Say that it never was a crisis, and end it.

    Exits with 1 when it is refused, and with 69 when no answer came.
    """
    return Order(action="false-positive", crisis_id=crisis_id, note=note)


@order
def open_crisis(
    brand: Brand,
    note: Reason,
    severity: Annotated[OpenedAs, typer.Option(help="How bad it is.")] = "warning",
    theme: Annotated[
        str | None, typer.Option(help="What it is about: one of docs/themes.md.")
    ] = None,
) -> Order:
    """Open a crisis that you know of and the numbers do not show yet.

    Exits with 1 when it is refused, and with 69 when no answer came.
    """
    fields = {"severity": Severity(severity), "theme": theme}
    return Order(action="open", brands=(brand,), note=note, fields=fields)


@order
def silence(
    brand: Brand,
    note: Reason,
    hours: Annotated[
        float | None, typer.Option(min=0, help="How long from now.", show_default=False)
    ] = None,
    until: Annotated[
        str | None,
        typer.Option(help="Until when, such as 2026-03-02T18:00:00Z.", show_default=False),
    ] = None,
) -> Order:
    """Tell nobody of a brand for a while; its crises are still followed.

    Exits with 1 when it is refused, and with 69 when no answer came.
    """
    until_ms = _until_ms(hours, until)
    return Order(action="silence", brands=(brand,), note=note, fields={"until_ms": until_ms})


@order
def unsilence(brand: Brand, note: Note = None) -> Order:
    """End a brand's silence before its time.

    Exits with 1 when it is refused, and with 69 when no answer came.
    """
    return Order(action="unsilence", brands=(brand,), note=note)


@order
def erase_author(
    handle: Annotated[str, typer.Option(help="The author's id or name, as the source gives it.")],
    platform: Annotated[
        str | None, typer.Option(help="The platform, as the source gives it.", show_default=False)
    ] = None,
    brand: Annotated[
        str | None, typer.Option(help="By default: every brand of the watch list.")
    ] = None,
    remains: Annotated[
        bool,
        typer.Option(
            "--remains",
            help="Then read every topic, and say where the author still stands and until when.",
            metavar="",
        ),
    ] = False,
    purge_input: Annotated[
        bool,
        typer.Option(
            "--purge-input",
            help="Then delete, too, everything in mentions and mentions.dead-letter up to the last "
            "scored record that names the author: other authors' records with it.",
            metavar="",
        ),
    ] = False,
) -> Order:
    """Forget an author. Only the pseudonym leaves this machine, made with the settings' salt.

    Exits with 1 when it is refused, or mentions of the author are left that were not scored yet;
    with 69 when no answer came.
    """
    from app.cli.erasing import look_after, tell_second_step
    from app.config import load_settings
    from app.core.fingerprint import author_pseudonym
    from app.stream.sought import Sought

    settings = load_settings()
    salt = settings.scorer.author_salt.get_secret_value()
    brands = (brand,) if brand is not None else _watched(settings.watchlist)
    author = author_pseudonym(platform, handle, salt)
    then: Callable[[bool], None] = tell_second_step
    if remains or purge_input:
        then = look_after(settings, Sought(handle, platform, author), purges=purge_input)
    return Order(action="erase-author", brands=brands, fields={"author": author}, then=then)


def _watched(path: Path | None) -> tuple[str, ...]:
    from app.sources.watchlist import WatchListFile

    brands = WatchListFile(path).current().brands
    if not brands:
        raise UsageError("every brand is watched, so there is no list of them: name one, --brand")
    return brands


def _until_ms(hours: float | None, until: str | None) -> int:
    from app.wire import rfc3339

    if (hours is None) == (until is None):
        raise UsageError("a silence has one end: give --hours or --until")
    if hours is not None:
        return time.time_ns() // 1_000_000 + round(hours * HOUR_MS)
    until_ms = rfc3339.parse_ms(until or "")
    if until_ms is None:
        raise UsageError(f"--until {until!r}: is no time such as 2026-03-02T18:00:00Z")
    return until_ms
