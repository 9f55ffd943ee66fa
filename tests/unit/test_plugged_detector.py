"""C17: any detector of River by name in the second's place, calibrated, and stored safely."""

from __future__ import annotations

from random import Random
from typing import Any

import msgspec
import pytest

from app.core.detector.by_name import called
from app.core.detector.plugged import FIRST, KEPT, MOST, PluggedDetector, PluggedState
from app.core.partition import PartitionFold
from app.core.rules import Rules
from app.errors import StateError
from app.wire import state as wire
from tests.unit.folding import QUICK, Stream, closed_windows, crisis_events, fold, turns
from tests.unit.test_brand import crisis

GAUSSIAN = "river.anomaly.GaussianScorer"
TREES = "river.anomaly.HalfSpaceTrees"
SMALL_TREES = '{"height":4,"n_trees":5,"window_size":100}'
WORKING = [GAUSSIAN, TREES, "river.anomaly.StandardAbsoluteDeviation"]


def plugged(name: str = GAUSSIAN, **rules: object) -> Rules:
    return msgspec.structs.replace(QUICK, second_model=name, **rules)


class Channel:
    """A detector fed with one count a block, and the hour with it."""

    def __init__(self, detector: PluggedDetector) -> None:
        self.detector, self.values = detector, list[int]()

    def take(self, value: int, weight: float = 1.0) -> float:
        """Return the severity of the next block's count, which is then learnt."""
        self.values.append(value)
        end, counts = len(self.values) * 10, self._counts()
        verdict = self.detector.judge(end, counts, value)
        self.detector.note(verdict)
        self.detector.learn(end, counts, weight)
        return verdict.severity

    def restart(self, name: str = GAUSSIAN, parameters: str = "{}") -> None:
        stored = msgspec.msgpack.encode(self.detector.state)
        state = msgspec.msgpack.decode(stored, type=PluggedState)
        self.detector = PluggedDetector(name, parameters, state=state)

    def _counts(self) -> tuple[int, ...]:
        values = self.values
        return values[-1], sum(values[-3:]), sum(values[-12:]), sum(values[-72:])


def lived(name: str = GAUSSIAN, blocks: int = 1_200, parameters: str = "{}") -> Channel:
    draw, channel = Random(3), Channel(PluggedDetector(name, parameters))
    for _ in range(blocks):
        channel.take(draw.choice((2, 3, 4, 5, 6)))
    return channel


@pytest.mark.parametrize("name", WORKING)
def test_a_rise_lies_above_the_line_and_the_usual_below(name: str) -> None:
    channel = lived(name)
    assert channel.take(4) < 0.5
    assert channel.take(0) == 0
    assert max(channel.take(40) for _ in range(6)) > 0.9


@pytest.mark.parametrize(("name", "parameters"), [(GAUSSIAN, "{}"), (TREES, SMALL_TREES)])
def test_a_restart_anywhere_changes_no_score(name: str, parameters: str) -> None:
    """Also across the lengths at which it is made anew, and where it forgets."""
    draw = Random(5)
    values = [draw.choice((2, 3, 4, 5, 6, 6, 9)) for _ in range(MOST + 50)]
    weights = [draw.choice((1.0, 1.0, 1.0, 0.1, 0.0)) for _ in values]
    through, restarted = (Channel(PluggedDetector(name, parameters)) for _ in range(2))
    restarts = {FIRST - 1, FIRST, 2 * FIRST + 7, *draw.sample(range(len(values)), 5)}
    for place, (value, weight) in enumerate(zip(values, weights, strict=True)):
        if place in restarts:
            restarted.restart(name, parameters)
        assert through.take(value, weight) == restarted.take(value, weight), place
    assert through.detector.state == restarted.detector.state


def test_what_is_stored_is_counts_and_no_more_than_a_week_and_a_half() -> None:
    channel = lived(blocks=MOST - 1)
    assert len(msgspec.msgpack.encode(channel.detector.state)) < MOST + 300
    channel.take(4)
    assert len(channel.detector.state.values) == KEPT
    assert channel.take(40) > 0.9


def test_a_crisis_teaches_nothing_and_a_long_one_a_tenth() -> None:
    channel = lived()
    before = list(channel.detector.state.values)
    for _ in range(20):
        channel.take(60, weight=0.0)
    assert channel.detector.state.values == before
    for _ in range(20):
        channel.take(60, weight=0.1)
    assert 1 <= len(channel.detector.state.values) - len(before) <= 2
    assert channel.detector.state.values[-1] < 60  # and no more than three sd


