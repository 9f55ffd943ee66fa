"""A reader beside the run: how far the roles are, and whether a commit ever ran ahead (I5)."""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import Iterator
from typing import Final

from aiokafka import TopicPartition
from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.errors import KafkaError

from app.core.mention import Rejected
from app.core.record import ScoredMention
from app.core.watermark import PartitionClock
from app.wire import deadletter, log, state
from tests.faults.contents import Place
from tests.faults.snapshot import (
    BRAND_STATE,
    DEAD_LETTER,
    MENTIONS,
    SCORED,
    places_of,
    read_to_end,
    reader,
)

EVERY_S: Final = 0.5
Offsets = dict[int, int]


class Watch:
    """Samples while ``run`` runs.

    ``durable``: next offset of each log partition by its last committed clock. ``covered``: the
    sample in which each source place was first seen in the log or among the dead letters.
    """

    def __init__(self, bootstrap: str, prefix: str, *, checks_states: bool = True) -> None:
        self._bootstrap, self._prefix = bootstrap, prefix
        self._checks_states = checks_states
        self._states = reader(bootstrap, "read_committed")
        self._results = reader(bootstrap, "read_uncommitted")
        self._places: dict[str, list[TopicPartition]] = {}
        self.durable: defaultdict[int, int] = defaultdict(int)
        self.covered: dict[Place, int] = {}
        self.samples: list[dict[str, Offsets]] = []  # by role: what its group had committed
        self.errors = 0
        self.most_lag = 0  # records, the most that was seen waiting for a role
        self._early: list[str] = []
        self._admin: AIOKafkaAdminClient | None = None

    async def start(self) -> None:
        """Connect to a broker that runs."""
        await asyncio.gather(self._states.start(), self._results.start())
        for topic in (MENTIONS, SCORED, DEAD_LETTER, BRAND_STATE):
            self._places[topic] = await places_of(self._results, self._prefix + topic)
        self._states.assign(self._places[BRAND_STATE])
        self._results.assign(self._places[SCORED] + self._places[DEAD_LETTER])

    async def run(self) -> None:
        """Sample until cancelled; outages of the broker are waited out."""
        while True:
            try:
                async with asyncio.timeout(20):
                    await self.sample()
            except (KafkaError, TimeoutError, OSError):
                self.errors += 1
                await self._forget_admin()
            await asyncio.sleep(EVERY_S)

    async def stop(self) -> None:
        """Disconnect."""
        await self._forget_admin()
        await asyncio.gather(self._states.stop(), self._results.stop())

    async def sample(self) -> None:
        """Ask what is committed, then read what is durable: only the other order could accuse
        wrongly.
        """
        committed = await self._committed()
        await self._read()
        self.samples.append(committed)
        waiting = (await self.ends(MENTIONS), await self.ends(SCORED))
        lag = sum(waiting[0].values()) - len(self.covered)
        self.most_lag = max(
            self.most_lag, lag, sum(waiting[1].values()) - sum(self.durable.values())
        )
        for partition, offset in committed["detector"].items():
            if self._checks_states and offset > self.durable[partition]:
                self._early.append(
                    f"log partition {partition}: {offset} is committed, the state has "
                    f"{self.durable[partition]}"
                )

    async def ends(self, topic: str) -> Offsets:
        """Return the end offset of each partition of a topic."""
        found = await self._results.end_offsets(self._places[topic])
        return {place.partition: offset for place, offset in found.items()}

    def reached(self, sources: Offsets, logs: Offsets) -> bool:
        """Tell whether the scorers have committed ``sources``, and states hold ``logs``."""
        is_scored = self.acknowledged("scorer", sources)
        return is_scored and all(self.durable[p] >= end for p, end in logs.items())

    def acknowledged(self, role: str, ends: Offsets) -> bool:
        """Tell whether a role's group had committed these offsets when last looked at."""
        committed = self.samples[-1][role] if self.samples else {}
        return all(committed.get(p, 0) >= end for p, end in ends.items())

    def problems(self, nowhere: set[Place]) -> Iterator[str]:
        """Yield each commit that ran ahead of what it stands for."""
        yield from self._early
        first_open: Offsets = {}
        for number, committed in enumerate(self.samples):
            for partition, end in committed["scorer"].items():
                for offset in range(first_open.get(partition, 0), end):
                    seen = self.covered.get((partition, offset), len(self.samples))
                    if (partition, offset) not in nowhere and seen > number:
                        yield f"source {partition}/{offset} was committed before it was delivered"
                first_open[partition] = max(end, first_open.get(partition, 0))

    async def _committed(self) -> dict[str, Offsets]:
        if self._admin is None:
            admin = AIOKafkaAdminClient(bootstrap_servers=self._bootstrap)
            await admin.start()
            self._admin = admin
        return {
            "scorer": await self._group(self._admin, "scorer", MENTIONS),
            "detector": await self._group(self._admin, "detector", SCORED),
        }

    async def _forget_admin(self) -> None:
        admin, self._admin = self._admin, None
        if admin is not None:
            await admin.close()

    async def _group(self, admin: AIOKafkaAdminClient, role: str, topic: str) -> Offsets:
        name = f"{self._prefix.rstrip('.-')}-{role}"
        found = await admin.list_consumer_group_offsets(name, partitions=self._places[topic])
        return {place.partition: at.offset for place, at in found.items() if at.offset >= 0}

    async def _read(self) -> None:
        number = len(self.samples)
        async for _, entries in read_to_end(self._states, self._places[BRAND_STATE]):
            for entry in entries:
                if entry.key == state.CLOCK_KEY and entry.value:
                    clock = state.decode(entry.key, entry.value)
                    if isinstance(clock, PartitionClock):
                        self.durable[entry.partition] = clock.applied + 1
        places = self._places[SCORED] + self._places[DEAD_LETTER]
        async for place, entries in read_to_end(self._results, places):
            for entry in entries:
                source = (
                    _origin(entry.value, entry.headers)
                    if place.topic.endswith(SCORED)
                    else self._letter_origin(entry.key, entry.value, entry.headers)
                )
                if source is not None:
                    self.covered.setdefault(source, number)

    def _letter_origin(
        self, key: bytes | None, value: bytes | None, headers: tuple[tuple[str, bytes], ...]
    ) -> Place | None:
        letter = deadletter.decode(key, value, headers)
        if isinstance(letter, Rejected) or letter.topic != self._prefix + MENTIONS:
            return None
        return letter.partition, letter.offset


def _origin(value: bytes | None, headers: tuple[tuple[str, bytes], ...]) -> Place | None:
    record = log.decode(value, headers)
    if not isinstance(record, ScoredMention):
        return None
    return record.origin.partition, record.origin.offset
