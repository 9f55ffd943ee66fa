"""A crisis teaches nothing of what is usual: the next is found as the first was (C15)."""

from __future__ import annotations

import pytest
from msgspec.structs import replace

from app.core.before import CRISIS_WEIGHT, LONGEST_STEPS, SAME_RISE_STEPS, note_peak, settle
from app.core.brand import Brand
from app.core.detector.spike import SpikeDetector
from app.core.event import CrisisEvent
from app.core.partition import PartitionFold
from app.core.record import LogRecord
from app.core.rules import Rules
from app.core.state import Before
from app.errors import StateError
from app.wire.state import decode, encode_brand
from tests.unit.folding import MONDAY_MS, Stream, beat, command, crisis_events, fold, mention

HOUR_MS = 3_600_000
RULES = Rules()
BEGINNINGS = {"opened", "reopened", "relapsed"}


def begun(events: list[CrisisEvent], start_ms: int, hours: float) -> list[int]:
    """Return when crises began within ``hours`` of ``start_ms``."""
    end_ms = start_ms + round(hours * HOUR_MS)
    times = [one.time_ms for one in events if one.type.value in BEGINNINGS]
    return [time_ms for time_ms in times if start_ms < time_ms <= end_ms]


@pytest.mark.parametrize("seed", [1, 2])
def test_an_equal_wave_nine_hours_later_is_found_at_a_young_brand(seed: int) -> None:
    stream, first_ms = Stream(seed, 150), MONDAY_MS + 34 * HOUR_MS
    second_ms = first_ms + 15 * HOUR_MS
    for start_ms in (first_ms, second_ms):
        stream.wave(start_ms, 6, 40, 0.9)
    events = crisis_events(fold(stream.records(55 / 24, RULES), RULES))
    assert begun(events, first_ms, 6)
    assert begun(events, second_ms, 6)


@pytest.mark.parametrize("seed", [4, 5])
def test_a_weaker_crisis_a_day_after_the_first_is_found(seed: int) -> None:
    """Ten times the negatives for six hours, and five times as many the day after."""
    stream, first_ms = Stream(seed, 1_000), MONDAY_MS + 80 * HOUR_MS
    stream.wave(first_ms, 6, 57, 1.0).wave(first_ms + 24 * HOUR_MS, 6, 25, 1.0)
    events = crisis_events(fold(stream.records(110 / 24, RULES), RULES))
    assert begun(events, first_ms, 6)
    assert begun(events, first_ms + 24 * HOUR_MS, 6)


def learnt() -> Brand:
    """Return a brand that has been followed for two quiet days."""
    partition = PartitionFold(RULES)
    for offset, record in enumerate(Stream(1, 300).records(2, RULES)):
        partition.apply(offset, record)
    return partition.brands["larkmoor"]


def known(brand: Brand) -> list[object]:
    """Return what the channels hold to be usual."""
    channels = brand.state.channels.values()
    tails = [(one.calibration.threshold, one.calibration.fired) for one in channels]
    return [[one.baseline.total for one in channels], tails, brand.state.share_negatives]


def teach(brand: Brand, blocks: int) -> dict[str, SpikeDetector]:
    """Let the channels learn blocks of forty mentions, and return their detectors."""
    detectors = {
        name: SpikeDetector(0, 1.0, channel) for name, channel in brand.state.channels.items()
    }
    for detector in detectors.values():
        for number in range(1, blocks + 1):
            end, counts = brand.state.rings.next_step // 10 * 10 + number * 10, [40] * 4
            detector.note(detector.judge(end, counts, 40))
            detector.learn(end, counts, 1.0)
    brand.state.share_negatives += 40 * blocks
    return detectors


def test_a_crisis_that_opens_sets_the_channels_back() -> None:
    brand = learnt()
    before = known(brand)
    note_peak(brand.state)
    detectors = teach(brand, 5)
    assert known(brand) != before
    assert settle(brand.state, detectors, is_burning=True) == 0
    assert known(brand) == before


def test_a_crisis_counts_as_one_peak_of_the_tail() -> None:
    brand = learnt()
    weight = brand.state.channels["negatives"].calibration.weight
    note_peak(brand.state)
    detectors = teach(brand, 5)
    for _ in range(3):
        settle(brand.state, detectors, is_burning=True)
    assert brand.state.channels["negatives"].calibration.weight == weight + 1


def test_peaks_that_open_no_crisis_teach_in_full() -> None:
    brand = learnt()
    note_peak(brand.state)
    detectors = teach(brand, 5)
    after = known(brand)
    kept = []
    for steps in (0, SAME_RISE_STEPS, 1):
        brand.state.rings.next_step += steps
        assert settle(brand.state, detectors, is_burning=False) == 1
        kept.append(brand.state.before is not None)
    assert kept == [True, True, False]
    assert known(brand) == after


