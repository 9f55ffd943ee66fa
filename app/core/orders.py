"""Commands of people and services, accepted or refused by the fold itself.

The fold alone knows where a crisis stands at this place of the log, so it alone can say whether a
command is possible; every command is answered by one event.
"""

from __future__ import annotations

from collections.abc import Callable

import msgspec

from app.core.brand import Brand
from app.core.classed import chain, opened_as
from app.core.corrections import ACTION as CORRECT
from app.core.corrections import correct
from app.core.crisis import EventType, Severity, State
from app.core.erasure import ACTION as ERASE
from app.core.erasure import erase
from app.core.event import Output
from app.core.lifecycle import (
    ACTIVE,
    TRANSITIONS,
    Grounds,
    answer,
    leading,
    snapshot,
    start_episode,
    step,
)
from app.core.record import Command
from app.core.rules import DAY_MS, STEP_MS, Rules
from app.core.share import share_of
from app.core.state import BrandState, Episode, Silence
from app.core.window import HOUR, NEGATIVES

KINDS = {
    "acknowledge": EventType.ACKNOWLEDGED,
    "assign": EventType.ASSIGNED,
    "annotate": EventType.ANNOTATED,
    "resolve": EventType.RESOLVED,
    "confirm": EventType.CONFIRMED,
    "false-positive": EventType.FALSE_POSITIVE,
}


OPEN = "open"


class _Refusal(Exception):
    """Why a command is not carried out."""


def obey(brand: Brand, offset: int, command: Command, floor: int) -> list[Output]:
    """Carry the command out, or answer why not; a repeat of it changes nothing.

    ``floor``: the first step that the partition has not judged; it says what time it is.
    """
    state = brand.state
    source = f"{command.origin.topic}/{command.origin.partition}"
    if offset <= state.applied or command.origin.offset <= state.sources.get(source, -1):
        return []
    state.applied, state.sources[source] = offset, command.origin.offset
    now_ms = max(brand.now_ms, floor * STEP_MS)
    if command.action == CORRECT:
        return correct(state, command, now_ms)
    try:
        if command.action == OPEN:
            return _open(brand, command, floor)
        carry_out = _OTHERS.get(command.action, _move)
        return carry_out(state, brand.rules, command, now_ms)
    except _Refusal as refusal:
        return [answer(state, EventType.REFUSED, command, now_ms, (str(refusal),))]


def _move(state: BrandState, _: Rules, command: Command, now_ms: int) -> list[Output]:
    """Take a step of the table with the crisis that is meant."""
    kind = KINDS.get(command.action)
    if kind is None:
        actions = ", ".join((*KINDS, OPEN, *_OTHERS, CORRECT))
        raise _Refusal(f"unknown action {command.action}: one of {actions}")
    episode = _meant(state, command)
    if (episode.state, kind) not in TRANSITIONS:
        raise _Refusal(f"{command.action} is not possible while the crisis is {episode.state}")
    if kind is EventType.ACKNOWLEDGED:
        episode.acknowledged_by = command.actor
    elif kind is EventType.ASSIGNED:
        episode.owner = command.owner
    elif kind in (EventType.RESOLVED, EventType.FALSE_POSITIVE):
        episode.is_muted = True  # the wave that goes on does not bring it back
        episode.is_false = kind is EventType.FALSE_POSITIVE
    elif kind is EventType.CONFIRMED:
        episode.is_false = False  # its wave is not what is usual, whoever called it so before
    grounds = Grounds((f"by {command.actor}",), command=command)
    event = step(state, episode, kind, now_ms, grounds)
    return [event, snapshot(state, episode, now_ms)]


def _meant(state: BrandState, command: Command) -> Episode:
    wanted = command.crisis_id
    if wanted is not None:
        found = next((one for one in state.episodes.values() if one.crisis_id == wanted), None)
        if found is not None:
            return found
    active = sorted(one.crisis_id for one in state.episodes.values() if one.state in ACTIVE)
    first = leading(state)
    if first is None:
        raise _Refusal(f"{command.brand} has no crisis")
    if wanted is not None:
        raise _Refusal(f"unknown crisis: the current one of {command.brand} is {first.crisis_id}")
    if len(active) > 1:
        raise _Refusal(f"{command.brand} has several crises: name one of {', '.join(active)}")
    return first


def _open(brand: Brand, command: Command, floor: int) -> list[Output]:
    """Open a crisis that a person knows of before the numbers do."""
    theme = command.theme or ""
    running = brand.state.episodes.get(theme)
    if running is not None and running.state in ACTIVE - {State.WATCH}:
        raise _Refusal(f"{command.brand} has such a crisis already: {running.crisis_id}")
    if not floor:
        raise _Refusal("no source was heard of yet, so there is no event time: try again later")
    outputs, state = brand.catch_up(floor), brand.state
    episode = state.episodes.get(theme) or start_episode(state, theme, brand.now_ms)
    kind = EventType.REOPENED if episode.state is State.RESOLVED else EventType.OPENED
    episode.severity = command.severity or Severity.WARNING
    episode.scenario = opened_as(episode, brand.rules)
    roles = chain(episode, brand.rules)
    episode.roles_asked, episode.escalated_to = min(1, len(roles)), roles[0] if roles else None
    hour = state.rings.sums[HOUR]  # what the first update compares with
    episode.told_negatives, episode.told_share = hour[NEGATIVES], round(share_of(hour), 4)
    grounds = Grounds((f"by {command.actor}",), command=command)
    event = step(state, episode, kind, brand.now_ms, grounds)
    return [*outputs, event, snapshot(state, episode, brand.now_ms)]


def _silence(state: BrandState, rules: Rules, command: Command, now_ms: int) -> list[Output]:
    until_ms = command.until_ms or 0
    if until_ms <= now_ms:
        raise _Refusal("the silence would be over already: give a later time")
    if until_ms - now_ms > rules.silence_max_ms:
        days = rules.silence_max_ms // DAY_MS
        raise _Refusal(f"a silence lasts {days} days at most: give an earlier time")
    state.silence = Silence(until_ms=until_ms, by=command.actor, note=command.note or "")
    return _told_anew(state, EventType.SILENCED, command, now_ms)


def _unsilence(state: BrandState, _: Rules, command: Command, now_ms: int) -> list[Output]:
    if state.silence is None:
        raise _Refusal(f"{command.brand} is not silenced")
    state.silence = None
    return _told_anew(state, EventType.UNSILENCED, command, now_ms)


def _told_anew(state: BrandState, kind: EventType, command: Command, now_ms: int) -> list[Output]:
    said = answer(state, kind, command, now_ms, (f"by {command.actor}",))
    return [said, *(snapshot(state, one, now_ms) for _, one in sorted(state.episodes.items()))]


def _erase(state: BrandState, _: Rules, command: Command, now_ms: int) -> list[Output]:
    found = erase(state, command.author or "")
    reasons = (f"by {command.actor}", f"{found} remembered mentions forgotten")
    nameless = msgspec.structs.replace(command, note=None)
    said = answer(state, EventType.ERASED, nameless, now_ms, reasons)
    return [said, *(snapshot(state, one, now_ms) for _, one in sorted(state.episodes.items()))]


_OTHERS: dict[str, Callable[[BrandState, Rules, Command, int], list[Output]]] = {
    "silence": _silence,
    "unsilence": _unsilence,
    ERASE: _erase,
}
