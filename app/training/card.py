"""``python -m app.training.card``: the model card, out of manifest, curve and figures."""

from __future__ import annotations

import argparse
import json
from pathlib import Path
from typing import Any

import jinja2

from app.training import mixture, run
from app.training.batches import MAX_TOKENS

CARD = "MODEL_CARD.md"
_TEMPLATE = Path(__file__).parent / "card.md.jinja"


def main() -> None:
    """Write ``MODEL_CARD.md`` into the model's folder."""
    parser = argparse.ArgumentParser(prog="python -m app.training.card", description=__doc__)
    parser.add_argument("--model", type=Path, required=True, help="the model folder")
    parser.add_argument("--curve", type=Path, required=True, help="curve.jsonl of its run")
    parser.add_argument("--figures", type=Path, required=True, help="sentiment_accuracy.json")
    options = parser.parse_args()
    card = written(
        json.loads((options.model / "manifest.json").read_text("utf-8")),
        [json.loads(line) for line in options.curve.read_text("utf-8").splitlines()],
        json.loads(options.figures.read_text("utf-8")),
    )
    (options.model / CARD).write_text(card, "utf-8")


def written(manifest: dict[str, Any], curve: list[dict[str, Any]], figures: dict[str, Any]) -> str:
    """Return the card. Raises ValueError when the figures are another model's."""
    model = manifest["id"]
    if not figures["model"].startswith(f"{model}@"):
        raise ValueError(f"the figures are of {figures['model']}: run the evaluation of {model}")
    environment = jinja2.Environment(  # noqa: S701 - Markdown of our own figures, no HTML
        undefined=jinja2.StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )
    environment.filters["percent"] = lambda share: f"{100 * share:.1f}"
    checks = [line for line in curve if "loss" in line]
    return environment.from_string(_TEMPLATE.read_text("utf-8")).render(
        manifest=manifest,
        figures=figures,
        checks=checks,
        steps=checks[-1]["of"] if checks else 0,
        dropped=next((line["dropped"] for line in curve if "dropped" in line), {}),
        starts=_starts(curve),
        repeats=mixture.REPEATS,
        run=run,
        tokens=MAX_TOKENS,
    )


def _starts(curve: list[dict[str, Any]]) -> list[dict[str, int]]:
    """Return each start of the run: after which step, for how many steps, over how many texts."""
    starts: list[dict[str, int]] = []
    after = 0
    for line in curve:
        after = line.get("resumed_at", after)
        if "steps" in line:
            starts.append({"after": after, "steps": line["steps"], "texts": line["texts"]})
    return starts


if __name__ == "__main__":
    main()
