"""``squall import``: files of others into the topic ``mentions``, each mention once."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, BinaryIO, Final

import typer

from app.cli.options import Bootstrap, Json
from app.errors import InputError, UsageError

if TYPE_CHECKING:
    from app.config.intake import MappingSettings
    from app.sources.mapping import FieldMap
    from app.stream.importing import Plan, Refused, Summary
    from app.stream.staging import Stage

SHOWN: Final = 20

Files = Annotated[
    list[Path],
    typer.Argument(
        metavar="FILE…",
        help="CSV, JSON lines (.gz and .zst of both too) or Parquet.",
        show_default=False,
    ),
]
Maps = Annotated[
    list[str] | None,
    typer.Option(
        "--map",
        metavar="FIELD=PLACE",
        help="Where a field of ours stands: a column, or a JSON pointer. May be given again;"
        " several places of text are joined.",
        show_default=False,
    ),
]
Fixed = Annotated[
    list[str] | None,
    typer.Option(
        "--set",
        metavar="FIELD=VALUE",
        help="What a field always is, such as source=review.",
        show_default=False,
    ),
]


def import_files(  # noqa: PLR0913, PLR0917 - each an option
    files: Files,
    maps: Maps = None,
    fixed: Fixed = None,
    mapping: Annotated[
        Path | None,
        typer.Option("--mapping", metavar="FILE.yaml", help="`map` and `set` from a file."),
    ] = None,
    time_format: Annotated[
        str | None, typer.Option(help="How times are written, such as %d.%m.%Y %H:%M.")
    ] = None,
    time_zone: Annotated[
        str | None, typer.Option(help="Zone of times without an offset, such as Europe/Warsaw.")
    ] = None,
    form: Annotated[
        str | None, typer.Option("--format", help="csv, jsonl or parquet; else by the name.")
    ] = None,
    delimiter: Annotated[str | None, typer.Option(help="Of CSV; else by the first line.")] = None,
    encoding: Annotated[str, typer.Option(help="Of CSV.")] = "utf-8",
    rejects: Annotated[
        Path | None,
        typer.Option(
            help="Where refused rows go; FILE.rejects.jsonl of the first file if not said."
        ),
    ] = None,
    is_dry: Annotated[
        bool, typer.Option("--dry-run", help="Read and check; send nothing.", metavar="")
    ] = False,
    bootstrap: Bootstrap = None,
    as_json: Json = False,
) -> int:
    """Send the rows as mentions, in order of time; what was taken before is left out.

    Nothing is sent before every file was read. Exits with 0 when every row was taken; 65 when rows
    were refused (the others are sent) or a file can't be read (nothing is); 69 when Kafka does not
    answer: run it again, it goes on where it stopped.
    """
    from app.config import load_settings
    from app.logs import configure
    from app.sources.tables import TableForm
    from app.stream.importing import Plan, Summary, run_import
    from app.stream.staging import staged

    settings = load_settings(kafka={"bootstrap_servers": bootstrap})
    configure("ERROR", role="import")
    plan = Plan(
        paths=tuple(files),
        form=TableForm(form=_form(form), delimiter=delimiter, encoding=encoding),
        fields=_fields(mapping, maps or [], fixed or [], (time_format, time_zone)),
    )
    summary = Summary()
    aside = rejects or Path(f"{files[0]}.rejects.jsonl")
    if aside.resolve() in {file.resolve() for file in files}:
        raise UsageError(f"--rejects {aside} is a file to import; name another")
    with staged() as stage:
        _stage(plan, stage, summary, aside)
        if not is_dry:
            run_import(settings, stage, summary)
    _tell(summary, as_json=as_json, is_dry=is_dry)
    return InputError.exit_code if summary.refused else 0


def _stage(plan: Plan, stage: Stage, summary: Summary, rejects: Path) -> None:
    from app.stream.importing import stage_rows

    file: BinaryIO | None = None
    try:
        for one in stage_rows(plan, stage, summary):
            file = file or rejects.open("wb")
            file.write(json.dumps(_reject(one)).encode() + b"\n")
            if summary.refused <= SHOWN:
                print(f"squall: {one.path}:{one.number}: {one.detail}", file=sys.stderr)
    except OSError as error:
        raise UsageError(f"{rejects} can't be written ({error.strerror}): set --rejects") from None
    finally:
        if file is not None:
            file.close()
    if summary.refused:
        print(f"squall: {summary.refused} rows refused, all in {rejects}", file=sys.stderr)


def _reject(one: Refused) -> dict[str, Any]:
    row = one.row.decode(errors="backslashreplace") if isinstance(one.row, bytes) else one.row
    place = {"file": str(one.path), "line": one.number, "reason": one.reason, "detail": one.detail}
    if isinstance(row, dict):
        row = {name: cell if _is_plain(cell) else str(cell) for name, cell in row.items()}
    return {**place, "row": row}


def _is_plain(cell: object) -> bool:
    return cell is None or isinstance(cell, str | int | float | bool)


def _form(name: str | None) -> Any:
    if name not in {None, "csv", "jsonl", "parquet"}:
        raise UsageError(f"--format {name}: choose csv, jsonl or parquet")
    return name


def _fields(
    mapping: Path | None,
    maps: Iterable[str],
    fixed: Iterable[str],
    times: tuple[str | None, str | None],
) -> FieldMap:
    from app.sources.mapping import FieldMap
    from app.sources.times import TimeForm

    given = _mapping_file(mapping)
    places: dict[str, tuple[str, ...]] = {}
    for target, place in (_pair("--map", one) for one in maps):
        places[target] = (*places.get(target, ()), place)
    try:
        return FieldMap(
            places={**given.places(), **places},
            fixed={**given.set, **dict(_pair("--set", one) for one in fixed)},
            times=TimeForm(times[0] or given.time_format, times[1] or given.time_zone),
        )
    except ValueError as error:
        raise UsageError(f"the mapping: {error}") from None


def _mapping_file(path: Path | None) -> MappingSettings:
    from pydantic import ValidationError

    from app.config.intake import MappingSettings
    from app.config.problems import problems_of, refuse
    from app.config.yaml_file import read_yaml

    try:
        return MappingSettings(**({} if path is None else read_yaml(path)))
    except ValidationError as error:
        refuse(problems_of(error, {}))
        raise  # not reached: a ValidationError holds at least one problem


def _pair(option: str, text: str) -> tuple[str, str]:
    target, sign, place = text.partition("=")
    if not sign or not place:
        raise UsageError(f"{option} {text[:60]!r}: write it as FIELD=…, such as text=Comment")
    return target.strip(), place


def _tell(summary: Summary, *, as_json: bool, is_dry: bool) -> None:
    if as_json:
        print(json.dumps({**asdict(summary), "dry_run": is_dry}))
        return
    waiting = summary.rows - summary.refused - summary.repeated
    sent = f"{waiting} would be sent" if is_dry else f"{summary.imported} imported"
    print(
        f"{summary.rows} rows: {sent}, {summary.taken_before} taken before, "
        f"{summary.repeated} repeated in the files, {summary.refused} refused"
    )
