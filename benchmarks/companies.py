"""Alerts on recorded mentions of companies, beside days on which something bad was in the news.

    squall backtest DATA/companies/mentions.jsonl.gz --windows WINDOWS.jsonl > EVENTS.jsonl
    python -m benchmarks.companies WINDOWS.jsonl [--json FILE]

Both channels as the live fold judged them (the greater severity of a step), and each alone through
the same detector: what do negatives add over counts? An alert is a severity at or above the line,
the next one comes after a day below it. Nothing is chosen but the line: the default one, and that
of at most one alert a brand and month. The mentions, the labelled days and their scorer
(alertscore.py) are kept beside the project: DATA.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
from collections import defaultdict
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from app.core.detector.series import BASE_S, SeriesScorer
from app.core.detector.spike import LINE

DATA = Path(__file__).parents[2] / "shared" / "data" / "mentions"
DAY_MS = 86_400_000
STEP_MS = BASE_S * 1000
MONTHLY = 1.0  # alerts a brand and month
HALVINGS = 14  # of the range that the line is looked for in

Severities = Mapping[str, list[tuple[int, float]]]  # by brand: end of the step, 0..1
Windows = Mapping[str, list[dict[str, Any]]]


def main() -> None:
    """Print the table as Markdown."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("windows", type=Path)
    parser.add_argument("--json", type=Path)
    options = parser.parse_args()
    windows = read_windows(options.windows)
    rows = [row for name, found in severities(windows) for row in judged(name, found)]
    print("| | line | alerts a brand and month | covered | chance |\n|---|---|---|---|---|")
    for one in rows:
        rate = f"{one['alerts_per_brand_month']:.2f}"
        shares = f"{one['covered']:.1%} | {one['chance']:.1%}"
        print(f"| {one['channels']} | {one['line']:.3f} | {rate} | {shares} |")
    if options.json:
        options.json.write_text(json.dumps({"rows": rows}, indent=1, sort_keys=True) + "\n")


def read_windows(file: Path) -> Windows:
    """Return the closed windows by brand, in the order of the file."""
    found: dict[str, list[dict[str, Any]]] = defaultdict(list)
    with file.open("rb") as lines:
        for line in lines:
            window = json.loads(line)
            found[window["brand"]].append(window)
    return found


def severities(windows: Windows) -> Iterator[tuple[str, Severities]]:
    """Yield what is judged: both channels as the fold did, then each alone."""
    fused = {
        brand: [(one["end_ms"], one["severity_score"]) for one in ones]
        for brand, ones in windows.items()
    }
    yield "mentions and negatives", fused
    for channel, column in (("mentions", "distinct"), ("negatives", "negatives")):
        yield f"{channel} alone", {brand: alone(ones, column) for brand, ones in windows.items()}


def alone(windows: list[dict[str, Any]], column: str) -> list[tuple[int, float]]:
    """Return (end, severity) of each step with a count, of one brand and one channel."""
    counts = {one["start_ms"] // STEP_MS: one[column] for one in windows}
    first, last = min(counts), max(counts)
    scorer, found = SeriesScorer(first * BASE_S, BASE_S), []
    for step in range(first, last + 1):
        scorer.score(float(counts.get(step, 0)))
        if scorer.severity > 0:
            found.append(((step + 1) * STEP_MS, scorer.severity))
    return found


def judged(name: str, found: Severities) -> Iterator[dict[str, Any]]:
    """Yield the figures at the default line, and at the line of one alert a brand and month."""
    for line in (LINE, monthly_line(found)):
        yield {"channels": name, "line": round(line, 4)} | scored(alerts(found, line))


def monthly_line(found: Severities) -> float:
    """Return about the lowest line with at most one alert a brand and month."""
    low, high = 0.0, 1.0
    for _ in range(HALVINGS):
        line = (low + high) / 2
        if scored(alerts(found, line))["alerts_per_brand_month"] > MONTHLY:
            low = line
        else:
            high = line
    return high


def alerts(found: Severities, line: float) -> list[tuple[str, int]]:
    """Return (brand, time in ms) of each alert.

    >>> alerts({"a": [(0, 0.9), (5, 0.9), (DAY_MS + 5, 0.1), (2 * DAY_MS, 0.6)]}, 0.5)
    [('a', 0), ('a', 172800000)]
    """
    told = []
    for brand, steps in found.items():
        last = -DAY_MS
        for time_ms, severity in steps:
            if severity < line or severity <= 0:
                continue
            if time_ms - last >= DAY_MS:
                told.append((brand, time_ms))
            last = time_ms
    return told


def scored(told: list[tuple[str, int]]) -> dict[str, float]:
    """Return covered and chance as shares, and the alerts a brand and month, by alertscore.py."""
    with TemporaryDirectory() as folder:
        file = Path(folder) / "alerts.jsonl"
        file.write_text("".join(_line(brand, time_ms) for brand, time_ms in told))
        command = [sys.executable, str(DATA / "alertscore.py"), str(DATA / "companies"), str(file)]
        answer: dict[str, float] = json.loads(subprocess.check_output(command))  # noqa: S603
    return answer


def _line(brand: str, time_ms: int) -> str:
    at = datetime.fromtimestamp(time_ms / 1000, UTC).isoformat()
    return json.dumps({"brand": brand.upper(), "at": at}) + "\n"


if __name__ == "__main__":
    main()
