"""The course of a crisis as a table, and the steps along it.

    quiet --> watch --> open --> recovering --> resolved --(a day)--> closed
               |         |  \\______relapse_____/     |
               |         |                            +--(new rise within the day)--> open
               |         +--> acknowledged (keeps an owner's name, then as open)
               +--> dismissed

Only what the table allows can happen; every step takes the next number of the crisis. A brand has
at most one crisis a theme, and several themes can burn at once.
"""

from __future__ import annotations

import hashlib
from typing import NamedTuple

import msgspec

from app.core.crisis import EventType, Judged, Severity, State
from app.core.event import (
    Change,
    Correction,
    CrisisEvent,
    CrisisState,
    Evidence,
    Judgement,
    SourceGap,
)
from app.core.playbook import UNCLASSIFIED
from app.core.record import Command
from app.core.routed import TOLD, routed, routed_as, stored
from app.core.scenario import Scenario, without_playbook
from app.core.state import BrandState, Episode
from app.core.summary import summary_of

TRANSITIONS: dict[tuple[State, EventType], State] = {
    (State.QUIET, EventType.WATCH): State.WATCH,
    (State.QUIET, EventType.OPENED): State.OPEN,  # by a person
    (State.WATCH, EventType.DISMISSED): State.DISMISSED,
    (State.WATCH, EventType.OPENED): State.OPEN,
    (State.WATCH, EventType.OPPORTUNITY): State.WATCH,
    (State.WATCH, EventType.UPDATED): State.WATCH,  # by the name of its theme alone, as the next
    (State.RECOVERING, EventType.UPDATED): State.RECOVERING,
    (State.RECOVERING, EventType.RELAPSED): State.OPEN,
    (State.RECOVERING, EventType.MILESTONE): State.RECOVERING,
    (State.RESOLVED, EventType.REOPENED): State.OPEN,
    (State.RESOLVED, EventType.CLOSED): State.CLOSED,
}
ACTIVE = frozenset({State.WATCH, State.OPEN, State.ACKNOWLEDGED, State.RECOVERING})
BURNING = frozenset({State.OPEN, State.ACKNOWLEDGED})
OVER = frozenset({State.CLOSED, State.DISMISSED})  # nothing can follow
_WHILE_BURNING = (
    EventType.UPDATED,
    EventType.SEVERITY_CHANGED,
    EventType.ESCALATED,
    EventType.MILESTONE,
)
TRANSITIONS |= {(state, kind): state for state in BURNING for kind in _WHILE_BURNING}
TRANSITIONS |= {
    (state, kind): state
    for state in (*BURNING, State.RECOVERING, State.RESOLVED)
    for kind in (EventType.ANNOTATED, EventType.ASSIGNED, EventType.CONFIRMED)
}
TRANSITIONS |= {(state, EventType.RECOVERING): State.RECOVERING for state in BURNING}
TRANSITIONS |= {(state, EventType.RESOLVED): State.RESOLVED for state in ACTIVE - {State.WATCH}}
TRANSITIONS |= {
    (state, EventType.FALSE_POSITIVE): State.RESOLVED for state in (*ACTIVE, State.RESOLVED)
}
TRANSITIONS |= {
    (state, EventType.ACKNOWLEDGED): State.ACKNOWLEDGED for state in BURNING - {State.ACKNOWLEDGED}
}

JUDGING = {
    EventType.CONFIRMED: Judged.CONFIRMED,
    EventType.FALSE_POSITIVE: Judged.FALSE_POSITIVE,
}
# A watch that was called false opens as a crisis that is reopened.
_OPENING = frozenset({EventType.OPENED, EventType.REOPENED})
_URGENCY = (State.RESOLVED, State.WATCH, State.RECOVERING, State.ACKNOWLEDGED, State.OPEN)


def short_hash(*parts: object) -> str:
    """Return 24 hex digits that are equal for equal ``parts`` on any machine."""
    joined = "\x1f".join(str(part) for part in parts)
    return hashlib.blake2b(joined.encode(), digest_size=12).hexdigest()


def leading(state: BrandState) -> Episode | None:
    """Return the brand's most urgent crisis: by state, then severity, then the older."""
    if not state.episodes:
        return None
    ranks = list(Severity)
    return max(
        state.episodes.values(),
        key=lambda one: (_URGENCY.index(one.state), ranks.index(one.severity), -one.watch_since_ms),
    )


def state_of(state: BrandState) -> State:
    """Return where the brand stands: with its most urgent crisis, else quiet."""
    first = leading(state)
    return State.QUIET if first is None else first.state


def severity_of(state: BrandState) -> Severity:
    first = leading(state)
    return Severity.INFO if first is None else first.severity


def start_episode(state: BrandState, theme: str, time_ms: int) -> Episode:
    """Give the brand a new crisis of the theme, still without an event, and return it."""
    state.crises += 1
    crisis_id = short_hash(state.key, state.crises, time_ms)
    episode = Episode(
        crisis_id=crisis_id, theme=theme, watch_since_ms=time_ms, last_signal_ms=time_ms
    )
    state.episodes[theme] = episode
    return episode


class Grounds(NamedTuple):
    """What a step of a crisis is taken for."""

    reasons: tuple[str, ...]
    evidence: Evidence | None = None
    command: Command | None = None
    change: Change | None = None
    calendar: tuple[str, ...] = ()


