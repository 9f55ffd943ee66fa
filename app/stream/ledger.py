"""The detector's write: state and events of a batch in one transaction a log partition.

Delivery, in four steps. Each mention counts once and each event is published once because of them:

1. On assignment of log partition p: open a transactional producer of our own with the id
   ``<prefix>-detector-<p>``. Its InitProducerId fences the older owner and aborts what that left
   open. Then wait until the state partition's last stable offset equals its end, read it to the
   end with read_committed, and only then take records (``load.py``).
2. For each batch: skip what the state has applied, by the offset in the log and by the highest
   offset of each source partition; fold the rest (``folding.py``).
3. In one transaction: the clock and the changed states, the events, the windows, the crisis
   states, the dead letters. Await every send, then commit (here).
4. Let the batch end, so that its offset is committed to the group (``application.py``). That
   offset is only a hint: reading starts at the position that the state holds, and step 2 is what
   counts.

Any error, and a transaction that takes too long, ends the process with a named cause: the next
owner reads what was committed. Being fenced as a zombie and our own timeout can't be told apart.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence

from aiokafka import AIOKafkaProducer
from aiokafka.errors import KafkaError

from app.config import Settings
from app.errors import TransactionError
from app.stream.exits import crash_point
from app.stream.kafka import client_options
from app.stream.rights import refused
from app.stream.sending import MAX_BATCH_BYTES, MAX_RECORD_BYTES, Outgoing, send, start

Producers = Mapping[int, AIOKafkaProducer]
Writes = Mapping[int, Sequence[Outgoing]]


async def open_producer(settings: Settings, partition: int) -> AIOKafkaProducer:
    """Return the started transactional producer of a log partition; the older owner is fenced.

    Raises UnavailableError when no broker answers.
    """
    transaction_ms = round(settings.detector.transaction_s * 1000)
    producer = AIOKafkaProducer(
        **client_options(settings.kafka),
        acks="all",
        transactional_id=settings.transactional_id(partition),
        # Longer than our own deadline, so that the broker never aborts what may still commit.
        transaction_timeout_ms=transaction_ms + 10_000,
        max_batch_size=MAX_BATCH_BYTES,
        max_request_size=MAX_RECORD_BYTES,
    )
    await start(producer, settings)
    return producer


async def commit(producers: Producers, writes: Writes, *, deadline_s: float) -> None:
    """Write each partition's records in one transaction, all partitions at once.

    Returns when all are committed. Raises TransactionError when one failed, was fenced, or was not
    committed by the deadline (aiokafka has none of its own), ConfigError when this principal may
    no longer do it.
    """
    tasks = {
        asyncio.create_task(_transaction(producers[partition], outgoing)): partition
        for partition, outgoing in writes.items()
    }
    if not tasks:
        return
    done, late = await asyncio.wait(tasks, timeout=deadline_s)
    for task in late:
        raise TransactionError(
            f"the transaction of log partition {tasks[task]} took more than {deadline_s:g} s: "
            "the next start continues from what was committed; check the brokers"
        )
    failed = {task: error for task in done if (error := task.exception()) is not None}
    for error in failed.values():
        if (gone := refused(error)) is not None:
            raise gone from error
    for task, error in failed.items():
        raise TransactionError(
            f"the transaction of log partition {tasks[task]} failed "
            f"({type(error).__name__}: {error}): the next start continues from what was "
            "committed; if this repeats, look for another detector with this prefix or slot"
        ) from error


async def _transaction(producer: AIOKafkaProducer, outgoing: Sequence[Outgoing]) -> None:
    async with producer.transaction():
        try:
            await asyncio.gather(*[await send(producer, one) for one in outgoing])
        except KafkaError as error:
            raise error from _behind(producer, error)
        crash_point("after_sends")


def _behind(producer: AIOKafkaProducer, error: KafkaError) -> BaseException | None:
    """Return why the transaction can only be aborted, None when nothing says so.

    Where one topic of it is refused, aiokafka sends to the others all the same, and what Kafka says
    of those (that they are in no transaction) may come first and hide it.
    """
    ended: asyncio.Future[None] = producer._txn_manager.wait_for_transaction_end()  # noqa: SLF001
    reason = ended.exception() if ended.done() and not ended.cancelled() else None
    return None if reason is error else reason
