"""Crises as PagerDuty incidents, by its Events API v2: trigger, acknowledge, resolve.

The crisis id is the ``dedup_key``, so an event sent twice is the same incident. PagerDuty's four
severities are ours.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any, Final

from app.sinks.alert import Alert, rfc3339
from app.sinks.incidents import Incidents, Step
from app.sinks.posting import Poster, Service

_SUMMARY_CHARS: Final = 1_024  # what the API takes


class PagerDuty:
    """A client of one service of PagerDuty, by its routing key; ``check``: the settings that an
    error names.
    """

    def __init__(
        self,
        routing_key: str,
        url: str,
        *,
        check: str = "notifier.pagerduty_url and notifier.pagerduty_routing_key",
        timeout_s: float = 10,
        retry_s: float = 60,
    ) -> None:
        self._routing_key = routing_key
        self._incidents = Incidents(lambda step: (step.action, step.alert.labels["severity"]))
        service = Service("PagerDuty", f"{url.rstrip('/')}/v2/enqueue", check)
        self._poster = Poster(service, timeout_s=timeout_s, retry_s=retry_s)

    async def post(self, alerts: Sequence[Alert]) -> Sequence[Alert]:
        """Tell each crisis's new step, and return the alerts of those; raises ``AlertRefused`` or
        ``UnavailableError``, with what was taken before remembered.
        """
        news = self._incidents.news(alerts)
        for step in news:
            await self._poster.post(json.dumps(self._event(step)).encode())
            self._incidents.told(step)
        return [step.alert for step in news]

    async def close(self) -> None:
        """Close the connections."""
        await self._poster.close()

    def _event(self, step: Step) -> dict[str, Any]:
        alert = step.alert
        event: dict[str, Any] = {
            "routing_key": self._routing_key,
            "event_action": step.action,
            "dedup_key": step.crisis_id,
        }
        if step.action != "trigger":
            return event
        told = alert.annotations
        event["client"] = "Squall"
        if alert.source_url:
            event["client_url"] = alert.source_url
        event["payload"] = {
            "summary": (told.get("description") or told["summary"])[:_SUMMARY_CHARS],
            "source": alert.labels["brand"],
            "severity": alert.labels["severity"],
            "timestamp": rfc3339(alert.starts_ms),
            "group": alert.labels.get("theme", ""),
            "class": "crisis",
            "custom_details": told,
        }
        return event
