"""Feeds, looked at again and again: what is new in one becomes mentions, and nothing twice.

Where a feed was read to is kept nowhere. A restart reads it whole, and the keys in the topic tell
what was taken. What a server says to ask for changes with is kept only once all was taken: else an
entry that Kafka did not take would not come again.
"""

from __future__ import annotations

import asyncio
import hashlib
import logging
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

import httpx

from app.clock import Clock
from app.config.intake import FeedSettings, IntakeSettings
from app.core.mention import Mention
from app.errors import UnavailableError
from app.logs import event
from app.metrics import Metrics
from app.sources.feed import BadFeedError, Entry, read_feed
from app.sources.mapping import FieldMap
from app.sources.polling import FeedError, Fetched, Validators, fetch, wait_s
from app.stream.received import DAY_MS, Clocked, mention_of
from app.stream.taking import Taker

logger = logging.getLogger(__name__)

Sleep = Callable[[float], Awaitable[None]]


@dataclass(slots=True)
class _State:
    """What is known of one feed while the process runs."""

    validators: Validators = field(default_factory=Validators)
    failures: int = 0
    retry_s: float = 0.0


class Feeds:
    """Looks at feeds and hands their entries on."""

    def __init__(
        self,
        settings: IntakeSettings,
        client: httpx.AsyncClient,
        taker: Taker,
        metrics: Metrics,
        clock: Clock,
    ) -> None:
        self._settings, self._client, self._taker = settings, client, taker
        self._metrics, self._clock = metrics, clock

    async def keep_looking(
        self, name: str, feed: FeedSettings, sleep: Sleep = asyncio.sleep
    ) -> None:
        """Look at one feed at its interval for ever, more seldom while that fails."""
        state = _State()
        while True:
            await self.look(name, feed, state)
            await sleep(wait_s(feed.interval_s, state.failures, state.retry_s))

    async def look(self, name: str, feed: FeedSettings, state: _State) -> None:
        """Take what is new. A failure is counted, and told when it is the first or the last."""
        try:
            outcome = await self._looked(feed, state)
        except (FeedError, BadFeedError, UnavailableError) as error:
            state.retry_s = error.retry_s if isinstance(error, FeedError) else 0.0
            state.failures += 1
            if state.failures == 1:
                event(logger, "feed_failed", logging.WARNING, feed=name, why=str(error))
            self._metrics.count("squall_intake_polls_total", outcome="failed")
            return
        if state.failures:
            event(logger, "feed_is_back", feed=name, failures=state.failures)
        state.failures, state.retry_s = 0, 0.0
        self._metrics.count("squall_intake_polls_total", outcome=outcome)
        now_s = self._clock.now_ms() / 1000
        self._metrics.set("squall_intake_feed_last_success_timestamp_seconds", now_s, feed=name)

    async def _looked(self, feed: FeedSettings, state: _State) -> str:
        fetched = await self._fetched(feed, state)
        if fetched.body is None:
            return "unchanged"
        # On a thread: a feed of megabytes must not hold up whoever waits for an answer.
        entries = await asyncio.to_thread(read_feed, fetched.body)
        mentions = self._mentions(feed, entries)
        took = await self._taker.take(mentions, limit_s=self._settings.answer_within_s)
        self._count("taken", took.new)
        self._count("repeated", took.repeated)
        state.validators = fetched.validators
        return "read"

    async def _fetched(self, feed: FeedSettings, state: _State) -> Fetched:
        return await fetch(
            self._client,
            feed.url,
            state.validators,
            max_bytes=self._settings.feed_max_kib * 1024,
            limit_s=self._settings.feed_timeout_s,
        )

    def _mentions(self, feed: FeedSettings, entries: Sequence[Entry]) -> list[Mention]:
        clocked = Clocked(
            feed.counted_at, self._clock.now_ms(), round(self._settings.max_age_days * DAY_MS)
        )
        fixed = FieldMap(fixed={"source": "news", **feed.set}).document({})
        found: list[Mention] = []
        for entry in entries:
            if entry.published_at is None:
                # It could not be told from one of last year when the topic has forgotten it.
                self._count("refused", 1)
                continue
            one = mention_of(_document(entry, fixed), clocked)
            if isinstance(one, Mention):
                found.append(one)
            else:
                self._count("old" if one is None else "refused", 1)
        return found

    def _count(self, outcome: str, number: int) -> None:
        self._metrics.count("squall_intake_mentions_total", number, way="feed", outcome=outcome)


def _document(entry: Entry, fixed: dict[str, Any]) -> dict[str, Any]:
    """Return the entry as a mention; ``set`` decides what it names.

    With the brand in its id: one article may be in the feeds of two brands.
    """
    name = f"{fixed.get('brand', '')}\x1f{entry.id}".encode()
    document: dict[str, Any] = {
        "id": f"feed-{hashlib.sha256(name).hexdigest()[:32]}",
        "text": entry.text,
        "published_at": entry.published_at,
    }
    if entry.url is not None:
        document["url"] = entry.url
    if entry.author is not None:
        document["author"] = {"name": entry.author}
    return document | fixed
