"""The picture of a post-mortem (SVG): mentions, negatives against their band with the steps of the
crisis, and the firm's own figures on the same axis of time.
"""

from __future__ import annotations

from collections.abc import Sequence, Set
from datetime import UTC, datetime, tzinfo
from io import BytesIO
from typing import Final

from matplotlib import rc_context
from matplotlib.axes import Axes
from matplotlib.backends.backend_svg import FigureCanvasSVG
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Patch

from app.core.crisis import EventType, Severity, State
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
from app.report.bins import series
from app.report.postmortem.counted import Counted
from app.report.postmortem.figures import PostMortem, Shown, shown
from app.report.postmortem.kpi import KpiSeries
from app.report.spans import Crisis, spans

_MARKED: Final = {
    EventType.WATCH: "first sign",
    EventType.OPENED: "opened",
    EventType.REOPENED: "reopened",
    EventType.RELAPSED: "relapsed",
    EventType.ACKNOWLEDGED: "acknowledged",
    EventType.ANNOTATED: "note",
    EventType.RECOVERING: "recovering",
    EventType.RESOLVED: "resolved",
    EventType.FALSE_POSITIVE: "called false",
    EventType.DISMISSED: "dismissed",
}
_WIDTH_IN, _LANE_IN, _HEAD_IN, _FOOT_IN = 10.0, 0.17, 0.34, 0.3
_HEIGHTS_IN = {"mentions": 0.85, "negatives": 2.1, "kpi": 1.1}
_LEFT, _RIGHT, _GAP_IN = 0.052, 0.985, 0.14
_CHAR = 0.0062  # of the picture's width, of a letter
_LANES: Final = 7
_KPI = "#2f6f5e"
_UNKNOWN = "#dde1e7"
_PALE: Final = 0.45  # so that the red of the negatives stands out


def render(
    found: PostMortem,
    crisis: Crisis,
    counted: Counted,
    series_given: Sequence[KpiSeries] = (),
    *,
    zone: tzinfo = UTC,
) -> str | None:
    """Return the picture, the same text for the same arguments; None where there is neither a
    window nor a series.
    """
    from_ms, to_ms, width_ms = _bounds(found)
    windows = series(counted.between(from_ms, to_ms), width_ms)
    if not windows and not series_given:
        return None
    marks = _laid(_marks(found, crisis, zone), from_ms, to_ms)
    rows = [*(("mentions", "negatives") if windows else ()), *("kpi" for _ in series_given)]
    figure, axes = _figure(rows, 1 + max((lane for _, _, lane in marks), default=0))
    for each in axes:
        _ground(each, found, crisis, counted, is_counted=bool(windows))
    if windows:
        one = windows[0]
        times = [place(edge) for edge in (*one.starts_ms, one.starts_ms[-1] + one.width_ms)]
        draw_mentions(axes[0], one, times)
        draw_negatives(axes[1], one, times)
    for own, given in zip(axes[len(axes) - len(series_given) :], series_given, strict=True):
        _kpi(own, found, given)
    _name(axes[0], marks, figure)
    for each in axes[:-1]:
        each.tick_params(labelbottom=False)
    days(axes[-1], zone)
    _legend(
        figure,
        crisis,
        has_windows=bool(windows),
        has_series=bool(series_given),
        has_gap=bool(windows) and bool(_gaps(found, counted)),
    )
    return _text(figure)


def _bounds(found: PostMortem) -> Shown:
    return shown(found.periods[1], found.around_ms, is_over=found.times.end_ms is not None)


def _figure(rows: Sequence[str], lanes: int) -> tuple[Figure, list[Axes]]:
    heights = [_HEIGHTS_IN[row] for row in rows]
    top_in = _HEAD_IN + _LANE_IN * lanes
    height = top_in + sum(heights) + _GAP_IN * (len(rows) - 1) + _FOOT_IN
    figure = Figure(figsize=(_WIDTH_IN, height), facecolor="white")
    FigureCanvasSVG(figure)
    axes, down_in = [], top_in
    for one in heights:
        box = (_LEFT, 1 - (down_in + one) / height, _RIGHT - _LEFT, one / height)
        axes.append(figure.add_axes(box))
        down_in += one + _GAP_IN
    return figure, axes


