"""The words of a post-mortem that its page and its Markdown share."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, tzinfo
from typing import Any, Final

from app.report.effect import told as effect

MEASURED: Final = {  # the fields of Times, as people call them
    "detect": "time to detect",
    "acknowledge": "time to acknowledge",
    "respond": "time to first response",
    "recover": "time to recover",
    "resolve": "time to resolve",
    "duration": "duration",
}


def filters(zone: tzinfo) -> dict[str, Callable[[Any], str]]:
    """Return what the templates of both need beside the filters of every page."""
    return {
        "minute": lambda ms: f"{datetime.fromtimestamp(ms / 1000, zone):%Y-%m-%d %H:%M}",
        "clock": lambda ms: f"{datetime.fromtimestamp(ms / 1000, zone):%H:%M}",
        "took": took,
        "share": lambda value: "not known" if value is None else f"{value:.1%}",
        "figure": figure,
        "percent": lambda value: f"{value:+.1f}%",
        "verdict": effect.verdict,
        "whose": effect.whose,
        "shape": effect.shape,
        "changed": effect.changed,
        "capital": lambda text: text[:1].upper() + text[1:],
        "signed": lambda value: "not known" if value is None else _signed(value),
    }


def took(ms: int | None) -> str:
    """Return a length of time as people say it: ``2 min 30 s``, ``6 h 19 min``, ``2 d 3 h``."""
    if ms is None:
        return "not known"
    if ms < 0:
        return f"{took(-ms)} before"
    seconds = round(ms / 1000)
    minutes, hours = seconds // 60, seconds // 3600
    if hours >= 48:
        return f"{hours // 24} d {hours % 24} h"
    if hours:
        return f"{hours} h {minutes % 60} min"
    if minutes >= 10 or seconds % 60 == 0:
        return f"{minutes} min"
    return f"{minutes} min {seconds % 60} s" if minutes else f"{seconds} s"


def figure(value: float | None) -> str:
    """Return a number with the digits that count: ``12,345``, ``41.5``, ``0.0312``."""
    if value is None:
        return "not known"
    if value == 0 or abs(value) >= 999.5:  # which three digits would make 1e+03
        return f"{value:,.0f}"
    return f"{value:.3g}" if abs(value) >= 0.001 else f"{value:.1e}"


def _signed(value: float) -> str:
    return figure(value) if value < 0 else f"+{figure(value)}"
