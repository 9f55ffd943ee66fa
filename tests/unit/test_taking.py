"""What is taken, once, and when it is called taken."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from aiokafka.errors import KafkaTimeoutError, TopicAuthorizationFailedError

from app.clock import ManualClock
from app.core.event import Late
from app.core.mention import Mention, Rejected, SourceKind
from app.core.record import LogRecord
from app.errors import ConfigError, UnavailableError
from app.stream.received import DAY_MS, Clocked, mention_of
from app.stream.taken import Taken, key_of
from app.stream.taking import Taker
from tests.unit.folding import MONDAY_MS, beat, closed_windows, fold, mention

NOW_MS = 1_772_359_200_000


class FakeProducer:
    """Keeps what it was sent; ``answers`` are the brokers' answers, by hand."""

    def __init__(self) -> None:
        self.sent: list[tuple[bytes, bytes]] = []
        self.answers: list[asyncio.Future[None]] = []

    async def send(self, topic: str, value: bytes, *, key: bytes, **_: Any) -> asyncio.Future[None]:
        assert topic == "mentions"
        self.sent.append((key, value))
        self.answers.append(asyncio.get_running_loop().create_future())
        return self.answers[-1]


def said(number: int, **fields: Any) -> Mention:
    return Mention(id=f"m{number}", text="x", published_at_ms=NOW_MS, **fields)


def taker() -> tuple[Taker, FakeProducer, Taken]:
    producer, taken = FakeProducer(), Taken(8)
    return Taker(producer, "mentions", taken, ManualClock(NOW_MS)), producer, taken


async def sent(producer: FakeProducer, count: int) -> None:
    while len(producer.answers) < count:  # noqa: ASYNC110 - one turn of the loop each
        await asyncio.sleep(0)


async def test_it_is_taken_when_the_brokers_say_so_and_not_before() -> None:
    one, producer, taken = taker()
    waiting = asyncio.create_task(one.take([said(1), said(2), said(1)], limit_s=60))
    await sent(producer, 2)
    producer.answers[0].set_result(None)
    await asyncio.sleep(0)
    assert not waiting.done()
    assert key_of(said(2)) not in taken
    producer.answers[1].set_result(None)
    assert await waiting == (2, 1)
    assert await one.take([said(1), said(2)], limit_s=60) == (0, 2)
    assert len(producer.sent) == 2


async def test_what_is_on_its_way_is_waited_for_and_not_sent_again() -> None:
    one, producer, _ = taker()
    with pytest.raises(UnavailableError, match="have not acknowledged"):
        await one.take([said(1)], limit_s=0)
    await sent(producer, 1)
    again = asyncio.create_task(one.take([said(1)], limit_s=60))
    await asyncio.sleep(0)
    producer.answers[0].set_result(None)
    assert await again == (0, 1)
    assert len(producer.sent) == 1


async def test_one_that_no_longer_waits_leaves_it_on_its_way() -> None:
    one, producer, taken = taker()
    gone = asyncio.create_task(one.take([said(1)], limit_s=60))
    await sent(producer, 1)
    gone.cancel()
    with pytest.raises(asyncio.CancelledError):
        await gone
    producer.answers[0].set_result(None)
    assert await one.take([said(1)], limit_s=60) == (0, 1)
    assert key_of(said(1)) in taken


@pytest.mark.parametrize(
    ("error", "kind"),
    [(KafkaTimeoutError(), UnavailableError), (TopicAuthorizationFailedError("m"), ConfigError)],
)
async def test_a_failed_send_breaks_it_and_is_not_called_taken(
    error: Exception, kind: type[Exception]
) -> None:
    one, producer, taken = taker()
    waiting = asyncio.create_task(one.take([said(1)], limit_s=60))
    await sent(producer, 1)
    producer.answers[0].set_exception(error)
    with pytest.raises(UnavailableError):
        await waiting
    with pytest.raises(kind):
        await one.broken
    assert key_of(said(1)) not in taken


def test_a_key_is_that_of_the_kind_of_source_and_the_id() -> None:
    assert key_of(said(1)) == key_of(said(1, brand="larkmoor", reach=7))
    assert key_of(said(1)) != key_of(said(2))
    assert key_of(said(1)) != key_of(said(1, source=SourceKind.REVIEW))


def test_keys_are_forgotten_by_day() -> None:
    taken = Taken(days=2)
    for day in (3, 5, 4):
        taken.add(b"taken:%d" % day, day * DAY_MS)
    taken.add(b"taken:1", DAY_MS)
    assert [b"taken:%d" % day in taken for day in (1, 3, 4, 5)] == [False, True, True, True]
    taken.add(b"taken:7", 7 * DAY_MS)
    assert [b"taken:%d" % day in taken for day in (3, 4, 5, 7)] == [False, False, True, True]
    assert len(taken) == 2


ARRIVAL = Clocked("arrival", NOW_MS, DAY_MS)
DOCUMENT: dict[str, Any] = {"id": "1", "text": "x", "published_at": "2026-03-01T09:00:00Z"}


def test_it_counts_at_its_arrival_or_when_it_was_published() -> None:
    arrived = mention_of(DOCUMENT, ARRIVAL)
    published = mention_of(DOCUMENT, ARRIVAL._replace(counted_at="published"))
    assert isinstance(arrived, Mention)
    assert isinstance(published, Mention)
    assert (arrived.published_at_ms, published.published_at_ms) == (NOW_MS, NOW_MS - 3_600_000)


def test_what_says_no_time_is_said_now_and_what_is_old_is_none() -> None:
    undated = mention_of({"id": "1", "text": "x"}, ARRIVAL)
    assert isinstance(undated, Mention)
    assert undated.published_at_ms == NOW_MS
    assert mention_of({**DOCUMENT, "published_at": "2026-02-28T09:59:59Z"}, ARRIVAL) is None


@pytest.mark.parametrize(
    ("fields", "reason"),
    [
        ({"text": None}, "missing_field"),
        ({"text": "\ud800"}, "bad_encoding"),
        ({"text": "x" * 8_001}, "too_large"),
        ({"id": ""}, "bad_value"),
        ({"source": "smoke"}, "bad_value"),
        ({"published_at": "1999-01-01T00:00:00Z"}, "bad_time"),
        ({"url": "javascript:a()"}, "bad_value"),
    ],
)
def test_what_makes_no_mention_says_why(fields: dict[str, Any], reason: str) -> None:
    found = mention_of({**DOCUMENT, **fields}, ARRIVAL)
    assert isinstance(found, Rejected)
    assert found.reason == reason


def test_what_the_topic_has_forgotten_changes_no_window_when_it_is_imported_again() -> None:
    """An import keeps the mention's own time: days later that lies behind the watermark."""
    first: list[LogRecord] = [
        mention(n, MONDAY_MS + n * 1_000, mention_id=f"m{n}") for n in range(30)
    ]
    later: list[LogRecord] = [
        mention(100 + n, MONDAY_MS + n * 1_000, mention_id=f"m{n}", origin=origin(1_000 + n))
        for n in range(30)
    ]
    once: list[LogRecord] = [beat(None), *first, beat(MONDAY_MS + 8 * DAY_MS)]
    outputs = fold([*once, *later, beat(MONDAY_MS + 9 * DAY_MS)])
    assert sum(window.mentions for window in closed_windows(outputs)) == 30
    assert len([one for one in outputs if isinstance(one, Late)]) == 30


def origin(offset: int) -> Any:
    return mention(offset, 0).origin
