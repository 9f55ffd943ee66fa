"""``squall forecast BRAND``: its mentions and negatives of the next one to six hours."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Annotated

import typer

from app.cli.gathering import WindowFiles, settings_read
from app.cli.options import Json
from app.cli.recorded_events import recorded_windows
from app.errors import UsageError

if TYPE_CHECKING:
    from app.core.event import ClosedWindow
    from app.report.forecast import Forecast


def forecast(
    brand: Annotated[str, typer.Argument(help="A brand as the events have it.")],
    windows: WindowFiles = None,
    as_json: Json = False,
) -> None:
    """Say how many distinct mentions and negatives come within the next one to six hours, each with
    an 80 % interval, by the brand's windows alone; or why that can't be said.

    The hours begin where its last window ends. Reads sentiment.windows, joins no group and writes
    nothing. Exits with 64 for what is no brand, with 65 when a file is not what it should be, and
    with 69 when Kafka does not answer.
    """
    import msgspec

    from app.core.brand_name import canonical
    from app.report import forecast as report

    name = canonical(brand)
    if name is None:
        raise UsageError(f"{brand[:60]!r} is no brand name: give one as the events have it")
    given: list[ClosedWindow] = []
    for file in windows or ():
        given += recorded_windows(file)
    if not windows:
        given = asyncio.run(_followed(name))
    found = report.forecast(name, given)
    typer.echo(msgspec.json.encode(found).decode() if as_json else "\n".join(lines(found)))


def lines(found: Forecast) -> list[str]:
    """Return the forecast as a table, or what hinders."""
    from app.report.effect.measured import time

    if not found.ahead:
        return [f"{found.brand}: nothing can be said of the next hours; {found.why}"]
    shown = [f"{found.brand}, from {time(found.from_ms)}, by {found.known_hours} hours"]
    shown.append("within  mentions  80 % interval  negatives  80 % interval")
    for one in found.ahead:
        mentions, negatives = one.mentions, one.negatives
        shown.append(
            f"{one.hours} h     {mentions.expected:<8.3g}  "
            f"{f'{mentions.low} to {mentions.high}':<13}  "
            f"{negatives.expected:<9.3g}  {negatives.low} to {negatives.high}"
        )
    return shown


async def _followed(brand: str) -> list[ClosedWindow]:
    from app.stream.crises import windows_of

    return [one async for one in windows_of(settings_read(), brand)]
