"""Every step of a crisis as a signed request, by the Standard Webhooks specification 1.0.0
(standardwebhooks.com): ``webhook-id``, ``webhook-timestamp`` and ``webhook-signature``.

The id is the crisis's and its step's number, so a request that is sent twice is known by its id.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Final

from app.clock import Clock, SystemClock
from app.sinks.alert import Alert, rfc3339
from app.sinks.incidents import Incidents, Step
from app.sinks.posting import Poster, Service
from app.sinks.signing import key_of, signature

TYPES: Final = {
    "trigger": "crisis.firing",
    "acknowledge": "crisis.acknowledged",
    "resolve": "crisis.resolved",
}


class Webhook:
    """A client of one address. ``secret``: see ``signing.key_of``; ``check``: the setting that an
    error names.
    """

    def __init__(
        self,
        url: str,
        secret: str,
        *,
        check: str = "notifier.webhook_url",
        timeout_s: float = 10,
        retry_s: float = 60,
        clock: Clock | None = None,
    ) -> None:
        self._key = key_of(secret)
        self._clock = clock or SystemClock()
        self._incidents = Incidents(lambda step: (step.action, step.alert.seq))
        service = Service("The webhook", url, f"{check} and what answers there")
        self._poster = Poster(service, timeout_s=timeout_s, retry_s=retry_s)

    async def post(self, alerts: Sequence[Alert]) -> Sequence[Alert]:
        """Tell each crisis's new step, and return the alerts of those; raises ``AlertRefused`` or
        ``UnavailableError``, with what was taken before remembered.
        """
        news = self._incidents.news(alerts)
        for step in news:
            body, identity = _body(step), f"{step.crisis_id}.{step.alert.seq}.{step.action}"
            seconds = str(self._clock.now_ms() // 1_000)
            headers = {
                "webhook-id": identity,
                "webhook-timestamp": seconds,
                "webhook-signature": signature(self._key, identity, seconds, body),
            }
            await self._poster.post(body, headers)
            self._incidents.told(step)
        return [step.alert for step in news]

    async def close(self) -> None:
        """Close the connections."""
        await self._poster.close()


def _body(step: Step) -> bytes:
    alert = step.alert
    at_ms = alert.starts_ms if alert.ends_ms is None else alert.ends_ms
    document = {
        "type": TYPES[step.action],
        "timestamp": rfc3339(at_ms),
        "data": alert.as_json() | {"seq": alert.seq},
    }
    return json.dumps(document).encode()
