"""All that is remembered of one brand: one record of `squall.brand-state`, named numbers only.

The records are mutable, and ``app.core.brand`` changes them in place: a process that fails to store
a change ends, so nobody reads a change that was not stored.
"""

from __future__ import annotations

import msgspec

from app.core.copies import Copied
from app.core.crisis import Judged, Severity, State
from app.core.detector.known import Known
from app.core.detector.plugged import PluggedState
from app.core.detector.rate_test import RateState
from app.core.detector.spike import ChannelState
from app.core.event import Evidence, Summary
from app.core.facts import Fact
from app.core.routed import WasRouted
from app.core.scenario import Said
from app.core.triggers.signals import Signals
from app.core.window import Rings

STATE_VERSION = 3
TOP_MENTIONS = 5
TOP_PENDING = 1  # cited mentions that a waiting step keeps
AUTHORS = 16
FINGERPRINTS = 256


class Cited(msgspec.Struct, frozen=True, array_like=True):
    """A mention worth citing; stored without field names, since many may wait."""

    mention_id: str
    author: str
    label: str
    reach: int
    event_time_ms: int
    url: str | None
    excerpt: str


class Source(msgspec.Struct, array_like=True, kw_only=True):
    """How often a kind of source is heard; steps of 30 s, stored without names."""

    first_step: int
    last_step: int
    longest: float = 0.0  # gap, fading with a half-life of two weeks
    mentions: int = 0
    count: float = 0.0  # decayed sums of mentions, crises left out, ...
    span: float = 0.0  # ... and of the steps they took
    silent_since: int = 0  # step; 0: it is not silent


class PendingStep(msgspec.Struct, kw_only=True):
    """The mentions of a step that the watermark has not passed.

    ``items``: hash of the mention's id -> (fingerprint, author, code, reach), hashes as 64-bit
    numbers, the code of label and language as ``recent`` has it. ``top``: the negatives worth
    citing. ``kinds``: mentions by kind of source.
    """

    items: dict[int, tuple[int, int, int, int]] = {}
    top: list[Cited] = []
    facts: list[Fact] = []
    kinds: dict[str, int] = {}
    sketches: dict[int, bytes] = {}  # by fingerprint
    # Of those that have any: rating in hundredths (-1: none), post answered, risk keywords.
    extras: dict[int, tuple[int, str, tuple[str, ...]]] = {}


class Drill(msgspec.Struct, kw_only=True):
    """What makes a record the copy of a brand that a drill is folded into.

    ``until_ms``: when it ends by itself, as its mentions say; it is remembered up to then, so that
    a late mention of an ended drill begins no new one.
    """

    id: str
    began_ms: int  # when its first mention was published
    until_ms: int
    ahead_ms: int = 0  # by so much it was published after what the partition takes for now
    mentions: int = 0
    is_over: bool = False


class Episode(msgspec.Struct, kw_only=True, omit_defaults=True):
    """One crisis of a brand, from its watch until it is closed."""

    crisis_id: str
    theme: str = ""
    state: State = State.QUIET
    severity: Severity = Severity.INFO
    seq: int = 0
    watch_since_ms: int = 0
    opened_ms: int | None = None
    recovering_ms: int | None = None
    resolved_ms: int | None = None
    acknowledged_by: str | None = None
    owner: str | None = None
    signs: list[int] = []  # steps with a sign, the recent ones
    last_signal_ms: int = 0
    in_band_since_ms: int | None = None
    lower_since_ms: int | None = None  # the severity would be lower since ...
    lower_to: Severity = Severity.INFO  # ... and was at most this meanwhile
    roles_asked: int = 0  # of the chain of escalation, and the last of them
    escalated_to: str | None = None
    asked_ms: int = 0
    told_ms: int = 0  # the last update, and what the last hour was then
    told_negatives: int = 0
    told_share: float = 0.0
    peak: int = 0  # most negatives in 15 minutes since it opened
    milestone: int = 0
    # Since when each milestone holds; 0: it does not.
    gone_since_ms: list[int] = msgspec.field(default_factory=lambda: [0] * 4)
    is_muted: bool = False  # a person ended it: the same wave does not bring it back ...
    is_false: bool = False  # ... and said that it never was a crisis
    carried: dict[str, int] = {}  # mentions by kind of source while it was out of its band
    # Of a watch: what came since it began, and whether it was told as an opportunity.
    scored: int = 0
    positives: int = 0
    is_opportunity: bool = False
    # What it opened with: the severity, and the names of what fired, for whoever judges it later.
    opened_as: Severity | None = None
    opened_by: tuple[str, ...] = ()
    verdict: Judged | None = None
    scenario: Said | None = None  # of the last event; None of one from before there were any
    was: tuple[WasRouted, ...] = ()  # since it opened, what routes to receivers go by
    reasons: tuple[str, ...] = ()  # of the last event that had evidence
    evidence: Evidence | None = None
    summary: Summary | None = None


