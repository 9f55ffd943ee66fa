"""What follows the order to erase an author: what Kafka still holds of them, and the purge."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Final

import typer

from app.cli.order_options import REFUSED

if TYPE_CHECKING:
    from app.config import Settings
    from app.stream.remains import Remain
    from app.stream.sought import Sought


SECOND_STEP: Final = (
    "The handle itself stays in mentions and mentions.dead-letter until they expire, by default "
    "after 7 and 30 days. The second step is the same order with --purge-input: it deletes what "
    "names the author now, and other authors' records before it. --remains says first what would "
    "go."
)


def tell_second_step(as_json: bool) -> None:
    """Say that the handle is still in the input, on stderr; the answer alone is on stdout."""
    if not as_json:
        typer.echo(SECOND_STEP, err=True)


def look_after(settings: Settings, sought: Sought, *, purges: bool) -> Callable[[bool], None]:
    """Note what is scored now, before the order, and return what is to be done after its answer."""
    from app.stream.remains import scored

    offsets = asyncio.run(scored(settings))

    def then(as_json: bool) -> None:
        found = asyncio.run(_remains(settings, sought, offsets, purges=purges))
        if as_json:
            typer.echo(_document(found, sought, is_purged=purges))
        else:
            _print(found, sought, is_purged=purges)
        if any(one.unscored for one in found):
            raise typer.Exit(REFUSED)

    return then


async def _remains(
    settings: Settings, sought: Sought, offsets: Mapping[int, int], *, purges: bool
) -> list[Remain]:
    from app.stream.remains import purge, remains

    found = await remains(settings, sought, offsets)
    if purges:
        await purge(settings, found)
    return found


def _document(found: Sequence[Remain], sought: Sought, *, is_purged: bool) -> bytes:
    import msgspec

    return msgspec.json.encode(
        {
            "remains": [asdict(one) for one in found],
            "is_purged": is_purged,
            "other_platforms": sorted(sought.elsewhere),
        }
    )


def _print(found: Sequence[Remain], sought: Sought, *, is_purged: bool) -> None:
    from rich.console import Console

    if found:
        Console().print(_table(found, is_purged=is_purged))
    else:
        typer.echo("No topic holds the handle or the pseudonym.")
    if sought.elsewhere:
        names = ", ".join(sorted(sought.elsewhere))
        typer.echo(
            f"Authors are called the same on other platforms: {names}. They are somebody else; "
            "if not, give the order again with --platform."
        )
    if keys := sorted({key for one in found for key in one.in_use}):
        typer.echo(
            f"{', '.join(keys)} still use what they keep of the author: give the order for these "
            "brands, or the brands of these crises, too."
        )
    if left := sum(one.unscored for one in found):
        typer.echo(
            f"{left} records with the handle were not scored when the order was given: give it "
            "again when the scorer has read them."
        )


def _table(found: Sequence[Remain], *, is_purged: bool) -> Any:
    from rich.table import Table
    from rich.text import Text

    table = Table()
    table.add_column("topic", no_wrap=True, overflow="fold")
    for name in ("partition", "with the handle", "with the pseudonym"):
        table.add_column(name, justify="right")
    table.add_column("records deleted" if is_purged else "a purge deletes", justify="right")
    table.add_column("since")
    table.add_column("gone at the latest")
    for one in found:
        counts = (one.partition, one.handle, one.pseudonym, one.purged)
        cells = (one.topic, *counts, _day(one.since_ms), _end(one))
        table.add_row(*(Text(str(cell)) for cell in cells))
    return table


def _end(one: Remain) -> str:
    if one.gone_by_ms is None:
        return one.kept
    return _day(one.gone_by_ms)


def _day(time_ms: int) -> str:
    return datetime.fromtimestamp(time_ms / 1000, UTC).strftime("%Y-%m-%d %H:%M UTC")
