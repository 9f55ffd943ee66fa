"""C42: the order of mentions changes no scenario, and neither does anything that is not theirs."""

from __future__ import annotations

from random import Random

from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from app.core.event import CrisisEvent
from app.core.playbook import OF_THEME, SCENARIOS, SHIPPED, UNCLASSIFIED
from app.core.record import LogRecord, ScoredMention
from app.core.rules import STEP_MS
from app.core.scenario import Scenario, Signs, decide, said_of
from tests.unit.crisis_streams import BREAKS_MS, Incident, of_crises, play, shop
from tests.unit.folding import QUICK, moved

PATIENT = replace(QUICK, allowed_lateness_ms=60_000)  # no mention of a step comes too late
THEMES = tuple(OF_THEME)
counts = st.dictionaries(st.sampled_from(THEMES), st.integers(0, 120))


def shuffled(log: list[LogRecord], draw: Random) -> list[LogRecord]:
    """Return the log with the mentions of each step in another order; offsets stay in theirs."""
    found, step = list[LogRecord](), list[ScoredMention]()
    for record in [*log, None]:
        is_of_step = isinstance(record, ScoredMention) and (
            not step or record.event_time_ms // STEP_MS == step[0].event_time_ms // STEP_MS
        )
        if not is_of_step:
            found += _mixed(step, draw)
            step = []
        if isinstance(record, ScoredMention):
            step.append(record)
        elif record is not None:
            found.append(record)
    return found


def _mixed(step: list[ScoredMention], draw: Random) -> list[LogRecord]:
    places = [one.origin.offset for one in step]
    draw.shuffle(step)
    return [moved(one, place) for one, place in zip(step, places, strict=True)]


def test_the_order_within_a_step_changes_no_scenario() -> None:
    about = (("quality",), ("quality", "safety"), ("safety",), ("price",), ())
    log = shop(3, [Incident(1, 120, about)], 35.2)
    told = _told(of_crises(play(log, PATIENT)))
    assert "safety_recall" in {one.id for _, one in told}
    for seed in range(2):
        assert _told(of_crises(play(shuffled(log, Random(seed)), PATIENT))) == told


def _told(events: list[CrisisEvent]) -> list[tuple[int, Scenario]]:
    return [(one.time_ms - BREAKS_MS, one.scenario) for one in events if one.scenario]


@given(counts, st.integers(0, 120), st.integers(0, 3), st.randoms())
@settings(max_examples=150, deadline=None)
def test_the_order_of_themes_changes_nothing_and_what_is_said_is_of_the_table(
    themes: dict[str, int], more: int, enough: int, draw: Random
) -> None:
    seen = max(themes.values(), default=0) + more
    names = list(themes)
    draw.shuffle(names)
    one = decide(Signs(seen, themes, {}), SHIPPED, enough)
    other = decide(Signs(seen, {name: themes[name] for name in names}, {}), SHIPPED, enough)
    assert one == other
    assert one.id in (*SCENARIOS, UNCLASSIFIED)
    assert 0 <= one.share <= 1


@given(counts, counts, st.integers(0, 60))
@settings(max_examples=150, deadline=None)
def test_nothing_becomes_unclassified_again_and_the_same_signs_change_nothing(
    first: dict[str, int], then: dict[str, int], more: int
) -> None:
    seen = max([*first.values(), *then.values()], default=0) + more
    before = said_of(decide(Signs(seen, first, {}), SHIPPED, 5), SHIPPED)
    after = said_of(decide(Signs(seen, then, {}), SHIPPED, 5, before), SHIPPED)
    if before.id != UNCLASSIFIED:
        assert after.id != UNCLASSIFIED
    assert decide(Signs(seen, then, {}), SHIPPED, 5, after).id == after.id
