"""One run: the week goes in, windows and events come out, until the detector has judged it all."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Final

from aiokafka import AIOKafkaProducer

from app.cli.demo.receiver import Inbox
from app.cli.demo.replay import Progress, replay, taken_by
from app.cli.demo.roles import Roles
from app.cli.reading import Item, Reader, open_reader
from app.config import Settings
from app.core.event import ClosedWindow, CrisisEvent
from app.core.rules import STEP_MS, Rules
from app.errors import UnavailableError
from app.report.spans import crises
from app.sources.scenario.week import Record
from app.stream.kafka import client_options
from app.stream.topic_admin import admin_client, apply
from app.stream.topics import declared

TAKE_S: Final = 0.25
ALERTS_S: Final = 15.0  # the notifier's time after the last event

Show = Callable[[Sequence[Item], Progress], None]


@dataclass(slots=True)
class Outcome:
    """What a run told: all windows and events, in the order they were read."""

    windows: list[ClosedWindow] = field(default_factory=list)
    events: list[CrisisEvent] = field(default_factory=list)
    unreadable: int = 0

    def see(self, items: Sequence[Item]) -> None:
        """Keep the windows and events among ``items``."""
        self.windows += [item for item in items if isinstance(item, ClosedWindow)]
        self.events += [item for item in items if isinstance(item, CrisisEvent)]


async def make_topics(settings: Settings) -> None:
    """Make all topics as declared."""
    specs = declared(settings.topics, settings.partitions, settings.replication_factor)
    async with admin_client(client_options(settings.kafka)) as admin:
        await apply(admin, specs)


async def delete_topics(settings: Settings) -> None:
    """Delete all topics of this run's own prefix."""
    specs = declared(settings.topics, settings.partitions, settings.replication_factor)
    async with admin_client(client_options(settings.kafka)) as admin:
        await admin.delete_topics([spec.name for spec in specs])


async def play(
    settings: Settings,
    records: Sequence[Record],
    roles: Roles,
    inbox: Inbox,
    show: Show,
    *,
    speed: float,
    limit_s: float,
) -> Outcome:
    """Replay ``records`` and return what came of them once all that can be judged is judged.

    Raises UnavailableError when that takes more than ``limit_s``, RoleRefused when a role can't
    start.
    """
    outcome, progress = Outcome(), Progress()
    options = client_options(settings.kafka)
    deadline_s = time.monotonic() + limit_s
    async with (
        open_reader(options, settings.topics) as reader,
        _sending(settings, records, progress, speed) as sending,
    ):
        while not _is_judged(outcome, records, progress, settings.rules()):
            roles.look()
            if sending.done():
                sending.result()
            await _take(reader, outcome, progress, show)
            _check(deadline_s, limit_s, progress, len(records))
        while not await reader.is_at_end():
            await _take(reader, outcome, progress, show)
        outcome.unreadable = reader.unreadable
    await _alerts(outcome, inbox, roles)
    return outcome


async def _take(reader: Reader, outcome: Outcome, progress: Progress, show: Show) -> None:
    items = await reader.take(TAKE_S)
    outcome.see(items)
    show(items, progress)
    await asyncio.sleep(0)  # so that the replay has its turn even when items never end


@asynccontextmanager
async def _sending(
    settings: Settings, records: Sequence[Record], progress: Progress, speed: float
) -> AsyncIterator[asyncio.Task[None]]:
    """Yield the replay as a task, and end it with the block."""
    options = client_options(settings.kafka)
    async with admin_client(options) as admin:
        producer = AIOKafkaProducer(**options, enable_idempotence=True)
        await producer.start()
        taken = taken_by(admin, settings.group("scorer"))
        task = asyncio.create_task(
            replay(producer, settings.topics.mentions, records, taken, progress, speed=speed)
        )
        try:
            yield task
        finally:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)
            await producer.stop()


def _is_judged(
    outcome: Outcome, records: Sequence[Record], progress: Progress, rules: Rules
) -> bool:
    if not progress.is_done:
        return False
    expected = last_steps(records, progress, rules)
    reached: dict[str, int] = {}
    for window in outcome.windows:
        reached[window.brand] = max(window.end_ms, reached.get(window.brand, 0))
    return all(reached.get(brand, 0) >= end_ms for brand, end_ms in expected.items())


def last_steps(records: Sequence[Record], progress: Progress, rules: Rules) -> dict[str, int]:
    """Return, by brand, the end of the last step that the week's own time lets be judged.

    Time has come as far as the partition that got its last record first, less the lateness.
    """
    watermark_ms = min(progress.reached_ms.values()) - rules.allowed_lateness_ms
    ends: dict[str, int] = {}
    for record in records:
        end_ms = (record.time_ms // STEP_MS + 1) * STEP_MS
        if end_ms <= watermark_ms:
            ends[record.brand] = end_ms
    return ends


def _check(deadline_s: float, limit_s: float, progress: Progress, total: int) -> None:
    if time.monotonic() < deadline_s:
        return
    raise UnavailableError(
        f"the demo was not done after {limit_s:g} s ({progress.sent} of {total} mentions sent); "
        "read the roles' logs beside the report"
    )


async def _alerts(outcome: Outcome, inbox: Inbox, roles: Roles) -> None:
    """Wait for the notifier to have told of every crisis; not for ever, the verdict will say."""
    opened = [crisis for crisis in crises(outcome.events) if crisis.opened is not None]
    over = {crisis.id for crisis in opened if crisis.resolved is not None}
    deadline_s = time.monotonic() + ALERTS_S
    while time.monotonic() < deadline_s:
        roles.look()
        if {crisis.id for crisis in opened} <= inbox.fired and over <= inbox.ended:
            return
        await asyncio.sleep(TAKE_S)
