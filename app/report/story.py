"""The HTML page of one crisis: how it stands, what drives it, and every step it took."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, tzinfo

from markupsafe import Markup

from app.core.crisis import EventType, State
from app.core.event import CrisisEvent, CrisisState, Evidence, Summary
from app.report.fired import WORDS, judged_in, opening_of, rows
from app.report.page import digest, environment, part
from app.report.worst import UNDER_WAY, worst_of

SHARES = 6  # bars of a facet
_BEGINNINGS = (EventType.OPENED, EventType.WATCH)
STANDS_FOR = {
    "bots": "accounts that look like bots",
    "copies": "copied texts",
    "top_author": "the loudest author",
    "top_source": "the largest source",
    "top_language": "the largest language",
}


def render(crisis: CrisisState | None, events: Sequence[CrisisEvent], *, zone: tzinfo = UTC) -> str:
    """Return one HTML document that fetches nothing and runs nothing.

    ``events``: those of one crisis in order of ``seq``, at least one. ``crisis``: its latest state,
    None when it is closed. Whatever comes from mentions and people is escaped; addresses are text.
    """
    last = events[-1]
    style = part("page.css") + part("story.css")
    # While it burns the newest numbers count. Those of its end say that all is calm, not what it
    # was: a crisis that is past is told by the event at its worst.
    worst = None if last.state in UNDER_WAY else worst_of(events)
    evidence = _latest(crisis, events) if worst is None else worst.evidence
    opening = opening_of(events)
    fired = opening.evidence.triggers if opening is not None and opening.evidence else ()
    made = environment(zone)
    made.filters["minute"] = lambda ms: f"{datetime.fromtimestamp(ms / 1000, zone):%Y-%m-%d %H:%M}"
    document: str = made.from_string(
        part("fired.html") + part("sections.html") + part("story.html")
    ).render(
        zone=str(zone),
        style=Markup(style),  # noqa: S704 - our own files, no input
        style_hash=digest(style),
        last=last,
        events=events,
        facts=_facts(crisis, events),
        evidence=evidence,
        worst=worst,
        began=_beginning(events),
        opening=opening,
        fired=rows(fired),
        judged=judged_in(events),
        judged_as=WORDS,
        excerpts=excerpts_of(events),
        summary=next((one.summary for one in reversed(events) if one.summary is not None), None),
        shares=SHARES,
        stands_for=STANDS_FOR,
        is_over=last.state in (State.RESOLVED, State.CLOSED, State.DISMISSED),
    )
    return document


def _latest(crisis: CrisisState | None, events: Sequence[CrisisEvent]) -> Evidence | None:
    if crisis is not None and crisis.evidence is not None:
        return crisis.evidence
    return next((one.evidence for one in reversed(events) if one.evidence is not None), None)


def _beginning(events: Sequence[CrisisEvent]) -> Summary | None:
    """Return what was said when it opened, None when that is all there is to say."""
    by_kind = {one.type: one.summary for one in reversed(events[:-1])}
    return next((by_kind[kind] for kind in _BEGINNINGS if by_kind.get(kind) is not None), None)


def excerpts_of(events: Sequence[CrisisEvent]) -> dict[str, str]:
    """Return the texts that any of the events quotes, by mention id: where it began and who speaks
    up is told by id alone.
    """
    told = [one.evidence for one in events if one.evidence is not None]
    return {one.mention_id: one.excerpt for each in told for one in each.top_mentions}


def _facts(crisis: CrisisState | None, events: Sequence[CrisisEvent]) -> dict[str, object]:
    first, last = events[0], events[-1]
    actor = next((one.actor for one in events if one.state is State.ACKNOWLEDGED), None)
    # It is closed a day after it was resolved, and judged whenever: it did not last that long.
    ends = [one.time_ms for one in events if one.state is State.RESOLVED != one.previous_state]
    ends = ends if last.state in (State.RESOLVED, State.CLOSED) else []
    return {
        "since_ms": first.time_ms,
        "lasted_ms": (ends[-1] if ends else last.time_ms) - first.time_ms,
        "owner": last.owner,
        "acknowledged_by": crisis.acknowledged_by if crisis is not None else actor,
        "asked": last.escalated_to,
        "silenced_until_ms": (crisis or last).silenced_until_ms,
        "milestone": max((one.milestone or 0 for one in events), default=0),
    }