def _ground(
    axes: Axes, found: PostMortem, crisis: Crisis, counted: Counted, *, is_counted: bool
) -> None:
    """Draw what lies behind: the states, the bounds of the crisis, and where no window is known."""
    plain(axes)
    from_ms, to_ms, _ = _bounds(found)
    axes.set_xlim(place(from_ms), place(to_ms))
    for start_ms, end_ms, color in _stretches(crisis, found.periods[1].end_ms):
        axes.axvspan(place(start_ms), place(end_ms), color=color, linewidth=0, alpha=_PALE)
    for edge_ms in (found.times.begin_ms, found.times.end_ms):
        if edge_ms is not None:
            axes.axvline(place(edge_ms), color=FAINT, linewidth=0.8, linestyle=(0, (2, 2)))
    if is_counted:
        for gap in _gaps(found, counted):
            axes.axvspan(place(gap[0]), place(gap[1]), color=_UNKNOWN, linewidth=0)


def _stretches(crisis: Crisis, end_ms: int) -> list[tuple[int, int, str]]:
    """Return (from, to, color) of its states; neighbours of one color are one, without a seam."""
    joined: list[tuple[int, int, str]] = []
    for span in spans(crisis.events, end_ms):
        start_ms, color = span.start_ms, shade(span)["color"]
        if joined and joined[-1][1:] == (start_ms, color):
            start_ms = joined.pop()[0]
        joined.append((start_ms, span.end_ms, color))
    return joined


def _gaps(found: PostMortem, counted: Counted) -> list[tuple[int, int]]:
    """Return from when to when no window is known."""
    from_ms, to_ms, _ = _bounds(found)
    edges = ((from_ms, counted.first_ms or to_ms), (counted.last_ms or to_ms, to_ms))
    return [one for one in edges if one[0] < one[1]]


def _marks(found: PostMortem, crisis: Crisis, zone: tzinfo) -> list[tuple[int, str]]:
    """Return (time, words) of what happened, in order of time."""
    times = found.times
    told = [
        (event.time_ms, _MARKED[event.type]) for event in crisis.events if event.type in _MARKED
    ]
    if times.detect.from_ms is not None and times.detect.from_ms < crisis.events[0].time_ms:
        told.append((times.detect.from_ms, "began"))
    if times.respond.by is None and times.respond.to_ms is not None:
        told.append((times.respond.to_ms, "answered"))
    from_ms, to_ms, _ = _bounds(found)
    return [
        (time_ms, f"{words} {datetime.fromtimestamp(time_ms / 1000, zone):%H:%M}")
        for time_ms, words in sorted(told)
        if from_ms <= time_ms <= to_ms
    ]


def _laid(marks: Sequence[tuple[int, str]], from_ms: int, to_ms: int) -> list[tuple[int, str, int]]:
    """Return the marks with a lane each: a staircase down to the right, so that no line runs
    through the words of another.
    """
    found: list[tuple[int, str, int]] = []
    for time_ms, words in reversed(marks):
        width_ms = _CHAR * (len(words) + 1) / (_RIGHT - _LEFT) * (to_ms - from_ms)
        below = [lane for at, named, lane in found if named and at < time_ms + width_ms]
        lane = 1 + max(below, default=-1)
        # Of too many at once some have a line alone; the page lists every step.
        found.append((time_ms, words, lane) if lane < _LANES else (time_ms, "", 0))
    return found[::-1]


