"""The course of a crisis as a table, and the steps along it.

    quiet --> watch --> open --> recovering --> resolved --(within a day)--> open
               |         |  \\______relapse_____/
               |         +--> acknowledged (keeps an owner's name, then as open)
               +--> dismissed

Only what the table allows can happen; every step takes the next number of the crisis.
"""

from __future__ import annotations

import hashlib

from app.core.event import Correction, CrisisEvent, EventType, Evidence, Severity, State
from app.core.record import Command
from app.core.state import BrandState, Episode

TRANSITIONS: dict[tuple[State, EventType], State] = {
    (State.QUIET, EventType.WATCH): State.WATCH,
    (State.DISMISSED, EventType.WATCH): State.WATCH,
    (State.WATCH, EventType.DISMISSED): State.DISMISSED,
    (State.WATCH, EventType.OPENED): State.OPEN,
    (State.OPEN, EventType.SEVERITY_CHANGED): State.OPEN,
    (State.OPEN, EventType.ACKNOWLEDGED): State.ACKNOWLEDGED,
    (State.OPEN, EventType.ANNOTATED): State.OPEN,
    (State.OPEN, EventType.RECOVERING): State.RECOVERING,
    (State.OPEN, EventType.RESOLVED): State.RESOLVED,
    (State.ACKNOWLEDGED, EventType.SEVERITY_CHANGED): State.ACKNOWLEDGED,
    (State.ACKNOWLEDGED, EventType.ANNOTATED): State.ACKNOWLEDGED,
    (State.ACKNOWLEDGED, EventType.RECOVERING): State.RECOVERING,
    (State.ACKNOWLEDGED, EventType.RESOLVED): State.RESOLVED,
    (State.RECOVERING, EventType.ANNOTATED): State.RECOVERING,
    (State.RECOVERING, EventType.RELAPSED): State.OPEN,
    (State.RECOVERING, EventType.RESOLVED): State.RESOLVED,
    (State.RESOLVED, EventType.ANNOTATED): State.RESOLVED,
    (State.RESOLVED, EventType.REOPENED): State.OPEN,
    (State.RESOLVED, EventType.WATCH): State.WATCH,
}

ACTIVE = frozenset({State.WATCH, State.OPEN, State.ACKNOWLEDGED, State.RECOVERING})
BURNING = frozenset({State.OPEN, State.ACKNOWLEDGED})


def short_hash(*parts: object) -> str:
    """Return 24 hex digits that are equal for equal ``parts`` on any machine."""
    joined = "\x1f".join(str(part) for part in parts)
    return hashlib.blake2b(joined.encode(), digest_size=12).hexdigest()


def start_episode(state: BrandState, time_ms: int) -> None:
    """Give the brand a new crisis, still without an event."""
    state.episodes += 1
    state.episode = Episode(
        crisis_id=short_hash(state.brand, state.episodes, time_ms),
        state=state.episode.state,
        watch_since_ms=time_ms,
        last_signal_ms=time_ms,
        signs=state.episode.signs,
    )


def step(
    state: BrandState,
    kind: EventType,
    time_ms: int,
    *,
    reasons: tuple[str, ...],
    evidence: Evidence | None = None,
    command: Command | None = None,
) -> CrisisEvent:
    """Move the brand's crisis along and return the event; KeyError when the table has no such
    step.
    """
    episode = state.episode
    previous = episode.state
    episode.state = TRANSITIONS[previous, kind]
    episode.seq += 1
    _stamp(episode, kind, time_ms)
    if evidence is not None:
        episode.reasons, episode.evidence = reasons, evidence
    return CrisisEvent(
        id=short_hash(episode.crisis_id, episode.seq),
        type=kind,
        brand=state.brand,
        crisis_id=episode.crisis_id,
        seq=episode.seq,
        state=episode.state,
        previous_state=previous,
        severity=episode.severity,
        time_ms=time_ms,
        reasons=reasons,
        evidence=evidence,
        actor=command.actor if command else None,
        command_id=command.id if command else None,
        note=command.note if command else None,
    )


def _stamp(episode: Episode, kind: EventType, time_ms: int) -> None:
    if kind is EventType.OPENED:
        episode.opened_ms = time_ms
    elif kind is EventType.RECOVERING:
        episode.recovering_ms = time_ms
    elif kind is EventType.RESOLVED:
        episode.resolved_ms = time_ms
        episode.signs = []
    if kind in (EventType.RELAPSED, EventType.REOPENED, EventType.OPENED):
        episode.in_band_since_ms = episode.recovering_ms = episode.resolved_ms = None


def outside_episode(
    state: BrandState,
    kind: EventType,
    time_ms: int,
    *,
    identity: str,
    reasons: tuple[str, ...],
    command: Command | None = None,
    correction: Correction | None = None,
) -> CrisisEvent:
    """Return an event that belongs to no crisis and changes none."""
    current = state.episode.state
    return CrisisEvent(
        id=short_hash(state.brand, kind, identity),
        type=kind,
        brand=state.brand,
        crisis_id="",
        seq=0,
        state=current,
        previous_state=current,
        severity=Severity.INFO,
        time_ms=time_ms,
        reasons=reasons,
        actor=command.actor if command else None,
        command_id=command.id if command else None,
        note=command.note if command else None,
        correction=correction,
    )
