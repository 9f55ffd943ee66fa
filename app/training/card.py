"""``python -m app.training.card``: the model card, out of manifest, curve and figures."""

from __future__ import annotations

import argparse
import json
from pathlib import Path
from typing import Any

import jinja2

from app.training import mixture, run
from app.training.batches import MAX_TOKENS

Curve = list[dict[str, Any]]

CARD = "MODEL_CARD.md"
_TEMPLATE = Path(__file__).parent / "card.md.jinja"


def main() -> None:
    """Write ``MODEL_CARD.md`` into the model's folder."""
    parser = argparse.ArgumentParser(prog="python -m app.training.card", description=__doc__)
    parser.add_argument("--model", type=Path, required=True, help="the model folder")
    parser.add_argument(
        "--curve", type=Path, required=True, nargs="+", help="curve.jsonl of its runs, in order"
    )
    parser.add_argument("--figures", type=Path, required=True, help="sentiment_accuracy.json")
    options = parser.parse_args()
    card = written(
        json.loads((options.model / "manifest.json").read_text("utf-8")),
        [_lines(path) for path in options.curve],
        json.loads(options.figures.read_text("utf-8")),
    )
    (options.model / CARD).write_text(card, "utf-8")


def _lines(path: Path) -> Curve:
    return [json.loads(line) for line in path.read_text("utf-8").splitlines()]


def written(manifest: dict[str, Any], curves: list[Curve], figures: dict[str, Any]) -> str:
    """Return the card of a model made in as many runs as there are curves.

    Raises ValueError when the figures are another model's.
    """
    model = manifest["id"]
    if not figures["model"].startswith(f"{model}@"):
        raise ValueError(f"the figures are of {figures['model']}: run the evaluation of {model}")
    environment = jinja2.Environment(  # noqa: S701 - Markdown of our own figures, no HTML
        undefined=jinja2.StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )
    environment.filters["percent"] = lambda share: f"{100 * share:.1f}"
    return environment.from_string(_TEMPLATE.read_text("utf-8")).render(
        manifest=manifest,
        figures=figures,
        runs=[_run(curve) for curve in curves],
        dropped=next((line["dropped"] for line in curves[-1] if "dropped" in line), {}),
        repeats=mixture.REPEATS,
        run=run,
        tokens=MAX_TOKENS,
    )


def _run(curve: Curve) -> dict[str, Any]:
    """Return one run's checks, its texts, and the last step of a check."""
    checks = [line for line in curve if "loss" in line]
    starts = [line for line in curve if "steps" in line]
    planned = checks[-1]["of"] if checks else 0
    return {"checks": checks, "texts": starts[-1]["texts"], "steps": planned}


if __name__ == "__main__":
    main()