class Silence(msgspec.Struct, frozen=True, kw_only=True):
    """Nobody is to be told of the brand before ``until_ms``."""

    until_ms: int
    by: str
    note: str


class Felt(msgspec.Struct, frozen=True, array_like=True):
    """Decayed sums of negatives that were looked through for emotions, and of those that show one;
    without a prior. Stored without names.
    """

    negatives: float = 0.0
    anger: float = 0.0
    fear: float = 0.0


class Before(msgspec.Struct, array_like=True, kw_only=True):
    """What was known at the first peak of a rise, before ``step``; the last came before
    ``newest``. Stored without names.
    """

    step: int
    newest: int
    channels: dict[str, Known]
    share_negatives: float
    share_scored: float
    share_missed: float = 0.0
    share_false: float = 0.0
    share_weighed: float = 0.0
    felt: Felt = Felt()


class BrandState(msgspec.Struct, kw_only=True):
    """One brand. ``applied`` is the log offset of its last record, ``sources`` the last offset
    a source.

    ``authors`` and ``fingerprints`` map a hash to the step it was last seen in, oldest first.
    """

    version: int = STATE_VERSION
    brand: str
    applied: int = -1
    sources: dict[str, int] = {}
    is_started: bool = False  # a step was judged; before that rings and channels are empty
    rings: Rings = msgspec.field(default_factory=lambda: Rings.starting_at(0))
    channels: dict[str, ChannelState] = {}
    rate: RateState | None = None  # of the second detector, on negatives; or, in its place, ...
    plugged: PluggedState | None = None  # ... of a detector of River
    pending: dict[int, PendingStep] = {}
    pending_bytes: int = 0  # about what ``pending`` takes in the stored record
    authors: dict[int, int] = {}
    fingerprints: dict[int, int] = {}
    texts: dict[int, bytes] = {}  # seen lately: label and sketch; see app.core.copies
    copied: dict[int, Copied] = {}  # by fingerprint, the one copied last at the end
    recent: bytes = b""  # the mentions judged lately; see app.core.recent
    share_negatives: float = 3.0  # decayed sums of the usual share, with a prior of 15 in 100 ...
    share_scored: float = 20.0  # ... worth 20 mentions
    share_missed: float = 0.0  # alike, of the model's errors in the mentions' languages ...
    share_false: float = 0.0
    share_weighed: float = 0.0  # ... and of the mentions they are of: without a prior
    felt: Felt = Felt()  # alike, of the usual negatives
    errors: dict[int, tuple[int, int]] = {}  # the newest by language, as ``recent`` has it
    top: list[Cited] = []
    blocks_with_mentions: int = 0
    is_warm: bool = False
    last_mention_step: int = 0
    late: int = 0  # since the last event
    facts: list[Fact] = []  # of the mentions judged in the last six hours
    facts_bytes: int = 0  # about what they take, and those that wait
    waiting_bytes: int = 0
    usual_terms: dict[str, float] = {}
    usual_suspects: float = 0.0  # of the negatives that ``usual_themes`` counts, by likely bots
    usual_themes: dict[str, float] = {}  # decayed counts among usual negatives; "": all of them
    crises: int = 0  # begun so far
    episodes: dict[str, Episode] = {}  # by theme; what is closed is gone
    silence: Silence | None = None
    heard: dict[str, Source] = {}  # by kind of source
    source_due: int = 0  # the step at which the next of them is silent or gone; 0: none
    before: Before | None = None  # what was known before the newest rise, while it lasts
    signals: Signals | None = None  # of the triggers beside the counts; None before the first
    drill: Drill | None = None  # of a drill's copy alone; see app.core.drills

    @property
    def key(self) -> str:
        """The name of its record, and what its ids are made of: of a drill's copy no brand's name,
        since no brand has a "!" in it.
        """
        return self.brand if self.drill is None else f"{self.brand}!{self.drill.id}"
