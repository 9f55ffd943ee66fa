"""When a heartbeat is due and what it claims."""

from __future__ import annotations

from app.clock import ManualClock
from app.core.record import Heartbeat
from app.stream.heartbeats import Heartbeats, Position

STEP_MS = 30_000


class Scene:
    """Two of four source partitions, and a clock."""

    def __init__(self) -> None:
        self.clock = ManualClock(1_000_000)
        self.beats = Heartbeats("mentions", interval_s=2.0, clock=self.clock)
        self.beats.assign([1, 3], 4)

    def due(self, positions: dict[int, Position]) -> dict[int, Heartbeat]:
        self.clock.advance_s(2)
        return {one.partition: one for one in self.beats.due(positions)}


def test_each_assigned_partition_gets_one_an_interval_from_the_start() -> None:
    scene = Scene()
    first = scene.due({})
    assert sorted(first) == [1, 3]
    assert first[1] == Heartbeat(
        topic="mentions",
        partition=1,
        partitions=4,
        time_ms=None,
        is_caught_up=False,
        at_ms=1_002_000,
    )
    scene.clock.advance_s(1.9)
    assert scene.beats.due({}) == []


def test_the_time_is_the_highest_delivered_in_this_assignment() -> None:
    scene = Scene()
    for time_ms in (5_000, 9_000, 7_000, None):
        scene.beats.note(1, time_ms)
    assert scene.due({})[1].time_ms == 9_000
    scene.beats.assign([1], 4)
    assert scene.due({})[1].time_ms is None


def test_a_record_of_a_partition_that_is_no_longer_ours_is_no_matter() -> None:
    scene = Scene()
    scene.beats.note(0, 5_000)
    assert sorted(scene.due({})) == [1, 3]


def test_read_to_the_end_and_all_done_is_caught_up() -> None:
    scene = Scene()
    assert scene.due({1: Position(10, 10, 10)})[1].is_caught_up


def test_records_on_their_way_are_not_caught_up() -> None:
    scene = Scene()
    assert not scene.due({1: Position(10, 10, 8)})[1].is_caught_up  # fetched, with the agent
    assert not scene.due({1: Position(10, 8, 8)})[1].is_caught_up  # not fetched yet


def test_something_read_since_the_heartbeat_before_is_not_caught_up() -> None:
    scene = Scene()
    scene.beats.note(1, 5_000)
    assert not scene.due({1: Position(10, 10, 10)})[1].is_caught_up
    assert scene.due({1: Position(10, 10, 10)})[1].is_caught_up


def test_an_empty_partition_is_caught_up_at_the_second_look() -> None:
    scene = Scene()
    assert not scene.due({1: Position(0, 0, None)})[1].is_caught_up
    assert scene.due({1: Position(0, 0, None)})[1].is_caught_up


def test_a_partition_that_ends_in_a_marker_is_caught_up_at_the_second_look() -> None:
    scene = Scene()
    assert not scene.due({1: Position(11, 11, 10)})[1].is_caught_up
    assert scene.due({1: Position(11, 11, 10)})[1].is_caught_up


def test_the_second_look_does_not_count_when_something_was_read_in_between() -> None:
    scene = Scene()
    scene.due({1: Position(11, 11, 10)})
    scene.beats.note(1, 5_000)
    assert not scene.due({1: Position(11, 11, 10)})[1].is_caught_up
    assert scene.due({1: Position(11, 11, 10)})[1].is_caught_up


def test_an_old_look_is_none() -> None:
    scene = Scene()
    assert not scene.due({})[1].is_caught_up


def test_a_step_of_event_time_is_told_at_once_but_not_in_a_flood() -> None:
    scene = Scene()
    scene.beats.note(1, 0)
    assert [one.partition for one in scene.beats.after_batch()] == [1]
    scene.beats.note(1, STEP_MS)
    assert scene.beats.after_batch() == []  # too soon
    scene.clock.advance_s(0.25)
    assert [one.time_ms for one in scene.beats.after_batch()] == [STEP_MS]
    scene.clock.advance_s(0.25)
    scene.beats.note(1, 2 * STEP_MS - 1)
    assert scene.beats.after_batch() == []  # less than a step


def test_a_drill_moves_no_time_and_holds_none() -> None:
    """Its records are read all the time, so that something is always on its way: all before the
    last of them was read, and as of then the partition is caught up.
    """
    scene = Scene()
    waiting = {1: Position(end=9, next_read=8, done=7)}
    scene.beats.note(1, 5_000)
    scene.due({1: Position(7, 7, 7)})
    first = scene.due({1: Position(7, 7, 7)})[1]
    assert (first.is_caught_up, first.at_ms) == (True, 1_004_000)
    scene.beats.note_drill(1, 1_005_300)
    second = scene.due(waiting)[1]
    assert (second.is_caught_up, second.at_ms, second.time_ms) == (True, 1_005_300, 5_000)
    third = scene.due(waiting)[1]
    assert (third.is_caught_up, third.at_ms) == (True, 1_005_300), "no later than it was read"
    fourth = scene.due({1: Position(9, 9, 9)})[1]
    assert (fourth.is_caught_up, fourth.at_ms) == (True, 1_010_000)


def test_a_drill_in_a_backlog_is_no_word_that_the_rest_was_read() -> None:
    scene = Scene()
    waiting = {1: Position(end=99, next_read=8, done=7)}
    assert not scene.due(waiting)[1].is_caught_up
    scene.beats.note_drill(1, 900_000)
    assert not scene.due(waiting)[1].is_caught_up
    scene.beats.note_drill(1, 9_900_000)  # by a broker whose clock is ahead
    ahead = scene.due(waiting)[1]
    assert ahead.at_ms == 1_006_000
    scene.beats.note(1, 5_000)
    scene.beats.note_drill(1, 1_007_000)
    assert not scene.due(waiting)[1].is_caught_up, "what is real was read since"
