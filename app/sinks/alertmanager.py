"""Hand alerts to Alertmanager over its v2 API.

An alert's identity is its label set, so sending one again is harmless: a retry after a lost answer
makes no second incident.
"""

from __future__ import annotations

import ssl
from collections.abc import Iterable
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlsplit

import httpx
from tenacity import (
    AsyncRetrying,
    retry_if_exception_type,
    stop_after_delay,
    wait_random_exponential,
)

from app.errors import ConfigError, UnavailableError
from app.sinks.alert import Alert

_TRANSIENT: Final = frozenset({408, 425, 429})
_DETAIL_MAX: Final = 200


class AlertRefused(ConfigError):
    """Raised when Alertmanager refuses an alert: 4xx, or a redirect. Trying again won't help."""


class _Retry(Exception):
    """A failure that may pass: 5xx, a timeout, no connection. Its text is the cause."""


class Alertmanager:
    """A client of one Alertmanager.

    ``url`` is its base address, ``token`` goes along as a bearer token, ``timeout_s`` is for one
    request and ``retry_s`` for all tries of one ``post`` together.
    """

    def __init__(
        self,
        url: str,
        *,
        token: str | None = None,
        cafile: Path | None = None,
        timeout_s: float = 10,
        retry_s: float = 60,
    ) -> None:
        parts = urlsplit(url)
        self._shown = f"{parts.scheme}://{parts.hostname}:{parts.port or ''}".rstrip(":")
        self._address = f"{url.rstrip('/')}/api/v2/alerts"
        self._retry_s = retry_s
        self._client = httpx.AsyncClient(
            timeout=timeout_s,
            headers={"Authorization": f"Bearer {token}"} if token else {},
            verify=ssl.create_default_context(cafile=cafile) if cafile else True,
            trust_env=False,  # a proxy of the environment has no business between us and it
        )

    async def post(self, alerts: Iterable[Alert]) -> None:
        """Send ``alerts``, and again on 5xx, timeouts and lost connections; none means no request.

        Raises ``AlertRefused`` on a 4xx at once, ``UnavailableError`` when ``retry_s`` has passed.
        """
        body = [alert.as_json() for alert in alerts]
        if not body:
            return
        try:
            async for attempt in AsyncRetrying(
                retry=retry_if_exception_type(_Retry),
                wait=wait_random_exponential(multiplier=0.1, max=5),
                stop=stop_after_delay(self._retry_s),
                reraise=True,
            ):
                with attempt:
                    await self._post_once(body)
        except _Retry as error:
            raise UnavailableError(
                f"Alertmanager at {self._shown} took no alerts for {self._retry_s:g} s ({error}); "
                "check that it runs and notifier.alertmanager_url"
            ) from error

    async def close(self) -> None:
        """Close the connections."""
        await self._client.aclose()

    async def _post_once(self, body: list[dict[str, Any]]) -> None:
        try:
            response = await self._client.post(self._address, json=body)
        except httpx.TransportError as error:
            raise _Retry(f"{type(error).__name__} {error}".strip()) from error
        if response.is_success:
            return
        if response.is_server_error or response.status_code in _TRANSIENT:
            raise _Retry(f"status {response.status_code}")
        detail = " ".join(response.text[:_DETAIL_MAX].split())
        raise AlertRefused(
            f"Alertmanager at {self._shown} refused alerts with status {response.status_code}"
            f"{f': {detail}' if detail else ''}; check notifier.alertmanager_url and its token"
        )
