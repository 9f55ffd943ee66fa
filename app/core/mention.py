"""A mention: one text about a brand, as a source gave it and ``wire.mention`` accepted it."""

from __future__ import annotations

from enum import StrEnum

import msgspec


class SourceKind(StrEnum):
    """What sort of place a mention comes from."""

    SOCIAL = "social"
    NEWS = "news"
    REVIEW = "review"
    FORUM = "forum"
    SURVEY = "survey"
    SUPPORT = "support"


class Label(StrEnum):
    """The sentiment of a text. ``uncertain``: the model abstained. ``unscored``: the language is
    not supported.
    """

    NEGATIVE = "negative"
    NEUTRAL = "neutral"
    POSITIVE = "positive"
    UNCERTAIN = "uncertain"
    UNSCORED = "unscored"


class Author(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Who wrote a mention; every field optional."""

    id: str | None = None
    name: str | None = None
    followers: int | None = None
    created_at_ms: int | None = None
    kind: str | None = None


class Engagement(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Reactions counted when the mention was fetched."""

    likes: int = 0
    reposts: int = 0
    replies: int = 0


class Rating(msgspec.Struct, frozen=True, kw_only=True):
    """Stars: ``value`` out of ``scale``, 0 <= value <= scale."""

    value: float
    scale: float


class Sentiment(msgspec.Struct, frozen=True, kw_only=True):
    """A label with its probabilities (negative, neutral, positive; they sum to 1, rounded to 4
    places) and the model.

    ``probabilities`` is empty for an unscored text.
    """

    label: Label
    probabilities: tuple[float, ...]
    model: str


class Mention(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One accepted mention. Times are milliseconds since 1970-01-01T00:00:00Z; ``text`` holds no
    lone surrogate.
    """

    id: str
    text: str
    published_at_ms: int
    brand: str | None = None
    product: str | None = None
    source: SourceKind = SourceKind.SOCIAL
    platform: str | None = None
    url: str | None = None
    lang: str | None = None
    region: str | None = None
    author: Author | None = None
    reach: int | None = None
    engagement: Engagement | None = None
    rating: Rating | None = None
    repost_of: str | None = None
    reply_to: str | None = None
    sentiment: Sentiment | None = None


class RejectReason(StrEnum):
    """Why a record went to the dead letters. A closed list: header, metric label and document share
    it.
    """

    EMPTY = "empty"  # no value at all (a tombstone on a topic that has none)
    TOO_LARGE = "too_large"  # value, text or a field passes its limit
    BAD_ENCODING = "bad_encoding"  # not UTF-8, a byte-order mark, or a lone surrogate
    # not JSON, or not the JSON we accept: NaN, duplicate keys, too deep, a huge integer
    BAD_JSON = "bad_json"
    NOT_AN_OBJECT = "not_an_object"  # JSON, but a list or a scalar
    MISSING_FIELD = "missing_field"  # id, text or published_at is missing or null
    WRONG_TYPE = "wrong_type"  # a known field has another type than declared
    # right type, impossible value: empty id, unknown source, rating above its scale, NUL
    BAD_VALUE = "bad_value"
    BAD_TIME = (
        "bad_time"  # published_at is no RFC 3339 time with an offset, or lies outside 2000..2100
    )
    BAD_BRAND = (
        "bad_brand"  # the brand is empty, too long, or has characters outside the declared set
    )
    UNKNOWN_SCHEMA = "unknown_schema"  # a schema or event version that this version can't read
    ENGINE_ERROR = "engine_error"  # the sentiment engine failed on this text several times
    LATE = "late"  # behind the watermark by more than the allowed lateness
    # of a drill, and its headers say no drill, or its brand is none that is watched
    BAD_DRILL = "bad_drill"
    BAD_COMMAND = "bad_command"  # a command that is no command: unknown action, no actor, no brand


class Rejected(msgspec.Struct, frozen=True, kw_only=True):
    """What ``wire`` returns in place of a value. ``detail`` names the field and never quotes the
    text.
    """

    reason: RejectReason
    detail: str
