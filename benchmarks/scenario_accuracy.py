"""How often a wave of complaints is told as the scenario that its texts are of.

``python -m benchmarks.scenario_accuracy`` prints it and writes ``results/scenario_accuracy.json``.
A wave is 40 negatives drawn from the texts of ``theme_accuracy``, which a reader labelled: a part
of them with the theme in question, the rest without it. Themes are told as they are live, by the
bundled model and the word lists; what is usual is what they find in all of these texts.
"""

from __future__ import annotations

import json
import sys
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from random import Random
from typing import Any

from app.core.playbook import OF_THEME, SHIPPED, UNCLASSIFIED
from app.core.scenario import Signs, decide
from app.inference.transformer import load_transformer
from benchmarks.theme_accuracy import LABELS, Judged, judge, read_by

RESULT = Path(__file__).parent / "results" / "scenario_accuracy.json"
SEEN = 40
PARTS = (0.9, 0.7, 0.5)
WAVES = 500
ENOUGH = 5  # detector.minimum_negatives


def run() -> dict[str, Any]:
    """Return, by the part of a wave that is of its theme, the shares told right, as another and not
    at all, 0..1: of all waves, and those told right by scenario. ``usual_named`` and
    ``themeless_named``: of waves of all texts, and of those without a theme, the share that got
    one. ``lists_alone``: all this with themes by words alone, as with another model.
    """
    read = judge(LABELS, is_told=True, subjects=read_by(load_transformer()))
    return {**figures(read), "lists_alone": figures(judge(LABELS, is_told=True))}


def figures(texts: Sequence[Judged]) -> dict[str, Any]:
    """Return the figures of waves drawn from these texts; see ``run``."""
    plain = [one for one in texts if not one.labelled]
    return {
        "seen": SEEN,
        "waves": WAVES,
        "by_part": {str(part): _by_part(texts, part) for part in PARTS},
        "usual_named": _named(texts, texts),
        "themeless_named": _named(texts, plain),
    }


def _named(texts: Sequence[Judged], said: Sequence[Judged]) -> float:
    draw, usual = Random(0), _usual(texts)
    waves = (_decided(draw.choices(said, k=SEEN), usual) for _ in range(WAVES))
    return round(sum(told != UNCLASSIFIED for told in waves) / WAVES, 3)


def _usual(texts: Sequence[Judged]) -> dict[str, float]:
    return {name: sum(name in one.found for one in texts) / len(texts) for name in OF_THEME}


def _decided(wave: Sequence[Judged], usual: dict[str, float]) -> str:
    themes = Counter(name for one in wave for name in sorted(one.found))
    return decide(Signs(len(wave), themes, usual), SHIPPED, ENOUGH).id


def _by_part(texts: Sequence[Judged], part: float) -> dict[str, Any]:
    told = {scenario: _told(texts, theme, part) for theme, scenario in OF_THEME.items()}
    all_waves = WAVES * len(told)
    right = sum(count[scenario] for scenario, count in told.items())
    unclassified = sum(count[UNCLASSIFIED] for count in told.values())
    return {
        "right": round(right / all_waves, 3),
        "another": round((all_waves - right - unclassified) / all_waves, 3),
        UNCLASSIFIED: round(unclassified / all_waves, 3),
        "right_by_scenario": {name: round(count[name] / WAVES, 3) for name, count in told.items()},
    }


def _told(texts: Sequence[Judged], theme: str, part: float) -> Counter[str]:
    draw, usual = Random(f"{theme} {part}"), _usual(texts)
    own = [one for one in texts if theme in one.labelled]
    others = [one for one in texts if theme not in one.labelled]
    count = round(SEEN * part)
    return Counter(
        _decided(draw.choices(own, k=count) + draw.choices(others, k=SEEN - count), usual)
        for _ in range(WAVES)
    )


def main() -> None:
    """Write the figures and print them."""
    text = json.dumps(run(), indent=2)
    RESULT.write_text(f"{text}\n", encoding="utf-8")
    sys.stdout.write(f"{text}\n")


if __name__ == "__main__":
    main()
