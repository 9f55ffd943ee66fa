"""What is told of a brand's day or week, and of what comes again, as values: the records of
``crisis.digests``.

Nothing in them names an author or quotes a mention: they are kept for ever.
"""

from __future__ import annotations

from typing import Literal

import msgspec

from app.core.cause import Shift
from app.core.crisis import Judged, Severity, State


class Counts(msgspec.Struct, frozen=True, kw_only=True):
    """Sums over the windows of a period. ``mentions``: raw, copies included; all else of distinct
    texts.
    """

    mentions: int = 0
    distinct: int = 0
    negatives: int = 0
    neutrals: int = 0
    positives: int = 0
    uncertain: int = 0
    unscored: int = 0
    reach: int = 0

    @property
    def scored(self) -> int:
        """Distinct mentions with a label: what shares are of."""
        return self.distinct - self.unscored


class NegativeShare(msgspec.Struct, frozen=True, kw_only=True):
    """Negatives / scored distinct mentions, 0..1, with Wilson's 95 % limits."""

    value: float
    low: float
    high: float


class Hour(msgspec.Struct, frozen=True, kw_only=True):
    """An hour of the period, counted from its beginning."""

    start_ms: int
    mentions: int
    distinct: int
    negatives: int


class Burning(msgspec.Struct, frozen=True, kw_only=True):
    """How long a crisis of the brand was open, acknowledged or recovering, by the worst severity
    at the time; milliseconds.
    """

    warning_ms: int = 0
    error_ms: int = 0
    critical_ms: int = 0


class Score(msgspec.Struct, frozen=True, kw_only=True):
    """The composite score, 0 (worst) to 100: ``value = sentiment_weight * sentiment + calm_weight *
    calm``, both parts 0 to 100.
    """

    value: float
    sentiment: float
    calm: float
    sentiment_weight: float
    calm_weight: float


class Named(msgspec.Struct, frozen=True, kw_only=True):
    """A value of what negatives have in common, and how many of those looked at have it."""

    value: str
    negatives: int


class Behind(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What was behind the negatives of the crises of a period, each at the step at which it was
    worst; not of the period's other negatives. ``seen``: negatives that were looked at then.
    """

    seen: int
    themes: tuple[Named, ...] = ()
    words: tuple[Named, ...] = ()
    products: tuple[Named, ...] = ()
    sources: tuple[Named, ...] = ()
    languages: tuple[Named, ...] = ()


class CrisisTold(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A crisis that opened, burned or ended in the period, as it stood at the period's end.

    ``severity``: the highest it had. ``acknowledge_ms`` and ``resolve_ms``: how long that took from
    its opening. None: it did not happen by then, or its first steps have expired.
    """

    crisis_id: str
    state: State
    severity: Severity
    theme: str = ""
    product: str = ""  # that has more than half of the negatives, where it was worst
    scenario: str = ""
    opened_ms: int | None = None
    resolved_ms: int | None = None
    acknowledge_ms: int | None = None
    resolve_ms: int | None = None
    relapses: int = 0
    verdict: Judged | None = None


class Digest(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One brand in one period, as known at the period's end.

    ``id``: a hash of brand, period, zone and beginning, and the record's key. ``name``: the day
    (2026-03-02) or the ISO week (2026-W10) in ``zone``. ``known_from_ms`` and ``known_to_ms``: the
    part of the period of which windows are kept; None: of none, and then ``counts`` is None too.
    ``opened`` and ``resolved``: how many of ``crises`` did so in the period, false alarms included;
    ``false_alarms``: how many of ``crises`` a person called false by its end.
    """

    id: str
    brand: str
    period: Literal["day", "week"]
    name: str
    zone: str
    start_ms: int
    end_ms: int
    is_whole: bool  # windows are known from the beginning to the end
    opened: int
    resolved: int
    false_alarms: int
    crises: tuple[CrisisTold, ...]
    burning: Burning
    known_from_ms: int | None = None
    known_to_ms: int | None = None
    counts: Counts | None = None
    before: Counts | None = None  # of the period before, where all of it is known
    negative_share: NegativeShare | None = None
    change: Shift | None = None  # of the negative share against the period before
    net_sentiment: float | None = None  # (positives - negatives) / scored, -1..1
    corrected: int = 0  # mentions counted here that people labelled anew by the period's end ...
    corrected_negatives: int = 0  # ... and what that adds to the negatives; counts are without it
    worst_hour: Hour | None = None  # with most distinct negatives, the first of equals
    behind: Behind | None = None
    opportunities: tuple[str, ...] = ()  # watches that turned out to be praise
    share_of_voice: float | None = None  # of the distinct mentions of all brands, 0..1
    voice_distinct: int | None = None  # the distinct mentions of all brands
    is_voice_whole: bool = False  # windows of all brands are known for the whole period
    score: Score | None = None
    notes: tuple[str, ...] = ()  # what limits these figures


class RecurringCause(msgspec.Struct, frozen=True, kw_only=True):
    """Three crises or more of one brand, theme and product, opened within ``within_days``.

    ``id``: a hash of the three, and the record's key. ``product``: "" where no product has more
    than half of the negatives. ``crisis_ids``: in the order of their opening, ``first_ms`` and
    ``last_ms``: when the first and the last opened. ``looked_from_ms``: crises before were not
    looked at, or their events have expired.
    """

    id: str
    brand: str
    theme: str
    product: str
    crisis_ids: tuple[str, ...]
    first_ms: int
    last_ms: int
    within_days: int
    looked_from_ms: int
