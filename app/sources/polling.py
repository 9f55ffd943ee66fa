"""One look at a feed over HTTP: only when it changed, only so large; and when to look again."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import Final, NamedTuple

import httpx

REDIRECTS_MAX: Final = 5
LONGEST_WAIT_S: Final = 3_600.0
_VALIDATOR_MAX: Final = 1_024


class FeedError(Exception):
    """Raised when a feed gives no answer, or none to use; ``retry_s``: when it may be asked."""

    def __init__(self, why: str, retry_s: float = 0.0) -> None:
        super().__init__(why)
        self.retry_s = retry_s


@dataclass(frozen=True, slots=True)
class Validators:
    """What the server gave to ask whether anything changed (RFC 9110, 13.1)."""

    etag: str | None = None
    last_modified: str | None = None

    def headers(self) -> dict[str, str]:
        """Return the headers that ask for it."""
        given = {"If-None-Match": self.etag, "If-Modified-Since": self.last_modified}
        return {name: value for name, value in given.items() if value}


class Fetched(NamedTuple):
    """``body`` None: nothing changed. The validators are for the next look, once it is used."""

    body: bytes | None
    validators: Validators


def feed_client(version: str) -> httpx.AsyncClient:
    """Return a client for feeds; to be closed."""
    return httpx.AsyncClient(
        follow_redirects=True,
        max_redirects=REDIRECTS_MAX,
        headers={
            "User-Agent": f"squall/{version}",
            "Accept": "application/atom+xml, application/rss+xml, application/xml;q=0.9, */*;q=0.1",
            # Packed, a few bytes could unfold to gigabytes.
            "Accept-Encoding": "identity",
        },
    )


async def fetch(
    client: httpx.AsyncClient, url: str, seen: Validators, *, max_bytes: int, limit_s: float
) -> Fetched:
    """Return what the feed holds, None for its body when that is as it was. Raises FeedError."""
    try:
        async with (
            asyncio.timeout(limit_s),
            client.stream("GET", url, headers=seen.headers()) as response,
        ):
            if response.status_code == httpx.codes.NOT_MODIFIED:
                return Fetched(None, seen)
            if response.status_code != httpx.codes.OK:
                retry_s = _retry_s(response.headers.get("Retry-After", ""))
                raise FeedError(f"answers {response.status_code}", retry_s)
            body = await _read(response, max_bytes)
            return Fetched(body, _validators(response.headers))
    except TimeoutError:
        raise FeedError(f"gave no whole answer within {limit_s:g} s") from None
    except (httpx.HTTPError, httpx.InvalidURL) as error:
        # Not its text: it may quote the address, which is a key to a private feed.
        raise FeedError(f"can't be read ({type(error).__name__})") from None


async def _read(response: httpx.Response, max_bytes: int) -> bytes:
    if response.headers.get("Content-Encoding", "identity").lower() != "identity":
        raise FeedError("is packed, though it was asked not to be")
    body = bytearray()
    async for chunk in response.aiter_bytes():
        body += chunk
        if len(body) > max_bytes:
            raise FeedError(f"is larger than {max_bytes} bytes; raise intake.feed_max_kib")
    return bytes(body)


def _validators(headers: httpx.Headers) -> Validators:
    found = (headers.get(name) for name in ("ETag", "Last-Modified"))
    etag, modified = (value if value and len(value) <= _VALIDATOR_MAX else None for value in found)
    return Validators(etag, modified)


def _retry_s(text: str) -> float:
    return min(float(text), 24 * LONGEST_WAIT_S) if text.isdecimal() and len(text) < 9 else 0.0


def wait_s(interval_s: float, failures: int, retry_s: float = 0.0) -> float:
    """Return how long to wait for the next look: twice as long after each failure, an hour at most
    or the interval, and never less than the server asked for.

    >>> [wait_s(300, failures) for failures in (0, 1, 2, 9)]
    [300.0, 600.0, 1200.0, 3600.0]
    """
    longest = max(interval_s, LONGEST_WAIT_S)
    return max(min(interval_s * 2.0 ** min(failures, 20), longest), retry_s)
