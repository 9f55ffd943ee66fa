"""A log partition's state, read back: from the compacted topic to a fold that is ready to go on."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Mapping, Sequence
from typing import Final

from aiokafka import TopicPartition
from aiokafka.errors import KafkaError

from app.config import Settings
from app.core.partition import PartitionFold
from app.core.rules import Rules
from app.core.state import STATE_VERSION, BrandState
from app.core.watermark import PartitionClock
from app.errors import StateError
from app.logs import event
from app.stream.compacted import Latest, read_latest, reader, unreadable
from app.stream.exits import crash_point
from app.wire import state as state_wire

logger = logging.getLogger(__name__)

STABLE_LIMIT_S: Final = 40.0  # longer than a transaction of a dead owner stays open
LOOK_EVERY_S: Final = 0.1


async def load(settings: Settings, partitions: Sequence[int]) -> dict[int, PartitionFold]:
    """Return one fold a log partition, as it was committed last.

    The partitions' producers must be open already: what an older owner left is aborted by that.
    Raises StateError when the state can't be read to a stable end, or a record of it is corrupt.
    """
    if not partitions:
        return {}
    await wait_until_stable(settings, partitions, limit_s=STABLE_LIMIT_S)
    crash_point("before_state_read")
    latest = await read_latest(settings, settings.topics.brand_state, partitions)
    crash_point("after_state_read")
    _tell_upgraded(latest)
    rules = settings.rules()
    return {partition: restore(rules, latest[partition]) for partition in partitions}


def _tell_upgraded(latest: Latest) -> None:
    values = [value for records in latest.values() for value in records.values()]
    if older := sum(value[:1] != state_wire.PREFIX for value in values):
        event(logger, "state_upgraded", records=older, layout=STATE_VERSION)


async def wait_until_stable(
    settings: Settings, partitions: Sequence[int], *, limit_s: float
) -> None:
    """Return when no transaction is open on the state partitions.

    A read_committed reader stops in front of an open transaction, even of somebody else, and then
    takes old state for the newest. Raises StateError when one is still open after the limit.
    """
    topic = settings.topics.brand_state
    places = [TopicPartition(topic, partition) for partition in partitions]
    stable, last = reader(settings, "read_committed"), reader(settings, "read_uncommitted")
    try:
        async with asyncio.timeout(limit_s):
            await asyncio.gather(stable.start(), last.start())
            while await stable.end_offsets(places) != await last.end_offsets(places):  # noqa: ASYNC110
                await asyncio.sleep(LOOK_EVERY_S)
    except TimeoutError as error:
        raise StateError(
            f"{topic} has no stable end after {limit_s:g} s: look for another writer's open "
            "transaction with kafka-transactions.sh find-hanging"
        ) from error
    except KafkaError as error:
        raise unreadable(topic, error) from error
    finally:
        await asyncio.gather(stable.stop(), last.stop())


def restore(rules: Rules, latest: Mapping[bytes, bytes]) -> PartitionFold:
    """Return the fold of a partition's stored records; raises StateError for a corrupt one."""
    clock: PartitionClock | None = None
    brands: list[BrandState] = []
    for key, value in latest.items():
        state = state_wire.decode(key, value)
        if isinstance(state, PartitionClock):
            clock = state
        else:
            brands.append(state)
    return PartitionFold.restore(rules, clock, brands)
