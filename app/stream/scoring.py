"""A source record on its way to the log: a dead letter, nothing, or one scored mention a brand."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import msgspec

from app.config import CANARY_BRAND, Topics
from app.config.groups import ScorerSettings
from app.core.event_time import event_time_ms
from app.core.fingerprint import author_pseudonym, text_fingerprint
from app.core.mention import Author, Label, Mention, Rejected, RejectReason, Sentiment
from app.core.naming import names_author
from app.core.record import Origin, ScoredMention
from app.core.sketch import text_sketch
from app.core.watchlist import Match
from app.inference.authors import author_kind_of
from app.inference.emotions import emotions_of
from app.inference.engine import Failure, Score
from app.inference.keywords import RiskKeywords
from app.inference.language.identify import Hint
from app.inference.subjects import Subjects
from app.inference.text_terms import terms_of
from app.inference.themes import flags_of, themes_of, with_subjects
from app.stream.records import Record
from app.stream.sending import Outgoing
from app.wire import deadletter, log
from app.wire import drill as drill_wire
from app.wire import mention as mention_wire
from app.wire.drill import Drilled

Matcher = Callable[[Mention], tuple[Match, ...]]

DAY_MS = 86_400_000


class Reading(NamedTuple):
    """A source record as read: either ``rejected``, or a mention and the brands it is about.

    ``unknown_fields`` counts what the mention carried and Squall does not know. ``language``: what
    the text was found to be in, None when that was not looked for. ``negative_errors``: of
    the model in that language, None when somebody else scored it. ``subjects``: what the model read
    of themes and flags, if it reads any. ``drill``: what invented it.
    """

    record: Record
    rejected: Rejected | None = None
    mention: Mention | None = None
    matches: tuple[Match, ...] = ()
    unknown_fields: int = 0
    language: str | None = None
    negative_errors: tuple[int, int] | None = None
    subjects: Subjects | None = None
    drill: Drilled | None = None

    @property
    def text(self) -> str | None:
        """The text that still needs a score, None when there is none or somebody scored it."""
        mention = self.mention
        if mention is None or not self.matches or mention.sentiment is not None:
            return None
        return mention.text

    @property
    def hint(self) -> Hint:
        """What is known of the text's language beside it: by its source, and by its brands."""
        usual = dict.fromkeys(code for match in self.matches for code in match.languages)
        return Hint(None if self.mention is None else self.mention.lang, tuple(usual))


def read(record: Record, match: Matcher) -> Reading:
    """Return what a source record holds. Never raises, whatever the bytes."""
    parsed = mention_wire.parse_counted(record.value, record.headers)
    if isinstance(parsed, Rejected):
        return Reading(record, rejected=parsed)
    if parsed.drill is not None:
        return _rehearsed(record, parsed.mention, match, parsed.drill)
    return Reading(
        record,
        mention=parsed.mention,
        matches=match(parsed.mention),
        unknown_fields=parsed.unknown_fields,
    )


def _rehearsed(record: Record, mention: Mention, match: Matcher, drill: Drilled) -> Reading:
    """Return a drill's mention: of the brand that it names, and of no other that its text has."""
    matches = tuple(one for one in match(mention) if one.brand == mention.brand)
    if not matches or mention.brand == CANARY_BRAND:
        detail = "the brand of a drill's mention is missing, not watched, or the canary's"
        rejected = Rejected(reason=RejectReason.BAD_DRILL, detail=detail)
        return Reading(record, rejected=rejected, drill=drill)
    return Reading(record, mention=mention, matches=matches, drill=drill)


def settle(reading: Reading, score: Sentiment | Failure | None) -> Reading:
    """Return the reading with its sentiment, or as rejected when no try could score its text.

    Of a Score the language and the model's errors are kept too.
    """
    if isinstance(score, Failure):
        detail = f"{score.detail} on each of {score.tries} tries"
        rejected = Rejected(reason=RejectReason.ENGINE_ERROR, detail=detail)
        return reading._replace(rejected=rejected, mention=None, matches=())
    if score is None or reading.mention is None:
        return reading
    settled = reading._replace(mention=_with(reading.mention, score))
    if not isinstance(score, Score):
        return settled
    return settled._replace(
        language=score.language, negative_errors=score.negative_errors, subjects=score.subjects
    )


class _Drawn(NamedTuple):
    """What is drawn from a mention once, whatever number of brands it is about."""

    time_ms: int
    language: str | None
    fingerprint: str
    author: str
    url: str | None
    themes: tuple[str, ...]
    flags: tuple[str, ...] | None
    emotions: tuple[str, ...] | None
    terms: tuple[str, ...]
    kind: str | None
    is_kind_inferred: bool
    sketch: str


