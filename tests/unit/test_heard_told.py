"""Where a silent source is told: the metric, the explanation, the stored record."""

from __future__ import annotations

import msgspec
import pytest

from app.config import Topics
from app.core.heard import KINDS, hear, miss, silent
from app.core.partition import PartitionFold
from app.core.rules import DAY_MS, HOUR_MS, STEP_MS
from app.core.state import BrandState, Source
from app.core.window import Rings
from app.errors import StateError
from app.metrics import Metrics
from app.report.explanation import lines
from app.stream.explaining import Asked, Explainer
from app.stream.telling import Teller
from app.wire import state as state_wire
from tests.unit.crisis_streams import play
from tests.unit.folding import MONDAY_MS, QUICK
from tests.unit.sources import said_log
from tests.unit.test_heard import STOPS_H, carried, four

DAY = DAY_MS // STEP_MS
FIRST = MONDAY_MS // STEP_MS


def heard_for(days: int, every: int = 20) -> BrandState:
    """Return a brand that was heard of in every so many steps, by one source."""
    state = BrandState(brand="larkmoor", rings=Rings.starting_at(FIRST), is_started=True)
    for step in range(FIRST, FIRST + days * DAY, every):
        state.rings.next_step = step + 1
        assert hear(state, step, {"news": 1}, is_usual=True) == []
    return state


def silent_after(state: BrandState) -> int:
    """Return the steps from the last mention until the source is silent."""
    last = state.heard["news"].last_step
    for step in range(last // 10 * 10 + 10, last + 30 * DAY, 10):
        state.rings.next_step = step
        if miss(state):
            assert silent(state) == ("news",)
            return step - last
    raise AssertionError("it was never missed")


def test_three_of_the_longest_gaps_and_not_more() -> None:
    assert 50 < silent_after(heard_for(8)) <= 60
    paused = heard_for(8)
    last = paused.heard["news"].last_step
    paused.rings.next_step = last + 51
    assert hear(paused, last + 50, {"news": 1}, is_usual=True) == []
    assert 140 < silent_after(paused) <= 150


def test_an_old_pause_fades_by_half_in_two_weeks() -> None:
    state = heard_for(8)
    state.heard["news"].longest = 1_000.0
    first = state.heard["news"].last_step
    for step in range(first + 20, first + 14 * DAY, 20):
        state.rings.next_step = step + 1
        hear(state, step, {"news": 1}, is_usual=True)
    assert state.heard["news"].longest == pytest.approx(500, rel=0.01)


def test_a_crisis_does_not_teach_how_often_a_source_is_heard() -> None:
    calm, burnt = heard_for(8), heard_for(8)
    first = calm.heard["news"].last_step
    for step in range(first + 1, first + 400):
        burnt.rings.next_step = step + 1
        hear(burnt, step, {"news": 9}, is_usual=False)
    assert burnt.heard["news"].count == calm.heard["news"].count


def value_of(metrics: Metrics, brand: str) -> str | None:
    start = f'squall_source_silent{{brand="{brand}",source="review"}} '
    found = [line for line in metrics.render().decode().splitlines() if line.startswith(start)]
    return found[0].removeprefix(start) if found else None


def test_the_metric_is_1_while_a_source_is_silent_and_0_when_it_is_back() -> None:
    hours = STOPS_H + 60
    log = said_log(1, four(40, hours, "review", until_h=hours - 6), hours)
    fold, metrics = PartitionFold(QUICK), Metrics(brands=["larkmoor"])
    teller, seen = Teller(metrics, Topics()), list[str | None]()
    for offset, record in enumerate(log):
        fold.apply(offset, record)
        if offset % 20 == 0 or offset == len(log) - 1:
            teller.brands([fold])
            seen.append(value_of(metrics, "larkmoor"))
    assert [one for place, one in enumerate(seen) if seen[place - 1 : place] != [one]] == [
        None,
        "1.0",
        "0.0",
    ]


def test_a_brand_that_is_no_longer_here_is_not_told_as_silent() -> None:
    metrics, fold = Metrics(brands=["larkmoor"]), PartitionFold(QUICK)
    teller = Teller(metrics, Topics())
    play(said_log(1, four(40, STOPS_H + 60, "review"), STOPS_H + 60), fold=fold)
    teller.brands([fold])
    assert value_of(metrics, "larkmoor") == "1.0"
    teller.brands([])
    assert value_of(metrics, "larkmoor") == "0.0"


def test_the_explanation_says_what_a_crisis_waits_for() -> None:
    asked = Asked.at("larkmoor", MONDAY_MS + round((STOPS_H + 6) * HOUR_MS))
    explainer = Explainer(QUICK, [asked])
    for offset, record in enumerate(carried(stops=True)):
        if not explainer.is_done:
            explainer.take(0, offset, record)
    found = explainer.answer(asked)
    assert found.look is not None
    assert set(found.look.waits.values()) == {("social",)}
    shown = "\n".join(lines(found))
    assert "can't end: social, where it came from, is quiet" in shown
    assert ("silent: social" in shown) == (found.look.silent_sources == ("social",))


@pytest.mark.parametrize(
    "source",
    [
        Source(first_step=0, last_step=1, longest=float("inf")),
        Source(first_step=0, last_step=1, longest=1e300),
        Source(first_step=0, last_step=1, count=-1.0),
        Source(first_step=0, last_step=1, span=float("nan")),
        Source(first_step=0, last_step=-1),
        Source(first_step=0, last_step=2**50),
    ],
)
def test_a_source_that_no_fold_has_written_is_refused(source: Source) -> None:
    state = heard_for(1)
    state.heard["news"] = source
    message = state_wire.encode_brand(state)
    with pytest.raises(StateError, match="negative or not finite"):
        state_wire.decode(message.key, message.value or b"")


def test_a_source_of_an_unknown_kind_is_refused() -> None:
    state = heard_for(1)
    state.heard["x"] = state.heard["news"]
    message = state_wire.encode_brand(state)
    with pytest.raises(StateError, match="negative or not finite"):
        state_wire.decode(message.key, message.value or b"")


def test_six_sources_take_less_than_half_a_kilobyte() -> None:
    state = heard_for(8)
    for kind in sorted(KINDS):
        state.heard[kind] = state.heard["news"]
    assert len(msgspec.msgpack.encode(state.heard)) <= 400
