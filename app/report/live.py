"""The live table: what the stream said of each brand so far, and how a terminal shows it."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable
from datetime import UTC, datetime, tzinfo

from rich.box import SIMPLE_HEAD
from rich.console import Group, RenderableType
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from app.core.crisis import EventType, Severity, State
from app.core.event import ClosedWindow, CrisisEvent, CrisisState
from app.report.spans import ENDED

HOUR_MS = 3_600_000
_SPARK_MS = HOUR_MS // 2  # a sign of the little chart
_SPARKS = 32
_BARS = "▁▂▃▄▅▆▇█"
_OTHER_COLUMNS = 72  # the width of all but the little chart
_INDENT = 17  # a clock and two spaces
_KEPT_EVENTS = 8
STYLES = {
    Severity.INFO: "cyan",
    Severity.WARNING: "yellow",
    Severity.ERROR: "dark_orange",
    Severity.CRITICAL: "bold red",
}


class BrandView:
    """One brand as last heard of: an hour of windows, the little chart, and its state."""

    def __init__(self, brand: str) -> None:
        self.brand = brand
        self.state = State.QUIET
        self.severity: Severity | None = None
        self.is_warm = False
        self.score = 0.0
        self.end_ms = 0
        self.mentions_total = 0
        self._hour: deque[ClosedWindow] = deque()
        self._sparks: dict[int, int] = {}

    def see(self, window: ClosedWindow) -> None:
        """Take a window in; windows of a brand come in order of time."""
        self.state, self.score, self.end_ms = window.state, window.score, window.end_ms
        self.mentions_total += window.mentions
        self._hour.append(window)
        while self._hour[0].start_ms < window.end_ms - HOUR_MS:
            self._hour.popleft()
        spark = window.start_ms // _SPARK_MS
        self._sparks[spark] = self._sparks.get(spark, 0) + window.negatives
        for old in [place for place in self._sparks if place <= spark - _SPARKS]:
            del self._sparks[old]

    @property
    def mentions(self) -> int:
        """The mentions in the last hour of windows."""
        return sum(window.mentions for window in self._hour)

    @property
    def negatives(self) -> int:
        """The distinct negatives in the last hour of windows."""
        return sum(window.negatives for window in self._hour)

    @property
    def usual(self) -> float:
        """The negatives expected in an hour, by the last window's step."""
        last = self._hour[-1] if self._hour else None
        if last is None:
            return 0.0
        return last.expected_negatives * HOUR_MS / (last.end_ms - last.start_ms)

    def sparks(self, now_ms: int) -> str:
        """Return the negatives by half hours up to ``now_ms`` as signs; the highest is full."""
        last = now_ms // _SPARK_MS
        counts = [self._sparks.get(last - _SPARKS + 1 + place, 0) for place in range(_SPARKS)]
        top = max(4, *counts)
        signs = (_BARS[min(7, count * 8 // (top + 1))] if count else " " for count in counts)
        return "".join(signs)


class LiveView:
    """Everything that the table shows; fed by ``see``, read by ``table``."""

    def __init__(self, zone: tzinfo = UTC) -> None:
        self.brands: dict[str, BrandView] = {}
        self.events: deque[CrisisEvent] = deque(maxlen=_KEPT_EVENTS)
        self.now_ms: int | None = None  # the latest event time heard of
        self.zone = zone

    def see(self, item: ClosedWindow | CrisisEvent | CrisisState) -> None:
        """Take in one record of the windows, events or crisis-state topic."""
        if isinstance(item, CrisisState) and item.state in ENDED and item.brand not in self.brands:
            return  # an old story of a brand that nobody talks about now
        if not isinstance(item, ClosedWindow) and item.drill:
            if isinstance(item, CrisisEvent):
                self.events.append(item)
            return  # the brand stands where it stood
        view = self.brands.setdefault(item.brand, BrandView(item.brand))
        if isinstance(item, ClosedWindow):
            view.see(item)
            self.now_ms = max(self.now_ms or item.end_ms, item.end_ms)
        elif isinstance(item, CrisisEvent):
            self.events.append(item)
            view.is_warm = view.is_warm or item.type is EventType.WARMED
            if item.crisis_id:
                view.state, view.severity = item.state, item.severity
        else:
            view.state, view.severity = item.state, item.severity


def table(view: LiveView, *, title: str = "Squall", width: int = 100) -> RenderableType:
    """Return what a terminal ``width`` wide shows of ``view``: the brands, then latest events."""
    when = "waiting for windows" if view.now_ms is None else _clock(view.now_ms, view.zone)
    brands = Table(
        title=f"{title}  ·  {when}", title_justify="left", box=SIMPLE_HEAD, padding=(0, 1, 0, 0)
    )
    sparks = max(8, min(_SPARKS, width - _OTHER_COLUMNS))
    brands.add_column("brand", no_wrap=True, min_width=10)
    brands.add_column("state", no_wrap=True, min_width=19)
    for name, least in (("all", 7), ("1 h", 4), ("neg.", 4), ("usual", 5), ("score", 5)):
        brands.add_column(name, justify="right", no_wrap=True, min_width=least)
    brands.add_column("negatives by half hours"[:sparks], no_wrap=True, min_width=sparks)
    for brand in sorted(view.brands.values(), key=lambda one: one.brand):
        brands.add_row(*_row(brand, view.now_ms or 0, sparks))
    return Group(brands, *(_line(event, view.zone) for event in view.events))


def events_list(events: Iterable[CrisisEvent], zone: tzinfo = UTC) -> RenderableType:
    """Return all ``events`` in order of time, each with its reasons below."""
    found: list[RenderableType] = []
    for event in sorted(events, key=lambda one: (one.time_ms, one.brand, one.seq)):
        head = Text.assemble((f"{_clock(event.time_ms, zone)}  ", "dim"), f"{event.brand} ")
        found.append(head.append_text(_word(event)))
        found.append(Padding(Text("; ".join(event.reasons)), (0, 0, 0, _INDENT)))
    return Group(*found)


def _row(brand: BrandView, now_ms: int, sparks: int) -> tuple[RenderableType, ...]:
    is_current = now_ms - brand.end_ms < HOUR_MS
    return (
        Text(brand.brand),
        _state(brand),
        f"{brand.mentions_total:,}",
        str(brand.mentions if is_current else 0),
        str(brand.negatives if is_current else 0),
        f"{brand.usual:.1f}",
        Text(f"{brand.score:.2f}", "bold red" if brand.score >= 0.5 else ""),
        Text(brand.sparks(now_ms)[-sparks:], "red"),
    )


def _state(brand: BrandView) -> Text:
    if brand.state in ENDED:
        # A brand that was in a crisis has learnt its baseline, whether or not we saw it say so.
        word = "quiet" if brand.is_warm or brand.state is not State.QUIET else "warming"
        return Text(word, "green" if word == "quiet" else "dim")
    severity = brand.severity or Severity.INFO
    return Text(f"{brand.state.value} {severity.value}", STYLES[severity])


def _line(event: CrisisEvent, zone: tzinfo) -> Text:
    line = Text(no_wrap=True, overflow="ellipsis")
    line.append(f" {_clock(event.time_ms, zone)}  ", "dim")
    line.append(f"{event.brand} ").append_text(_word(event))
    line.append(f"  {'; '.join(event.reasons)}")
    return line


def _word(event: CrisisEvent) -> Text:
    told = event.type.value.replace("_", " ")
    if event.drill and event.crisis_id:
        told = f"drill: {told}"
    if event.severity is not Severity.INFO:
        told = f"{told}, {event.severity.value}"
    return Text(told, STYLES[event.severity])


def _clock(time_ms: int, zone: tzinfo) -> str:
    return f"{datetime.fromtimestamp(time_ms / 1000, zone):%a %m-%d %H:%M}"
