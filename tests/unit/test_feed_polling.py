"""Looks at feeds: only when they changed, only so large, more seldom while they fail."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from email.utils import format_datetime
from typing import Any

import httpx
import pytest

from app.clock import ManualClock
from app.config.intake import FeedSettings, IntakeSettings
from app.core.mention import Mention
from app.errors import UnavailableError
from app.metrics import Metrics
from app.sources.polling import FeedError, Fetched, Validators, feed_client, fetch, wait_s
from app.stream.feeds import Feeds
from app.stream.taking import Took

URL = "https://example.com/private/feed.xml"
NOW_MS = 1_772_359_200_000  # 2026-03-01T10:00:00Z
Answering = Callable[[httpx.Request], httpx.Response]


def client(answer: Answering) -> httpx.AsyncClient:
    usual = feed_client("1")
    return httpx.AsyncClient(
        transport=httpx.MockTransport(answer),
        headers=usual.headers,
        follow_redirects=usual.follow_redirects,
        max_redirects=usual.max_redirects,
    )


async def look(answer: Answering, seen: Validators | None = None) -> Fetched:
    async with client(answer) as one:
        return await fetch(one, URL, seen or Validators(), max_bytes=100, limit_s=5)


async def test_what_the_server_gave_is_asked_with_and_nothing_new_is_no_body() -> None:
    def answer(request: httpx.Request) -> httpx.Response:
        assert request.headers["Accept-Encoding"] == "identity"
        if request.headers.get("If-None-Match") == '"7"':
            assert request.headers["If-Modified-Since"] == "Sun, 01 Mar 2026 10:00:00 GMT"
            return httpx.Response(304)
        headers = {"ETag": '"7"', "Last-Modified": "Sun, 01 Mar 2026 10:00:00 GMT"}
        return httpx.Response(200, content=b"<rss/>", headers=headers)

    body, validators = await look(answer)
    assert body == b"<rss/>"
    assert await look(answer, validators) == (None, validators)


@pytest.mark.parametrize(
    ("response", "why", "retry_s"),
    [
        (httpx.Response(500), "answers 500", 0),
        (httpx.Response(429, headers={"Retry-After": "7200"}), "answers 429", 7_200),
        (httpx.Response(503, headers={"Retry-After": "soon"}), "answers 503", 0),
        (httpx.Response(503, headers={"Retry-After": "9" * 30}), "answers 503", 0),
        (httpx.Response(204), "answers 204", 0),
        (httpx.Response(200, content=b"x" * 101), "larger than 100 bytes", 0),
        (httpx.Response(302, headers={"Location": URL}), "can't be read (TooManyRedirects)", 0),
    ],
)
async def test_an_answer_that_is_no_feed_says_why_and_not_where(
    response: httpx.Response, why: str, retry_s: float
) -> None:
    with pytest.raises(FeedError) as caught:
        await look(lambda _: response)
    assert why in str(caught.value)
    assert "private" not in str(caught.value)
    assert caught.value.retry_s == retry_s


async def test_a_packed_answer_is_not_unfolded() -> None:
    packed = httpx.Response(
        200, headers={"Content-Encoding": "gzip"}, stream=httpx.ByteStream(b"\x1f\x8b")
    )
    with pytest.raises(FeedError, match="is packed"):
        await look(lambda _: packed)


async def test_a_broken_connection_is_a_failure_of_the_feed() -> None:
    def refuse(request: httpx.Request) -> httpx.Response:
        raise httpx.ConnectError("no route to private", request=request)

    with pytest.raises(FeedError, match=r"can't be read \(ConnectError\)"):
        await look(refuse)


def test_it_waits_longer_after_each_failure_and_as_long_as_it_is_told() -> None:
    assert wait_s(7_200, 5) == 7_200
    assert wait_s(60, 1, 900) == 900


class FakeTaker:
    """Takes all, unless it is away."""

    def __init__(self) -> None:
        self.taken: list[Mention] = []
        self.is_away = False

    async def take(self, mentions: Sequence[Mention], *, limit_s: float) -> Took:
        if self.is_away:
            raise UnavailableError("away")
        self.taken += mentions
        return Took(len(mentions), 0)


def item(number: int, published_ms: int | None = NOW_MS - 60_000) -> str:
    said = ""
    if published_ms is not None:
        moment = datetime.fromtimestamp(published_ms / 1000, UTC)
        said = f"<pubDate>{format_datetime(moment)}</pubDate>"
    return f"<item><guid>{number}</guid><title>Story {number}</title>{said}</item>"


class Rig:
    """Feeds with a server that answers what it is told."""

    def __init__(self, **feed: Any) -> None:
        self.items = item(1)
        self.status = 200
        self.asked: list[httpx.Request] = []
        self.taker, self.metrics = FakeTaker(), Metrics("intake")
        self.feed = FeedSettings(url=URL, **feed)
        self.client = client(self._answer)
        self.feeds = Feeds(
            IntakeSettings(),
            self.client,
            self.taker,  # type: ignore[arg-type]
            self.metrics,
            ManualClock(NOW_MS),
        )

    def _answer(self, request: httpx.Request) -> httpx.Response:
        self.asked.append(request)
        if request.headers.get("If-None-Match") == self.items:
            return httpx.Response(304)
        body = f"<rss><channel>{self.items}</channel></rss>".encode()
        return httpx.Response(self.status, content=body, headers={"ETag": self.items})

    async def looks(
        self, count: int, before: Callable[[int], None] = lambda _: None
    ) -> list[float]:
        """Look so often, and return how long it would have waited after each."""
        waited: list[float] = []

        async def sleep(seconds: float) -> None:
            waited.append(seconds)
            if len(waited) == count:
                raise asyncio.CancelledError
            before(len(waited))

        before(0)
        with pytest.raises(asyncio.CancelledError):
            await self.feeds.keep_looking("news", self.feed, sleep)
        await self.client.aclose()
        return waited

    def counted(self, series: str) -> float:
        lines = self.metrics.render().decode().splitlines()
        (line,) = [line for line in lines if line.startswith(series + " ")]
        return float(line.rpartition(" ")[2])


async def test_an_entry_counts_when_it_arrives_and_says_what_is_set() -> None:
    rig = Rig(set={"brand": "larkmoor", "source": "forum"})
    await rig.looks(2)
    (one,) = rig.taker.taken
    assert (one.text, one.brand, one.source) == ("Story 1", "larkmoor", "forum")
    assert one.published_at_ms == NOW_MS
    assert rig.counted('squall_intake_polls_total{outcome="unchanged"}') == 1


async def test_an_entry_counts_when_it_was_published_where_that_is_said() -> None:
    rig = Rig(counted_at="published")
    await rig.looks(1)
    assert [one.published_at_ms for one in rig.taker.taken] == [NOW_MS - 60_000]


async def test_old_entries_and_those_without_a_time_are_counted_and_left_out() -> None:
    rig = Rig()
    rig.items = item(1) + item(2, NOW_MS - 2 * 86_400_000) + item(3, None)
    await rig.looks(1)
    assert [one.text for one in rig.taker.taken] == ["Story 1"]
    assert rig.counted('squall_intake_mentions_total{outcome="old",way="feed"}') == 1
    assert rig.counted('squall_intake_mentions_total{outcome="refused",way="feed"}') == 1


async def test_one_story_in_the_feeds_of_two_brands_is_two_mentions() -> None:
    ids = []
    for brand in ("larkmoor", "zumbry"):
        rig = Rig(set={"brand": brand})
        await rig.looks(1)
        ids += [one.id for one in rig.taker.taken]
    assert len(set(ids)) == 2


async def test_what_kafka_did_not_take_is_asked_for_again() -> None:
    rig = Rig()

    def turn(look: int) -> None:
        rig.taker.is_away = look == 0

    waited = await rig.looks(3, turn)
    assert [one.text for one in rig.taker.taken] == ["Story 1"]
    assert "If-None-Match" not in rig.asked[1].headers, "what it was asked with was not taken"
    assert "If-None-Match" in rig.asked[2].headers
    assert waited == [600, 300, 300]


async def test_failures_are_told_once_and_looked_at_more_seldom(
    caplog: pytest.LogCaptureFixture,
) -> None:
    rig = Rig(interval_s=100)

    def turn(look: int) -> None:
        rig.status = 200 if look == 3 else 500

    with caplog.at_level("INFO"):
        assert await rig.looks(4, turn) == [200, 400, 800, 100]
    assert [one.message for one in caplog.records if one.message.startswith("feed_")] == [
        "feed_failed",
        "feed_is_back",
    ]
    assert rig.counted('squall_intake_polls_total{outcome="failed"}') == 3
