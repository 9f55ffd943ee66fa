"""``make bench``: runs every benchmark, writes its JSON, and the table of docs/performance.md.

Machines differ and are shared: compare figures of one run with each other, not with another run's.
"""

from __future__ import annotations

import json
import platform
import sys
from pathlib import Path
from typing import Any

from benchmarks import fold_cost, language_accuracy, sentiment_accuracy, sentiment_speed

RESULTS = Path(__file__).parent / "results"
PAGE = Path(__file__).parents[1] / "docs" / "performance.md"
FEATURES = ("avx2", "avx512f", "avx512_vnni", "avx512_bf16", "amx_bf16", "amx_int8")


def main() -> None:
    """Run all and write the results."""
    results = {
        "machine": machine(),
        "fold_cost": fold_cost.run(),
        "sentiment_speed": sentiment_speed.run(),
        "language_accuracy": language_accuracy.run(),
    }
    RESULTS.mkdir(exist_ok=True)
    for name, result in results.items():
        text = json.dumps(result, indent=1, sort_keys=True) + "\n"
        (RESULTS / f"{name}.json").write_text(text)
    PAGE.write_text(page(results))
    sentiment_accuracy.main()
    sys.stdout.write(PAGE.read_text())


def machine() -> dict[str, Any]:
    """Return what the figures depend on: processor features, not names."""
    info = Path("/proc/cpuinfo")
    flags = set(info.read_text().split()) if info.exists() else set()
    return {
        "architecture": platform.machine(),
        "features": [feature for feature in FEATURES if feature in flags],
        "python": platform.python_version(),
    }


def page(results: dict[str, Any]) -> str:
    """Return docs/performance.md."""
    features = ", ".join(results["machine"]["features"]) or "none of those looked for"
    fold = results["fold_cost"]
    lines = [
        "# Performance",
        "",
        "Made by `make bench`; the figures as JSON are in `benchmarks/results`. Machines are",
        "shared: compare figures of this page with each other, not with those of another run.",
        "",
        f"Machine: {results['machine']['architecture']} with {features};"
        f" Python {results['machine']['python']}.",
        "",
        "## The detector's fold, one core",
        "",
        "| mentions a day | its detectors, µs CPU a mention | all of the fold | a judged step |"
        " state, bytes |",
        "|---|---|---|---|---|",
    ]
    lines += [
        f"| {volume} | {row['detector_us_a_mention']} | {row['us_a_mention']} |"
        f" {row['us_a_judged_step']} | {row['state_bytes']} |"
        for volume, row in fold["fold"].items()
    ]
    lines += [
        "",
        "A quiet brand costs more a mention, since the time between two is learnt as well.",
        "River's own detectors on one number an update, in the same run: "
        + ", ".join(f"{name} {us} µs" for name, us in fold["river_us_an_update"].items())
        + ".",
        "",
        "## Sentiment",
        "",
        "How right the bundled model is stands in [sentiment.md](sentiment.md).",
        "",
        "Speed of the bundled model, several forms in one run:",
        "",
        "```json",
        json.dumps(results["sentiment_speed"], indent=1, sort_keys=True),
        "```",
        "",
        *_languages(results["language_accuracy"]),
    ]
    return "\n".join(lines)


def _languages(result: dict[str, Any]) -> list[str]:
    return [
        "## Telling languages apart",
        "",
        f"Texts of {result['letters_from']} letters or more, without a declared language;"
        f" {result['us_a_text']} µs CPU a text.",
        f"Mean accuracy of the rows {result['mean_accuracy_of_rows']:.4f}; of texts in supported"
        f" languages {result['lost']:.2%} lost;",
        f"of texts in others {result['kept_out']:.2%} kept out. See docs/language.md.",
        "",
        "| language | texts | accuracy | unscored | taken for |",
        "|---|---|---|---|---|",
        *(
            f"| {name} | {row['texts']} | {row['accuracy']:.4f} | {row['unscored']:.4f} |"
            f" {', '.join(f'{code} {count}' for code, count in row['taken_for'].items()) or '–'} |"
            for name, row in result["by_row"].items()
        ),
        "",
    ]


if __name__ == "__main__":
    main()
