"""Gives commands and waits for the events that answer them.

A command that was given once is never given again under the same id: before a repeat, both the
answers and the commands of before are looked through.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Mapping, Sequence

import msgspec

from app.config import Settings
from app.core.event import CrisisEvent
from app.core.record import Command, Origin
from app.errors import UnavailableError, UsageError
from app.stream.following import Follower, follow
from app.stream.sending import Outgoing, deliver, open_producer
from app.wire import command as command_wire
from app.wire import event as event_wire
from app.wire.message import Message

NOWHERE = Origin(topic="", partition=0, offset=0)  # of a command that is not given yet
_LOOK_S = 0.2

Key = tuple[str, str]  # id and brand: one order may go to several brands
Answers = dict[Key, CrisisEvent]


async def give(
    settings: Settings, commands: Sequence[Command], *, wait_s: float, is_repeat: bool = False
) -> list[CrisisEvent]:
    """Return the answers of the commands, in their order.

    ``is_repeat``: they may have been given before; then only their answers are waited for.
    Raises UnavailableError when an answer is missing after ``wait_s``, and UsageError when the id
    belongs to another command.
    """
    wanted = {_key(command): command for command in commands}
    async with follow(settings, settings.topics.events) as events:
        answers: Answers = {}
        if is_repeat:
            async for record in events.past():
                _see(answers, wanted, record)
            given = await _given(settings, wanted)
        else:
            await events.skip()
            given = set()
        new = [one for key, one in wanted.items() if key not in answers and key not in given]
        await _send(settings, new)
        await _wait(events, answers, wanted, wait_s)
    if missing := [key for key in wanted if key not in answers]:
        raise _no_answer(missing, wait_s)
    return [answers[key] for key in wanted]


def _key(command: Command) -> Key:
    return command.id, command.brand


def _see(answers: Answers, wanted: Mapping[Key, Command], record: object) -> None:
    event = event_wire.decode(record.value, record.headers)  # type: ignore[attr-defined]
    if isinstance(event, CrisisEvent) and event.command_id is not None:
        key = (event.command_id, event.brand)
        if key in wanted:
            answers.setdefault(key, event)


async def _given(settings: Settings, wanted: Mapping[Key, Command]) -> set[Key]:
    """Return which of the commands are in the topic already."""
    found: set[Key] = set()
    async with follow(settings, settings.topics.commands) as topic:
        async for record in topic.past():
            before = command_wire.parse(record.value, NOWHERE)
            if isinstance(before, Command) and _key(before) in wanted:
                _check_same(before, wanted[_key(before)])
                found.add(_key(before))
    return found


def _check_same(before: Command, now: Command) -> None:
    # A silence of so many hours ends later when it is asked for later: it is the same order.
    moved = {"at_ms": now.at_ms, "origin": now.origin, "until_ms": now.until_ms}
    if msgspec.structs.replace(before, **moved) != now:
        raise UsageError(
            f"command id {now.id} belongs to another command, {before.action} for {before.brand}: "
            "leave --command-id out, or repeat that one as it was"
        )


async def _send(settings: Settings, commands: Iterable[Command]) -> None:
    outgoing = [
        Outgoing(
            settings.topics.commands,
            Message(command.brand.encode(), command_wire.encode(command)),
        )
        for command in commands
    ]
    if not outgoing:
        return
    producer = await open_producer(settings)
    try:
        await deliver(producer, outgoing, limit_s=settings.kafka.retry_s)
    finally:
        await producer.stop()


async def _wait(
    events: Follower, answers: Answers, wanted: Mapping[Key, Command], wait_s: float
) -> None:
    try:
        async with asyncio.timeout(wait_s):
            while len(answers) < len(wanted):
                for record in await events.coming(_LOOK_S):
                    _see(answers, wanted, record)
    except TimeoutError:
        return


def _no_answer(missing: Sequence[Key], wait_s: float) -> UnavailableError:
    brands = ", ".join(brand for _, brand in missing[:8])
    return UnavailableError(
        f"no answer within {wait_s:g} s for {brands}; the command is in Kafka and may still be "
        f"carried out: see that detector and router run, then repeat it with --command-id "
        f"{missing[0][0]}"
    )
