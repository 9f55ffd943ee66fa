"""The words of a crisis: where it stands, how bad it is, what can happen to it."""

from __future__ import annotations

from enum import StrEnum

# The reasons of a watch: what passed the alert line, and that it is the work of bots.
SIGN, VOLUME = "negatives above the alert line", "volume above the alert line"
CONCERT = "negatives above the alert line, most of them by accounts that look like bots"

# ... or what else was a sign, by the trigger's name.
BESIDE = {
    "reach": "negatives reach many more people than usual",
    "rating_drop": "ratings well below the usual",
    "cascade": "one post draws many negative answers",
    "risk_keyword": "complaints with a risk keyword",
}
OF_COUNTS = ("volume", "negatives", "negatives_rate", "negative_share", "absolute")
TRIGGERS = (*OF_COUNTS, *BESIDE)  # what can fire, by name


class State(StrEnum):
    """Where a crisis stands. ``quiet`` is a brand without one."""

    QUIET = "quiet"
    WATCH = "watch"
    OPEN = "open"
    ACKNOWLEDGED = "acknowledged"
    RECOVERING = "recovering"
    RESOLVED = "resolved"  # may still be reopened
    CLOSED = "closed"  # for good
    DISMISSED = "dismissed"  # a watch that never opened


class Severity(StrEnum):
    """One to one with PagerDuty's four."""

    INFO = "info"
    WARNING = "warning"
    ERROR = "error"
    CRITICAL = "critical"


class Judged(StrEnum):
    """What a person says of a crisis: that it was one, or that it never was."""

    CONFIRMED = "confirmed"
    FALSE_POSITIVE = "false_positive"


class EventType(StrEnum):
    """The last part of ``ce_type``: ``squall.crisis.<type>.v1``."""

    WATCH = "watch"
    DISMISSED = "dismissed"
    OPENED = "opened"
    UPDATED = "updated"  # nothing changed its course; how it stands, every so often
    SEVERITY_CHANGED = "severity_changed"  # up at once, down after it stayed lower for a while
    ESCALATED = "escalated"  # nobody acknowledged it in time: the next role is asked
    ACKNOWLEDGED = "acknowledged"
    ASSIGNED = "assigned"
    ANNOTATED = "annotated"
    MILESTONE = "milestone"  # 25, 50, 75 or 100 % of the peak's excess is gone, the most
    RECOVERING = "recovering"
    RELAPSED = "relapsed"  # from recovering back to open
    RESOLVED = "resolved"
    CONFIRMED = "confirmed"  # a person says that it is, or was, a crisis
    FALSE_POSITIVE = "false_positive"  # a person says that it never was one
    REOPENED = "reopened"  # from resolved back to open, within the relapse time
    CLOSED = "closed"
    SILENCED = "silenced"
    UNSILENCED = "unsilenced"
    ERASED = "erased"  # an author was erased from what is remembered
    REFUSED = "refused"  # a command that was not accepted; ``reasons`` say why
    CORRECTED = "corrected"  # a person corrected or confirmed a mention's label
    WARMED = "warmed"  # the brand's baseline is learnt; from here on every rule judges
    OPPORTUNITY = "opportunity"  # what is watched is praise: loud, and no crisis
    SOURCE_SILENT = "source_silent"  # a regular source says nothing: that is not calm
    SOURCE_BACK = "source_back"
    SOURCE_GONE = "source_gone"  # silent for so long that it is expected no longer
    DRILL_STARTED = "drill_started"  # from here on a copy of the brand has what its drill says
    DRILL_ENDED = "drill_ended"  # ... and from here on no more; ``reasons`` say why
