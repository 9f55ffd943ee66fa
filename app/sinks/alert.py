"""A crisis as an alert: labels for routing, annotations for people."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any, Final

import msgspec

from app.core.event import CrisisEvent, CrisisState, Evidence
from app.core.routed import RoutedAs

ALERT_NAME: Final = "SquallCrisis"
_MAX_TEXT: Final = 1_000
_TOP_MENTIONS: Final = 3


class Alert(msgspec.Struct, frozen=True, kw_only=True):
    """What Alertmanager is told. Times are milliseconds; without ``ends_ms`` it still fires."""

    labels: dict[str, str]
    annotations: dict[str, str]
    starts_ms: int
    ends_ms: int | None = None
    source_url: str | None = None
    seq: int = 0  # of the crisis's step; Alertmanager is not told, and neither of ...
    routed_as: tuple[RoutedAs, ...] = ()  # ... what it was since it opened, which routes go by
    crisis: CrisisEvent | CrisisState | None = None  # what it is made of; a view tells a part of it

    @property
    def is_drill(self) -> bool:
        return self.labels.get("drill") == "true"

    def as_json(self) -> dict[str, Any]:
        """Return the alert as the v2 API wants it."""
        value: dict[str, Any] = {
            "labels": self.labels,
            "annotations": self.annotations,
            "startsAt": rfc3339(self.starts_ms),
        }
        if self.ends_ms is not None:
            # The API refuses an end before the start.
            value["endsAt"] = rfc3339(max(self.starts_ms, self.ends_ms))
        if self.source_url:
            value["generatorURL"] = self.source_url
        return value


def labels_of(crisis: CrisisEvent | CrisisState) -> dict[str, str]:
    """Return the labels, which are the alert's identity.

    ``severity`` is among them, ``role``, the one asked last, and ``scenario`` with its team, since
    routes go by them; so another severity, role or scenario is another alert, and ``OpenAlerts``
    ends the one before.
    """
    labels = {
        "alertname": ALERT_NAME,
        "brand": crisis.brand,
        "severity": str(crisis.severity),
        "crisis_id": crisis.crisis_id,
        "theme": crisis.theme,
        "role": crisis.escalated_to or "",
        "scenario": crisis.scenario.id if crisis.scenario else "",
        "team": crisis.scenario.team if crisis.scenario else "",
        "drill": "true" if crisis.drill else "",
    }
    return {name: value for name, value in labels.items() if value}


def annotations_of(crisis: CrisisEvent | CrisisState) -> dict[str, str]:
    """Return what people read: summary, reasons, the evidence's numbers, the record behind it."""
    title = "[DRILL] " if crisis.drill else ""
    found = {
        "summary": f"{title}{crisis.brand}: crisis {crisis.state}, severity {crisis.severity}",
        "description": crisis.summary.en if crisis.summary else "",
        "owner": crisis.owner or "",
        "first_assessment_due": _due(crisis),
        "state": str(crisis.state),
        "reasons": "; ".join(crisis.reasons),
        "source": _source(crisis),
        "drill": crisis.drill_id,
    }
    if crisis.evidence is not None:
        found |= _numbers(crisis.evidence)
    return {name: text[:_MAX_TEXT] for name, text in found.items() if text}


def _due(crisis: CrisisEvent | CrisisState) -> str:
    due_ms = crisis.scenario.assess_by_ms if crisis.scenario else None
    return "" if due_ms is None else rfc3339(due_ms)


def _source(crisis: CrisisEvent | CrisisState) -> str:
    if isinstance(crisis, CrisisEvent):
        return f"crisis.events id {crisis.id}"
    return f"crisis.state key {crisis.crisis_id}, seq {crisis.seq}"


def _numbers(evidence: Evidence) -> dict[str, str]:
    minutes = (evidence.end_ms - evidence.start_ms) / 60_000
    return {
        "window": f"{rfc3339(evidence.start_ms)} to {rfc3339(evidence.end_ms)} ({minutes:g} min)",
        "mentions": f"{evidence.mentions} ({evidence.distinct} distinct)",
        "negatives": f"{evidence.negatives} by {evidence.distinct_authors} authors",
        "negative_share": f"{evidence.negative_share:.0%}, {_usually(evidence)}",
        "score": f"{evidence.score:.3f}, alert line {evidence.threshold:.3f}",
        "baseline": evidence.baseline,
        "top_mentions": "\n".join(
            mention.url or mention.mention_id for mention in evidence.top_mentions[:_TOP_MENTIONS]
        ),
    }


def _usually(evidence: Evidence) -> str:
    if evidence.warming:
        return "what is usual is not learnt yet"
    return f"usually {evidence.usual_negative_share:.0%}"


def rfc3339(time_ms: int) -> str:
    """Return ``2026-03-02T09:16:00.000Z``."""
    moment = datetime.fromtimestamp(time_ms / 1000, UTC)
    return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")
