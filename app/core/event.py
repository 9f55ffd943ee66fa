"""What the fold gives out: crisis events, closed windows and the crisis state, as values."""

from __future__ import annotations

from enum import StrEnum

import msgspec

from app.core.mention import Label


class State(StrEnum):
    """Where a crisis stands. ``quiet`` is a brand without one."""

    QUIET = "quiet"
    WATCH = "watch"
    OPEN = "open"
    ACKNOWLEDGED = "acknowledged"
    RECOVERING = "recovering"
    RESOLVED = "resolved"
    DISMISSED = "dismissed"  # a watch that never opened


class Severity(StrEnum):
    """One to one with PagerDuty's four."""

    INFO = "info"
    WARNING = "warning"
    ERROR = "error"
    CRITICAL = "critical"


class EventType(StrEnum):
    """The last part of ``ce_type``: ``squall.crisis.<type>.v1``."""

    WATCH = "watch"
    DISMISSED = "dismissed"
    OPENED = "opened"
    SEVERITY_CHANGED = "severity_changed"
    ACKNOWLEDGED = "acknowledged"
    ANNOTATED = "annotated"
    RECOVERING = "recovering"
    RELAPSED = "relapsed"  # from recovering back to open
    RESOLVED = "resolved"
    REOPENED = "reopened"  # from resolved back to open, within the relapse time
    REFUSED = "refused"  # a command that was not accepted; ``reasons`` say why
    CORRECTED = "corrected"  # a person corrected or confirmed a mention's label
    WARMED = "warmed"  # the brand's baseline is learnt; from here on every rule judges


class Reading(msgspec.Struct, frozen=True, kw_only=True):
    """One channel at one scale when an event was made: enough to recompute the verdict.

    ``observed`` is the sum over the windows from ``start_ms`` to ``end_ms`` in
    ``sentiment.windows``; ``probability`` is the chance of at least ``observed`` under the
    expectation and dispersion given.
    """

    channel: str  # negatives | mentions
    scale_s: int
    start_ms: int
    end_ms: int
    observed: int
    expected: float
    dispersion: float  # variance / mean of the expected count
    sigma: float  # the normal quantile of the probability
    probability: float
    fired: bool


class TopMention(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A cited mention: where to find it, and what it adds."""

    mention_id: str
    author: str
    label: str
    reach: int
    event_time_ms: int
    url: str | None = None
    excerpt: str = ""


class Evidence(msgspec.Struct, frozen=True, kw_only=True):
    """The numbers behind an event. Counts are of the window ``start_ms``..``end_ms`` (the widest
    scale that fired).
    """

    start_ms: int
    end_ms: int
    mentions: int  # raw, copies included
    distinct: int  # copies of a text counted once
    negatives: int  # distinct negatives
    unscored: int
    uncertain: int
    distinct_authors: int  # of negatives, counted up to 16
    negative_share: float  # negatives / scored distinct mentions
    usual_negative_share: float
    score: float  # 0..1, fused over channels and scales; 0.5 is the alert line
    threshold: float
    late: int  # mentions behind the watermark since the event before
    baseline: str  # version of the detector and of its settings
    readings: tuple[Reading, ...]
    top_mentions: tuple[TopMention, ...]


class Correction(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What a ``corrected`` event corrects.

    ``start_ms``: the judged step whose windows moved by this mention, from ``before`` to ``label``;
    None when no published window did. A consumer that adds windows up adds these too.
    """

    mention_id: str
    label: Label
    before: Label | None = None
    start_ms: int | None = None


class CrisisEvent(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One step of one crisis. ``id`` is a hash of brand, crisis number and ``seq``; ``seq`` runs
    1..n without a gap.

    ``refused``, ``corrected`` and ``warmed`` belong to no crisis: their ``crisis_id`` is "" and
    ``seq`` 0.
    """

    id: str
    type: EventType
    brand: str
    crisis_id: str
    seq: int
    state: State
    previous_state: State
    severity: Severity
    time_ms: int  # end of the judged step, in event time
    reasons: tuple[str, ...]
    evidence: Evidence | None = None
    actor: str | None = None
    command_id: str | None = None
    note: str | None = None
    correction: Correction | None = None


class ClosedWindow(msgspec.Struct, frozen=True, kw_only=True):
    """One judged base step of one brand; a step without mentions and without a crisis leaves
    none.
    """

    brand: str
    start_ms: int
    end_ms: int
    mentions: int
    distinct: int
    negatives: int
    positives: int
    neutrals: int
    uncertain: int
    unscored: int
    reach: int
    expected_mentions: float
    expected_negatives: float
    upper_negatives: float  # upper end of the expected band of distinct negatives in this step
    score: float
    severity_score: float  # the same without the once-an-incident gate, for display
    state: State


class CrisisState(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """The latest of one crisis, for the compacted ``crisis.state`` (key: crisis id)."""

    crisis_id: str
    brand: str
    state: State
    severity: Severity
    seq: int
    watch_since_ms: int
    updated_ms: int
    opened_ms: int | None = None
    recovering_ms: int | None = None
    resolved_ms: int | None = None
    acknowledged_by: str | None = None
    reasons: tuple[str, ...] = ()
    evidence: Evidence | None = None


class Late(msgspec.Struct, frozen=True, kw_only=True):
    """A scored mention that came behind the watermark; the stream writes its record to the dead
    letters, reason ``late``.
    """

    brand: str
    lateness_ms: int


class Labelled(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A mention with the label that a person gave it: a record of the pool, ``mentions.labelled``.

    ``before``: the label it had, the model's unless ``is_again``; None when nobody knows it.
    ``lang`` is one of ``app.core.supported.LANGUAGES``; ``text`` is "" by default.
    """

    id: str
    brand: str
    mention_id: str
    label: Label
    labeller: str  # pseudonym, 16 hex digits
    at_ms: int  # when it was given, by the giver's clock
    command_id: str
    lang: str = "unknown"
    before: Label | None = None
    is_again: bool = False
    source: str | None = None
    text: str = ""


Output = CrisisEvent | ClosedWindow | CrisisState | Late | Labelled
