"""The clock of a log partition: rows C07, T12, and the replay at full speed (D3)."""

from __future__ import annotations

from app.core.record import Origin
from app.core.rules import Rules
from app.core.watermark import PartitionClock, see_heartbeat, see_mention
from tests.unit.folding import beat

RULES = Rules(allowed_lateness_ms=10_000, source_idle_ms=60_000)


def mention_at(clock: PartitionClock, partition: int, time_ms: int) -> None:
    see_mention(clock, Origin(topic="mentions", partition=partition, offset=1), time_ms, RULES)


def heard(clock: PartitionClock, partition: int, time_ms: int | None, **fields: object) -> None:
    see_heartbeat(clock, beat(time_ms, partition=partition, **{"partitions": 2, **fields}), RULES)


def test_there_is_no_watermark_until_every_source_partition_was_heard_of() -> None:
    clock = PartitionClock()
    mention_at(clock, 0, 1_000_000)
    heard(clock, 0, 1_000_000)
    assert clock.watermark_ms is None
    heard(clock, 1, 900_000)
    assert clock.watermark_ms == 890_000


def test_a_backlog_of_unknown_time_holds_the_watermark() -> None:
    clock = PartitionClock()
    heard(clock, 0, 1_000_000)
    heard(clock, 1, None)  # not caught up: its first mention may be of any time
    assert clock.watermark_ms is None


def test_the_slowest_source_partition_holds_the_watermark() -> None:
    clock = PartitionClock()
    heard(clock, 0, 1_000_000)
    heard(clock, 1, 1_000_000)
    mention_at(clock, 0, 9_000_000)
    assert clock.watermark_ms == 990_000
    mention_at(clock, 1, 2_000_000)
    assert clock.watermark_ms == 1_990_000


def test_the_watermark_never_falls() -> None:
    clock = PartitionClock()
    for partition in (0, 1):
        heard(clock, partition, 5_000_000)
    mention_at(clock, 0, 1)
    heard(clock, 1, 1)
    assert clock.watermark_ms == 4_990_000


def test_an_idle_source_moves_on_by_what_its_scorer_measured() -> None:
    clock = PartitionClock()
    heard(clock, 0, 1_000_000)
    heard(clock, 1, 1_000_000, is_caught_up=True, at_ms=77_000)
    mention_at(clock, 0, 9_000_000)
    heard(clock, 1, 1_000_000, is_caught_up=True, at_ms=79_000)
    assert clock.watermark_ms == 992_000  # two seconds later, whatever the wall clock says


def test_a_source_idle_for_long_no_longer_holds_the_others() -> None:
    clock = PartitionClock()
    heard(clock, 0, 1_000_000)
    for at_ms in range(0, 62_000, 2_000):
        heard(clock, 1, 1_000_000, is_caught_up=True, at_ms=at_ms)
    mention_at(clock, 0, 9_000_000)
    assert clock.watermark_ms == 8_990_000


def test_a_source_that_wakes_up_holds_again_but_time_does_not_turn_back() -> None:
    clock = PartitionClock()
    heard(clock, 0, 1_000_000)
    for at_ms in range(0, 62_000, 2_000):
        heard(clock, 1, 1_000_000, is_caught_up=True, at_ms=at_ms)
    mention_at(clock, 0, 2_000_000)
    mention_at(clock, 1, 1_500_000)
    mention_at(clock, 0, 3_000_000)
    assert clock.watermark_ms == 1_990_000


def test_an_empty_source_partition_does_not_hold_the_watermark() -> None:
    clock = PartitionClock()
    heard(clock, 0, 1_000_000)
    heard(clock, 1, None, is_caught_up=True)
    mention_at(clock, 0, 2_000_000)
    assert clock.watermark_ms == 1_990_000


def test_when_all_sources_are_idle_the_newest_one_leads() -> None:
    clock = PartitionClock()
    for at_ms in range(0, 70_000, 2_000):
        heard(clock, 0, 1_000_000, is_caught_up=True, at_ms=at_ms)
        heard(clock, 1, 500_000, is_caught_up=True, at_ms=at_ms)
    assert clock.watermark_ms == 1_000_000 + 68_000 - 10_000


def test_a_scorer_restart_forgets_nothing_that_the_log_knew() -> None:
    clock = PartitionClock()
    heard(clock, 0, 1_000_000)
    heard(clock, 1, 1_000_000)
    heard(clock, 0, None, at_ms=50)  # restarted, nothing read yet
    mention_at(clock, 1, 2_000_000)
    assert clock.watermark_ms == 990_000
    heard(clock, 0, 2_000_000)
    assert clock.watermark_ms == 1_990_000