def _name(top: Axes, marks: Sequence[tuple[int, str, int]], figure: Figure) -> None:
    """Draw a line through all rows where something happened, and its words above them."""
    height = float(figure.get_figheight())
    for time_ms, words, lane in marks:
        for axes in figure.axes:
            axes.axvline(place(time_ms), color=INK, linewidth=0.7, alpha=0.7)
        above = top.get_position().y1 + (_LANE_IN * lane + 0.05) / height
        at = place(time_ms)
        share = (at - top.get_xlim()[0]) / (top.get_xlim()[1] - top.get_xlim()[0])
        x = _LEFT + share * (_RIGHT - _LEFT)
        is_late = share > 0.88
        figure.text(
            x - 0.003 if is_late else x + 0.003, above, words, fontsize=7.8, color=INK,
            ha="right" if is_late else "left", parse_math=False,
        )  # fmt: skip
        line = Line2D(
            [x, x], [top.get_position().y1, above + 0.1 / height], color=INK, linewidth=0.7,
            alpha=0.7, transform=figure.transFigure,
        )  # fmt: skip
        figure.add_artist(line)


def _kpi(axes: Axes, found: PostMortem, one: KpiSeries) -> None:
    """Draw a series with its mean before, during and after."""
    from_ms, to_ms, _ = _bounds(found)
    points = one.between(from_ms, to_ms)
    axes.plot(
        [place(time_ms) for time_ms, _ in points], [value for _, value in points],
        color=_KPI, linewidth=1.2, marker="o", markersize=2.4,
    )  # fmt: skip
    for each in found.periods:
        mean = one.mean(each.start_ms, each.end_ms)
        if mean is not None:
            edges = [place(each.start_ms), place(each.end_ms)]
            axes.plot(edges, [mean, mean], color=INK, linewidth=1.1, linestyle=(0, (4, 2)))
    axes.locator_params(axis="y", nbins=3, integer=False)
    label = one.name if len(one.name) <= 18 else f"{one.name[:17]}…"
    axes.set_ylabel(label, fontsize=8, color=FAINT, parse_math=False)
    axes.margins(y=0.12)
    axes.set_xlim(place(from_ms), place(to_ms))


def _legend(
    figure: Figure, crisis: Crisis, *, has_windows: bool, has_series: bool, has_gap: bool
) -> None:
    """Name what is drawn, and of the states and severities those that the crisis had."""
    keys: list[Patch | Line2D] = []
    dashed = (0, (4, 2))
    if has_windows:
        keys += [
            Patch(color=VOLUME, label="mentions"),
            Patch(color=NEGATIVE, label="distinct negatives"),
            Patch(color=BAND, label="expected band"),
            Line2D([], [], color="#486581", linewidth=0.9, linestyle=dashed, label="expected"),
        ]
    if has_series:
        keys.append(Line2D([], [], color=INK, linewidth=1.1, linestyle=dashed, label="mean"))
    held = {(span.state, span.severity) for span in spans(crisis.events, crisis.events[-1].time_ms)}
    keys += [Patch(facecolor=color, alpha=_PALE, label=words) for color, words in _shades(held)]
    if has_gap:
        keys.append(Patch(color=_UNKNOWN, label="no windows"))
    figure.legend(
        handles=keys, ncols=len(keys), loc="upper left", fontsize=7.6, frameon=False,
        bbox_to_anchor=(_LEFT - 0.008, 1.0), handlelength=1.1, columnspacing=1.0,
        handletextpad=0.5,
    )  # fmt: skip


def _shades(held: Set[tuple[State, Severity]]) -> list[tuple[str, str]]:
    """Return (color, words) of what a crisis had, in the order of its course."""
    states = {state for state, _ in held}
    open_at = [one for one in Severity if (State.OPEN, one) in held]
    return [
        *((SHADE[State.WATCH], "watch") for _ in states & {State.WATCH}),
        *((OPEN[one], f"open: {one.value}") for one in open_at),
        *((SHADE[State.ACKNOWLEDGED], "acknowledged") for _ in states & {State.ACKNOWLEDGED}),
        *((SHADE[State.RECOVERING], "recovering") for _ in states & {State.RECOVERING}),
    ]


def _text(figure: Figure) -> str:
    target = BytesIO()
    nothing = dict.fromkeys(("Creator", "Date", "Format", "Type"))
    # Letters as paths look alike everywhere; the salt keeps the ids within the picture the same.
    with rc_context({"svg.hashsalt": "squall", "svg.fonttype": "path"}):
        figure.savefig(target, format="svg", metadata=nothing)
    return target.getvalue().decode()
