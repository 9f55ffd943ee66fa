"""The value of the ``mentions`` topic, and a line of a recorded file: bytes to `Mention` and back.

`parse` answers every value with a `Mention` or a `Rejected`, and raises nothing. Fields that nobody
declared are ignored and counted; a null field is a field not given. The same for other languages:
``schemas/mentions/v1.schema.json``.
"""

from __future__ import annotations

import math
import re

import msgspec

from app.core.brand_name import canonical
from app.core.mention import (
    Author,
    Engagement,
    Label,
    Mention,
    Rating,
    Rejected,
    RejectReason,
    Sentiment,
    SourceKind,
)
from app.wire import drill, rfc3339
from app.wire.cloudevents import read_headers
from app.wire.drill import Drilled
from app.wire.fields import Fields
from app.wire.message import Headers
from app.wire.refusal import Refusal
from app.wire.strict_json import read_object

TYPE = "squall.mention.v1"  # the ce_type that a producer may set, and need not
TEXT_MAX_CHARS = 8_000
ID_MAX_CHARS = 256
NAME_MAX_CHARS = 128
URL_MAX_CHARS = 2_048

_TYPE_FAMILY = "squall.mention."
_READ = frozenset({"ce_type"})
_WEB = re.compile(r"https?://[^\s]", re.IGNORECASE)
_YEAR_1970_MS = 0
_YEAR_2000_MS = 946_684_800_000
_YEAR_2101_MS = 4_133_980_800_000
_SUM_TOLERANCE = 0.01
_ENCODER = msgspec.json.Encoder()


class Parsed(msgspec.Struct, frozen=True, kw_only=True):
    """An accepted mention, and how many fields nobody declared, inner objects included; ``drill``:
    what invented it.
    """

    mention: Mention
    unknown_fields: int
    drill: Drilled | None = None


def parse(value: bytes | None, headers: Headers = ()) -> Mention | Rejected:
    """Return the mention that ``value`` holds, or why it is refused. Never raises."""
    parsed = parse_counted(value, headers)
    return parsed.mention if isinstance(parsed, Parsed) else parsed


def parse_counted(value: bytes | None, headers: Headers = ()) -> Parsed | Rejected:
    """Return the same with the count of unknown fields.

    Of ``headers`` only ``ce_type`` and those of a drill are looked at: another version of Squall's
    own mention type is refused as ``unknown_schema``, a type of somebody else's is not.
    """
    try:
        drilled = _drilled(headers) if headers else None
        fields = Fields(read_object(value))
        mention = _mention(fields)
    except Refusal as refusal:
        return refusal.rejected
    return Parsed(mention=mention, unknown_fields=fields.unknown(), drill=drilled)


def encode(mention: Mention) -> bytes:
    """Return ``mention`` as one line of JSON that `parse` gives back equal, in a fixed order.

    ``mention`` must be one that `parse` could have given.
    """
    document: dict[str, object] = msgspec.to_builtins(mention)
    fields: dict[str, object] = {}
    for name, value in document.items():
        if name == "published_at_ms":
            fields["published_at"] = rfc3339.format_ms(mention.published_at_ms)
        else:
            fields[name] = value
    fields.setdefault("source", mention.source.value)
    if mention.author is not None:
        fields["author"] = _author_document(mention.author)
    return _ENCODER.encode(fields)


def _author_document(author: Author) -> dict[str, object]:
    document: dict[str, object] = msgspec.to_builtins(author)
    if author.created_at_ms is not None:
        del document["created_at_ms"]
        document["created_at"] = rfc3339.format_ms(author.created_at_ms)
    return document


def _drilled(headers: Headers) -> Drilled | None:
    given = tuple(headers)
    event_type = read_headers(given, _READ).get("ce_type", "")
    drilled = drill.read(given, is_meant=event_type == drill.TYPE)
    if event_type.startswith(_TYPE_FAMILY) and event_type not in (TYPE, drill.TYPE):
        raise Refusal(RejectReason.UNKNOWN_SCHEMA, f"ce_type is neither {TYPE} nor {drill.TYPE}")
    return drilled


