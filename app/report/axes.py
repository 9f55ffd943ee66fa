"""What the pictures share: axes of time, mentions, negatives against their band, and shading."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, tzinfo
from typing import TypedDict

from matplotlib.axes import Axes
from matplotlib.dates import AutoDateLocator, date2num, num2date
from matplotlib.ticker import FuncFormatter

from app.core.crisis import Severity, State
from app.report.bins import Series
from app.report.spans import Span

INK, FAINT, VOLUME, NEGATIVE, BAND = "#1f2933", "#7b8794", "#9fb3c8", "#c62828", "#bcd2e8"
OPEN = {
    Severity.INFO: "#ffe3b3",
    Severity.WARNING: "#ffcc80",
    Severity.ERROR: "#f7a072",
    Severity.CRITICAL: "#e57373",
}
SHADE = {State.WATCH: "#fff3b0", State.RECOVERING: "#c8e6c9", State.ACKNOWLEDGED: "#d7c4f0"}


def draw_mentions(axes: Axes, one: Series, times: Sequence[float]) -> None:
    """Fill the mentions of each bin; ``times``: places of the bins' edges, one more than bins."""
    axes.stairs(one.mentions, times, fill=True, color=VOLUME)
    axes.set_ylabel("mentions", fontsize=8, color=FAINT)
    axes.set_ylim(0, max(5, *one.mentions) * 1.08)


def draw_negatives(axes: Axes, one: Series, times: Sequence[float]) -> None:
    """Fill the distinct negatives of each bin before their band; ``times`` as above."""
    nan = float("nan")
    upper = [nan if value is None else value for value in one.upper]
    expected = [nan if value is None else value for value in one.expected]
    axes.fill_between(times[:-1], 0, upper, color=BAND, linewidth=0, alpha=0.8)
    axes.plot(times[:-1], expected, color="#486581", linewidth=0.9, linestyle=(0, (4, 2)))
    axes.stairs(one.negatives, times, fill=True, color=NEGATIVE)
    axes.set_ylabel("negatives", fontsize=8, color=FAINT)
    top = max(3.0, *one.negatives, *(value for value in one.upper if value is not None))
    axes.set_ylim(0, top * 1.3)


def plain(axes: Axes) -> None:
    """Leave of the frame the bottom line alone."""
    for side in ("top", "right", "left"):
        axes.spines[side].set_visible(False)
    axes.spines["bottom"].set_color("#cbd2d9")
    axes.tick_params(labelsize=8, colors=FAINT, length=0)
    axes.grid(axis="y", color="#eef1f4", linewidth=0.8)
    axes.set_axisbelow(True)
    axes.locator_params(axis="y", nbins=3, integer=True)


def days(axes: Axes, zone: tzinfo) -> None:
    """Name the days and hours below."""
    locator = AutoDateLocator(tz=zone, minticks=4, maxticks=9)
    axes.xaxis.set_major_locator(locator)
    axes.xaxis.set_major_formatter(FuncFormatter(lambda at, _: _tick(num2date(at, zone))))


def _tick(time: datetime) -> str:
    return f"{time:%H:%M}" if time.hour or time.minute else f"{time:%a} {time.day} {time:%b}"


class Shading(TypedDict):
    """How a stretch is shaded, as matplotlib takes it."""

    color: str
    linewidth: float
    alpha: float


def shade(span: Span) -> Shading:
    """Return the shading of a crisis's state, while it is open of its severity."""
    color = SHADE.get(span.state) or OPEN[span.severity]
    return {"color": color, "linewidth": 0, "alpha": 0.75}


def place(time_ms: int) -> float:
    """Return where a time lies on the axis: days, as matplotlib counts them."""
    return float(date2num(datetime.fromtimestamp(time_ms / 1000, UTC)))
