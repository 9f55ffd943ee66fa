"""When the watchdog ends a worker, and when it must not."""

from __future__ import annotations

from app.stream.verdict import Judge, Limits, Look, Progress

LIMITS = Limits(assigned_s=75.0, stalled_s=30.0)
PLACE = ("mentions", 0)


def good(progress: Progress | None = None) -> Look:
    return Look(
        has_consumer=True,
        is_answered=True,
        is_assigned=True,
        is_open=True,
        progress={} if progress is None else {PLACE: progress},
    )


def verdicts(looks: dict[float, Look]) -> dict[float, str | None]:
    judge = Judge(LIMITS, now_s=0.0)
    return {now_s: judge.cause(look, now_s) for now_s, look in looks.items()}


def last(looks: dict[float, Look]) -> str | None:
    return list(verdicts(looks).values())[-1]


def test_a_worker_at_the_end_of_its_partitions_may_rest_for_ever() -> None:
    idle = good(Progress(10, 10, False))
    assert set(verdicts({0: idle, 3600: idle, 7200: idle}).values()) == {None}


def test_no_consumer() -> None:
    assert verdicts({59: Look(), 60: Look()}) == {59: None, 60: "there is no consumer for 60 s"}


def test_behind_and_unmoved() -> None:
    behind = good(Progress(10, 4, True))
    assert verdicts({0: behind, 29: behind, 30: behind}) == {
        0: None,
        29: None,
        30: "mentions/0 stands at 4 of 10 for 30 s",
    }


def test_a_commit_that_moves_is_progress() -> None:
    looks = {20.0 * n: good(Progress(100, n, True)) for n in range(10)}
    assert last(looks) is None


def test_what_was_not_seen_does_not_count() -> None:
    behind, silent = good(Progress(10, 4, True)), Look(has_consumer=True)
    assert last({0: behind, 29: silent, 50: behind, 79: behind}) is None
    assert last({0: behind, 29: silent, 50: behind, 80: behind}) is not None


def test_a_long_silence() -> None:
    silent = Look(has_consumer=True)
    assert verdicts({1: good(), 299: silent, 301: silent}) == {
        1: None,
        299: None,
        301: "Kafka gave no answer for 300 s",
    }


def test_errors_five_times_running() -> None:
    error = Look(has_consumer=True, is_answered=True, error="Refused", is_assigned=True)
    assert [*verdicts(dict.fromkeys(range(4), error)).values()] == [None] * 4
    assert last(dict.fromkeys(range(5), error)) == "the group coordination ended: Refused"
    assert last({**dict.fromkeys(range(4), error), 4: good(), 5: error}) is None


def test_an_ended_coordination() -> None:
    ended = Look(has_consumer=True, is_answered=True, is_ended=True, is_assigned=True)
    assert last({0: ended}) == "the group coordination ended: its task is over"


def test_no_assignment() -> None:
    waiting = Look(has_consumer=True, is_answered=True)
    assert last({0: waiting, 74: waiting}) is None
    assert last({0: waiting, 75: waiting}) == "the group gave no assignment for 75 s"
    assert last({0: waiting, 74: good(), 76: waiting}) is None


def test_an_assignment_that_is_not_loaded() -> None:
    loading = Look(has_consumer=True, is_answered=True, is_assigned=True)
    assert last({0: loading, 44: loading}) is None
    assert last({0: loading, 45: loading}) == "the partitions are not loaded for 45 s"
    assert last({0: loading, 44: good(), 50: loading}) is None
