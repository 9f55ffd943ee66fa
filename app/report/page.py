"""The HTML page of a stretch of time: self-contained, safe to open, fetching nothing."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Sequence
from datetime import UTC, datetime, tzinfo
from importlib.resources import files

from jinja2 import Environment, StrictUndefined
from markupsafe import Markup

from app.core.event import ClosedWindow, CrisisEvent
from app.report.fired import WORDS, rows, scale
from app.report.spans import Crisis, crises


def render(
    windows: Sequence[ClosedWindow],
    events: Sequence[CrisisEvent],
    picture: bytes,
    *,
    zone: tzinfo = UTC,
    title: str = "Mentions and crises",
) -> str:
    """Return one HTML document with the picture (a PNG), every event, and each crisis's evidence.

    Whatever comes from mentions is escaped, and a content security policy forbids scripts and
    requests; the style is allowed by its hash. Addresses of mentions are shown as text.
    """
    style = part("page.css")
    found = crises(events)
    document: str = (
        environment(zone)
        .from_string(part("fired.html") + part("page.html"))
        .render(
            title=title,
            zone=str(zone),
            style=Markup(style),  # noqa: S704 - our own file, no input
            style_hash=digest(style),
            picture=base64.b64encode(picture).decode(),
            events=sorted(events, key=lambda event: (event.time_ms, event.brand, event.seq)),
            crises=[crisis for crisis in found if crisis.opened is not None],
            watches=[crisis for crisis in found if crisis.opened is None],
            totals=_totals(windows, found),
            judged_as=WORDS,
        )
    )
    return document


def environment(zone: tzinfo) -> Environment:
    """Return what a page of ours is made with: everything escaped, nothing undefined, times in
    ``zone``.
    """
    made = Environment(autoescape=True, undefined=StrictUndefined, trim_blocks=True)
    made.filters |= {
        "time": lambda ms: _time(ms, zone),
        "day": lambda ms: f"{_moment(ms, zone):%A, %-d %B %Y}",
        "span": _duration,
        "number": _number,
        "scale": scale,
        "fired": rows,
    }
    return made


def _totals(windows: Sequence[ClosedWindow], found: Sequence[Crisis]) -> dict[str, object]:
    opened = [crisis for crisis in found if crisis.opened is not None]
    return {
        "brands": len({window.brand for window in windows}),
        "mentions": sum(window.mentions for window in windows),
        "negatives": sum(window.negatives for window in windows),
        "opened": len(opened),
        "resolved": sum(crisis.resolved is not None for crisis in opened),
        "start_ms": min((window.start_ms for window in windows), default=None),
        "end_ms": max((window.end_ms for window in windows), default=None),
    }


def part(name: str) -> str:
    """Return a file of ours that a page is made of."""
    return (files("app.report") / name).read_text(encoding="utf-8")


def digest(style: str) -> str:
    """Return what a content security policy allows a style by."""
    return base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()


def _moment(time_ms: int, zone: tzinfo) -> datetime:
    return datetime.fromtimestamp(time_ms / 1000, zone)


def _time(time_ms: int, zone: tzinfo) -> str:
    return f"{_moment(time_ms, zone):%a %H:%M:%S}"


def _duration(ms: int) -> str:
    """Return a length of time in words that are read at a glance: ``6 h 19 min``."""
    minutes = round(ms / 60_000)
    return f"{minutes // 60} h {minutes % 60} min" if minutes >= 60 else f"{minutes} min"


def _number(value: float) -> str:
    """Return ``value`` with three digits that count, never as an exponent unless tiny."""
    if value == 0 or abs(value) >= 100:
        return f"{value:,.0f}"
    return f"{value:.1e}" if abs(value) < 0.001 else f"{value:.3g}"
