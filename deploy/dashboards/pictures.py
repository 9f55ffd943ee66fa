"""A picture of a dashboard from what its queries returned, laid out as Grafana would."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import matplotlib as mpl
from matplotlib import pyplot as plt
from matplotlib.ticker import MultipleLocator

from deploy.dashboards.panels import SEVERITY, SEVERITY_COLOURS

INCH: Final = 0.72  # a grid unit's width
ROW: Final = 0.36  # a grid unit's height
COLUMNS: Final = 24
LEGEND_MAX: Final = 9
MARK_GAP_S: Final = 5.0
INK, PAPER, CARD, FAINT = "#d8d9da", "#111217", "#181b1f", "#33363d"
HUES: Final = {
    "green": "#73bf69",
    "yellow": "#fade2a",
    "blue": "#5794f2",
    "orange": "#ff9830",
    "red": "#f2495c",
    "purple": "#b877d9",
    "text": "#9fa7b3",
}
"""Grafana's colours by name; a panel without colours of its own takes them in this order."""


@dataclass(frozen=True, slots=True)
class Series:
    """One curve: its name and (seconds, value) points."""

    name: str
    points: tuple[tuple[float, float], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Panel:
    """A panel as Grafana has it, with its curves. ``place``: x, y, width, height in grid units.

    ``colours`` are those that a series has by its name.
    """

    title: str
    kind: str
    unit: str
    place: tuple[int, int, int, int]
    series: tuple[Series, ...]
    is_stacked: bool = False
    colours: Mapping[str, str] = field(default_factory=dict)

    @property
    def is_zero(self) -> bool:
        """Whether no number is other than 0."""
        return not any(number for one in self.series for _, number in one.points)

    @property
    def is_empty(self) -> bool:
        """Whether no query gave a single number."""
        return not any(one.points for one in self.series)


def draw(title: str, panels: Sequence[Panel], path: Path, marks: Sequence[Series] = ()) -> None:
    """Write the picture of a dashboard to ``path``, with a line at each annotation's first point.

    The name of a mark is its colour.
    """
    mpl.use("Agg")
    rows = max(y + h for _, y, _, h in (panel.place for panel in panels))
    height = rows * ROW + 0.5
    with plt.rc_context({"font.size": 7, "text.color": INK, "axes.labelcolor": INK}):
        figure = plt.figure(figsize=(COLUMNS * INCH, height), facecolor=PAPER)
        figure.text(0.008, 1 - 0.3 / height, title, fontsize=11, weight="bold")
        for panel in panels:
            x, y, w, h = panel.place
            top = 0.5 + y * ROW
            box = (
                (x * INCH + 0.42) / (COLUMNS * INCH),
                1 - (top + h * ROW - 0.42) / height,
                (w * INCH - 0.58) / (COLUMNS * INCH),
                (h * ROW - 0.72) / height,
            )
            axes = figure.add_axes(box)
            _draw_panel(axes, panel)
            if panel.kind == "timeseries" and not panel.is_empty:
                for mark in marks:
                    for at_s in _starts(mark):
                        axes.axvline(at_s, color=HUES[mark.name], linewidth=0.8, linestyle=":")
        figure.savefig(path, dpi=80, facecolor=PAPER)
        plt.close(figure)


def _starts(mark: Series) -> list[float]:
    """Return where a mark begins: points close together are one."""
    starts: list[float] = []
    last_s = float("-inf")
    for at_s, _ in mark.points:
        if at_s - last_s > MARK_GAP_S:
            starts.append(at_s)
        last_s = at_s
    return starts


def _draw_panel(axes: Any, panel: Panel) -> None:
    axes.set_facecolor(CARD)
    axes.set_title(panel.title, loc="left", fontsize=8, color=INK)
    axes.tick_params(colors=INK, length=0)
    for side in axes.spines.values():
        side.set_color(FAINT)
    if panel.kind == "timeseries":
        _curves(axes, panel)
        return
    axes.set_xticks([])
    axes.set_yticks([])
    if panel.kind == "stat":
        points = [one.points[-1][1] for one in panel.series if one.points]
        axes.text(
            0.5,
            0.5,
            value(points[0], panel.unit) if points else "no data",
            transform=axes.transAxes,
            ha="center",
            va="center",
            fontsize=15,
            color=HUES["green"],
        )
        return
    _rows(axes, panel)


def _rows(axes: Any, panel: Panel) -> None:
    for index, one in enumerate(panel.series[:LEGEND_MAX]):
        severity = int(one.points[-1][1])
        height = 0.9 - index * 0.11
        place = {"transform": axes.transAxes, "va": "top", "fontsize": 8}
        axes.text(0.03, height, one.name, **place)
        axes.text(0.5, height, SEVERITY[severity], color=HUES[SEVERITY_COLOURS[severity]], **place)


def _curves(axes: Any, panel: Panel) -> None:
    shown = [one for one in panel.series if one.points]
    if panel.is_stacked:
        shown = _stacked(shown)
    named = sorted(shown, key=_highest, reverse=True)[:LEGEND_MAX]
    free = [hue for name, hue in HUES.items() if name not in panel.colours.values()]
    for index, one in enumerate(shown):
        seconds, numbers = zip(*one.points, strict=True)
        label = one.name if one in named else f"_{one.name}"  # "_": not in the legend
        hue = HUES.get(panel.colours.get(one.name, ""), free[index % len(free)])
        dashes = "--" if one.name.endswith(("upper", "alert line")) else "-"
        axes.plot(seconds, numbers, dashes, linewidth=1.0, label=label, color=hue)
        axes.fill_between(seconds, numbers, alpha=0.15 if panel.is_stacked else 0.05, color=hue)
    axes.grid(color=FAINT, linewidth=0.4)
    top = max(map(_highest, shown), default=1.0)
    axes.set_ylim(0, 1.35 * (top or 1.0))  # room for the legend
    axes.yaxis.set_major_formatter(lambda number, _: value(number, panel.unit))
    axes.xaxis.set_major_formatter(lambda number, _: f"{number / 60:g} min")
    axes.xaxis.set_major_locator(MultipleLocator(60))
    if shown:
        axes.legend(
            loc="upper left",
            fontsize=6,
            ncols=3,
            labelcolor=INK,
            facecolor=CARD,
            edgecolor=FAINT,
            framealpha=0.7,
        )
    else:
        axes.text(0.5, 0.5, "no data", transform=axes.transAxes, ha="center", color=INK)


def _stacked(series: Sequence[Series]) -> list[Series]:
    """Return the series each on top of those before it, as Grafana stacks them."""
    sums: dict[float, float] = {}
    found = []
    for one in series:
        for at_s, number in one.points:
            sums[at_s] = sums.get(at_s, 0.0) + number
        found.append(Series(one.name, tuple((at_s, sums[at_s]) for at_s, _ in one.points)))
    return found


def _highest(series: Series) -> float:
    return max((number for _, number in series.points), default=0.0)


def value(number: float, unit: str) -> str:
    """Return a number as Grafana would show it.

    >>> [value(*one) for one in ((0.934, "percentunit"), (90, "s"), (7200, "s"), (1536, "bytes"))]
    ['93.4%', '1.5 min', '2 h', '1.5 KiB']
    """
    if unit == "percentunit":
        return f"{100 * number:.3g}%"
    steps = {
        "s": ((86_400, "d"), (3_600, "h"), (60, "min"), (1, "s"), (0.001, "ms")),
        "bytes": ((2**30, "GiB"), (2**20, "MiB"), (2**10, "KiB"), (1, "B")),
    }.get(unit, ((1e6, "M"), (1e3, "K")))
    for size, name in steps:
        if abs(number) >= size:
            return f"{number / size:.3g} {name}"
    return f"{number:.3g}"
