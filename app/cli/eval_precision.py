"""``squall eval precision``: how many alarms were real, by what people said of them."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final

import typer

from app.cli.options import Json
from app.cli.recorded_events import bound_ms, recorded_events
from app.errors import InputError, UsageError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from app.config import Settings
    from app.report.alarms import Alarms
    from app.report.proposals import Standing

KEEP: Final = 95.0


def precision(
    files: Annotated[
        list[Path] | None,
        typer.Argument(
            metavar="[FILE...]",
            help="Events one a line, as `squall backtest` prints them, in place of Kafka's"
            " crisis.events; .gz and .zst are read too.",
            show_default=False,
        ),
    ] = None,
    brand: Annotated[
        str | None, typer.Option(help="Of this brand alone.", show_default=False)
    ] = None,
    since: Annotated[
        str | None,
        typer.Option(
            help="Crises opened since then, such as 2026-03-02T18:00:00Z; event time.",
            show_default=False,
        ),
    ] = None,
    keep: Annotated[
        float, typer.Option(min=50, max=99, help="Percent of the real ones a line has to keep.")
    ] = KEEP,
    as_json: Json = False,
) -> None:
    """Print how many of the crises that people judged were real, by trigger and severity, with
    Wilson's 95 % interval; and propose higher lines. Nothing is changed.

    Judge with `squall crisis confirm` and `false-positive`. Exits with 65 when there is no event,
    or a line is none, and with 69 when Kafka does not answer.
    """
    from app import logs
    from app.config import CANARY_BRAND, load_settings
    from app.report.alarms import Alarms

    settings = load_settings()
    logs.configure(settings.log_level)
    collected = Alarms(_brand(brand), bound_ms("--since", since) or 0, without=CANARY_BRAND)
    if files:
        _read(collected, files)
    else:
        asyncio.run(_follow(collected, settings))
    if brand is not None and not collected.are_any:
        raise InputError(f"no event of a crisis of {brand[:60]!r}: see `squall crisis list --all`")
    _show(collected, keep / 100, standing_of(settings), as_json=as_json)


def standing_of(settings: Settings) -> Standing:
    """Return the settings that a proposal speaks of, as they are."""
    from app.report.proposals import BUDGET, COUNTED, Standing

    rules = settings.rules()
    deciding = set[str]() if rules.is_first_off else {"negatives"}
    if rules.is_first_off or rules.second_detector == "deciding":
        deciding.add("negatives_rate")
    names = (BUDGET, *(setting for _, setting in COUNTED.values()))
    values = {name: float(getattr(settings.detector, name.split(".")[1])) for name in names}
    return Standing(values, frozenset(deciding))


def _show(collected: Alarms, keep: float, standing: Standing, *, as_json: bool) -> None:
    import msgspec

    from app.report.precision import lines, verdicts_of
    from app.report.proposals import proposals
    from app.report.proposed import lines as proposed_lines

    found = verdicts_of(collected)
    proposed = proposals(collected.found(), keep, standing)
    if as_json:
        typer.echo(msgspec.json.encode({"verdicts": found, "keep": keep, "proposals": proposed}))
        return
    shown = lines(found)
    if found.all.judged:
        shown += ["", *proposed_lines(proposed, keep, found.baselines)]
    typer.echo("\n".join(shown))


async def _follow(collected: Alarms, settings: Settings) -> None:
    from app.stream.crises import told

    async for event in told(settings):
        collected.read(event)
    if not collected.events:
        name = settings.topics.events
        raise InputError(
            f"{name} holds no event yet: there is nothing to measure until a detector has told of "
            "a crisis; or name a file of events"
        )


def _read(collected: Alarms, files: Sequence[Path]) -> None:
    for file in files:
        for event in recorded_events(file):
            collected.read(event)
    if not collected.events:
        names = ", ".join(str(file) for file in files)
        raise InputError(f"{names}: no event: give what `squall backtest` prints")


def _brand(given: str | None) -> str | None:
    from app.core.brand_name import canonical

    brand = None if given is None else canonical(given)
    if given is not None and brand is None:
        raise UsageError(f"{given[:60]!r} is no brand's name: write it as mentions do")
    return brand
