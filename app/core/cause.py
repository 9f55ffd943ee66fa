"""What is behind a crisis, as values: who and what drives it, where it began, what it would be
without its loudest part.

All of it is of the distinct negatives of the evidence's window that the brand's record remembers,
at most ``app.core.facts.NEGATIVES`` of them: a sample by the hash of their ids.
"""

from __future__ import annotations

import msgspec

from app.core.crisis import Severity


class Share(msgspec.Struct, frozen=True, kw_only=True):
    """One value of a facet. The percents of a facet's shares add up to 100."""

    value: str
    negatives: int
    percent: float


class Facet(msgspec.Struct, frozen=True, kw_only=True):
    """Shares of the negatives looked at, the largest first; what is left over as ``other``, what
    does not say as ``unknown``.

    ``name``: theme | source | platform | language | region | product | author | author_kind; or
    reach, whose percents are of the negatives' reach, by author.
    """

    name: str
    shares: tuple[Share, ...]


class Term(msgspec.Struct, frozen=True, kw_only=True):
    """A word that these negatives use oftener than the brand's mentions usually do.

    ``z``: log-odds ratio with an informative Dirichlet prior over its standard deviation (Monroe,
    Colaresi and Quinn 2008, "Fightin' Words").
    """

    term: str
    negatives: int
    z: float


class Shift(msgspec.Struct, frozen=True, kw_only=True):
    """The negative share before and now, in percent points, with the 95 % interval of the
    difference (Newcombe 1998, method 10).
    """

    before: float
    now: float
    change: float
    low: float
    high: float


class EmotionShare(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """How many of the negatives show an emotion. ``of``: those that were looked through for it.

    ``shift``: their share before and now; None while the brand has had no such negatives before.
    """

    emotion: str  # anger | fear
    negatives: int
    of: int
    shift: Shift | None = None


class Flagged(msgspec.Struct, frozen=True, kw_only=True):
    """Negatives that claim something a person should look at: candidates, never a verdict.

    ``negatives``: of those looked at. ``first``: ids of the earliest three.
    """

    flag: str  # breach | injury | legal | rumour
    negatives: int
    first: tuple[str, ...]


class First(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One of the first negatives of the window, or the first one of a platform."""

    mention_id: str
    event_time_ms: int
    source: str
    platform: str | None = None
    url: str | None = None


class Cluster(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Negatives that share words which drive them, most of them in one language.

    ``half_ms``, ``latest_ms``: when half of them, and all of them, had been published; ``theme``:
    what half of them or more are about, "" where no theme is: then it may be something new.
    """

    terms: tuple[str, ...]
    negatives: int
    first: First
    half_ms: int
    latest_ms: int
    theme: str = ""


class Counterfactual(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What the severity would be without a part of the negatives; None: no crisis at all.

    ``without``: bots | copies | top_author | top_source | top_language. ``value``: which author
    (pseudonym), source or language. ``percent``: of the negatives that go, of copies: of all
    mentions.
    """

    without: str
    percent: float
    severity: Severity | None
    value: str | None = None


class Child(msgspec.Struct, frozen=True, kw_only=True):
    """A product within the crisis; it raises no crisis of its own."""

    product: str
    negatives: int
    percent: float


class Drivers(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Why it looks as it does.

    ``of``: the distinct negatives in the window, ``seen``: those of them that were looked at.
    """

    of: int
    seen: int
    facets: tuple[Facet, ...]
    terms: tuple[Term, ...]
    shift: Shift | None = None
    first: tuple[First, ...] = ()
    spread: tuple[First, ...] = ()  # one a platform, in the order of their first negatives
    supporters: tuple[First, ...] = ()  # positive mentions with the widest reach
    counterfactuals: tuple[Counterfactual, ...] = ()
    children: tuple[Child, ...] = ()
    inauthentic_percent: float = 0.0  # of the negatives, by accounts that look like bots
    emotions: tuple[EmotionShare, ...] = ()  # each, or none where no text was looked through
    flags: tuple[Flagged, ...] = ()  # those that at least one negative claims
    clusters: tuple[Cluster, ...] = ()
