"""Hand alerts to Alertmanager over its v2 API.

An alert's identity is its label set, so sending one again is harmless: a retry after a lost answer
makes no second incident.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

from app.sinks.alert import Alert
from app.sinks.posting import Poster, Service


class Alertmanager:
    """A client of one Alertmanager.

    ``url`` is its base address, ``token`` goes along as a bearer token, ``timeout_s`` is for one
    request and ``retry_s`` for all tries of one ``post`` together; ``check``: the settings that an
    error names.
    """

    def __init__(
        self,
        url: str,
        *,
        token: str | None = None,
        cafile: Path | None = None,
        check: str = "notifier.alertmanager_url and its token",
        timeout_s: float = 10,
        retry_s: float = 60,
    ) -> None:
        self._poster = Poster(
            Service(
                "Alertmanager",
                f"{url.rstrip('/')}/api/v2/alerts",
                check,
            ),
            headers={"Authorization": f"Bearer {token}"} if token else None,
            cafile=cafile,
            timeout_s=timeout_s,
            retry_s=retry_s,
        )

    async def post(self, alerts: Sequence[Alert]) -> Sequence[Alert]:
        """Send ``alerts`` and return them; none means no request.

        Raises ``AlertRefused`` on a 4xx at once, ``UnavailableError`` when ``retry_s`` has passed.
        """
        if alerts:
            await self._poster.post(json.dumps([alert.as_json() for alert in alerts]).encode())
        return alerts

    async def close(self) -> None:
        """Close the connections."""
        await self._poster.close()
