"""A made-up day of windows and a crisis, for the tests of pictures, pages and tables."""

from __future__ import annotations

from app.core.crisis import EventType, Severity, State
from app.core.event import ClosedWindow, CrisisEvent, Evidence, Reading, TopMention
from app.core.rules import HOUR_MS, STEP_MS

MONDAY_MS = 1_741_000_000_000 // HOUR_MS * HOUR_MS


def window(brand: str, step: int, **fields: object) -> ClosedWindow:
    """Return the window of one step after MONDAY_MS; one neutral mention unless told otherwise."""
    values: dict[str, object] = {
        "brand": brand,
        "start_ms": MONDAY_MS + step * STEP_MS,
        "end_ms": MONDAY_MS + (step + 1) * STEP_MS,
        "mentions": 1,
        "distinct": 1,
        "negatives": 0,
        "positives": 0,
        "neutrals": 1,
        "uncertain": 0,
        "unscored": 0,
        "reach": 10,
        "expected_mentions": 0.1,
        "expected_negatives": 0.01,
        "upper_negatives": 1.6,
        "score": 0.1,
        "severity_score": 0.1,
        "state": State.QUIET,
    }
    return ClosedWindow(**(values | fields))  # type: ignore[arg-type]


def evidence(excerpt: str = "Payment failed twice") -> Evidence:
    reading = Reading(
        channel="negatives",
        scale_s=900,
        start_ms=MONDAY_MS,
        end_ms=MONDAY_MS + 900_000,
        observed=14,
        expected=0.291,
        dispersion=1.6,
        sigma=5.05,
        probability=2.2e-7,
        fired=True,
    )
    cited = TopMention(
        mention_id="microblog-1",
        author="a79d091cfcbcd7bf",
        label="negative",
        reach=3007,
        event_time_ms=MONDAY_MS,
        url="https://microblog.example/1",
        excerpt=excerpt,
    )
    return Evidence(
        start_ms=MONDAY_MS,
        end_ms=MONDAY_MS + 900_000,
        mentions=17,
        distinct=16,
        negatives=14,
        unscored=0,
        uncertain=0,
        distinct_authors=14,
        negative_share=0.875,
        usual_negative_share=0.145,
        score=0.67,
        threshold=0.5,
        late=0,
        baseline="spike-1+9341d671",
        readings=(reading,),
        top_mentions=(cited,),
    )


def event(kind: EventType, seq: int, minute: int, state: State, **fields: object) -> CrisisEvent:
    """Return an event of larkmoor's crisis ``c1``, ``minute`` after MONDAY_MS."""
    values: dict[str, object] = {
        "id": f"e{seq}",
        "type": kind,
        "brand": "larkmoor",
        "crisis_id": "c1",
        "seq": seq,
        "state": state,
        "previous_state": State.QUIET,
        "severity": Severity.ERROR,
        "time_ms": MONDAY_MS + minute * 60_000,
        "reasons": ("14 distinct negatives",),
        "evidence": evidence() if kind is EventType.OPENED else None,
    }
    return CrisisEvent(**(values | fields))  # type: ignore[arg-type]


def crisis() -> list[CrisisEvent]:
    """Return the events of one crisis from watch to resolved."""
    return [
        event(EventType.WATCH, 1, 10, State.WATCH, severity=Severity.INFO),
        event(EventType.OPENED, 2, 12, State.OPEN),
        event(EventType.SEVERITY_CHANGED, 3, 30, State.OPEN, severity=Severity.CRITICAL),
        event(EventType.RECOVERING, 4, 90, State.RECOVERING, severity=Severity.CRITICAL),
        event(EventType.RESOLVED, 5, 210, State.RESOLVED, severity=Severity.CRITICAL),
    ]


def day() -> list[ClosedWindow]:
    """Return windows of two brands over six hours, larkmoor with a wave of negatives."""
    loud = [
        window("larkmoor", step, mentions=3, distinct=3, negatives=2 if 24 <= step < 180 else 0)
        for step in range(0, 720, 2)
    ]
    return loud + [window("domarenka", step) for step in range(0, 720, 60)]
