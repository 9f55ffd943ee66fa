"""The pictures of docs/detector.md, drawn from benchmarks/results.

    python -m benchmarks.detector_pictures

Each picture carries the checksum of the results it shows, so that a test can tell one that was not
drawn again after a measurement.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from io import BytesIO
from math import nan
from typing import Any

from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

from benchmarks import __main__ as bench

DOCS = bench.PAGE.parent
HUES = {20: "#c62828", 150: "#ef8e3b", 1_000: "#2f6f9f", 10_000: "#1f2933"}  # by mentions a day
INK, FAINT = "#1f2933", "#7b8794"
WATCHED_MIN, FLOOR_MIN = 2_880, 360  # how long was looked


def main() -> None:
    """Draw all pictures into docs/."""
    for name in PICTURES:
        (DOCS / f"{name}.png").write_bytes(drawn(name))


def drawn(name: str) -> bytes:
    """Return a picture of ``PICTURES`` as PNG, the checksum of its results within."""
    source, width, panels, draw = PICTURES[name]
    text = (bench.RESULTS / source).read_bytes()
    figure = Figure(figsize=(width, 4.2), dpi=110, facecolor="white", layout="constrained")
    FigureCanvasAgg(figure)
    axes = figure.subplots(1, panels, sharey=True, squeeze=False)[0]
    for one in axes:
        one.spines[["top", "right"]].set_visible(False)
        one.tick_params(labelsize=8, colors=FAINT)
        one.title.set(fontsize=10, color=INK)
    draw(list(axes), json.loads(text))
    target = BytesIO()
    figure.savefig(target, format="png", metadata={"Software": None, "Results": checksum(text)})
    return target.getvalue()


def checksum(results: bytes) -> str:
    """Return the SHA-256 of a file of results, in hex."""
    return hashlib.sha256(results).hexdigest()


def _delays(axes: list[Axes], results: Any) -> None:
    """Minutes until 9 of 10 are found, beside the least that any test needs."""
    for one, dispersion in zip(axes, (1.0, 3.0), strict=True):
        for volume, hue in HUES.items():
            cells = [
                cell
                for cell in results["cells"]
                if cell["dispersion"] == dispersion and cell["mentions_per_day"] == volume
            ]
            factors = [cell["factor"] for cell in cells]
            found = [cell["found_in_min"] or nan for cell in cells]
            floor = [cell["floor_min"] or nan for cell in cells]
            never = [cell["factor"] for cell in cells if cell["found_in_min"] is None]
            one.plot(factors, found, "o-", color=hue, label=f"{volume:,} mentions a day")
            one.plot(never, [WATCHED_MIN] * len(never), "^", color=hue, fillstyle="none")
            one.plot(factors, floor, "--", color=hue, linewidth=0.9)
        one.set(xscale="log", yscale="log", xlabel="times the usual negatives", ylim=(0.8, 4_000))
        one.set_xticks([3, 5, 10, 30], ["3", "5", "10", "30"], minor=False)
        one.minorticks_off()
        told = "triangles: not within two days", "no floor is told beyond six hours"
        for text, minutes in zip(told, (WATCHED_MIN, FLOOR_MIN), strict=True):
            one.axhline(minutes, color=FAINT, linewidth=0.5)
            one.text(32, minutes * 1.06, text, fontsize=7, color=FAINT, ha="right")
        one.set_title("Poisson" if dispersion == 1 else "bursty: variance 3 x mean")
    axes[0].set_ylabel("minutes until 9 of 10 are found (dashed: the floor)", fontsize=8)
    axes[1].legend(frameon=False, fontsize=8)


def _alarms(axes: list[Axes], results: Any) -> None:
    """False alarms a week on noise, by family, against the budget."""
    families = list(dict.fromkeys(cell["noise"] for cell in results["cells"]))
    for one, (place, budget) in zip(axes, enumerate(results["budgets_a_week"]), strict=True):
        for column, volume in enumerate(HUES):
            rates = [
                cell["alarms_a_week"][place]
                for cell in results["cells"]
                if cell["mentions_per_day"] == volume
            ]
            places = [row + (column - 1.5) * 0.2 for row in range(len(families))]
            parts = [rate / budget for rate in rates]
            one.bar(places, parts, 0.18, color=HUES[volume], label=f"{volume:,} a day")
        one.axhline(1.0, color=INK, linewidth=0.9, linestyle="--")
        one.set_xticks(range(len(families)), families, fontsize=8)
        one.set_title(f"budget: {budget:g} a week")
    axes[0].set_ylabel("false alarms, in units of the budget", fontsize=8)
    axes[-1].legend(frameon=False, fontsize=8)


def _parts(axes: list[Axes], results: Any) -> None:
    """What each part gains: the score without it, and the spread of the neighbours."""
    one = axes[0]
    parts = {"as it is": results["parts"]["as it is"]} | {
        name: part
        for name, part in sorted(results["parts"].items(), key=lambda item: -item[1]["line"])
        if name != "as it is"
    }
    rows = range(len(parts), 0, -1)
    one.barh(rows, [part["line"] for part in parts.values()], 0.6, color="#9fb3c8")
    one.plot([part["others"] for part in parts.values()], rows, "|", color=INK, markersize=11)
    lines = [each["line"] for each in results["neighbours"]]
    one.boxplot(lines, positions=[0], orientation="horizontal", widths=0.5, whis=(0, 100))
    one.set_yticks([*rows, 0], [*parts, f"{len(lines)} random neighbours"], fontsize=8)
    one.set_xlim(40, 95)
    one.set_xlabel("score at the default line (bar) and at the other series' threshold (mark)")
    one.xaxis.label.set(fontsize=8)


# Name: its results, width in inches, panels, and what draws it.
PICTURES: dict[str, tuple[str, float, int, Callable[[list[Axes], Any], None]]] = {
    "detector-delay": ("detection_delay.json", 10.0, 2, _delays),
    "detector-noise": ("noise_alarms.json", 11.0, 3, _alarms),
    "detector-parts": ("detector_series.json", 8.0, 1, _parts),
}


if __name__ == "__main__":
    main()
