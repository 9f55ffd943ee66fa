"""The picture of a stretch of time: volume, negatives, the expected band, and the crises in it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime, tzinfo
from io import BytesIO
from typing import TypedDict

from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.dates import AutoDateLocator, date2num, num2date
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Patch
from matplotlib.ticker import FuncFormatter

from app.core.crisis import EventType, Severity, State
from app.core.event import ClosedWindow, CrisisEvent
from app.report.bins import Series, series
from app.report.spans import Crisis, Span, crises, spans

QUARTER_MS = 15 * 60_000
_WIDTH_IN, _BRAND_IN, _HEAD_IN, _DPI = 13.0, 2.7, 0.95, 150
_INK, _FAINT, _VOLUME, _NEGATIVE, _BAND = "#1f2933", "#7b8794", "#9fb3c8", "#c62828", "#bcd2e8"
_OPEN = {
    Severity.INFO: "#ffe3b3",
    Severity.WARNING: "#ffcc80",
    Severity.ERROR: "#f7a072",
    Severity.CRITICAL: "#e57373",
}
_SHADE = {State.WATCH: "#fff3b0", State.RECOVERING: "#c8e6c9", State.ACKNOWLEDGED: "#d7c4f0"}
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
    times = [_place(edge) for edge in edges]
    for axes in (volume, negative):
        _plain(axes)
        axes.set_xlim(times[0], times[-1])
        for span in spans(own, edges[-1]):
            axes.axvspan(_place(span.start_ms), _place(span.end_ms), **_shade(span))
    volume.stairs(one.mentions, times, fill=True, color=_VOLUME)
    volume.set_ylabel("mentions", fontsize=8, color=_FAINT)
    volume.tick_params(labelbottom=False)
    volume.set_ylim(0, max(5, *one.mentions) * 1.08)
    title = f"{one.brand}  ·  {_verdict(crises(own), zone)}"
    volume.set_title(title, loc="left", fontsize=10.5, color=_INK, parse_math=False)
    _negatives(negative, one, times)
    _days(negative, zone)
    _marks(negative, crises(own), zone)


def _negatives(axes: Axes, one: Series, times: Sequence[float]) -> None:
    nan = float("nan")
    upper = [nan if value is None else value for value in one.upper]
    expected = [nan if value is None else value for value in one.expected]
    axes.fill_between(times[:-1], 0, upper, color=_BAND, linewidth=0, alpha=0.8)
    axes.plot(times[:-1], expected, color="#486581", linewidth=0.9, linestyle=(0, (4, 2)))
    axes.stairs(one.negatives, times, fill=True, color=_NEGATIVE)
    axes.set_ylabel("negatives", fontsize=8, color=_FAINT)
    top = max(3.0, *one.negatives, *(value for value in one.upper if value is not None))
    axes.set_ylim(0, top * 1.3)


def _marks(axes: Axes, found: Sequence[Crisis], zone: tzinfo) -> None:
    """Draw a line and a name where a crisis changed; neighbours take turns in height."""
    marked = [event for crisis in found for event in crisis.events if event.type in _MARKED]
    for place, event in enumerate(marked):
        time = _time(event.time_ms, zone)
        axes.axvline(_place(event.time_ms), color=_INK, linewidth=0.7, alpha=0.75)
        axes.annotate(
            f"{_MARKED[event.type]} {time:%H:%M}",
            (_place(event.time_ms), 0.97 - 0.13 * (place % 3)),
            xycoords=("data", "axes fraction"),
            xytext=(3, 0),
            textcoords="offset points",
            va="top",
            fontsize=7.5,
            color=_INK,
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
    figure.text(0.055, 1 - 0.3 / height, title, fontsize=14, color=_INK, parse_math=False)
    keys = [
        Patch(color=_VOLUME, label="mentions"),
        Patch(color=_NEGATIVE, label="distinct negatives"),
        Patch(color=_BAND, label="expected band"),
        Line2D([], [], color="#486581", linewidth=0.9, linestyle=(0, (4, 2)), label="expected"),
        Patch(color=_SHADE[State.WATCH], label="watch"),
        Patch(color=_OPEN[Severity.ERROR], label="open: error"),
        Patch(color=_OPEN[Severity.CRITICAL], label="open: critical"),
        Patch(color=_SHADE[State.RECOVERING], label="recovering"),
    ]
    figure.legend(
        handles=keys, ncols=len(keys), loc="upper left", fontsize=8, frameon=False,
        bbox_to_anchor=(0.048, 1 - 0.36 / height), handlelength=1.3, columnspacing=1.4,
    )  # fmt: skip
    note = f"counts in bins of {width_ms // 60_000} minutes; event time, {zone}"
    figure.text(0.962, 1 - 0.3 / height, note, fontsize=8, color=_FAINT, ha="right")


def _plain(axes: Axes) -> None:
    for side in ("top", "right", "left"):
        axes.spines[side].set_visible(False)
    axes.spines["bottom"].set_color("#cbd2d9")
    axes.tick_params(labelsize=8, colors=_FAINT, length=0)
    axes.grid(axis="y", color="#eef1f4", linewidth=0.8)
    axes.set_axisbelow(True)
    axes.locator_params(axis="y", nbins=3, integer=True)


def _days(axes: Axes, zone: tzinfo) -> None:
    locator = AutoDateLocator(tz=zone, minticks=4, maxticks=9)
    axes.xaxis.set_major_locator(locator)
    axes.xaxis.set_major_formatter(FuncFormatter(lambda at, _: _tick(num2date(at, zone))))


def _tick(time: datetime) -> str:
    return f"{time:%H:%M}" if time.hour or time.minute else f"{time:%a} {time.day} {time:%b}"


class _Shading(TypedDict):
    color: str
    linewidth: float
    alpha: float


def _shade(span: Span) -> _Shading:
    color = _SHADE.get(span.state) or _OPEN[span.severity]
    return {"color": color, "linewidth": 0, "alpha": 0.75}


def _place(time_ms: int) -> float:
    """Return where a time lies on the axis: days, as matplotlib counts them."""
    return float(date2num(datetime.fromtimestamp(time_ms / 1000, UTC)))


def _time(time_ms: int, zone: tzinfo) -> datetime:
    return datetime.fromtimestamp(time_ms / 1000, zone)
