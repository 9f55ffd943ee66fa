"""What the fold gives out: crisis events, closed windows and the crisis state, as values."""

from __future__ import annotations

import msgspec

from app.core.cause import Drivers
from app.core.crisis import EventType, Judged, Severity, State
from app.core.mention import Label
from app.core.routed import RoutedAs
from app.core.scenario import Scenario


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


class Trigger(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One trigger that fired: ``value`` passed ``threshold``, in ``unit``, over ``scale_s``.

    ``name``: volume, negatives, negatives_rate, negative_share, absolute, reach, rating_drop,
    cascade or risk_keyword. ``expected``: what is usual, None where nothing is. ``about``: the post
    that is answered ("source/id"), or the name of the keyword.
    """

    name: str
    unit: str  # score, share, negatives, weight, stars, answers or authors
    scale_s: int
    value: float
    threshold: float
    expected: float | None = None
    about: str = ""


class TopMention(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A cited mention: where to find it, and what it adds."""

    mention_id: str
    author: str
    label: str
    reach: int
    event_time_ms: int
    url: str | None = None
    excerpt: str = ""


class Evidence(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
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
    baseline: str  # the detectors and their versions, and a hash of their settings
    readings: tuple[Reading, ...]
    top_mentions: tuple[TopMention, ...]
    second_score: float | None = None  # of the other detector, alike; None when either is off
    drivers: Drivers | None = None
    copies: int = 0  # posts of the text posted most often; 0: no text was copied
    # Of the negative posts, copies included, by accounts that look like bots; 0..1.
    inauthentic_share: float = 0.0
    coordinated: bool = False  # few texts, posted over and over by such accounts
    silent_sources: tuple[str, ...] = ()  # kinds of source whose mentions are missing
    agreeing_sources: int = 0  # kinds of source with five of the negatives looked at, or more
    # The two shares without the model's errors in each language, kept within 0..1; the usual one is
    # None while the brand has too few mentions to know it.
    corrected_negative_share: float | None = None
    usual_corrected_share: float | None = None
    triggers: tuple[Trigger, ...] = ()  # that fired
    warming: bool = False  # not learnt yet: what is called usual or expected is a guess


class Correction(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What a ``corrected`` event corrects.

    ``start_ms``: the judged step whose windows moved by this mention, from ``before`` to ``label``;
    None when no published window did. A consumer that adds windows up adds these too.
    """

    mention_id: str
    label: Label
    before: Label | None = None
    start_ms: int | None = None


class Change(msgspec.Struct, frozen=True, kw_only=True):
    """What is new since the update before: distinct negatives and negative share of the last hour,
    then and now.
    """

    since_ms: int
    negatives_before: int
    negatives: int
    share_before: float
    share: float


class Summary(msgspec.Struct, frozen=True, kw_only=True):
    """The event in a few plain sentences, by template, in two languages."""

    en: str
    pl: str


class SourceGap(msgspec.Struct, frozen=True, kw_only=True):
    """A kind of source that is silent, back or gone: when its last mention before that came (the
    end of its step), and the longest gap that was usual.
    """

    kind: str
    last_ms: int
    usual_gap_s: int


class Judgement(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What a person said of a crisis, and what it is said of.

    ``before``: the word that stood until then. ``opened_as`` and ``triggers``: the severity at
    which it opened, and the names of what fired then, sorted; None and empty of a watch that never
    opened. Without triggers it was opened by a person.
    """

    verdict: Judged
    before: Judged | None = None
    opened_as: Severity | None = None
    triggers: tuple[str, ...] = ()


class CrisisEvent(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One step of one crisis. ``id`` is a hash of brand, crisis number and ``seq``; ``seq`` runs
    1..n without a gap.

    ``refused``, ``corrected``, ``warmed``, ``silenced``, ``unsilenced``, ``erased`` and those of
    sources belong to no crisis: their ``crisis_id`` is "" and ``seq`` 0. ``theme``: what the crisis
    is about, "" when no theme stands out; a brand has at most one crisis a theme.
    ``escalated_to``: the role asked last. ``silenced_until_ms``: nobody is to be told before.
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
    theme: str = ""
    owner: str | None = None
    escalated_to: str | None = None
    milestone: int | None = None  # percent of the peak's excess that is gone
    change: Change | None = None
    silenced_until_ms: int | None = None
    summary: Summary | None = None
    source: SourceGap | None = None  # of source_silent, source_back and source_gone
    calendar: tuple[str, ...] = ()  # entries that hold then, in what the detector itself tells
    judgement: Judgement | None = None  # of confirmed and false_positive
    scenario: Scenario | None = None  # with its playbook; None of what belongs to no crisis
    response: bool = False  # of annotated: the note says how the brand responded
    drill: bool = False  # of a drill: nothing of it is real, nobody is to act on it
    drill_id: str = ""
    drill_began_ms: int | None = None  # when the first mention of the drill was published
    drill_until_ms: int | None = None  # when it ends at the latest


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
    severity_score: float  # the same of all mentions, for display
    state: State
    second_score: float = 0.0  # of the other detector, of negatives
    silent_sources: tuple[str, ...] = ()  # what they had said is not in these counts
    felt: int = 0  # distinct negatives that were looked through for emotions ...
    anger: int = 0  # ... that show anger ...
    fear: int = 0  # ... and fear


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
    theme: str = ""
    owner: str | None = None
    escalated_to: str | None = None
    milestone: int = 0
    silenced_until_ms: int | None = None
    summary: Summary | None = None
    verdict: Judged | None = None  # a person's last word: was it one?
    scenario: Scenario | None = None
    routed_as: tuple[RoutedAs, ...] = ()  # what it was since it opened, as routes see it
    drill: bool = False  # of a drill: nothing of it is real, nobody is to act on it
    drill_id: str = ""
    drill_began_ms: int | None = None  # when the first mention of the drill was published
    drill_until_ms: int | None = None  # when it ends at the latest


class CrisisGone(msgspec.Struct, frozen=True, kw_only=True):
    """A crisis that is over for good: its record leaves ``crisis.state`` (a tombstone)."""

    crisis_id: str
    brand: str
    drill: bool = False


class Rehearsed(msgspec.Struct, frozen=True, kw_only=True):
    """What became of a mention that a drill invented; nothing is written of it.

    ``outcome``: one of ``REHEARSED``.
    """

    brand: str
    drill_id: str
    outcome: str


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


Output = CrisisEvent | ClosedWindow | CrisisState | CrisisGone | Late | Labelled | Rehearsed
REHEARSED = (
    "folded",
    "repeated",
    "late",
    "unknown_brand",
    "in_crisis",
    "other_drill",
    "over",
    "too_long",
)
