"""``squall report CRISIS``: the post-mortem of one crisis, as Markdown, JSON and a page."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final

import typer

from app.cli.gathering import (
    CrisisId,
    EventFiles,
    Read,
    WindowFiles,
    counted,
    gathered,
    settings_read,
)
from app.cli.options import Json
from app.cli.recorded_events import bound_ms
from app.errors import InputError, UsageError

if TYPE_CHECKING:
    from app.report.postmortem.figures import PostMortem
    from app.report.postmortem.kpi import KpiSeries
    from app.report.postmortem.times import Times
    from app.report.spans import Crisis

HOUR_MS: Final = 3_600_000
_SAFE = re.compile(r"\w[\w.-]{0,99}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What a report is made of, and what only people know."""

    read: Read
    series: tuple[KpiSeries, ...]
    began_ms: int | None
    responded_ms: int | None
    around_ms: int

    def times(self, crisis: Crisis) -> Times:
        """Return the times of the crisis; raises UsageError for a beginning after it opened."""
        from app.report.postmortem.times import times_of

        return times_of(crisis, began_ms=self.began_ms, responded_ms=self.responded_ms)


def report(  # noqa: PLR0913 - each an argument or option of its own
    crisis_id: CrisisId,
    *,
    out: Annotated[Path, typer.Option(help="Folder for the three files.", file_okay=False)] = Path(
        "out/report"
    ),
    from_: EventFiles = None,
    windows: WindowFiles = None,
    kpi: Annotated[
        list[str] | None,
        typer.Option(
            metavar="[NAME=]FILE.csv",
            help="A series to set beside it, such as orders or refunds: lines of timestamp,value"
            " under that header; may be given again.",
            show_default=False,
        ),
    ] = None,
    began: Annotated[
        str | None,
        typer.Option(
            help="When it is known to have begun, such as 2026-03-02T18:00:00Z; else it begins with"
            " its first sign.",
            show_default=False,
        ),
    ] = None,
    responded: Annotated[
        str | None,
        typer.Option(
            help="When the brand first answered in public; else the first that a person did in"
            " Squall counts.",
            show_default=False,
        ),
    ] = None,
    around: Annotated[
        int, typer.Option(min=1, max=744, help="Hours before and after it to compare with.")
    ] = 24,
    as_json: Json = False,
) -> None:
    """Write the post-mortem of a crisis as Markdown, JSON and one page with charts, and print the
    paths: times to detect, acknowledge, respond and recover, the peak, sentiment before, during and
    after, drivers, every step, and other series beside it.

    Reads crisis.events and sentiment.windows, joins no group and writes nothing there; the same
    topics give the same bytes. What is not known is said so. Exits with 64 when nothing tells of
    the crisis, with 65 when a file is not what it should be, and with 69 when Kafka does not
    answer.
    """
    from app.report.postmortem.kpi import load_all

    asked = Asked(
        read=Read(crisis_id=crisis_id, events=tuple(from_ or ()), windows=tuple(windows or ())),
        series=tuple(load_all(kpi or [])),
        began_ms=bound_ms("--began", began),
        responded_ms=bound_ms("--responded", responded),
        around_ms=around * HOUR_MS,
    )
    found, contents = _made(asked)
    paths = _write(out, found.crisis_id, contents)
    if as_json:
        _print_json(found, paths)
    else:
        typer.echo("\n".join(paths.values()))


def _made(asked: Asked) -> tuple[PostMortem, dict[str, str]]:
    """Return the figures, and the content of each file by its ending."""
    import msgspec

    from app.report.effect.measured import measured
    from app.report.postmortem import chart, markdown, page
    from app.report.postmortem.figures import WIDEST_MS, postmortem

    settings = settings_read()
    found_crisis = gathered(settings, asked.read)
    times = asked.times(found_crisis.crisis)
    room_ms = asked.around_ms + WIDEST_MS  # the first and the last bin shall be whole
    to_ms = None if times.end_ms is None else times.end_ms + room_ms
    windows = counted(settings, asked.read, found_crisis, times.begin_ms - room_ms, to_ms)
    told = measured(found_crisis, times, windows, asked.responded_ms)
    found = postmortem(
        found_crisis, times, windows, asked.series, around_ms=asked.around_ms, effects=told
    )
    picture = chart.render(found, found_crisis.crisis, windows, asked.series)
    indented = msgspec.json.format(msgspec.json.encode(found), indent=2)
    return found, {
        "md": markdown.render(found, found_crisis.crisis.events),
        "json": indented.decode() + "\n",
        "html": page.render(found, found_crisis.crisis.events, picture),
    }


def _write(folder: Path, crisis_id: str, contents: dict[str, str]) -> dict[str, str]:
    """Write a file for each ending and return the paths by ending."""
    if not _SAFE.fullmatch(crisis_id):
        raise InputError(
            f"the id {crisis_id[:60]!r} can't name a file: give events as a detector wrote them"
        )
    paths = {ending: folder / f"{crisis_id}.{ending}" for ending in contents}
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for ending, path in paths.items():
            path.write_text(contents[ending], encoding="utf-8", newline="\n")
    except OSError as error:
        raise UsageError(
            f"{folder}: {error.strerror or error}; name a folder to write into by --out"
        ) from error
    return {ending: str(path) for ending, path in paths.items()}


def _print_json(found: PostMortem, paths: dict[str, str]) -> None:
    import msgspec

    document = {
        "files": paths,
        "crisis_id": found.crisis_id,
        "brand": found.brand,
        "state": found.state,
        "severity": found.severity,
        "times": found.times,
        "peak": found.peak,
        "notes": found.notes,
    }
    typer.echo(msgspec.json.encode(document).decode())
