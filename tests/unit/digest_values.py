"""Windows and crises of made-up days, for the tests of digests."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date
from zoneinfo import ZoneInfo

import msgspec

from app.core.cause import Child, Drivers, Facet, Share, Term
from app.core.crisis import EventType, Judged, Severity, State
from app.core.event import ClosedWindow, CrisisEvent, Evidence, Judgement
from app.report.digest.counted import Counting
from app.report.digest.made import Made, made_of
from app.report.digest.periods import Kind, period_of
from app.report.digest.told import Events
from tests.unit.report_values import event, evidence, window

UTC = ZoneInfo("UTC")
MINUTE_MS, HOUR_MS, DAY_MS = 60_000, 3_600_000, 86_400_000
DAY = date(2026, 3, 2)  # a Monday
START_MS = 1_772_409_600_000


def closed(brand: str, at_ms: int, **counts: int) -> ClosedWindow:
    """Return a window that begins ``at_ms`` after midnight; without counts one neutral mention."""
    made = window(brand, 0, **counts)
    start_ms = START_MS + at_ms
    return msgspec.structs.replace(made, start_ms=start_ms, end_ms=start_ms + 30_000)


def edges(brand: str = "domarenka") -> list[ClosedWindow]:
    """Return a window of two days before and one of two days after, so that all is known."""
    return [closed(brand, -2 * DAY_MS), closed(brand, 2 * DAY_MS)]


def drivers(theme: str = "payment", product: str = "kettle") -> Drivers:
    """Return what is behind 20 negatives: half of a theme, most of a product."""
    half = Share(value=theme, negatives=12, percent=60.0)
    rest = Share(value="unknown", negatives=8, percent=40.0)
    children = (Child(product=product, negatives=14, percent=70.0),) if product else ()
    return Drivers(
        of=30,
        seen=20,
        facets=(
            Facet(name="theme", shares=(half, rest)),
            Facet(name="source", shares=(Share(value="social", negatives=20, percent=100.0),)),
        ),
        terms=(Term(term="card", negatives=9, z=4.1),),
        children=children,
    )


def seen(theme: str = "payment", product: str = "kettle") -> Evidence:
    return msgspec.structs.replace(evidence(), drivers=drivers(theme, product))


def crisis(
    crisis_id: str, opened_ms: int, *, theme: str = "payment", product: str = "kettle"
) -> list[CrisisEvent]:
    """Return a crisis of larkmoor that opens ``opened_ms`` after midnight, an error from then on,
    critical after an hour, acknowledged after two, and resolved after four.
    """
    steps: Sequence[tuple[EventType, int, State, Severity]] = (
        (EventType.WATCH, -5, State.WATCH, Severity.INFO),
        (EventType.OPENED, 0, State.OPEN, Severity.ERROR),
        (EventType.SEVERITY_CHANGED, 60, State.OPEN, Severity.CRITICAL),
        (EventType.ACKNOWLEDGED, 120, State.ACKNOWLEDGED, Severity.CRITICAL),
        (EventType.RESOLVED, 240, State.RESOLVED, Severity.CRITICAL),
    )
    return [
        event(
            kind,
            seq,
            0,
            state,
            id=f"{crisis_id}-{seq}",
            crisis_id=crisis_id,
            severity=severity,
            theme=theme,
            time_ms=START_MS + opened_ms + minutes * MINUTE_MS,
            evidence=seen(theme, product),
        )
        for seq, (kind, minutes, state, severity) in enumerate(steps, 1)
    ]


def called_false(crisis_id: str, at_ms: int, **fields: object) -> CrisisEvent:
    """Return a person's word, after the crisis was over, that it never was one."""
    return event(
        EventType.FALSE_POSITIVE,
        6,
        0,
        State.RESOLVED,
        id=f"{crisis_id}-6",
        crisis_id=crisis_id,
        previous_state=State.RESOLVED,
        theme="payment",
        time_ms=START_MS + at_ms,
        actor="ada",
        judgement=Judgement(verdict=Judged.FALSE_POSITIVE),
        **fields,
    )


def counted(
    windows: Iterable[ClosedWindow], kind: Kind = "day", day: date = DAY, zone: ZoneInfo = UTC
) -> Counting:
    counting = Counting(period_of(kind, day, zone))
    for one in windows:
        counting.read(one)
    return counting


def told(events: Iterable[CrisisEvent]) -> Events:
    found = Events()
    for one in events:
        found.read(one)
    return found


def made(
    windows: Iterable[ClosedWindow] = (),
    events: Iterable[CrisisEvent] = (),
    brands: Sequence[str] = ("larkmoor",),
    known_from_ms: int | None = None,
    day: date = DAY,
) -> Made:
    return made_of([counted(windows, day=day)], told(events), brands, known_from_ms)
