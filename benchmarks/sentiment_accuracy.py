"""How right the bundled model is: public test sets when they are there, and our own shop texts.

``python -m benchmarks.sentiment_accuracy`` writes ``results/sentiment_accuracy.json`` and the
tables of ``docs/sentiment.md``. The public sets are read from ``../shared`` and never copied.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

from app.cli.eval_sentiment import Labelled, judge
from app.core.mention import Label
from app.inference.judged import (
    ABSTAINED,
    Judged,
    baseline,
    by_language,
    figures,
    majority,
    vader,
)
from app.inference.load import load_engine
from app.inference.quality import CLASSES
from app.training.examples import Example, public_evaluation, sarcasm, shop
from benchmarks import sentiment_page

ROOT = Path(__file__).parents[1]
PUBLIC = ROOT.parent / "shared" / "data" / "sentiment"
RESULT = Path(__file__).parent / "results" / "sentiment_accuracy.json"
PAGE = ROOT / "docs" / "sentiment.md"
FAILURES_A_KIND = 2
TEXT_MAX = 160


def main() -> None:
    """Measure, and write the result and the page's tables."""
    result = run()
    RESULT.write_text(json.dumps(result, indent=1, ensure_ascii=False) + "\n", "utf-8")
    PAGE.write_text(sentiment_page.filled(PAGE.read_text("utf-8"), result), "utf-8")
    sys.stdout.write(f"{RESULT} and {PAGE} are written\n")


def run() -> dict[str, Any]:
    """Return every set's figures; without the public sets, those of our own texts alone."""
    engine = load_engine("transformer")
    sets: dict[str, list[Example]] = {"shop": list(shop("test"))}
    mocking: list[Example] = []
    if PUBLIC.is_dir():
        mocking = list(sarcasm(PUBLIC))
        for example in public_evaluation(PUBLIC, validation=False):
            sets.setdefault(example.source, []).append(example)
    result: dict[str, Any] = {"model": engine.model, "sets": {}}
    for name, examples in sets.items():
        judged = judge(engine, [_labelled(example) for example in examples])
        result["sets"][name] = _set(examples, judged)
        if name == "shop":
            result |= _shop(examples, judged)
    if mocking:
        judged = judge(engine, [_labelled(example) for example in mocking])
        result["sarcasm"]["SemEval 2014, negative"] = _counted_positive(judged)
    return result


def _labelled(example: Example) -> Labelled:
    return Labelled(example.text, example.label, example.language)


def _set(examples: Sequence[Example], judged: Sequence[Judged]) -> dict[str, Any]:
    languages = by_language(judged)
    mean = sum(part["macro_f1"] for part in languages.values()) / len(languages)
    return {
        **figures(judged),
        "mean_macro_f1": round(mean, 4),
        "negative_recall": _recall(judged),
        "by_language": {
            name: {**part, "negative_recall": _recall(j for j in judged if j.language == name)}
            for name, part in languages.items()
        },
        "baselines": _baselines(examples),
    }


def _recall(judged: Iterable[Judged]) -> float:
    """Return the share of negative texts that were found negative."""
    found = [one.found == 0 for one in judged if one.label == 0]
    return round(sum(found) / len(found), 4) if found else 0.0


def _baselines(examples: Sequence[Example]) -> dict[str, Any]:
    labels = [example.label for example in examples]
    answers = vader([example.text for example in examples])
    english = [row for row, example in enumerate(examples) if example.language == "en"]
    found = {
        "majority": baseline(labels, majority(labels)),
        "vader": baseline(labels, answers),
    }
    if english:
        parts = [labels[row] for row in english], [answers[row] for row in english]
        found["vader, English alone"] = baseline(*parts)
    return found


def _shop(examples: Sequence[Example], judged: Sequence[Judged]) -> dict[str, Any]:
    kinds = sorted({example.kind for example in examples})
    rows = {
        kind: [pair for pair in zip(examples, judged, strict=True) if pair[0].kind == kind]
        for kind in kinds
    }
    mocking = [one for _, one in rows["sarcasm"]]
    return {
        "kinds": {kind: _kind([one for _, one in pairs]) for kind, pairs in rows.items()},
        "failures": {kind: _failures(pairs) for kind, pairs in rows.items()},
        "sarcasm": {"our own, of the test split": _counted_positive(mocking)},
    }


def _kind(judged: Sequence[Judged]) -> dict[str, Any]:
    part = figures(judged)
    return {name: part[name] for name in ("n", "accuracy", "abstained")}


def _counted_positive(judged: Sequence[Judged]) -> dict[str, Any]:
    """Return what became of texts that praise in words and mean the opposite."""
    labels = [one.score.label if one.score else Label.UNSCORED for one in judged]
    return {
        "n": len(judged),
        "counted_positive": round(labels.count(Label.POSITIVE) / len(labels), 4),
        "likeliest_positive": round(sum(one.found == 2 for one in judged) / len(judged), 4),
        "abstained": round(sum(label in ABSTAINED for label in labels) / len(labels), 4),
    }


def _failures(pairs: Sequence[tuple[Example, Judged]]) -> list[dict[str, Any]]:
    """Return the mistakes that the model was surest of."""
    wrong = [
        (max(one.score.probabilities), example, one)
        for example, one in pairs
        if one.score and one.score.label not in ABSTAINED and one.found != one.label
    ]
    wrong.sort(key=lambda row: (-row[0], row[1].text))
    return [
        {
            "language": example.language,
            "text": example.text[:TEXT_MAX],
            "label": CLASSES[one.label],
            "found": CLASSES[one.found if one.found is not None else 1],
            "probability": probability,
        }
        for probability, example, one in wrong[:FAILURES_A_KIND]
    ]


if __name__ == "__main__":
    main()