class Scribe:
    """Writes down readings as records for the log and the dead letters."""

    def __init__(self, topics: Topics, scorer: ScorerSettings) -> None:
        self._topics = topics
        self._scorer = scorer
        self._salt = scorer.author_salt.get_secret_value()
        keywords = scorer.risk_keywords.items()
        self._keywords = RiskKeywords([one.keyword(name) for name, one in keywords])
        self._skew_ms = round(scorer.max_event_skew_s * 1000)

    def outgoing(self, reading: Reading) -> list[Outgoing]:
        """Return the dead letter, or one log record a brand; nothing for a mention of no brand."""
        if reading.rejected is not None:
            return [dead_letter(self._topics.dead_letter, reading.record, reading.rejected)]
        return [
            Outgoing(self._topics.scored, log.encode(scored)) for scored in self.scored(reading)
        ]

    def event_time_ms(self, reading: Reading) -> int | None:
        """Return when the mention counts as having happened, None for a rejected record."""
        if reading.mention is None:
            return None
        published_ms = reading.mention.published_at_ms
        return event_time_ms(published_ms, reading.record.timestamp_ms, self._skew_ms)

    def scored(self, reading: Reading) -> list[ScoredMention]:
        """Return one scored mention a brand, the same each time it is made."""
        mention, time_ms = reading.mention, self.event_time_ms(reading)
        if mention is None or time_ms is None or mention.sentiment is None:
            return []
        drawn = self._drawn(reading, mention, mention.sentiment.label, time_ms)
        return [
            self._one(reading, mention, mention.sentiment, match, drawn)
            for match in reading.matches
        ]

    def _drawn(self, reading: Reading, mention: Mention, label: Label, time_ms: int) -> _Drawn:
        language = reading.language or mention.lang
        writer = mention.author or Author()
        worded = themes_of(mention.text, language)
        kind = writer.kind or author_kind_of(mention, language, worded)
        return _Drawn(
            time_ms=time_ms,
            language=language,
            fingerprint=text_fingerprint(mention.text),
            author=self._author(mention),
            url=_nameless_url(mention, writer),
            themes=with_subjects(worded, reading.subjects),
            flags=flags_of(reading.subjects),
            emotions=emotions_of(mention.text, language, label),
            terms=terms_of(mention.text, language, (writer.name, writer.id)),
            kind=kind,
            is_kind_inferred=kind is not None and not writer.kind,
            sketch=text_sketch(mention.text),
        )

    def _one(
        self,
        reading: Reading,
        mention: Mention,
        sentiment: Sentiment,
        match: Match,
        drawn: _Drawn,
    ) -> ScoredMention:
        record, rating = reading.record, mention.rating
        return ScoredMention(
            brand=match.brand,
            mention_id=mention.id,
            origin=Origin(topic=record.topic, partition=record.partition, offset=record.offset),
            event_time_ms=drawn.time_ms,
            label=sentiment.label,
            probabilities=sentiment.probabilities,
            model=sentiment.model,
            fingerprint=drawn.fingerprint,
            author=drawn.author,
            source=mention.source.value,
            rule=match.rule,
            platform=mention.platform,
            product=match.product or mention.product,
            url=drawn.url,
            lang=drawn.language,
            region=mention.region,
            reach=_reach(mention),
            rating=None if rating is None else round(rating.value / rating.scale, 4),
            excerpt=self._excerpt(mention.text),
            repost_of=mention.repost_of,
            themes=drawn.themes,
            emotions=drawn.emotions,
            terms=drawn.terms,
            author_kind=drawn.kind,
            account_days=_account_days(mention),
            sketch=drawn.sketch,
            is_kind_inferred=drawn.is_kind_inferred,
            reply_to=mention.reply_to,
            risks=self._keywords.of(mention.text, drawn.language, match.brand),
            negative_errors=reading.negative_errors,
            flags=drawn.flags,
            drill=reading.drill.id if reading.drill else "",
            drill_until_ms=reading.drill.until_ms if reading.drill else 0,
        )

    def _author(self, mention: Mention) -> str:
        author = mention.author
        name = author and (author.id or author.name)
        return author_pseudonym(mention.platform, name or f"mention\0{mention.id}", self._salt)

    def _excerpt(self, text: str) -> str:
        return text[: self._scorer.excerpt_max] if self._scorer.excerpt == "full" else ""


def dead_letter(topic: str, record: Record, rejected: Rejected) -> Outgoing:
    """Return the record that keeps a refused one, byte for byte, with where it stood and why; of a
    drill's with the headers that say so.
    """
    message = deadletter.encode(
        key=record.key,
        value=record.value,
        reason=rejected.reason,
        detail=rejected.detail,
        topic=record.topic,
        partition=record.partition,
        offset=record.offset,
        timestamp_ms=record.timestamp_ms,
    )
    headers = message.headers + drill_wire.kept(record.headers)
    return Outgoing(topic, msgspec.structs.replace(message, headers=headers))


def _with(mention: Mention, score: Sentiment) -> Mention:
    values = {name: getattr(mention, name) for name in mention.__struct_fields__}
    sentiment = Sentiment(label=score.label, probabilities=score.probabilities, model=score.model)
    return Mention(**(values | {"sentiment": sentiment}))


def _nameless_url(mention: Mention, writer: Author) -> str | None:
    """Return the address; None for one that names its author, whom the log knows by pseudonym."""
    url = mention.url
    return None if url is None or names_author(url, (writer.name, writer.id)) else url


def _reach(mention: Mention) -> int:
    followers = mention.author.followers if mention.author is not None else None
    return mention.reach if mention.reach is not None else followers or 0


def _account_days(mention: Mention) -> int | None:
    """Return how many whole days old the author's account was; None for one made afterwards."""
    made_ms = None if mention.author is None else mention.author.created_at_ms
    if made_ms is None or made_ms > mention.published_at_ms:
        return None
    return (mention.published_at_ms - made_ms) // DAY_MS
