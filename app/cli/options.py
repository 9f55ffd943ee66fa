"""Options that several commands share."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

import typer

Json = Annotated[bool, typer.Option("--json", help="Print JSON.", metavar="")]
Bootstrap = Annotated[
    str | None,
    typer.Option(
        "--bootstrap", help="Brokers as host:port; in place of the setting.", show_default=False
    ),
]
EngineName = Annotated[
    Literal["transformer", "hash"] | None,
    typer.Option("--engine", help="Engine in place of the setting.", show_default=False),
]
Recorded = Annotated[
    list[Path] | None,
    typer.Option(
        "--from",
        metavar="FILE",
        help="Recorded mentions or a recorded log in place of Kafka; may be given again. Beside a"
        " log, files of mentions hold the texts.",
        show_default=False,
    ),
]
