"""``squall dev-broker``: a real Kafka on this machine, for as long as the command runs."""

from __future__ import annotations

import time
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final

import typer

from app.cli.terminable import terminable

if TYPE_CHECKING:
    from app.broker import DevBroker

CHECK_S: Final = 1.0


def dev_broker(
    nodes: Annotated[int, typer.Option(help="Brokers: 1, or 3 with three copies of all.")] = 1,
    port: Annotated[
        int, typer.Option(min=1, max=65_000, help="Port of the first broker; more count up.")
    ] = 9092,
    data: Annotated[
        Path | None,
        typer.Option(help="Folder that keeps the data; else they go at the end.", file_okay=False),
    ] = None,
) -> None:
    """Run a Kafka on 127.0.0.1 until Ctrl-C or SIGTERM. Prints its address when it is ready.

    The first run fetches Kafka itself (43 MB) into the cache folder.
    """
    from app.broker import DevBroker

    with suppress(KeyboardInterrupt), terminable():
        typer.echo("Starting Kafka ...", err=True)
        with DevBroker(nodes=nodes, port=port, data_dir=data) as broker:
            typer.echo(broker.bootstrap)
            typer.echo(f"Kafka runs ({nodes} broker{'s' * (nodes > 1)}); Ctrl-C ends it.", err=True)
            _watch(broker)


def _watch(broker: DevBroker) -> None:
    """Return never; raise UnavailableError when a broker ends by itself."""
    while True:
        broker.check()
        time.sleep(CHECK_S)
