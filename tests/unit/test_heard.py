"""D10: a source that is down is not a brand that is calm."""

from __future__ import annotations

import pytest

from app.core.event import CrisisEvent
from app.core.mention import SourceKind
from app.core.partition import PartitionFold
from app.core.record import LogRecord
from app.core.rules import DAY_MS, HOUR_MS
from app.core.state import BrandState
from app.wire import state as state_wire
from tests.unit.crisis_streams import play
from tests.unit.folding import (
    MONDAY_MS,
    QUICK,
    beat,
    closed_windows,
    crisis_events,
    fold,
    mention,
    turns,
)
from tests.unit.sources import (
    SOURCES,
    Said,
    always,
    by_day,
    in_office_hours,
    of_sources,
    said_log,
    told,
)

WEEK_H = 7 * 24
STOPS_H = 8 * 24 + 10.0  # Tuesday of the second week, ten in the morning


def four(per_day: float, hours: float, stopped: str = "", until_h: float = 0) -> list[Said]:
    """Return four sources, one of them with a pause from ``STOPS_H`` on."""
    found = []
    for source in SOURCES:
        if source != stopped:
            found.append(Said(source, per_day, 0, hours))
            continue
        found.append(Said(source, per_day, 0, STOPS_H))
        if until_h:
            found.append(Said(source, per_day, until_h, hours))
    return found


@pytest.mark.parametrize("stopped", SOURCES)
def test_one_of_four_that_stops_is_silent_within_three_usual_gaps(stopped: str) -> None:
    hours = 11 * 24
    outputs = fold(said_log(1, four(40, hours, stopped, until_h=hours - 12), hours))
    assert told(outputs) == [("source_silent", stopped), ("source_back", stopped)]
    silent, back = of_sources(outputs)
    assert silent.source is not None
    assert silent.time_ms - silent.source.last_ms <= 3 * silent.source.usual_gap_s * 1000
    assert back.time_ms >= MONDAY_MS + (hours - 12) * HOUR_MS
    assert (silent.crisis_id, silent.seq, silent.state) == ("", 0, "quiet")
    for window in closed_windows(outputs):
        missing = (stopped,) if silent.time_ms < window.end_ms < back.time_ms else ()
        assert window.silent_sources == missing or window.end_ms in (silent.time_ms, back.time_ms)


@pytest.mark.parametrize("rate", [always, by_day, in_office_hours])
@pytest.mark.parametrize("per_day", [12, 60])
def test_chance_night_and_weekend_silence_nobody(rate: object, per_day: int) -> None:
    hours = 4 * WEEK_H
    said = [Said(source, per_day, 0, hours, rate=rate) for source in SOURCES]  # type: ignore[arg-type]
    assert told(fold(said_log(per_day, said, hours))) == []


def test_a_tiny_brand_is_not_missed() -> None:
    """Four mentions a day are no rhythm, and then there are none at all."""
    log = said_log(2, [Said(source, 1, 0, 3 * WEEK_H) for source in SOURCES], 5 * WEEK_H)
    assert told(fold(log)) == []


def test_what_was_heard_of_for_less_than_a_week_is_not_missed() -> None:
    log = said_log(3, [Said("social", 100, 0, 6 * 24)], 13 * 24)
    assert told(fold(log)) == []


def test_all_of_a_brand_are_missed_by_heartbeats_alone() -> None:
    log = said_log(4, four(40, STOPS_H), STOPS_H + 48)
    assert sorted(told(fold(log))) == [("source_silent", source) for source in SOURCES]


def test_after_a_week_of_silence_it_is_expected_no_longer() -> None:
    hours = STOPS_H + 10 * 24
    outputs = fold(said_log(5, four(40, hours, "review"), hours))
    assert told(outputs) == [("source_silent", "review"), ("source_gone", "review")]
    silent, gone = of_sources(outputs)
    assert gone.time_ms - silent.time_ms == 7 * DAY_MS
    assert closed_windows(outputs)[-1].silent_sources == ()


def test_one_that_comes_back_seldom_is_soon_usual() -> None:
    """From forty a day to one a night: the gaps are learnt, not told for ever."""
    nights = [Said("news", 400, STOPS_H + 24 * n, STOPS_H + 24 * n + 1) for n in range(1, 12)]
    hours = STOPS_H + 12 * 24
    found = told(fold(said_log(6, [*four(40, hours, "news"), *nights], hours)))
    assert 1 <= found.count(("source_silent", "news")) <= 2


def carried(stops: bool) -> list[LogRecord]:
    """Return two weeks of four sources; ``social`` carries a wave of ten hours, in the middle of
    which its feed may stop for eight hours.
    """
    hours, wave_h = STOPS_H + 30, STOPS_H - 2
    said = [Said(source, 30, 0, hours) for source in SOURCES if source != "social"]
    down = (STOPS_H, STOPS_H + 8) if stops else (hours, hours)
    for from_h, to_h in ((0, down[0]), (down[1], hours)):
        said.append(Said("social", 200, from_h, to_h))
        said.append(Said("social", 1_500, max(from_h, wave_h), min(to_h, wave_h + 10), 0.9))
    return said_log(7, [one for one in said if one.from_h < one.to_h], hours)


