"""What the one log (`mentions.scored`) holds: scored mentions, commands and heartbeats, each with
where it came from.
"""

from __future__ import annotations

import msgspec

from app.core.crisis import Severity
from app.core.mention import Label

RISK_NAME = r"^[a-z0-9][a-z0-9_-]{0,31}$"  # of a risk keyword
RISKS_MAX = 32
DRILL_ID = r"^[a-z0-9][a-z0-9-]{0,63}$"


class Origin(msgspec.Struct, frozen=True, kw_only=True):
    """The source record that a log record was made of. ``offset`` never falls within one topic and
    partition.
    """

    topic: str
    partition: int
    offset: int


class ScoredMention(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A mention as the detector sees it: scores and fingerprints, never the whole text.

    A repeat after a crash of the scorer is byte-identical, so nothing in it depends on when it was
    scored.
    """

    brand: str
    mention_id: str
    origin: Origin
    event_time_ms: int  # published_at, clamped to the broker's record time plus the allowed skew
    label: Label
    probabilities: tuple[float, ...]  # negative, neutral, positive; 4 places; empty when unscored
    model: str  # id@revision
    fingerprint: str  # 16 hex digits: equal for texts that are copies of each other
    author: str  # pseudonym, 16 hex digits; made of the mention id when the source named no author
    source: str
    rule: str = ""  # id of the watch-list rule that matched
    platform: str | None = None
    product: str | None = None
    url: str | None = None
    lang: str | None = None
    region: str | None = None
    reach: int = 0  # followers or reach, 0 when unknown
    rating: float | None = None  # share of the scale, 0..1
    excerpt: str = ""  # by the excerpt policy; empty by default
    repost_of: str | None = None
    themes: tuple[str, ...] = ()  # of core.themes.THEMES, sorted
    terms: tuple[str, ...] = ()  # words of the text worth counting, none of them personal
    author_kind: str | None = None  # as the source named it, else as the scorer told it
    account_days: int | None = None  # whole days from the account's making to the publication
    sketch: str = ""  # of app.core.sketch: near copies share hashes; "" when the text is too short
    is_kind_inferred: bool = False  # the scorer told the author's kind, not the source
    reply_to: str | None = None
    risks: tuple[str, ...] = ()  # names of the risk keywords that are in the text, sorted
    # Of 1000 negative texts in its language the model misses the first number, and of 1000 others
    # it takes the second for negative; None: nobody measured that, or there is no label.
    negative_errors: tuple[int, int] | None = None
    # Of core.emotions.EMOTIONS, sorted: what the writer shows; None: nobody looked for them.
    emotions: tuple[str, ...] | None = None
    # Of core.flags.FLAGS, sorted: what the text claims; None: nobody looked for them.
    flags: tuple[str, ...] | None = None
    drill: str = ""  # id of the drill that invented it; of a real mention ""
    drill_until_ms: int = 0  # in event time: when that drill ends by itself


class Heartbeat(msgspec.Struct, frozen=True, kw_only=True):
    """A scorer's word that it has sent everything of one source partition up to here, so that time
    moves for quiet brands.

    One goes to every partition of the log. ``partitions`` is the partition count of the source
    topic. ``time_ms``: the highest event time sent so far by this scorer, None when it has sent
    none. ``is_caught_up``: nothing was waiting in the source partition, and nothing was read since
    the heartbeat before. ``at_ms``: the scorer's own wall clock; only differences between two
    heartbeats are used.
    """

    topic: str
    partition: int
    partitions: int
    time_ms: int | None
    is_caught_up: bool
    at_ms: int


class Command(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A person's or a service's order about one brand or crisis; the fold accepts or refuses it and
    answers with an event.
    """

    id: str
    brand: str
    action: str  # one of app.wire.command.ACTIONS
    actor: str
    at_ms: int  # when it was given, by the giver's clock; shown, never used for a decision
    origin: Origin
    crisis_id: str | None = None
    note: str | None = None
    # Of correct-label alone. ``model_label`` and ``lang`` are what the giver read in the log: they
    # count where the fold remembers the mention no longer. ``text`` is there by the excerpt policy.
    mention_id: str | None = None
    label: Label | None = None
    source: str | None = None
    model_label: Label | None = None
    lang: str | None = None
    labeller: str = ""  # pseudonym of the actor, 16 hex digits
    text: str = ""
    owner: str | None = None  # of assign
    severity: Severity | None = None  # of open
    theme: str | None = None  # of open
    until_ms: int | None = None  # of silence, in event time
    author: str | None = None  # of erase-author: the pseudonym
    response: bool = False  # of annotate: the note says how the brand responded
    drill: str | None = None  # of end-drill: its id; None is the brand's only one


LogRecord = ScoredMention | Heartbeat | Command
