"""A transaction that Kafka refuses one topic of, told by that topic's name."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any, cast

import pytest
from aiokafka.errors import InvalidTxnState, KafkaError, TopicAuthorizationFailedError

from app.errors import ConfigError, TransactionError
from app.stream.ledger import Producers, commit
from app.stream.sending import Outgoing
from app.wire.message import Message

ONE = Outgoing("sentiment.windows", Message(b"k", b"v", ()), 0)
GONE = TopicAuthorizationFailedError({"crisis.events"})


def failed(error: KafkaError | None) -> asyncio.Future[Any]:
    future: asyncio.Future[Any] = asyncio.get_running_loop().create_future()
    if error is not None:
        future.set_exception(error)
        future.exception()  # it is looked at
    return future


class Refused:
    """A producer whose records are answered with one error, and whose transaction has another."""

    def __init__(self, answer: KafkaError, behind: KafkaError | None) -> None:
        self._answer, self._behind = answer, behind
        self._txn_manager = self

    def wait_for_transaction_end(self) -> asyncio.Future[Any]:
        return failed(self._behind)

    @asynccontextmanager
    async def transaction(self) -> AsyncIterator[None]:
        yield

    async def send(self, *_: Any, **__: Any) -> asyncio.Future[Any]:
        return failed(self._answer)


async def write(*producers: Refused) -> None:
    by_partition = cast("Producers", dict(enumerate(producers)))
    await commit(by_partition, {number: [ONE] for number in by_partition}, deadline_s=5)


async def test_the_answer_of_another_topic_hides_no_refusal() -> None:
    with pytest.raises(ConfigError, match=r"its topic \(crisis\.events\): grant it"):
        await write(Refused(InvalidTxnState(), GONE))


async def test_one_refused_partition_names_the_right_for_all() -> None:
    with pytest.raises(ConfigError, match=r"crisis\.events"):
        await write(*[Refused(InvalidTxnState(), None)] * 3, Refused(GONE, None))


@pytest.mark.parametrize("is_told", [True, False])
async def test_what_no_refusal_is_behind_stays_a_failed_transaction(is_told: bool) -> None:
    error = InvalidTxnState()
    with pytest.raises(TransactionError, match="log partition 0 failed"):
        await write(Refused(error, error if is_told else None))
