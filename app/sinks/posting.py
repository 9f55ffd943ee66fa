"""POST to a service beyond our own, again while it may help, with an error that names it if not."""

from __future__ import annotations

import ssl
from collections.abc import Mapping
from pathlib import Path
from typing import Final, NamedTuple
from urllib.parse import urlsplit

import httpx
from tenacity import (
    AsyncRetrying,
    retry_if_exception_type,
    stop_after_delay,
    wait_random_exponential,
)

from app.errors import ConfigError, UnavailableError

_TRANSIENT: Final = frozenset({408, 425, 429})
_DETAIL_MAX: Final = 200


class AlertRefused(ConfigError):
    """Raised when a service refuses an alert: 4xx, or a redirect. Trying again won't help."""


class _Retry(Exception):
    """A failure that may pass: 5xx, a timeout, no connection. Its text is the cause."""


class Service(NamedTuple):
    """What is called: ``name`` and ``check`` are for errors, and name no secret."""

    name: str
    address: str
    check: str  # the settings to look at


class Poster:
    """A client of one service.

    ``timeout_s`` is for one request and ``retry_s`` for all tries of one ``post`` together.
    """

    def __init__(
        self,
        service: Service,
        *,
        headers: Mapping[str, str] | None = None,
        cafile: Path | None = None,
        timeout_s: float = 10,
        retry_s: float = 60,
    ) -> None:
        parts = urlsplit(service.address)
        shown = f"{parts.scheme}://{parts.hostname}:{parts.port or ''}".rstrip(":")
        self._service, self._shown = service, f"{service.name} at {shown}"
        self._retry_s = retry_s
        self._client = httpx.AsyncClient(
            timeout=timeout_s,
            headers={"Content-Type": "application/json", **(headers or {})},
            verify=ssl.create_default_context(cafile=cafile) if cafile else True,
            trust_env=False,  # a proxy of the environment has no business between us and it
        )

    async def post(self, body: bytes, headers: Mapping[str, str] | None = None) -> None:
        """Send a JSON body, and again on 5xx, timeouts and lost connections.

        Raises ``AlertRefused`` on a 4xx at once, ``UnavailableError`` when ``retry_s`` has passed.
        """
        try:
            async for attempt in AsyncRetrying(
                retry=retry_if_exception_type(_Retry),
                wait=wait_random_exponential(multiplier=0.1, max=5),
                stop=stop_after_delay(self._retry_s),
                reraise=True,
            ):
                with attempt:
                    await self._post_once(body, headers or {})
        except _Retry as error:
            raise UnavailableError(
                f"{self._shown} took no alerts for {self._retry_s:g} s ({error}); check that it "
                f"runs and {self._service.check}"
            ) from error

    async def close(self) -> None:
        """Close the connections."""
        await self._client.aclose()

    async def _post_once(self, body: bytes, headers: Mapping[str, str]) -> None:
        try:
            response = await self._client.post(
                self._service.address, content=body, headers=dict(headers)
            )
        except httpx.TransportError as error:
            raise _Retry(f"{type(error).__name__} {error}".strip()) from error
        if response.is_success:
            return
        if response.is_server_error or response.status_code in _TRANSIENT:
            raise _Retry(f"status {response.status_code}")
        detail = " ".join(response.text[:_DETAIL_MAX].split())
        raise AlertRefused(
            f"{self._shown} refused alerts with status {response.status_code}"
            f"{f': {detail}' if detail else ''}; check {self._service.check}"
        )