def test_what_lasts_for_half_a_day_is_learnt() -> None:
    brand = learnt()
    note_peak(brand.state)
    detectors = teach(brand, 5)
    after = known(brand)
    brand.state.rings.next_step += LONGEST_STEPS + 1
    assert settle(brand.state, detectors, is_burning=True) == CRISIS_WEIGHT
    assert brand.state.before is None
    assert known(brand) == after


def test_a_peak_within_an_hour_belongs_to_the_same_rise() -> None:
    state = learnt().state
    start = state.rings.next_step
    for steps, expected in ((0, start), (SAME_RISE_STEPS, start), (SAME_RISE_STEPS + 1, None)):
        state.rings.next_step += steps
        note_peak(state)
        assert state.before is not None
        assert state.before.step == (expected or state.rings.next_step)


def test_a_brand_of_less_than_a_day_keeps_nothing() -> None:
    partition = PartitionFold(RULES)
    log: list[LogRecord] = [beat(None), mention(1, MONDAY_MS), beat(MONDAY_MS + HOUR_MS)]
    for offset, record in enumerate(log):
        partition.apply(offset, record)
    note_peak(partition.brands["larkmoor"].state)
    assert partition.brands["larkmoor"].state.before is None


def test_what_was_known_is_stored() -> None:
    brand = learnt()
    note_peak(brand.state)
    record = encode_brand(brand.state)
    assert record.value is not None
    assert decode(record.key, record.value) == brand.state


@pytest.mark.parametrize(
    ("field", "number"),
    [
        ("total", float("nan")),
        ("fired", -1.0),
        ("excess", 0.0),
        ("excess_weight", 0.0),
        ("spread", (1.0, float("inf"), 1.0, 1.0)),
        ("spread_weight", (1.0, 1.0, 1.0, 0.0)),
    ],
)
def test_a_number_that_can_not_have_been_known_is_refused(field: str, number: object) -> None:
    before = kept_before()
    known = replace(before.channels["negatives"], **{field: number})
    before.channels["negatives"] = known
    refused(before)


def test_a_channel_that_the_brand_does_not_have_is_refused() -> None:
    before = kept_before()
    before.channels["likes"] = before.channels["negatives"]
    refused(before)


def test_a_usual_share_of_nothing_is_refused() -> None:
    before = kept_before()
    before.share_scored = 0.0
    refused(before)


def kept_before() -> Before:
    brand = learnt()
    note_peak(brand.state)
    assert brand.state.before is not None
    return brand.state.before


def refused(before: Before) -> None:
    state = learnt().state
    state.before = before
    record = encode_brand(state)
    assert record.value is not None
    with pytest.raises(StateError, match="not finite"):
        decode(record.key, record.value)


def test_a_long_window_teaches_no_more_than_the_crisis_in_it() -> None:
    """The six hours after a crisis still hold it; their dispersion must not grow by it."""
    plain, held = SpikeDetector(), SpikeDetector()
    for number in range(1, 601):
        for detector in (plain, held):
            detector.learn(number * 10, [2, 6, 24, 144], 1.0)
    held.learn(6_010, [2, 6, 24, 144], 0.0)
    plain.learn(6_010, [2, 6, 24, 144], 1.0)
    before = held.state.baseline.dispersion(3)
    for number in range(602, 674):
        for detector in (plain, held):
            detector.learn(number * 10, [2, 6, 24, 600], 1.0)
    assert held.state.baseline.dispersion(3) == pytest.approx(before)
    assert plain.state.baseline.dispersion(3) > 1.2 * before


def test_a_crisis_that_a_person_calls_false_is_learnt() -> None:
    stream, first_ms = Stream(1, 150), MONDAY_MS + 34 * HOUR_MS
    stream.wave(first_ms, 6, 40, 0.9)
    records = stream.records(42 / 24, RULES)
    opened = next(one for one in crisis_events(fold(records, RULES)) if one.type.value == "opened")
    place = next(
        number
        for number, one in enumerate(records)
        if getattr(one, "event_time_ms", 0) > opened.time_ms + HOUR_MS
    )
    false = command(1, "false-positive", crisis_id=opened.crisis_id, at_ms=opened.time_ms + HOUR_MS)
    levels = []
    for log in (records, [*records[:place], false, *records[place:]]):
        partition = PartitionFold(RULES)
        for offset, record in enumerate(log):
            partition.apply(offset, record)
        channel = partition.brands["larkmoor"].state.channels["negatives"]
        levels.append(channel.baseline.level())
    assert levels[1] > 1.5 * levels[0]
