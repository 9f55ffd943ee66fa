"""The demo's files: the picture, the page, the events, the mentions and a summary."""

from __future__ import annotations

from pathlib import Path

import msgspec

from app.cli.demo.play import Outcome
from app.report import page, timeline
from app.report.spans import Crisis, crises
from app.sources.scenario.calendar import ZONE
from app.sources.scenario.week import Week

TITLE = "A week of three brands"
BIN_MS = 30 * 60_000


class CrisisSummary(msgspec.Struct, frozen=True, kw_only=True):
    """One crisis in numbers; ``detected_after_s`` counts from the first planted mention."""

    id: str
    brand: str
    severity: str
    opened_ms: int | None
    resolved_ms: int | None
    events: int


class Summary(msgspec.Struct, frozen=True, kw_only=True):
    """What ``--json`` prints and ``summary.json`` holds."""

    ok: bool
    problems: list[str]
    seconds: float
    mentions_sent: int
    distinct_texts: int
    mentions_counted: int
    windows: int
    detected_after_s: float | None
    crises: list[CrisisSummary]
    alert_posts: int
    restarts: int
    files: dict[str, str]


def write(folder: Path, week: Week, outcome: Outcome) -> dict[str, str]:
    """Write picture, page, events and mentions into ``folder``; returns their paths by name."""
    picture = timeline.render(
        outcome.windows, outcome.events, zone=ZONE, width_ms=BIN_MS, title=TITLE
    )
    html = page.render(outcome.windows, outcome.events, picture, zone=ZONE, title=TITLE)
    events = b"".join(msgspec.json.encode(event) + b"\n" for event in outcome.events)
    mentions = b"".join(record.value + b"\n" for record in week.records)
    contents = {
        "timeline.png": picture,
        "timeline.html": html.encode(),
        "events.jsonl": events,
        "mentions.jsonl": mentions,
    }
    for name, content in contents.items():
        (folder / name).write_bytes(content)
    return {name: str(folder / name) for name in contents}


def summarise(
    week: Week,
    outcome: Outcome,
    problems: list[str],
    files: dict[str, str],
    *,
    seconds: float,
    alert_posts: int,
    restarts: int,
) -> Summary:
    """Return the run in numbers."""
    opened = [crisis for crisis in crises(outcome.events) if crisis.opened is not None]
    first = opened[0].opened if opened else None
    after_ms = None if first is None else first.time_ms - week.planted.start_ms
    return Summary(
        ok=not problems,
        problems=problems,
        seconds=round(seconds, 1),
        mentions_sent=len(week.records),
        distinct_texts=week.distinct,
        mentions_counted=sum(window.mentions for window in outcome.windows),
        windows=len(outcome.windows),
        detected_after_s=None if after_ms is None else after_ms / 1000,
        crises=[_one(crisis) for crisis in opened],
        alert_posts=alert_posts,
        restarts=restarts,
        files=files,
    )


def _one(crisis: Crisis) -> CrisisSummary:
    return CrisisSummary(
        id=crisis.id,
        brand=crisis.brand,
        severity=crisis.worst.value,
        opened_ms=crisis.opened.time_ms if crisis.opened else None,
        resolved_ms=crisis.resolved.time_ms if crisis.resolved else None,
        events=len(crisis.events),
    )