def _mention(fields: Fields) -> Mention:
    return Mention(
        id=fields.needed_token("id", ID_MAX_CHARS),
        text=fields.needed("text", fields.text("text", TEXT_MAX_CHARS)),
        published_at_ms=fields.needed(
            "published_at", fields.time_ms("published_at", _YEAR_2000_MS, _YEAR_2101_MS)
        ),
        brand=_brand(fields),
        product=fields.token("product", NAME_MAX_CHARS),
        source=_source(fields),
        platform=fields.token("platform", NAME_MAX_CHARS),
        url=_url(fields),
        lang=fields.token("lang", NAME_MAX_CHARS),
        region=fields.token("region", NAME_MAX_CHARS),
        author=_author(fields.fields("author")),
        reach=fields.count("reach"),
        engagement=_engagement(fields.fields("engagement")),
        rating=_rating(fields.fields("rating")),
        repost_of=fields.token("repost_of", ID_MAX_CHARS),
        reply_to=fields.token("reply_to", ID_MAX_CHARS),
        sentiment=_sentiment(fields.fields("sentiment")),
    )


def _brand(fields: Fields) -> str | None:
    given = fields.text("brand", 4 * NAME_MAX_CHARS)
    if given is None:
        return None
    brand = canonical(given)
    if brand is None:
        raise fields.refuse(
            RejectReason.BAD_BRAND, "brand", "is empty, too long or outside the declared characters"
        )
    return brand


def _source(fields: Fields) -> SourceKind:
    given = fields.text("source", NAME_MAX_CHARS)
    if given is None:
        return SourceKind.SOCIAL
    try:
        return SourceKind(given)
    except ValueError:
        known = ", ".join(SourceKind)
        raise fields.refuse(RejectReason.BAD_VALUE, "source", f"is none of {known}") from None


def _url(fields: Fields) -> str | None:
    url = fields.token("url", URL_MAX_CHARS)
    # Links end up in pages, mails and chats: a javascript: address must not get that far.
    if url is not None and not _WEB.match(url):
        raise fields.refuse(RejectReason.BAD_VALUE, "url", "is no http or https address")
    return url


def _author(fields: Fields | None) -> Author | None:
    if fields is None:
        return None
    return Author(
        id=fields.token("id", ID_MAX_CHARS),
        name=fields.text("name", ID_MAX_CHARS),
        followers=fields.count("followers"),
        created_at_ms=fields.time_ms("created_at", _YEAR_1970_MS, _YEAR_2101_MS),
        kind=fields.token("kind", NAME_MAX_CHARS),
    )


def _engagement(fields: Fields | None) -> Engagement | None:
    if fields is None:
        return None
    return Engagement(
        likes=fields.count("likes") or 0,
        reposts=fields.count("reposts") or 0,
        replies=fields.count("replies") or 0,
    )


def _rating(fields: Fields | None) -> Rating | None:
    if fields is None:
        return None
    value = fields.needed("value", fields.number("value"))
    scale = fields.needed("scale", fields.number("scale"))
    if scale == 0 or value > scale:
        raise fields.refuse(RejectReason.BAD_VALUE, "value", "does not lie within 0 and the scale")
    return Rating(value=value, scale=scale)


def _sentiment(fields: Fields | None) -> Sentiment | None:
    if fields is None:
        return None
    given = fields.needed("label", fields.text("label", NAME_MAX_CHARS))
    try:
        label = Label(given)
    except ValueError:
        raise fields.refuse(RejectReason.BAD_VALUE, "label", "is no known label") from None
    probabilities = fields.shares("probabilities", (0, 3)) or ()
    if probabilities and not math.isclose(sum(probabilities), 1, abs_tol=_SUM_TOLERANCE):
        raise fields.refuse(RejectReason.BAD_VALUE, "probabilities", "do not add up to 1")
    model = fields.needed_token("model", ID_MAX_CHARS)
    return Sentiment(label=label, probabilities=probabilities, model=model)
