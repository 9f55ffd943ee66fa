"""The tables of ``docs/sentiment.md``, put between the markers that the page holds for them."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from typing import Any

SETS = {
    "tweeteval": ("TweetEval, test", "macro_recall"),
    "xlmt": ("XLM-T, test, mean of eight languages", "mean_macro_f1"),
    "polish_hotels": ("PolEmo hotels, test", "macro_f1"),
    "polish_medicine": ("PolEmo medicine, test", "macro_f1"),
    "shop": ("our own shop texts, test split", "macro_f1"),
}
LANGUAGE_SETS = {"shop": "shop texts", "xlmt": "XLM-T", "tweeteval": "TweetEval"}
_MARKED = re.compile(r"(<!-- made: ([a-z]+) -->\n).*?(<!-- end -->)", re.DOTALL)


def filled(page: str, result: dict[str, Any]) -> str:
    """Return the page with each marked table made anew; KeyError for a marker nobody knows."""
    return _MARKED.sub(lambda found: f"{found[1]}{_TABLES[found[2]](result)}\n{found[3]}", page)


def _sets(result: dict[str, Any]) -> str:
    rows = []
    for name, (title, measure) in SETS.items():
        found = result["sets"].get(name)
        if found is None:
            continue
        mean = measure == "mean_macro_f1"
        baselines = found["baselines"]
        column = "macro_f1" if mean else measure
        rows.append(
            [
                title,
                measure.replace("_", " "),
                found["n"],
                f"**{_percent(found[measure])}**",
                *(_percent(found[key]) for key in ("accuracy", "ece", "abstained")),
                _percent(baselines["majority"][column]),
                _vader(baselines, column),
            ]
        )
    heads = ["set", "measure", "texts", "model", "accuracy", "ECE", "abstained"]
    model = f"Model: `{result['model']}`. Figures in percent.\n\n"
    return model + _table([*heads, "majority", "VADER (on English alone)"], rows)


def _vader(baselines: dict[str, Any], column: str) -> str:
    english = baselines.get("vader, English alone")
    alone = f" ({_percent(english[column])})" if english else ""
    return _percent(baselines["vader"][column]) + alone


def _languages(result: dict[str, Any]) -> str:
    rows = [
        [
            title,
            language,
            part["n"],
            *(
                _percent(part[key])
                for key in ("macro_f1", "macro_recall", "negative_recall", "ece", "abstained")
            ),
        ]
        for name, title in LANGUAGE_SETS.items()
        for language, part in result["sets"].get(name, {"by_language": {}})["by_language"].items()
    ]
    heads = ["set", "language", "texts", "macro F1", "macro recall", "negative recall", "ECE"]
    return _table([*heads, "abstained"], rows)


def _kinds(result: dict[str, Any]) -> str:
    rows = [
        [f"`{kind}`", part["n"], _percent(part["accuracy"]), _percent(part["abstained"])]
        for kind, part in result["kinds"].items()
    ]
    return _table(["kind", "texts", "accuracy", "abstained"], rows)


def _sarcasm(result: dict[str, Any]) -> str:
    keys = ("counted_positive", "likeliest_positive", "abstained")
    rows = [
        [name, part["n"], *(_percent(part[key]) for key in keys)]
        for name, part in result["sarcasm"].items()
    ]
    return _table(["texts that mean the opposite", "texts", *(_words(key) for key in keys)], rows)


def _confusion(result: dict[str, Any]) -> str:
    """Return a row a language and true label, over all sets together."""
    total: dict[tuple[str, str], dict[str, int]] = {}
    for found in result["sets"].values():
        for language, part in found["by_language"].items():
            for label, row in part["confusion"].items():
                sums = total.setdefault((language, label), dict.fromkeys(row, 0))
                for name, count in row.items():
                    sums[name] += count
    rows = [
        [language, label, *(row[name] for name in ("negative", "neutral", "positive"))]
        for (language, label), row in sorted(total.items())
    ]
    return _table(["language", "labelled", "negative", "neutral", "positive"], rows)


def _failures(result: dict[str, Any]) -> str:
    rows = [
        [
            f"`{kind}`",
            one["language"],
            _cell(one["text"]),
            one["label"],
            f"{one['found']}, {_percent(one['probability'])}",
        ]
        for kind, failures in result["failures"].items()
        for one in failures
    ]
    return _table(["kind", "language", "text", "labelled", "found, probability"], rows)


_TABLES = {
    "sets": _sets,
    "languages": _languages,
    "kinds": _kinds,
    "sarcasm": _sarcasm,
    "confusion": _confusion,
    "failures": _failures,
}


def _table(heads: Sequence[str], rows: Iterable[Sequence[Any]]) -> str:
    lines = [heads, ["---"] * len(heads), *rows]
    return "\n".join("| " + " | ".join(map(str, cells)) + " |" for cells in lines)


def _cell(text: str) -> str:
    return " ".join(text.replace("|", r"\|").replace("<", "&lt;").split())


def _percent(share: float) -> str:
    return f"{100 * share:.1f}"


def _words(key: str) -> str:
    return key.replace("_", " ")
