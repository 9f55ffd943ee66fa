"""Commands of people and services, accepted or refused by the fold itself.

The fold alone knows where a crisis stands at this place of the log, so it alone can say whether a
command is possible; every command is answered by one event.
"""

from __future__ import annotations

from app.core.brand import Brand
from app.core.corrections import ACTION as CORRECT
from app.core.corrections import correct
from app.core.event import EventType, Output
from app.core.lifecycle import TRANSITIONS, outside_episode, step
from app.core.record import Command
from app.core.rules import STEP_MS

KINDS = {
    "acknowledge": EventType.ACKNOWLEDGED,
    "annotate": EventType.ANNOTATED,
    "resolve": EventType.RESOLVED,
}


def obey(brand: Brand, offset: int, command: Command) -> list[Output]:
    """Carry the command out, or answer why not; a repeat of it changes nothing."""
    state = brand.state
    source = f"{command.origin.topic}/{command.origin.partition}"
    if offset <= state.applied or command.origin.offset <= state.sources.get(source, -1):
        return []
    state.applied, state.sources[source] = offset, command.origin.offset
    now_ms = state.rings.next_step * STEP_MS
    if command.action == CORRECT:
        return correct(state, command, now_ms)
    refusal = _refusal(brand, command)
    if refusal:
        answer = outside_episode(
            state,
            EventType.REFUSED,
            now_ms,
            identity=f"{command.id}/{command.origin.offset}",
            reasons=(refusal,),
            command=command,
        )
        return [answer]
    if command.action == "acknowledge":
        state.episode.acknowledged_by = command.actor
    event = step(
        state, KINDS[command.action], now_ms, reasons=(f"by {command.actor}",), command=command
    )
    return [event, brand.snapshot(now_ms)]


def _refusal(brand: Brand, command: Command) -> str | None:
    episode = brand.state.episode
    kind = KINDS.get(command.action)
    if kind is None:
        return f"unknown action {command.action}: one of {', '.join((*KINDS, CORRECT))}"
    if not episode.crisis_id:
        return f"{command.brand} has no crisis"
    if command.crisis_id not in (None, episode.crisis_id):
        return f"unknown crisis: the current one of {command.brand} is {episode.crisis_id}"
    if (episode.state, kind) not in TRANSITIONS:
        return f"{command.action} is not possible while the crisis is {episode.state}"
    return None
