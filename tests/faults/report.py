"""Results of full fault runs: a row each in ``out/faults/report.json``, and the table of
``docs/guarantees.md``:

    python -m tests.faults.report
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Final

from tests.faults.oracle import INVARIANTS
from tests.faults.run import Result

ROOT: Final = Path(__file__).parents[2]
REPORT: Final = ROOT / "out" / "faults" / "report.json"
PAGE: Final = ROOT / "docs" / "guarantees.md"
BEGIN: Final = "<!-- measured: python -m tests.faults.report -->"
END: Final = "<!-- end of what was measured -->"
Row = dict[str, Any]


def row_of(name: str, what: str, result: Result) -> Row:
    """Return a result as JSON values. Times in seconds, shares in percent."""
    counts = result.verdict.counts
    row: Row = {
        "name": name,
        "what": what,
        "seed": result.seed,
        "took_s": round(result.took_s, 1),
        "faults": [[fault, round(seconds, 1)] for fault, seconds in result.recoveries],
        "verdicts": {n: len(found) for n, found in result.verdict.problems.items()},
        "counts": counts,
        "drained_s": round(result.drained_s, 1),
        "most_lag": result.most_lag,
        "samples": result.samples,
        "exit_codes": {str(code): times for code, times in sorted(result.codes.items())},
    }
    return row | shares(counts, [seconds for _, seconds in result.recoveries])


def shares(counts: Mapping[str, int], times: Sequence[float]) -> Row:
    """Return what of the counts repeats, and the quantiles of the recoveries."""
    ordered = sorted(times)
    return {
        "log_repeats_percent": round(100 * counts["log_repeats"] / counts["mentions"], 2),
        "event_copies_percent": round(100 * counts["event_copies"] / max(1, counts["events"]), 2),
        "recovery_p50_s": _quantile(ordered, 0.5),
        "recovery_p99_s": _quantile(ordered, 0.99),
    }


def write(row: Row) -> None:
    """Put the row into the report, in place of an older one of its name."""
    REPORT.parent.mkdir(parents=True, exist_ok=True)
    rows = json.loads(REPORT.read_text("utf-8")) if REPORT.exists() else {}
    rows[row["name"]] = row
    REPORT.write_text(json.dumps(rows, indent=2) + "\n", encoding="utf-8")


def table(rows: dict[str, Row]) -> str:
    """Return the rows as Markdown tables: verdicts, then figures."""
    heads = ["run", *INVARIANTS]
    verdicts = [
        [row["name"], *("holds" if not row["verdicts"][n] else "**broken**" for n in INVARIANTS)]
        for row in rows.values()
    ]
    names = [
        "run",
        "mentions",
        "faults",
        "crisis events",
        "repeats in the log",
        "uncommitted event copies",
        "recovery p50 / p99",
        "most waiting",
        "seed",
    ]
    figures = [_figures(row) for row in rows.values()]
    what = "\n".join(f"- **{row['name']}**: {row['what']}." for row in rows.values())
    return f"{what}\n\n{_markdown(heads, verdicts)}\n\n{_markdown(names, figures)}"


def _figures(row: Row) -> list[str]:
    counts, has_faults = row["counts"], bool(row["faults"])
    return [
        row["name"],
        f"{counts['mentions']:,}",
        str(sum(names.count(",") + 1 for names, _ in row["faults"]) or 1),
        f"{counts['crisis_events']:,}",
        f"{counts['log_repeats']:,} ({row['log_repeats_percent']:.2f} %)",
        f"{counts['event_copies']:,} ({row['event_copies_percent']:.2f} %)",
        f"{row['recovery_p50_s']:.1f} s / {row['recovery_p99_s']:.1f} s" if has_faults else "–",
        f"{row['most_lag']:,} records",
        str(row["seed"]),
    ]


def _markdown(head: list[str], rows: list[list[str]]) -> str:
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join("| " + " | ".join(line) + " |" for line in lines)


def _quantile(values: list[float], share: float) -> float:
    return round(values[min(len(values) - 1, int(share * len(values)))], 1) if values else 0.0


def main() -> None:
    """Write the table into the page."""
    rows = json.loads(REPORT.read_text("utf-8"))
    page = PAGE.read_text("utf-8")
    before, rest = page.split(BEGIN)
    PAGE.write_text(f"{before}{BEGIN}\n{table(rows)}\n{END}{rest.split(END)[1]}", encoding="utf-8")


if __name__ == "__main__":
    main()
