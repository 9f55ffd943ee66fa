"""C24: of a silenced brand nothing is told, and in quiet hours only what is bad enough."""

from __future__ import annotations

import msgspec
import pytest

from app.config import Settings, load_settings
from app.core.crisis import EventType, Severity, State
from app.errors import ConfigError
from app.sinks.open_alerts import OpenAlerts
from app.sinks.quiet import QuietHours
from tests.unit.test_alertmanager import NOW, OPENED, REOPENED, RESOLVED, WORSE

HOUR_MS = 3_600_000
UNTIL = NOW + HOUR_MS
SILENCED = msgspec.structs.replace(
    OPENED, type=EventType.SILENCED, crisis_id="", seq=0, evidence=None, silenced_until_ms=UNTIL
)
UNSILENCED = msgspec.structs.replace(
    SILENCED, type=EventType.UNSILENCED, silenced_until_ms=None, time_ms=UNTIL
)
MIDNIGHT = 1_704_067_200_000  # 2024-01-01T00:00:00Z


def told(alerts: OpenAlerts, now_ms: int) -> list[tuple[str, bool]]:
    """Send what is due; return its severities, and whether each still fires."""
    due = alerts.due(now_ms)
    alerts.sent(due, now_ms)
    return [(alert.labels["severity"], alert.ends_ms is None) for alert in due]


def firing(alerts: OpenAlerts, now_ms: int) -> list[str]:
    """Send what is due; return the severities of what fires.

    The end of an alert that was never told is told too: Alertmanager tells nobody of it.
    """
    return [severity for severity, fires in told(alerts, now_ms) if fires]


def hushed(event: object) -> object:
    return msgspec.structs.replace(event, silenced_until_ms=UNTIL)  # type: ignore[type-var]


def test_a_crisis_that_opens_in_a_silence_is_told_when_it_is_over() -> None:
    alerts = OpenAlerts(resend_s=30)
    alerts.apply(SILENCED, NOW)
    alerts.apply(hushed(OPENED), NOW)  # type: ignore[arg-type]
    alerts.apply(hushed(WORSE), NOW)  # type: ignore[arg-type]
    assert firing(alerts, NOW) == []
    assert alerts.firing == 1  # followed all the same
    assert firing(alerts, UNTIL - 1) == []
    assert firing(alerts, UNTIL) == ["critical"]


def test_an_alert_that_was_told_ends_with_the_silence_s_begin() -> None:
    alerts = OpenAlerts(resend_s=30)
    alerts.apply(OPENED, NOW)
    assert told(alerts, NOW) == [("warning", True)]
    alerts.apply(SILENCED, NOW)
    assert told(alerts, NOW + 1) == [("warning", False)]
    assert told(alerts, NOW + HOUR_MS // 2) == []
    alerts.apply(UNSILENCED, NOW + HOUR_MS // 2)  # by a person, before its time
    assert told(alerts, NOW + HOUR_MS // 2) == [("warning", True)]


def test_a_crisis_that_ends_in_a_silence_is_never_told() -> None:
    alerts = OpenAlerts(resend_s=30)
    alerts.apply(SILENCED, NOW)
    alerts.apply(hushed(OPENED), NOW)  # type: ignore[arg-type]
    alerts.apply(hushed(RESOLVED), NOW)  # type: ignore[arg-type]
    assert firing(alerts, UNTIL) == []


def test_another_brand_s_silence_holds_nothing_back() -> None:
    alerts = OpenAlerts(resend_s=30)
    alerts.apply(msgspec.structs.replace(SILENCED, brand="other"), NOW)
    alerts.apply(OPENED, NOW)
    assert told(alerts, NOW) == [("warning", True)]


def test_in_quiet_hours_a_warning_waits_and_an_error_does_not() -> None:
    night = QuietHours("22:00-07:00", "UTC", Severity.ERROR)
    alerts = OpenAlerts(resend_s=30, quiet=night)
    alerts.apply(OPENED, MIDNIGHT)
    assert told(alerts, MIDNIGHT) == []
    alerts.apply(WORSE, MIDNIGHT)
    assert firing(alerts, MIDNIGHT) == ["critical"]

    alerts = OpenAlerts(resend_s=30, quiet=night)
    alerts.apply(OPENED, MIDNIGHT)
    assert told(alerts, MIDNIGHT + 7 * HOUR_MS) == [("warning", True)]


def test_what_was_told_before_the_quiet_hours_goes_on() -> None:
    evening = MIDNIGHT - 3 * HOUR_MS
    alerts = OpenAlerts(resend_s=30, quiet=QuietHours("22:00-07:00", "UTC", Severity.ERROR))
    alerts.apply(OPENED, evening)
    assert told(alerts, evening) == [("warning", True)]
    assert told(alerts, MIDNIGHT) == [("warning", True)]


def test_the_role_asked_is_a_label_so_that_another_role_is_another_alert() -> None:
    asked = msgspec.structs.replace(OPENED, escalated_to="on-call", theme="delivery")
    next_asked = msgspec.structs.replace(
        asked, type=EventType.ESCALATED, seq=3, escalated_to="lead"
    )
    alerts = OpenAlerts(resend_s=30)
    alerts.apply(asked, NOW)
    (first,) = alerts.due(NOW)
    alerts.sent((first,), NOW)
    alerts.apply(next_asked, NOW)
    ended, begun = alerts.due(NOW)
    assert (first.labels["role"], first.labels["theme"]) == ("on-call", "delivery")
    assert (ended.labels["role"], ended.ends_ms is None) == ("on-call", False)
    assert (begun.labels["role"], begun.ends_ms) == ("lead", None)


def test_a_closed_crisis_fires_nothing() -> None:
    closed = msgspec.structs.replace(REOPENED, type=EventType.CLOSED, seq=8, state=State.CLOSED)
    alerts = OpenAlerts(resend_s=30)
    alerts.apply(closed, NOW)
    assert told(alerts, NOW) == []


@pytest.mark.parametrize(
    ("span", "zone", "part"),
    [
        ("22-7", "UTC", "is no span of hours; write one such as 22:00-07:00"),
        ("25:00-07:00", "UTC", "is no span of hours"),
        ("07:00-07:00", "UTC", "has no length"),
        ("22:00-07:00", "Mars/Olympus", "is no time zone; write one such as Europe/Paris"),
        ("22:00-07:00", "../etc/passwd", "is no time zone"),
    ],
)
def test_quiet_hours_that_are_none_are_refused(span: str, zone: str, part: str) -> None:
    with pytest.raises(ConfigError, match="notifier") as caught:
        load_settings(notifier={"quiet_hours": span, "quiet_zone": zone})
    assert part in str(caught.value)


def test_there_are_no_quiet_hours_by_default() -> None:
    assert Settings().notifier.quiet_hours is None
