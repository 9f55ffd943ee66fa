"""``squall eval``: how good the parts are, on data with known answers."""

from __future__ import annotations

import typer

from app.cli.eval_crises import crises
from app.cli.eval_delay import detection_delay
from app.cli.eval_detector import detector
from app.cli.eval_precision import precision
from app.cli.eval_sentiment import sentiment

app = typer.Typer(help="Measure a part on data with known answers.", no_args_is_help=True)
app.command()(detector)
app.command()(detection_delay)
app.command()(sentiment)
app.command()(precision)
app.command()(crises)


@app.callback()
def group() -> None:
    """Measure a part on data with known answers."""
