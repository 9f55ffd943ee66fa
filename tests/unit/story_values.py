"""A made-up crisis with everything that a story can hold, for tests of pages and tables."""

from __future__ import annotations

from typing import Any

import msgspec

from app.core.cause import (
    Child,
    Cluster,
    Counterfactual,
    Drivers,
    Facet,
    First,
    Flagged,
    Share,
    Shift,
    Term,
)
from app.core.crisis import EventType, Severity, State
from app.core.event import Change, CrisisEvent, CrisisState, Evidence
from app.core.summary import summary_of
from tests.unit.report_values import MONDAY_MS, event, evidence

MINUTE_MS = 60_000


def facet(name: str, *shares: tuple[str, float]) -> Facet:
    found = tuple(
        Share(value=value, negatives=round(percent), percent=percent) for value, percent in shares
    )
    return Facet(name=name, shares=found)


def first(number: int, platform: str) -> First:
    return First(
        mention_id=f"{platform}:{number}",
        event_time_ms=MONDAY_MS + number * MINUTE_MS,
        source="social",
        platform=platform,
        url=f"https://{platform}.example/{number}",
    )


def drivers() -> Drivers:
    return Drivers(
        of=142,
        seen=120,
        facets=(
            facet("theme", ("payment", 71.0), ("refund", 18.0), ("", 11.0)),
            facet("platform", ("microblog", 64.0), ("forum.example", 21.0), ("unknown", 15.0)),
            facet("language", ("pl", 82.0), ("en", 18.0)),
            facet("region", ("PL", 80.0), ("unknown", 20.0)),
            facet("product", ("larkmoor one", 50.0), ("other", 50.0)),
            facet("author_kind", ("customer", 90.0), ("media", 10.0)),
        ),
        terms=tuple(
            Term(term=term, negatives=negatives, z=z)
            for term, negatives, z in (
                ("twice", 61, 8.2),
                ("charged", 44, 6.9),
                ("płatność", 31, 5),
            )
        ),
        shift=Shift(before=14.5, now=87.5, change=73.0, low=66.0, high=79.5),
        first=(first(1, "microblog"), first(2, "microblog")),
        spread=(first(1, "microblog"), first(9, "forum")),
        supporters=(first(11, "microblog"),),
        counterfactuals=(
            Counterfactual(without="bots", percent=12.0, severity=Severity.ERROR),
            Counterfactual(without="top_source", percent=93.0, severity=None, value="social"),
        ),
        children=(Child(product="larkmoor one", negatives=71, percent=50.0),),
        inauthentic_percent=12.0,
        flags=(Flagged(flag="injury", negatives=4, first=("microblog:1", "forum:9")),),
        clusters=(
            Cluster(
                terms=("twice", "charged"),
                negatives=61,
                first=first(1, "microblog"),
                half_ms=MONDAY_MS + 20 * MINUTE_MS,
                latest_ms=MONDAY_MS + 50 * MINUTE_MS,
                theme="payment",
            ),
        ),
    )


def full_evidence(excerpt: str = "Payment failed twice") -> Evidence:
    return msgspec.structs.replace(evidence(excerpt), drivers=drivers())


def steps() -> list[CrisisEvent]:
    """Return a crisis from its watch to its resolution, with a person's orders in between."""
    error, critical = Severity.ERROR, Severity.CRITICAL
    change = Change(
        since_ms=MONDAY_MS + 12 * MINUTE_MS,
        negatives_before=31,
        negatives=142,
        share_before=0.62,
        share=0.81,
    )
    kinds: tuple[tuple[EventType, int, State, dict[str, Any]], ...] = (
        (EventType.WATCH, 10, State.WATCH, {"severity": Severity.INFO}),
        (
            EventType.OPENED,
            12,
            State.OPEN,
            {"evidence": full_evidence(), "escalated_to": "on-call"},
        ),
        (EventType.SEVERITY_CHANGED, 30, State.OPEN, {"severity": critical}),
        (EventType.ESCALATED, 42, State.OPEN, {"severity": critical, "escalated_to": "lead"}),
        (EventType.ACKNOWLEDGED, 47, State.ACKNOWLEDGED, {"severity": critical, "actor": "ann"}),
        (
            EventType.ASSIGNED,
            49,
            State.ACKNOWLEDGED,
            {"severity": critical, "actor": "ann", "owner": "payments desk"},
        ),
        (
            EventType.ANNOTATED,
            58,
            State.ACKNOWLEDGED,
            {"severity": critical, "actor": "bob", "note": "The provider knows.\nNext word at 13."},
        ),
        (EventType.UPDATED, 72, State.ACKNOWLEDGED, {"severity": critical, "change": change}),
        (EventType.RECOVERING, 190, State.RECOVERING, {"severity": error}),
        (EventType.MILESTONE, 200, State.RECOVERING, {"severity": error, "milestone": 75}),
        (EventType.RESOLVED, 310, State.RESOLVED, {"severity": error}),
    )
    found: list[CrisisEvent] = []
    for seq, (kind, minute, state, fields) in enumerate(kinds, 1):
        before = found[-1].state if found else State.QUIET
        owner = found[-1].owner if found else None
        given = {"theme": "payment", "previous_state": before, "owner": owner, **fields}
        made = event(kind, seq, minute, state, **({"evidence": None} | given))
        found.append(msgspec.structs.replace(made, summary=summary_of(made)))
    return found


def state_after(last: CrisisEvent, **fields: object) -> CrisisState:
    """Return what ``crisis.state`` holds after an event."""
    values: dict[str, object] = {
        "crisis_id": last.crisis_id,
        "brand": last.brand,
        "state": last.state,
        "severity": last.severity,
        "seq": last.seq,
        "watch_since_ms": MONDAY_MS + 10 * MINUTE_MS,
        "updated_ms": last.time_ms,
        "opened_ms": MONDAY_MS + 12 * MINUTE_MS,
        "reasons": last.reasons,
        "theme": last.theme,
        "owner": last.owner,
        "escalated_to": last.escalated_to,
        "summary": last.summary,
    }
    return CrisisState(**(values | fields))  # type: ignore[arg-type]