def step(
    state: BrandState, episode: Episode, kind: EventType, time_ms: int, grounds: Grounds
) -> CrisisEvent:
    """Move a crisis along and return the event; KeyError when the table has no such step."""
    previous, (reasons, evidence, command, change, calendar) = episode.state, grounds
    episode.state = TRANSITIONS[previous, kind]
    episode.seq += 1
    _stamp(episode, kind, time_ms)
    if kind in _OPENING and episode.opened_as is None:
        _note_opening(episode, evidence)
    if evidence is not None:
        episode.reasons, episode.evidence = reasons, evidence
    if episode.state in TOLD:
        _note_routed(episode, kind, evidence)
    event = CrisisEvent(
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
        response=command.response if command else False,
        theme=episode.theme,
        owner=episode.owner,
        milestone=episode.milestone if kind is EventType.MILESTONE else None,
        escalated_to=episode.escalated_to,
        change=change,
        calendar=calendar,
        silenced_until_ms=state.silence.until_ms if state.silence else None,
        judgement=_judgement(episode, JUDGING[kind]) if kind in JUDGING else None,
        scenario=told_of(episode),
    )
    if episode.state in OVER:
        del state.episodes[episode.theme]
    event = msgspec.structs.replace(event, summary=summary_of(event))
    episode.summary = event.summary
    return event


def _note_opening(episode: Episode, evidence: Evidence | None) -> None:
    fired = () if evidence is None else evidence.triggers
    episode.opened_as, episode.verdict = episode.severity, None  # what was said was of the watch
    episode.opened_by = tuple(sorted({trigger.name for trigger in fired}))


def _note_routed(episode: Episode, kind: EventType, evidence: Evidence | None) -> None:
    was = () if kind in _OPENING else episode.was  # of its end everybody heard
    before = tuple(routed_as(one) for one in was)
    scenario = episode.scenario.id if episode.scenario else UNCLASSIFIED
    drivers = evidence.drivers if evidence else None
    now = routed(before, episode.severity, scenario, episode.escalated_to, drivers)
    episode.was = stored(now)


def told_of(episode: Episode) -> Scenario | None:
    """Return a crisis's scenario, without the playbook that the rules have for it."""
    return None if episode.scenario is None else without_playbook(episode.scenario)


def _judgement(episode: Episode, verdict: Judged) -> Judgement:
    """Return a person's word of the crisis, from here on the last one."""
    before, episode.verdict = episode.verdict, verdict
    return Judgement(
        verdict=verdict, before=before, opened_as=episode.opened_as, triggers=episode.opened_by
    )


def _stamp(episode: Episode, kind: EventType, time_ms: int) -> None:
    if kind is EventType.RECOVERING:
        episode.recovering_ms, episode.signs = time_ms, []
    elif kind in (EventType.RESOLVED, EventType.FALSE_POSITIVE):
        episode.resolved_ms, episode.signs = time_ms, []
        if episode.scenario is not None:  # what is over is assessed no more
            episode.scenario = msgspec.structs.replace(episode.scenario, assess_by_ms=None)
    elif kind in (EventType.RELAPSED, EventType.REOPENED, EventType.OPENED):
        if kind is EventType.OPENED:
            episode.opened_ms = time_ms
        # Who took it then need not be there now: a new rise is to be taken anew.
        episode.acknowledged_by = episode.owner = None
        episode.in_band_since_ms = episode.recovering_ms = episode.resolved_ms = None
        episode.lower_since_ms = None
        episode.told_ms = episode.asked_ms = time_ms
        episode.peak, episode.milestone, episode.gone_since_ms = 0, 0, [0, 0, 0, 0]
        episode.is_muted = episode.is_false = False
        if (scenario := episode.scenario) is not None:
            due_ms = time_ms + scenario.first_assessment_ms
            episode.scenario = msgspec.structs.replace(scenario, assess_by_ms=due_ms)


def answer(
    state: BrandState,
    kind: EventType,
    command: Command,
    now_ms: int,
    reasons: tuple[str, ...],
    about: Correction | None = None,
) -> CrisisEvent:
    """Return the event that answers a command which changes no crisis."""
    identity = f"{command.id}/{command.origin.offset}"
    return outside_episode(
        state, kind, now_ms, identity=identity, reasons=reasons, command=command, about=about
    )


def outside_episode(
    state: BrandState,
    kind: EventType,
    time_ms: int,
    *,
    identity: str,
    reasons: tuple[str, ...],
    command: Command | None = None,
    about: Correction | SourceGap | None = None,
) -> CrisisEvent:
    """Return an event that belongs to no crisis and changes none."""
    current = state_of(state)
    event = CrisisEvent(
        id=short_hash(state.key, kind, identity),
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
        correction=about if isinstance(about, Correction) else None,
        source=about if isinstance(about, SourceGap) else None,
        silenced_until_ms=state.silence.until_ms if state.silence else None,
    )
    return msgspec.structs.replace(event, summary=summary_of(event))


def snapshot(state: BrandState, episode: Episode, now_ms: int) -> CrisisState:
    """Return a crisis as it stands, for the compacted topic."""
    return CrisisState(
        crisis_id=episode.crisis_id,
        brand=state.brand,
        state=episode.state,
        severity=episode.severity,
        seq=episode.seq,
        watch_since_ms=episode.watch_since_ms,
        updated_ms=now_ms,
        opened_ms=episode.opened_ms,
        recovering_ms=episode.recovering_ms,
        resolved_ms=episode.resolved_ms,
        acknowledged_by=episode.acknowledged_by,
        reasons=episode.reasons,
        evidence=episode.evidence,
        theme=episode.theme,
        owner=episode.owner,
        escalated_to=episode.escalated_to,
        milestone=episode.milestone,
        silenced_until_ms=state.silence.until_ms if state.silence else None,
        summary=episode.summary,
        verdict=episode.verdict,
        scenario=told_of(episode),
        routed_as=tuple(routed_as(one) for one in episode.was),
    )
