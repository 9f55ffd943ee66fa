"""The canary's rounds against topics that the test plays, by a clock that the test moves."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

import pytest

from app.clock import Clock, ManualClock
from app.config import CANARY_BRAND, Role, Settings
from app.config.canary import CanarySettings
from app.core.crisis import EventType, Severity, State
from app.core.event import ClosedWindow, CrisisEvent
from app.core.mention import Mention
from app.core.record import Command, Origin
from app.core.watchlist import WatchList
from app.errors import ConfigError, UnavailableError
from app.metrics import Metrics
from app.stream.canary import Answer, At, Place, Source, Ways, crisis_round, mention_round
from app.stream.canary_watch import (
    Canary,
    Loop,
    Plan,
    check_interval,
    heed_cancellation,
    plans,
)
from app.stream.watching import with_canary
from app.wire import command as command_wire
from app.wire import mention as mention_wire

START_MS = 1_772_366_415_000  # the middle of a step
STEP_START_MS = START_MS - 15_000
LIMIT_S = 54.0


def a_window(start_ms: int, mentions: int = 1) -> ClosedWindow:
    return ClosedWindow(
        brand=CANARY_BRAND,
        start_ms=start_ms,
        end_ms=start_ms + 30_000,
        mentions=mentions,
        distinct=mentions,
        negatives=0,
        positives=0,
        neutrals=mentions,
        uncertain=0,
        unscored=0,
        reach=0,
        expected_mentions=1.0,
        expected_negatives=0.0,
        upper_negatives=0.0,
        score=0.0,
        severity_score=0.0,
        state=State.QUIET,
    )


class FakeSquall:
    """The three roles behind the topics: each does its part unless it is in ``dead``."""

    def __init__(self, *dead: Role, delay_s: float = 20.0, is_open: bool = False) -> None:
        self.clock = ManualClock(START_MS)
        self.dead, self.delay_s, self.is_open = set(dead), delay_s, is_open
        self.given: list[Command] = []
        self.mentions: list[bytes] = []
        self.skipped = 0
        self._events: list[Answer] = []
        self.window_start_ms = STEP_START_MS

    async def put(self, to: Source, value: bytes) -> Place:
        if to == "mentions":
            self.mentions.append(value)
            return Place("mentions", 1, 7)
        command = command_wire.parse(value, Origin(topic="t", partition=0, offset=0))
        assert isinstance(command, Command)
        self.given.append(command)
        if not self.dead & {"scorer", "detector"}:
            self._events.append(self._answer(command))
        return Place("crisis.commands", 0, len(self.given))

    def _answer(self, command: Command) -> Answer:
        is_possible = self.is_open is (command.action == "resolve")
        kind = EventType.OPENED if command.action == "open" else EventType.RESOLVED
        if is_possible:
            self.is_open = command.action == "open"
        event = CrisisEvent(
            id=command.id,
            type=kind if is_possible else EventType.REFUSED,
            brand=CANARY_BRAND,
            crisis_id="c" if is_possible else "",
            seq=len(self.given),
            state=State.OPEN if self.is_open else State.RESOLVED,
            previous_state=State.QUIET,
            severity=Severity.WARNING,
            time_ms=self.clock.now_ms(),
            reasons=("by the test",),
            command_id=command.id,
        )
        return Answer(event, Place("crisis.events", 2, len(self.given)))

    async def skip(self) -> None:
        self.skipped += 1

    async def windows(self, within_s: float) -> list[ClosedWindow]:
        self.clock.advance_s(within_s)
        waited_s = (self.clock.now_ms() - START_MS) / 1000
        if self.dead & {"scorer", "detector"} or waited_s < self.delay_s:
            return [a_window(STEP_START_MS - 30_000), a_window(STEP_START_MS, mentions=0)]
        return [a_window(self.window_start_ms)]

    async def answers(self, within_s: float) -> list[Answer]:
        self.clock.advance_s(within_s)
        found, self._events = self._events, []
        return found

    async def is_done(self, role: Role, place: Place) -> bool:
        assert role == ("notifier" if place.topic == "crisis.events" else "scorer")
        return role not in self.dead


async def test_a_mention_comes_back_as_the_window_of_its_step() -> None:
    squall = FakeSquall()
    assert await mention_round(squall, squall.clock, LIMIT_S) is None
    assert squall.clock.now_ms() == START_MS + 20_000
    assert squall.skipped == 1
    (value,) = squall.mentions
    parsed = mention_wire.parse(value)
    assert isinstance(parsed, Mention)
    assert (parsed.brand, parsed.published_at_ms) == (CANARY_BRAND, START_MS)
    assert parsed.sentiment is None, "the engine scores it"


@pytest.mark.parametrize("dead", ["scorer", "detector"])
async def test_a_mention_that_does_not_come_back_names_who_kept_it(dead: Role) -> None:
    squall = FakeSquall(dead)
    assert await mention_round(squall, squall.clock, LIMIT_S) == dead
    assert squall.clock.now_ms() == START_MS + 54_000


async def test_another_steps_window_is_no_answer() -> None:
    squall = FakeSquall()
    squall.window_start_ms = STEP_START_MS + 30_000
    assert await mention_round(squall, squall.clock, LIMIT_S) == "detector"


async def test_a_crisis_is_opened_told_and_resolved() -> None:
    squall = FakeSquall()
    assert await crisis_round(squall, squall.clock, LIMIT_S) is None
    assert [one.action for one in squall.given] == ["open", "resolve"]
    assert {(one.brand, one.actor) for one in squall.given} == {(CANARY_BRAND, CANARY_BRAND)}
    assert len({one.id for one in squall.given}) == 2
    assert squall.given[0].severity is Severity.WARNING


@pytest.mark.parametrize("dead", ["scorer", "detector", "notifier"])
async def test_a_crisis_that_is_kept_names_who_kept_it(dead: Role) -> None:
    squall = FakeSquall(dead)
    assert await crisis_round(squall, squall.clock, LIMIT_S) == dead
    assert squall.clock.now_ms() == START_MS + 54_000


async def test_a_crisis_that_was_left_open_is_ended_first() -> None:
    squall = FakeSquall(is_open=True)
    assert await crisis_round(squall, squall.clock, LIMIT_S) is None
    assert [one.action for one in squall.given] == ["open", "resolve", "open", "resolve"]
    assert not squall.is_open


class Refusing(FakeSquall):
    """Refuses every order, as a log without any event time does."""

    def _answer(self, command: Command) -> Answer:
        self.is_open = command.action == "open"
        return super()._answer(command)


async def test_an_order_that_is_refused_twice_is_the_detectors() -> None:
    squall = Refusing()
    assert await crisis_round(squall, squall.clock, LIMIT_S) == "detector"
    assert [one.action for one in squall.given] == ["open", "resolve", "open"]


class Stopped(FakeSquall):
    """Is told to stop while it waits for the notifier."""

    async def is_done(self, role: Role, place: Place) -> bool:
        raise asyncio.CancelledError


async def test_a_stop_does_not_leave_a_crisis_open() -> None:
    squall = Stopped()
    with pytest.raises(asyncio.CancelledError):
        await crisis_round(squall, squall.clock, LIMIT_S)
    assert [one.action for one in squall.given] == ["open", "resolve"]


class _EnoughError(Exception):
    """Ends the loop, which has no end of its own."""


class Watched:
    """One loop with rounds that end as told, and when each began."""

    def __init__(self, *ends: At | Exception | None, lasts_s: float = 5.0) -> None:
        self.clock = ManualClock(START_MS)
        self.metrics = Metrics("canary", clock=self.clock)
        self.began_s: list[float] = []
        self._ends, self._lasts_s = list(ends), lasts_s

    async def sleep(self, seconds: float) -> None:
        if not self._ends:
            raise _EnoughError
        self.clock.advance_s(seconds)

    @asynccontextmanager
    async def open(self) -> AsyncIterator[Ways]:
        self.began_s.append((self.clock.now_ms() - START_MS) / 1000)
        if isinstance(self._ends[0], Exception):
            self.clock.advance_s(self._lasts_s)
            raise self._ends.pop(0)  # type: ignore[misc]
        yield FakeSquall()

    async def run(self, _: Ways, __: Clock, limit_s: float) -> At | None:
        assert limit_s == 54.0
        self.clock.advance_s(self._lasts_s)
        end = self._ends.pop(0)
        assert not isinstance(end, Exception)
        return end

    async def go(self, loop: Loop = "mention") -> None:
        plan = Plan(
            loop=loop, interval_s=60, run=self.run, open=self.open, first_ms=START_MS + 10_000
        )
        with pytest.raises(_EnoughError):
            await Canary(self.metrics, self.clock, self.sleep).keep_going(plan)

    def shown(self, series: str) -> float:
        lines = self.metrics.render().decode().splitlines()
        (value,) = [line.rpartition(" ")[2] for line in lines if line.startswith(f"{series} ")]
        return float(value)

    @property
    def success_s(self) -> float:
        name = 'squall_canary_last_success_timestamp_seconds{loop="mention"}'
        return self.shown(name) - START_MS / 1000


async def test_rounds_begin_at_their_times() -> None:
    watched = Watched(None, None, None)
    await watched.go()
    assert watched.began_s == [10, 70, 130]
    assert watched.success_s == 135
    assert watched.shown('squall_canary_interval_seconds{loop="mention"}') == 60
    assert watched.shown("squall_canary_mention_seconds_sum") == 15


async def test_times_that_have_passed_are_left_out() -> None:
    watched = Watched(None, None, lasts_s=125.0)
    await watched.go()
    assert watched.began_s == [10, 190]


@pytest.mark.parametrize("at", ["scorer", "detector", "kafka"])
async def test_a_missed_round_moves_the_count_and_not_the_time(at: At) -> None:
    end = UnavailableError("Kafka is away: start it") if at == "kafka" else at
    watched = Watched(None, end, end)
    await watched.go()
    assert watched.success_s == 15
    assert watched.shown(f'squall_canary_missed_total{{at="{at}",loop="mention"}}') == 2
    assert watched.shown("squall_canary_mention_seconds_count") == 1


async def test_it_comes_round_again_when_what_stood_is_back() -> None:
    watched = Watched("detector", None)
    await watched.go()
    assert watched.success_s == 75


async def test_a_right_that_was_taken_away_ends_it() -> None:
    watched = Watched(ConfigError("Kafka no longer allows this principal its group: grant it"))
    plan = Plan(
        loop="mention", interval_s=60, run=watched.run, open=watched.open, first_ms=START_MS
    )
    with pytest.raises(ConfigError):
        await Canary(watched.metrics, watched.clock, watched.sleep).keep_going(plan)


@pytest.mark.parametrize("after_ms", [0, 1, 14_999, 15_000, 15_001, 29_999])
def test_the_first_mention_is_said_in_the_middle_of_a_step(after_ms: int) -> None:
    now_ms = STEP_START_MS + after_ms
    said, opened = plans(Settings(), now_ms)
    assert (said.loop, opened.loop) == ("mention", "crisis")
    assert said.first_ms % 30_000 == 15_000
    assert 0 <= said.first_ms - now_ms < 30_000
    assert opened.first_ms > said.first_ms


def test_an_interval_that_no_window_can_keep_is_refused() -> None:
    settings = Settings.model_validate({"detector": {"allowed_lateness_s": 300}})
    with pytest.raises(ConfigError, match=r"canary\.mention_interval_s: .* 362 or more"):
        check_interval(settings)
    told = settings.model_copy(update={"canary": CanarySettings(mention_interval_s=362)})
    check_interval(told)
    check_interval(Settings())


def test_a_watch_list_need_not_know_the_canary() -> None:
    document = {"version": 1, "brands": [{"name": "acme"}]}
    match = with_canary(WatchList.from_yaml_dict(document).match)

    def brands(brand: str, text: str) -> list[str]:
        said = Mention(id="1", text=text, published_at_ms=0, brand=brand)
        return [one.brand for one in match(said)]

    assert brands(CANARY_BRAND, "acme is down") == [CANARY_BRAND]
    assert brands("acme", "squall-canary") == ["acme"]
    assert brands("unknown", "nothing") == []


async def test_a_cancellation_that_a_library_swallowed_still_ends_a_round() -> None:
    async def swallowing() -> str:
        with suppress(asyncio.CancelledError):
            await asyncio.Event().wait()
        heed_cancellation()
        return "went on"

    task = asyncio.create_task(swallowing())
    await asyncio.sleep(0)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    heed_cancellation()  # nobody cancelled this one
