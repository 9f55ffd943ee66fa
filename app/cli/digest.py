"""``squall digest``: a record a brand and day or week, and the causes that come again."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from app.cli.gathering import settings_read
from app.cli.options import Json
from app.cli.recorded_events import recorded_events, recorded_windows
from app.errors import UsageError

if TYPE_CHECKING:
    from zoneinfo import ZoneInfo

    from app.config import Settings
    from app.report.digest.counted import Counting
    from app.report.digest.made import Made
    from app.report.digest.periods import Period
    from app.report.digest.told import Events
    from app.stream.digests import Summary


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """Of which periods and brands, and of what: recorded files, Kafka without any."""

    periods: tuple[Period, ...]
    brands: tuple[str, ...]
    events: tuple[Path, ...]
    windows: tuple[Path, ...]

    @property
    def is_recorded(self) -> bool:
        return bool(self.events or self.windows)


def digest(  # noqa: PLR0913 - each an option of its own
    *,
    period: Annotated[
        Literal["day", "week"], typer.Option(help="A day, or an ISO week from Monday to Sunday.")
    ] = "day",
    end: Annotated[
        str | None,
        typer.Option(
            metavar="DATE",
            help="A day in the last period, such as 2026-03-02; else the last period that is over.",
            show_default=False,
        ),
    ] = None,
    last: Annotated[
        int, typer.Option(min=1, max=31, help="So many periods, one after another.")
    ] = 1,
    zone: Annotated[
        str, typer.Option(help="Time zone of days and weeks, such as Europe/Warsaw.")
    ] = "UTC",
    brand: Annotated[
        list[str] | None,
        typer.Option(help="This brand alone; may be given again.", show_default=False),
    ] = None,
    from_: Annotated[
        list[Path] | None,
        typer.Option(
            "--from",
            metavar="FILE",
            help="Events one a line, as `squall backtest` prints them, in place of Kafka; may be"
            " given again.",
            show_default=False,
        ),
    ] = None,
    windows: Annotated[
        list[Path] | None,
        typer.Option(
            metavar="FILE",
            help="Closed windows, as `squall backtest --windows` writes them, in place of Kafka's;"
            " may be given again.",
            show_default=False,
        ),
    ] = None,
    publish: Annotated[
        bool,
        typer.Option("--publish", help="Write what is new to crisis.digests, too.", metavar=""),
    ] = False,
    as_json: Json = False,
    as_markdown: Annotated[
        bool, typer.Option("--markdown", help="Print Markdown.", metavar="")
    ] = False,
) -> None:
    """Print what each brand's day or week was: mentions, labels, negative share with its change,
    worst hour, crises, share of voice and composite score; and causes that came three times in 90
    days.

    Reads sentiment.windows and crisis.events, and joins no group. A record tells what was known at
    its period's end, so the same topics give the same bytes; what is not known is said so. Exits
    with 64 when nothing tells of a brand, with 65 when a file is not what it should be, with 69
    when Kafka does not answer, and with 78 when a right to publish is missing.
    """
    if as_json and as_markdown:
        raise UsageError("--json and --markdown: give one of them")
    files = (*(from_ or ()), *(windows or ()))
    if publish and files:
        raise UsageError("--publish writes what the topics tell: leave --from and --windows out")
    if files and end is None:
        raise UsageError("recorded files are of another time: name a day of the period by --end")
    asked = Asked(
        periods=_periods(period, end, zone, last, is_recorded=bool(files)),
        brands=tuple(_canonical(one) for one in brand or ()),
        events=tuple(from_ or ()),
        windows=tuple(windows or ()),
    )
    settings = settings_read()
    if publish:
        _check_rights(settings)
    made = _made(settings, asked)
    summary = _published(settings, made) if publish else None
    _show(made, summary, as_json=as_json, as_markdown=as_markdown)


def _periods(
    kind: Literal["day", "week"], end: str | None, zone: str, count: int, *, is_recorded: bool
) -> tuple[Period, ...]:
    from app.clock import SystemClock
    from app.report.digest.periods import last_over, periods_to

    named, now_ms = _zone(zone), SystemClock().now_ms()
    day = last_over(kind, now_ms, named) if end is None else _day(end)
    found = periods_to(kind, day, named, count)
    if not is_recorded and found[-1].start_ms > now_ms:
        raise UsageError(f"--end {end}: its {kind} has not begun; name a day up to today")
    return found


def _zone(name: str) -> ZoneInfo:
    from zoneinfo import ZoneInfo, available_timezones

    # A machine's own zone is another on the next machine, and its records other bytes.
    if name == "localtime" or name not in available_timezones():
        message = f"--zone {name[:60]!r}: is no time zone; write one such as Europe/Warsaw"
        raise UsageError(message)
    return ZoneInfo(name)


def _day(given: str) -> date:
    try:
        day = date.fromisoformat(given)
    except ValueError as error:
        raise UsageError(f"--end {given[:60]!r}: is no day such as 2026-03-02") from error
    if not 2000 <= day.year < 2100:
        raise UsageError(f"--end {given}: mentions are of the years 2000 to 2100; name one of them")
    return day


def _canonical(name: str) -> str:
    from app.core.brand_name import canonical

    found = canonical(name)
    if found is None:
        raise UsageError(f"{name[:60]!r} is no brand's name: write it as mentions do")
    return found


def _made(settings: Settings, asked: Asked) -> Made:
    from app.config import CANARY_BRAND
    from app.report.digest.counted import Counting
    from app.report.digest.made import made_of
    from app.report.digest.told import Events

    synthetic = frozenset({CANARY_BRAND})
    counting = [Counting(one, synthetic) for one in asked.periods]
    events = Events(synthetic)
    if asked.is_recorded:
        known_from_ms = _read_files(asked, counting, events)
    else:
        known_from_ms = asyncio.run(_read_topics(settings, counting, events))
    brands = _brands(settings, asked, counting, events)
    return made_of(counting, events, brands, known_from_ms)


def _read_files(asked: Asked, counting: Sequence[Counting], events: Events) -> int | None:
    for file in asked.windows:
        for window in recorded_windows(file):
            for one in counting:
                one.read(window)
    for file in asked.events:
        for event in recorded_events(file):
            events.read(event)
    return events.first_ms


async def _read_topics(
    settings: Settings, counting: Sequence[Counting], events: Events
) -> int | None:
    from app.stream.digests import read_events, read_windows

    await read_windows(settings, counting)
    return await read_events(settings, events, counting[0].period.start_ms)


def _brands(
    settings: Settings, asked: Asked, counting: Sequence[Counting], events: Events
) -> list[str]:
    """Return the brands to tell of. Raises UsageError for one that nothing tells of."""
    watched = _watched(settings)
    counted = {brand for one in counting for brand in one.brands}
    if unknown := set(asked.brands) - watched - counted - events.brands:
        raise UsageError(
            f"nothing tells of brand {min(unknown)!r} in these periods, and it is not on the watch"
            " list: name another, or leave --brand out for all"
        )
    told = {brand for one in counting for brand in events.brands_in(one.period)}
    return sorted(asked.brands or counted | told | watched)


def _watched(settings: Settings) -> set[str]:
    from app.sources.watchlist import load

    return set() if settings.watchlist is None else set(load(settings.watchlist).brands)


def _check_rights(settings: Settings) -> None:
    from app.stream.digests import check_rights

    asyncio.run(check_rights(settings))


def _published(settings: Settings, made: Made) -> Summary:
    from app.stream.digests import publish

    return asyncio.run(publish(settings, made))


def _show(made: Made, summary: Summary | None, *, as_json: bool, as_markdown: bool) -> None:
    if as_json:
        _print_json(made, summary)
        return
    from app.report.digest.lines import lines_of
    from app.report.digest.markdown import render

    typer.echo(render(made) if as_markdown else "\n".join(lines_of(made)))
    if summary is not None:
        told = (
            f"crisis.digests: {summary.written} written, {summary.unchanged} unchanged,"
            f" {summary.kept} kept as they were, {summary.retracted} retracted"
        )
        typer.echo(told, err=True)


def _print_json(made: Made, summary: Summary | None) -> None:
    from dataclasses import asdict

    import msgspec

    document = {
        "digests": made.digests,
        "recurring_causes": made.causes,
        "published": None if summary is None else asdict(summary),
    }
    typer.echo(msgspec.json.encode(document).decode())
