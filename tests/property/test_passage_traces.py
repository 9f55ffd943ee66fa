"""C29: over thousands of drawn courses a crisis takes only the table's steps, numbered 1..n, and a
brand has at most one crisis of a theme under way.
"""

from __future__ import annotations

import pytest

from app.core.crisis import EventType as E
from app.core.crisis import State as S
from app.core.event import CrisisEvent, CrisisGone, CrisisState, Output
from app.core.rules import HOUR_MS, Rules
from tests.property.passage_traces import Drawn, drawn_cases, trace

# Written out, so that a slip in the code's own table shows.
ASIDE = {E.UPDATED, E.SEVERITY_CHANGED, E.ESCALATED, E.MILESTONE}
NOTED = {E.ANNOTATED, E.ASSIGNED, E.CONFIRMED}
ENDED = {E.RESOLVED: S.RESOLVED, E.FALSE_POSITIVE: S.RESOLVED}
ALLOWED: dict[S, dict[E, S]] = {
    S.QUIET: {E.WATCH: S.WATCH, E.OPENED: S.OPEN},
    S.WATCH: {
        E.OPPORTUNITY: S.WATCH,
        E.DISMISSED: S.DISMISSED,
        E.OPENED: S.OPEN,
        E.FALSE_POSITIVE: S.RESOLVED,
    },
    S.OPEN: dict.fromkeys(ASIDE | NOTED, S.OPEN)
    | ENDED
    | {E.ACKNOWLEDGED: S.ACKNOWLEDGED, E.RECOVERING: S.RECOVERING},
    S.ACKNOWLEDGED: dict.fromkeys(ASIDE | NOTED, S.ACKNOWLEDGED)
    | ENDED
    | {E.RECOVERING: S.RECOVERING},
    S.RECOVERING: dict.fromkeys({E.MILESTONE} | NOTED, S.RECOVERING) | ENDED | {E.RELAPSED: S.OPEN},
    S.RESOLVED: dict.fromkeys(NOTED, S.RESOLVED)
    | {E.REOPENED: S.OPEN, E.CLOSED: S.CLOSED, E.FALSE_POSITIVE: S.RESOLVED},
    S.CLOSED: {},
    S.DISMISSED: {},
}
UNDER_WAY = {S.WATCH, S.OPEN, S.ACKNOWLEDGED, S.RECOVERING}
FOR_GOOD = {S.CLOSED, S.DISMISSED}
RULES = Rules(relapse_ms=6 * HOUR_MS, silence_max_ms=400 * 24 * HOUR_MS)


class Reader:
    """What somebody who reads the topics knows of one brand's crises, and would not put up with."""

    def __init__(self) -> None:
        self.last: dict[str, CrisisEvent] = {}
        self.ids: set[str] = set()
        self.steps: set[tuple[S, E]] = set()

    def read(self, output: Output) -> None:
        match output:
            case CrisisEvent(crisis_id=""):
                assert output.seq == 0
                self._is_new(output.id)
            case CrisisEvent():
                self._is_new(output.id)
                self._step(output)
            case CrisisState():
                last = self.last[output.crisis_id]
                assert (output.seq, output.state) == (last.seq, last.state)
            case CrisisGone():
                assert self.last[output.crisis_id].state in FOR_GOOD

    def _is_new(self, event_id: str) -> None:
        assert event_id not in self.ids
        self.ids.add(event_id)

    def _step(self, event: CrisisEvent) -> None:
        before = self.last.get(event.crisis_id)
        was, seq = (before.state, before.seq) if before else (S.QUIET, 0)
        assert event.previous_state is was
        assert event.seq == seq + 1
        assert ALLOWED[was].get(event.type) is event.state, (was, event.type)
        assert before is None or (event.theme, event.time_ms >= before.time_ms) == (
            before.theme,
            True,
        )
        self.last[event.crisis_id] = event
        self.steps.add((was, event.type))
        active = [one.theme for one in self.last.values() if one.state in UNDER_WAY]
        assert len(active) == len(set(active)), active


def follow(seeds: range, monkeypatch: pytest.MonkeyPatch) -> set[tuple[S, E]]:
    """Follow each seed's trace as a reader, and return the steps that were taken."""
    drawn, cases = Drawn(monkeypatch), drawn_cases(1)
    taken: set[tuple[S, E]] = set()
    for seed in seeds:
        reader = Reader()
        for output in trace(seed, cases, drawn, RULES):
            reader.read(output)
        taken |= reader.steps
    return taken


def every_step() -> set[tuple[S, E]]:
    return {(state, kind) for state, steps in ALLOWED.items() for kind in steps}


def test_three_thousand_courses_take_every_step_and_no_other(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    assert follow(range(3_000), monkeypatch) == every_step()


@pytest.mark.full
@pytest.mark.timeout(3_600)
def test_a_hundred_thousand_courses(monkeypatch: pytest.MonkeyPatch) -> None:
    assert follow(range(100_000), monkeypatch) == every_step()
