"""``squall replay``: the log in Kafka through the live detector, or into a file."""

from __future__ import annotations

import asyncio
import json
import sys
from contextlib import nullcontext
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from app.cli.options import Bootstrap

if TYPE_CHECKING:
    from collections.abc import Iterable

    from app.config import Settings
    from app.core.event import Output


def replay(
    brand: Annotated[
        str | None, typer.Option(help="Events of this brand alone.", show_default=False)
    ] = None,
    record: Annotated[
        Path | None,
        typer.Option(
            help="Write the log into this file in place of its events; .gz and .zst are packed.",
            show_default=False,
        ),
    ] = None,
    bootstrap: Bootstrap = None,
) -> None:
    """Print every event that the detector publishes for the log in Kafka, one a line.

    The log is read from its first record to the end it has now, partition by partition; no group
    is joined and nothing is written to Kafka. A recorded log is read by `squall backtest`, `verify`
    and `explain`. What was read goes to stderr as one JSON line. Exits with 69 when Kafka does not
    answer or the topic is missing.
    """
    from app import logs
    from app.config import load_settings
    from app.core.brand_name import canonical
    from app.errors import UsageError

    settings = load_settings(kafka={"bootstrap_servers": bootstrap})
    logs.configure(settings.log_level)
    name = canonical(brand) if brand is not None else None
    if brand is not None and name is None:
        raise UsageError(f"{brand[:60]!r} is no brand name: give one as the events have it")
    asyncio.run(_replay(settings, name, record))


async def _replay(settings: Settings, brand: str | None, file: Path | None) -> None:
    from app.core.partition import PartitionFold
    from app.sources.recording import open_recording
    from app.stream import past
    from app.stream.offline import log_line

    folds: dict[int, PartitionFold] = {}
    read = refused = 0
    with open_recording(file) if file else nullcontext() as sink:
        async with past.open_past(settings) as log:
            async for one in log.records():
                read += 1
                placed = past.read(one)
                if placed is None:
                    refused += 1
                elif sink is not None:
                    sink.write(log_line(one))
                else:
                    fold = folds.setdefault(placed.partition, PartitionFold(settings.rules()))
                    _print(fold.apply(placed.offset, placed.record), brand)
    _summarise(read, refused, log)


def _print(outputs: Iterable[Output], brand: str | None) -> None:
    from app.core.event import CrisisEvent
    from app.wire import event

    for output in outputs:
        if isinstance(output, CrisisEvent) and brand in (None, output.brand):
            sys.stdout.buffer.write((event.encode(output).value or b"") + b"\n")


def _summarise(read: int, refused: int, log: Any) -> None:
    summary = {"records": read, "refused": refused, "from_the_beginning": not log.missing}
    print(json.dumps(summary), file=sys.stderr)