def test_another_detector_takes_the_memory_over_and_not_the_tail() -> None:
    channel = lived(blocks=1_200)
    values, fired = list(channel.detector.state.values), channel.detector.state.tail
    channel.restart(TREES)
    assert channel.detector.state.name == called(TREES)
    assert channel.detector.state.values == values
    assert channel.detector.state.tail != fired
    assert max(channel.take(40) for _ in range(6)) > 0.5


# --- in the fold


def test_both_scores_are_told_and_the_event_names_the_detector() -> None:
    records = crisis().records(days=4)
    outputs = fold(records, plugged())
    windows = closed_windows(outputs)
    assert max(window.second_score for window in windows) > 0.5
    assert max(abs(window.score - window.second_score) for window in windows) > 0.1
    named = {event.evidence.baseline for event in crisis_events(outputs) if event.evidence}
    assert [one.split("+")[0] for one in named] == [f"spike-2,{called(GAUSSIAN)}"]
    assert turns(outputs) == turns(fold(records, QUICK))  # beside, it decides nothing


def test_parameters_are_part_of_the_rules_name() -> None:
    usual, other = plugged(), plugged(second_parameters='{"grace_period":50}')
    assert len({one.baseline_id("x") for one in (QUICK, usual, other)}) == 3
    assert QUICK.baseline_id("x") == msgspec.structs.replace(QUICK).baseline_id("x")


def test_rules_that_came_later_do_not_rename_the_usual_ones() -> None:
    """The hash is that of the same rules without the fields, as events before have it."""
    assert Rules().baseline_id("spike-2") == "spike-2+3676bfd2"


def test_batches_and_restarts_change_no_byte_of_a_fold() -> None:
    records, rules = crisis().records(days=3), plugged(second_detector="deciding")
    whole = fold(records, rules)
    assert whole == restarted(records, rules, {700, 701, len(records) - 40})


def restarted(records: list[Any], rules: Rules, places: set[int]) -> list[Any]:
    """Return what a fold gives that is stored and loaded before the records at ``places``."""
    partition, found = PartitionFold(rules), []
    for offset, record in enumerate(records):
        if offset in places:
            states = [brand.state for brand in partition.brands.values()]
            messages = [wire.encode_brand(state) for state in states]
            loaded = [wire.decode(one.key, one.value or b"") for one in messages]
            partition = PartitionFold.restore(rules, partition.clock, loaded)  # type: ignore[arg-type]
        found += partition.apply(offset, record)
    return found


def test_a_brand_with_its_memory_is_small() -> None:
    fold_ = PartitionFold(plugged())
    for offset, record in enumerate(Stream(1, per_day=150).records(days=4)[:-1]):
        fold_.apply(offset, record)
    message = wire.encode_brand(fold_.brands["larkmoor"].state)
    assert message.value is not None
    assert len(message.value) <= 8 * 1024 + MOST


def test_changing_the_setting_begins_the_other_and_forgets_the_one() -> None:
    records = Stream(1, per_day=300).records(days=1)
    partition = PartitionFold(plugged())
    for offset, record in enumerate(records):
        partition.apply(offset, record)
    state = partition.brands["larkmoor"].state
    assert state.plugged is not None
    assert state.rate is None
    after = PartitionFold.restore(QUICK, partition.clock, [state]).brands["larkmoor"].state
    assert after.plugged is None
    assert after.rate is not None


@pytest.mark.parametrize(
    "change",
    [
        {"values": [-1]},
        {"values": [2**31]},
        {"values": [1] * MOST},
        {"built": 5},
        {"built": -1},
        {"owed": float("nan")},
        {"owed": -1.0},
        {"highest": float("inf")},
    ],
)
def test_a_memory_that_no_fold_wrote_is_refused(change: dict[str, object]) -> None:
    partition = PartitionFold(plugged())
    for offset, record in enumerate(Stream(1, per_day=300).records(days=0.2)):
        partition.apply(offset, record)
    state = partition.brands["larkmoor"].state
    assert state.plugged is not None
    state.plugged = msgspec.structs.replace(state.plugged, **change)
    message = wire.encode_brand(state)
    with pytest.raises(StateError, match="has a detector that no fold wrote: stop the detectors"):
        wire.decode(message.key, message.value or b"")
