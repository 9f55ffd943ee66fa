"""What time alone ends: a resolved crisis is closed for good, a silence runs out."""

from __future__ import annotations

from app.core.crisis import EventType, State
from app.core.event import CrisisGone, Output
from app.core.lifecycle import Grounds, outside_episode, snapshot, step
from app.core.rules import Rules
from app.core.state import BrandState, Episode


def has_timer(state: BrandState) -> bool:
    """Tell whether time alone will change the brand."""
    if not state.episodes:
        return state.silence is not None
    if state.silence is not None:
        return True
    return any(one.state is State.RESOLVED for one in state.episodes.values())


def run_out(state: BrandState, rules: Rules, now_ms: int) -> list[Output]:
    """Return what has ended by ``now_ms``, the earlier first; the time of an event is the end."""
    if not state.episodes:  # most brands
        return unsilence_before(state, now_ms)
    due = [
        (closes_ms(one, rules), theme)
        for theme, one in state.episodes.items()
        if one.state is State.RESOLVED and closes_ms(one, rules) <= now_ms
    ]
    outputs: list[Output] = []
    for time_ms, theme in sorted(due):
        outputs += unsilence_before(state, time_ms)
        outputs += close(state, state.episodes[theme], time_ms)
    return outputs + unsilence_before(state, now_ms)


def closes_ms(episode: Episode, rules: Rules) -> int:
    return (episode.resolved_ms or 0) + rules.relapse_ms


def close(state: BrandState, episode: Episode, time_ms: int) -> list[Output]:
    """Return the last event of a crisis and the tombstone of its record."""
    grounds = Grounds(("no new rise since it was resolved",))
    event = step(state, episode, EventType.CLOSED, time_ms, grounds)
    return [event, CrisisGone(crisis_id=episode.crisis_id, brand=state.brand)]


def unsilence_before(state: BrandState, now_ms: int) -> list[Output]:
    """Return what an expired silence leaves: its end, and the crises that are told of again."""
    silence = state.silence
    if silence is None or silence.until_ms > now_ms:
        return []
    state.silence = None
    identity = f"{silence.until_ms}/{silence.by}"
    reasons = (f"the silence by {silence.by} has run out",)
    event = outside_episode(
        state, EventType.UNSILENCED, silence.until_ms, identity=identity, reasons=reasons
    )
    crises = [snapshot(state, one, silence.until_ms) for _, one in sorted(state.episodes.items())]
    return [event, *crises]
