"""The canary's rounds: what is sent, and what has to come back, and in which time.

The mention's round: one mention, to be scored like any other, until its step's window is
committed. It passes the scorer (its engine too) and the detector. The crisis's round: an order to
open one, its event, the notifier's commit behind that event, then the same for its end. It passes
the scorer's router, the detector, the notifier and its sink: the notifier commits nothing that the
sink did not take.
"""

from __future__ import annotations

import asyncio
import json
from dataclasses import dataclass
from itertools import count
from typing import Final, Literal, NamedTuple, Protocol

from app.clock import Clock
from app.config import CANARY_BRAND, Role
from app.core.crisis import EventType, Severity
from app.core.event import ClosedWindow, CrisisEvent
from app.core.record import Command, Origin
from app.core.rules import STEP_MS
from app.wire import command as command_wire
from app.wire import rfc3339

LOOK_S: Final = 1.0
OPEN: Final = "open"
RESOLVE: Final = "resolve"
NOTE: Final = "Synthetic: a round of squall canary, ended within seconds."
NOWHERE: Final = Origin(topic="", partition=0, offset=0)  # an order is encoded without it

At = Literal["scorer", "detector", "notifier", "kafka"]
Source = Literal["mentions", "commands"]


class Place(NamedTuple):
    """Where a record lies."""

    topic: str
    partition: int
    offset: int


class Answer(NamedTuple):
    """An event of the canary's brand, and where it lies."""

    event: CrisisEvent
    place: Place


class Ways(Protocol):
    """To Kafka and back. Each raises UnavailableError when Kafka does not answer."""

    async def put(self, to: Source, value: bytes) -> Place:
        """Send a record of the canary's brand, and say where it lies."""
        ...

    async def skip(self) -> None:
        """Leave out every window and event up to now."""
        ...

    async def windows(self, within_s: float) -> list[ClosedWindow]:
        """Return the brand's windows that come in this time."""
        ...

    async def answers(self, within_s: float) -> list[Answer]:
        """Return the brand's events that come in this time."""
        ...

    async def is_done(self, role: Role, place: Place) -> bool:
        """Tell whether a role has committed the record as done."""
        ...


@dataclass(frozen=True, slots=True)
class Deadline:
    """When a round must have come back, by the monotonic clock."""

    clock: Clock
    ends_s: float

    @classmethod
    def after(cls, clock: Clock, limit_s: float) -> Deadline:
        return cls(clock, clock.monotonic_s() + limit_s)

    @property
    def left_s(self) -> float:
        return self.ends_s - self.clock.monotonic_s()


class _MissedError(Exception):
    """Raised when a round's time is over; ``at``: who had not done its part."""

    def __init__(self, at: At) -> None:
        super().__init__(at)
        self.at = at


async def mention_round(ways: Ways, clock: Clock, limit_s: float) -> At | None:
    """Send a mention; returns None once its window came, or who had not done its part in time."""
    deadline = Deadline.after(clock, limit_s)
    await ways.skip()
    now_ms = clock.now_ms()
    place = await ways.put("mentions", mention(now_ms))
    start_ms = now_ms // STEP_MS * STEP_MS
    while (left_s := deadline.left_s) > 0:
        for window in await ways.windows(min(left_s, LOOK_S)):
            if window.start_ms == start_ms and window.mentions:
                return None
    return "detector" if await ways.is_done("scorer", place) else "scorer"


def mention(now_ms: int) -> bytes:
    """Return a mention of the reserved brand that is said now.

    The time is in its text: a copy of an earlier text would be scored out of a cache.
    """
    now = rfc3339.format_ms(now_ms)
    document = {
        "id": f"{CANARY_BRAND}-{now_ms}",
        "text": f"The canary in the mine is singing, the air is fine at {now}.",
        "published_at": now,
        "brand": CANARY_BRAND,
        "lang": "en",
        "author": {"id": CANARY_BRAND},
    }
    return json.dumps(document).encode()


async def crisis_round(ways: Ways, clock: Clock, limit_s: float) -> At | None:
    """Open and resolve a crisis; returns None once both were told, or who had not done its part.

    A crisis that is open when the round is cancelled is ordered to be resolved: nobody would look
    after it.
    """
    crisis = _Crisis(ways, clock, limit_s)
    try:
        await crisis.run()
    except _MissedError as missed:
        return missed.at
    except asyncio.CancelledError:
        await crisis.leave()
        raise
    return None


class _Crisis:
    """One round's crisis."""

    def __init__(self, ways: Ways, clock: Clock, limit_s: float) -> None:
        self._ways = ways
        self._clock = clock
        self._deadline = Deadline.after(clock, limit_s)
        self._name = f"{CANARY_BRAND}-{clock.now_ms()}"
        self._numbers = count(1)
        self._may_be_open = False

    async def run(self) -> None:
        await self._ways.skip()
        await self._told(await self._opened())
        ended = await self._accepted(RESOLVE)
        self._may_be_open = False
        await self._told(ended)

    async def leave(self) -> None:
        if self._may_be_open:
            await self._ways.put("commands", self._order(RESOLVE)[1])

    async def _opened(self) -> Answer:
        opened = await self._given(OPEN)
        if opened.event.type is not EventType.REFUSED:
            return opened
        # A round before was cut short and left its crisis open: end that one first.
        await self._given(RESOLVE)
        return await self._accepted(OPEN)

    async def _accepted(self, action: str) -> Answer:
        answer = await self._given(action)
        if answer.event.type is EventType.REFUSED:
            raise _MissedError("detector")
        return answer

    async def _given(self, action: str) -> Answer:
        """Give an order and return the event that answers it."""
        identity, value = self._order(action)
        self._may_be_open = True
        place = await self._ways.put("commands", value)
        while (left_s := self._deadline.left_s) > 0:
            for answer in await self._ways.answers(min(left_s, LOOK_S)):
                if answer.event.command_id == identity:
                    return answer
        is_routed = await self._ways.is_done("scorer", place)
        raise _MissedError("detector" if is_routed else "scorer")

    async def _told(self, answer: Answer) -> None:
        """Return once the notifier has committed the event: the sink took what it changes."""
        while not await self._ways.is_done("notifier", answer.place):
            if (left_s := self._deadline.left_s) <= 0:
                raise _MissedError("notifier")
            await self._ways.answers(min(left_s, LOOK_S))  # passes the time; none is waited for

    def _order(self, action: str) -> tuple[str, bytes]:
        identity = f"{self._name}-{next(self._numbers)}"
        command = Command(
            id=identity,
            brand=CANARY_BRAND,
            action=action,
            actor=CANARY_BRAND,
            at_ms=self._clock.now_ms(),
            origin=NOWHERE,
            note=NOTE,
            severity=Severity.WARNING if action == OPEN else None,
        )
        return identity, command_wire.encode(command)
