"""The picture of a stretch of time: volume, negatives, the expected band, and the crises in it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime, tzinfo
from io import BytesIO

from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Patch

from app.core.crisis import EventType, Severity, State
from app.core.event import ClosedWindow, CrisisEvent
from app.report.axes import (
    BAND,
    FAINT,
    INK,
    NEGATIVE,
    OPEN,
    SHADE,
    VOLUME,
    days,
    draw_mentions,
    draw_negatives,
    place,
    plain,
    shade,
)
from app.report.bins import Series, series
from app.report.spans import Crisis, crises, spans

QUARTER_MS = 15 * 60_000
_WIDTH_IN, _BRAND_IN, _HEAD_IN, _DPI = 13.0, 2.7, 0.95, 150
_MARKED = {
    EventType.OPENED: "opened",
    EventType.REOPENED: "reopened",
    EventType.RELAPSED: "relapsed",
    EventType.ACKNOWLEDGED: "acknowledged",
    EventType.RECOVERING: "recovering",
    EventType.RESOLVED: "resolved",
    EventType.DISMISSED: "dismissed",
}


def render(
    windows: Iterable[ClosedWindow],
    events: Iterable[CrisisEvent],
    *,
    zone: tzinfo = UTC,
    width_ms: int = QUARTER_MS,
    title: str = "Mentions and crises",
) -> bytes:
    """Return a PNG: for each brand the mentions and, below, the negatives against their band.

    Counts are a bin of ``width_ms``. 1950 pixels wide; 142 high and 405 more for each brand.
    """
    found, known = series(windows, width_ms), list(events)
    rows = max(1, len(found))
    height = _HEAD_IN + _BRAND_IN * rows
    figure = Figure(figsize=(_WIDTH_IN, height), dpi=_DPI, facecolor="white")
    FigureCanvasAgg(figure)
    bottom = 0.42 / height
    grid = figure.add_gridspec(
        rows, 1, left=0.055, right=0.962, top=1 - _HEAD_IN / height, bottom=bottom, hspace=0.34
    )
    for row, one in enumerate(found):
        pair = grid[row].subgridspec(2, 1, height_ratios=(1.0, 1.7), hspace=0.1)
        _brand(figure.add_subplot(pair[0]), figure.add_subplot(pair[1]), one, known, zone)
    _head(figure, title, zone, width_ms, height)
    target = BytesIO()
    figure.savefig(target, format="png", metadata={"Software": None})
    return target.getvalue()


def _brand(
    volume: Axes, negative: Axes, one: Series, events: Sequence[CrisisEvent], zone: tzinfo
) -> None:
    own = [event for event in events if event.brand == one.brand]
    edges = [*one.starts_ms, one.starts_ms[-1] + one.width_ms]
    times = [place(edge) for edge in edges]
    for axes in (volume, negative):
        plain(axes)
        axes.set_xlim(times[0], times[-1])
        for span in spans(own, edges[-1]):
            axes.axvspan(place(span.start_ms), place(span.end_ms), **shade(span))
    draw_mentions(volume, one, times)
    volume.tick_params(labelbottom=False)
    title = f"{one.brand}  ·  {_verdict(crises(own), zone)}"
    volume.set_title(title, loc="left", fontsize=10.5, color=INK, parse_math=False)
    draw_negatives(negative, one, times)
    days(negative, zone)
    _marks(negative, crises(own), zone)


def _marks(axes: Axes, found: Sequence[Crisis], zone: tzinfo) -> None:
    """Draw a line and a name where a crisis changed; neighbours take turns in height."""
    marked = [event for crisis in found for event in crisis.events if event.type in _MARKED]
    for number, event in enumerate(marked):
        time = _time(event.time_ms, zone)
        axes.axvline(place(event.time_ms), color=INK, linewidth=0.7, alpha=0.75)
        axes.annotate(
            f"{_MARKED[event.type]} {time:%H:%M}",
            (place(event.time_ms), 0.97 - 0.13 * (number % 3)),
            xycoords=("data", "axes fraction"),
            xytext=(3, 0),
            textcoords="offset points",
            va="top",
            fontsize=7.5,
            color=INK,
        )


def _verdict(found: Sequence[Crisis], zone: tzinfo) -> str:
    opened = [crisis for crisis in found if crisis.opened is not None]
    if not opened:
        return "no crisis"
    return "; ".join(_told(crisis, zone) for crisis in opened)


def _told(crisis: Crisis, zone: tzinfo) -> str:
    start = crisis.opened or crisis.events[0]
    told = f"{crisis.worst.value} crisis, opened {_time(start.time_ms, zone):%a %H:%M}"
    if crisis.resolved is None:
        return f"{told}, still {crisis.events[-1].state.value}"
    return f"{told}, resolved {_time(crisis.resolved.time_ms, zone):%a %H:%M}"


def _head(figure: Figure, title: str, zone: tzinfo, width_ms: int, height: float) -> None:
    figure.text(0.055, 1 - 0.3 / height, title, fontsize=14, color=INK, parse_math=False)
    keys = [
        Patch(color=VOLUME, label="mentions"),
        Patch(color=NEGATIVE, label="distinct negatives"),
        Patch(color=BAND, label="expected band"),
        Line2D([], [], color="#486581", linewidth=0.9, linestyle=(0, (4, 2)), label="expected"),
        Patch(color=SHADE[State.WATCH], label="watch"),
        Patch(color=OPEN[Severity.ERROR], label="open: error"),
        Patch(color=OPEN[Severity.CRITICAL], label="open: critical"),
        Patch(color=SHADE[State.RECOVERING], label="recovering"),
    ]
    figure.legend(
        handles=keys, ncols=len(keys), loc="upper left", fontsize=8, frameon=False,
        bbox_to_anchor=(0.048, 1 - 0.36 / height), handlelength=1.3, columnspacing=1.4,
    )  # fmt: skip
    note = f"counts in bins of {width_ms // 60_000} minutes; event time, {zone}"
    figure.text(0.962, 1 - 0.3 / height, note, fontsize=8, color=FAINT, ha="right")


def _time(time_ms: int, zone: tzinfo) -> datetime:
    return datetime.fromtimestamp(time_ms / 1000, zone)