def test_a_crisis_is_not_over_because_its_source_is_down() -> None:
    whole, cut = fold(carried(stops=False)), fold(carried(stops=True))
    assert turns(whole)[-2:] == turns(cut)[-2:] == ["recovering", "resolved"]
    begun = next(one for one in crisis_events(cut) if one.type == "opened")
    calmer = ("recovering", "resolved", "milestone", "severity_changed")
    stops_ms, back_ms = (MONDAY_MS + (STOPS_H + at_h) * HOUR_MS for at_h in (0, 8))
    assert begun.time_ms < stops_ms
    ended = [one.time_ms for one in crisis_events(cut) if one.type in calmer]
    # Three mean gaps of its usual 200 a day are 22 minutes: until then nobody can know.
    assert not [at_ms for at_ms in ended if stops_ms + HOUR_MS / 2 < at_ms < back_ms]
    assert not any(one.type == "recovering" and one.time_ms < back_ms for one in crisis_events(cut))
    updates = [one for one in crisis_events(cut) if one.type == "updated"]
    waiting = [one for one in updates if "social is quiet" in "; ".join(one.reasons)]
    assert 6 <= len(waiting) <= 8
    silent = [one for one in of_sources(cut) if one.type == "source_silent"]
    for one in updates:
        is_silent = bool(silent) and silent[0].time_ms <= one.time_ms < back_ms
        assert one.evidence is not None
        assert not is_silent or one.evidence.silent_sources == ("social",)


def level_of(partition: PartitionFold) -> float:
    return partition.brands["larkmoor"].state.channels["mentions"].baseline.level()


def test_what_is_missing_is_not_learnt_as_usual() -> None:
    """Three of four sources are down for two days: the usual level is that of all four."""
    hours = STOPS_H + 48
    said = [Said("forum", 40, 0, hours)] + [Said(one, 40, 0, STOPS_H) for one in SOURCES[1:]]
    partition = PartitionFold(QUICK)
    outputs = play(said_log(8, said, hours), fold=partition)
    silent = [one for one in of_sources(outputs) if one.type == "source_silent"]
    assert len(silent) == 3
    told_ms = max(one.time_ms for one in silent)
    windows = [one for one in closed_windows(outputs) if one.end_ms > told_ms]
    expected = {one.expected_mentions for one in windows}
    assert len(windows) > 20
    assert max(expected) - min(expected) < 1e-4 * max(expected)
    assert level_of(partition) > 0.6 * 160 / 2880


def test_heartbeats_seldom_or_often_make_no_difference() -> None:
    hours = STOPS_H + 9 * 24
    said = four(40, hours, "review")
    often, seldom = said_log(9, said, hours, every_h=0.2), said_log(9, said, hours, every_h=100)
    assert fold(often) == fold(seldom)


def test_a_fold_that_was_stored_misses_what_it_would_have_missed() -> None:
    hours = STOPS_H + 9 * 24
    log = said_log(10, four(40, STOPS_H), hours)
    whole = PartitionFold(QUICK)
    expected = play(log, fold=whole)
    half = next(place for place, one in enumerate(log) if one == beat(MONDAY_MS + 193 * HOUR_MS))
    first = PartitionFold(QUICK)
    outputs = play(log[:half], fold=first)
    clock, _, _ = first.take_changed()
    stored = [state_wire.encode_brand(brand.state) for brand in first.brands.values()]
    read = [state_wire.decode(one.key, one.value or b"") for one in stored]
    states = [one for one in read if isinstance(one, BrandState)]
    outputs += play(log[half:], fold=PartitionFold.restore(QUICK, clock, states))
    assert outputs == expected
    assert len(of_sources(expected)) == 2 * len(SOURCES)


def test_a_source_that_is_no_kind_is_not_remembered() -> None:
    partition = PartitionFold(QUICK)
    unknown = mention(1, MONDAY_MS, source="x" * 40)
    log: list[LogRecord] = [beat(None), unknown, beat(MONDAY_MS + HOUR_MS)]
    play(log, fold=partition)
    assert partition.brands["larkmoor"].state.heard == {}
    assert {kind.value for kind in SourceKind} >= set(SOURCES)


def test_the_summary_names_the_source_and_since_when() -> None:
    hours = STOPS_H + 48
    log = said_log(4, four(40, hours, "news"), hours)
    (silent, *_) = of_sources(fold(log))
    assert isinstance(silent, CrisisEvent)
    assert silent.summary is not None
    assert "news" in silent.summary.en
    assert "wiadomości" in silent.summary.pl
