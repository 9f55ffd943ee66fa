"""A source record on its way to the log."""

from __future__ import annotations

import json

from app.config import Settings
from app.config.groups import ScorerSettings
from app.core.fingerprint import author_pseudonym
from app.core.mention import Label, RejectReason, Sentiment
from app.core.record import ScoredMention
from app.core.watchlist import WatchList
from app.inference.engine import Failure, Score
from app.inference.language.identify import Hint
from app.inference.subjects import Subjects
from app.stream.records import Record
from app.stream.scoring import Reading, Scribe, read, settle
from app.wire import deadletter, log

ARRIVED_MS = 1_772_366_400_000  # 2026-03-01T12:00:00Z
SCORE = Sentiment(label=Label.NEGATIVE, probabilities=(0.8, 0.1, 0.1), model="m@1")
TOPICS = Settings().topics
TWO_BRANDS = WatchList.from_yaml_dict(
    {
        "version": 1,
        "brands": [
            {"name": "Orange", "keywords": [{"id": "orange", "any": ["orange"]}]},
            {"name": "Lemon", "keywords": [{"id": "lemon", "any": ["lemon"]}]},
        ],
    }
)


def a_record(**fields: object) -> Record:
    document = {
        "id": "m1",
        "text": "orange and lemon",
        "published_at": "2026-03-01T11:59:00Z",
        **fields,
    }
    value = json.dumps({name: item for name, item in document.items() if item is not None})
    return Record("mentions", 2, 17, ARRIVED_MS, b"k", value.encode(), ())


def scored(
    record: Record, scorer: ScorerSettings | None = None, watch: WatchList = TWO_BRANDS
) -> list[ScoredMention]:
    scribe = Scribe(TOPICS, scorer or ScorerSettings())
    reading = read(record, watch.match)
    return scribe.scored(settle(reading, SCORE if reading.text is not None else None))


def test_one_record_a_brand_that_says_where_it_came_from() -> None:
    orange, lemon = scored(a_record())
    assert (orange.brand, orange.rule, lemon.brand, lemon.rule) == (
        "orange",
        "orange",
        "lemon",
        "lemon",
    )
    assert orange.origin == lemon.origin
    assert (orange.origin.topic, orange.origin.partition, orange.origin.offset) == (
        "mentions",
        2,
        17,
    )
    assert (orange.label, orange.probabilities, orange.model) == (
        Label.NEGATIVE,
        (0.8, 0.1, 0.1),
        "m@1",
    )
    assert orange.excerpt == ""


def test_the_same_record_gives_the_same_bytes() -> None:
    once, again = scored(a_record())[0], scored(a_record())[0]
    assert log.encode(once) == log.encode(again)


def test_the_language_that_was_told_is_in_the_log_and_the_declared_one_where_none_was() -> None:
    scribe = Scribe(TOPICS, ScorerSettings())
    reading = read(a_record(lang="en-GB"), TWO_BRANDS.match)
    told = Score(label=Label.UNSCORED, probabilities=(), model="m@1", language="nl")
    orange, lemon = scribe.scored(settle(reading, told))
    assert (orange.lang, lemon.lang) == ("nl", "nl")
    assert (orange.label, orange.probabilities, orange.model) == (Label.UNSCORED, (), "m@1")
    sent = log.encode(orange)
    assert log.decode(sent.value, sent.headers) == orange
    no_letters = Score(label=Label.POSITIVE, probabilities=(0.1, 0.1, 0.8), model="m@1")
    assert scribe.scored(settle(reading, no_letters))[0].lang == "en-GB"
    assert scribe.scored(settle(reading, SCORE))[0].lang == "en-GB"


def test_the_language_is_told_with_what_the_source_and_the_brands_say() -> None:
    brands = [
        {"name": "Orange", "languages": ["pl", "en"], "keywords": [{"id": "o", "any": ["orange"]}]},
        {"name": "Lemon", "languages": ["en", "de"], "keywords": [{"id": "l", "any": ["lemon"]}]},
    ]
    watch = WatchList.from_yaml_dict({"version": 1, "brands": brands})
    assert read(a_record(lang="pl"), watch.match).hint == Hint("pl", ("pl", "en", "de"))
    assert read(a_record(text="lemon"), watch.match).hint == Hint(None, ("en", "de"))
    assert read(a_record(text="apple"), watch.match).hint == Hint()
    assert read(a_record()._replace(value=b"{"), watch.match).hint == Hint()


def test_a_mention_of_no_brand_needs_no_score_and_leaves_nothing() -> None:
    reading = read(a_record(text="apple"), TWO_BRANDS.match)
    assert reading.text is None
    assert Scribe(TOPICS, ScorerSettings()).outgoing(settle(reading, None)) == []


def test_a_score_that_a_mention_brings_is_kept() -> None:
    given = {"label": "positive", "probabilities": [0.1, 0.2, 0.7], "model": "theirs"}
    reading = read(a_record(sentiment=given), TWO_BRANDS.match)
    assert reading.text is None
    (orange, _) = scored(a_record(sentiment=given))
    assert (orange.label, orange.probabilities, orange.model) == (
        Label.POSITIVE,
        (0.1, 0.2, 0.7),
        "theirs",
    )


def test_a_time_in_the_future_is_set_back() -> None:
    (one, _) = scored(a_record(published_at="2027-01-01T00:00:00Z"))
    assert one.event_time_ms == ARRIVED_MS + 300_000


def test_reach_is_what_is_told_else_the_followers() -> None:
    author = {"id": "a", "followers": 50}
    assert scored(a_record(author=author))[0].reach == 50
    assert scored(a_record(author=author, reach=0))[0].reach == 0
    assert scored(a_record())[0].reach == 0


def test_an_address_that_names_its_author_is_left_out() -> None:
    fields = {"url": "https://social.example/Ann.Lee/1", "author": {"id": "7", "name": "ann_lee"}}
    assert {one.url for one in scored(a_record(**fields))} == {None}
    assert scored(a_record(**fields | {"author": {"id": "8"}}))[0].url == fields["url"]
    assert scored(a_record(**fields | {"author": None}))[0].url == fields["url"]


def test_a_rating_is_a_share_of_its_scale() -> None:
    assert scored(a_record(rating={"value": 2, "scale": 5}))[0].rating == 0.4


def test_an_author_has_a_pseudonym_and_nobody_has_one_of_the_mention() -> None:
    by_somebody = scored(a_record(author={"id": "a1"}, platform="x"))[0].author
    assert by_somebody == author_pseudonym("x", "a1")
    first, second = scored(a_record())[0].author, scored(a_record(id="m2"))[0].author
    assert len({by_somebody, first, second}) == 3


def test_themes_and_words_of_the_text_are_in_the_log_and_names_are_not() -> None:
    author = {"id": "anna77", "name": "Anna K.", "kind": "customer"}
    text = "orange lost my parcel @bob anna@shop.example. Anna, kettle"
    orange, lemon = scored(a_record(text=f"{text} lemon", author=author, lang="en"))
    assert orange.themes == lemon.themes == ("delivery",)
    assert orange.terms == ("orange", "lost", "parcel", "kettle", "lemon")
    assert orange.author_kind == "customer"
    value = (log.encode(orange).value or b"").decode().casefold()
    assert not [name for name in ("anna", "bob") if name in value]


def test_a_sources_own_kind_of_author_wins_and_what_is_told_is_marked_as_such() -> None:
    """C40: the brands of one mention have the same, and a blank kind is none."""

    def kind_of(text: str, kind: str | None) -> set[tuple[str | None, bool]]:
        records = scored(a_record(text=f"{text} orange lemon", author={"id": "a", "kind": kind}))
        return {(one.author_kind, one.is_kind_inferred) for one in records}

    assert kind_of("I work for them:", "partner") == {("partner", False)}
    assert kind_of("I work for them:", None) == {("employee", True)}
    assert kind_of("", None) == {(None, False)}


def test_the_told_language_chooses_the_lists_of_words() -> None:
    scribe = Scribe(TOPICS, ScorerSettings())
    reading = read(a_record(text="orange: kurier nie dojechał", lang="en"), TWO_BRANDS.match)
    told = Score(label=Label.NEGATIVE, probabilities=(0.8, 0.1, 0.1), model="m@1", language="pl")
    assert scribe.scored(settle(reading, told))[0].themes == ("delivery",)
    assert scribe.scored(settle(reading, told))[0].terms == ("orange", "kurier", "dojechał")
    assert scribe.scored(settle(reading, SCORE))[0].themes == ()


def test_the_emotions_of_a_complaint_are_in_the_log_and_of_praise_none() -> None:
    """C11: empty where nothing told, absent where nobody could look."""
    scribe, text = Scribe(TOPICS, ScorerSettings()), "orange: jestem wściekły i boję się o dziecko"

    def emotions(label: Label, language: str | None) -> tuple[str, ...] | None:
        told = Score(label=label, probabilities=(), model="m@1", language=language)
        record = scribe.scored(settle(read(a_record(text=text), TWO_BRANDS.match), told))[0]
        assert (b'"emotions"' in (log.encode(record).value or b"")) == (record.emotions is not None)
        return record.emotions

    assert emotions(Label.NEGATIVE, "pl") == ("anger", "fear")
    assert emotions(Label.POSITIVE, "pl") == ()
    assert emotions(Label.UNSCORED, "nl") is None


def test_what_the_model_reads_is_in_the_log_beside_the_words() -> None:
    """C10, C13: a certain theme needs no word, a likely one does; flags alone are candidates."""
    scribe, text = Scribe(TOPICS, ScorerSettings()), "orange: kurier nie dojechał, a cena!"

    def record(subjects: Subjects | None) -> ScoredMention:
        told = Score(
            label=Label.NEGATIVE, probabilities=(), model="m@1", language="pl", subjects=subjects
        )
        return scribe.scored(settle(read(a_record(text=text), TWO_BRANDS.match), told))[0]

    assert (record(None).themes, record(None).flags) == (("delivery", "price"), None)
    found = record(Subjects(certain=("safety", "injury"), likely=("delivery", "legal", "safety")))
    assert (found.themes, found.flags) == (("delivery", "safety"), ("injury",))
    assert record(Subjects()).themes == ()
    assert record(Subjects()).flags == ()
    assert b'"flags":[]' in (log.encode(record(Subjects())).value or b"")
    assert b'"flags"' not in (log.encode(record(None)).value or b"")


def test_the_age_of_an_account_is_in_whole_days_before_the_publication() -> None:
    def days(created_at: str | None) -> int | None:
        return scored(a_record(author={"id": "a", "created_at": created_at}))[0].account_days

    assert days("2026-02-28T11:59:00Z") == 1
    assert days("2026-02-28T11:59:01Z") == 0
    assert days("2026-03-01T11:59:00Z") == 0
    assert days("2026-03-01T11:59:01Z") is None
    assert days(None) is None
    assert scored(a_record())[0].account_days is None
    assert scored(a_record())[0].author_kind is None


def test_the_text_is_in_the_log_only_when_told() -> None:
    full = ScorerSettings(excerpt="full", excerpt_max=6)
    assert scored(a_record(), full)[0].excerpt == "orange"


def test_a_text_that_no_try_could_score_is_a_dead_letter() -> None:
    record = a_record()
    reading = read(record, TWO_BRANDS.match)
    failed = settle(reading, Failure(detail="the engine raised ValueError", tries=3))
    (dead,) = Scribe(TOPICS, ScorerSettings()).outgoing(failed)
    assert dead.topic == TOPICS.dead_letter
    letter = deadletter.decode(dead.message.key, dead.message.value, dead.message.headers)
    assert isinstance(letter, deadletter.DeadLetter)
    assert (letter.reason, letter.value) == (RejectReason.ENGINE_ERROR, record.value)
    assert letter.detail == "the engine raised ValueError on each of 3 tries"


def test_a_record_that_is_none_is_a_dead_letter() -> None:
    record = a_record()._replace(value=b"{")
    reading = read(record, TWO_BRANDS.match)
    assert (reading.mention, reading.text) == (None, None)
    (dead,) = Scribe(TOPICS, ScorerSettings()).outgoing(settle(reading, None))
    assert (dead.message.key, dead.message.value) == (b"k", b"{")
    assert Scribe(TOPICS, ScorerSettings()).event_time_ms(reading) is None


def test_unknown_fields_are_counted() -> None:
    reading = read(a_record(mood="sour"), TWO_BRANDS.match)
    assert isinstance(reading, Reading)
    assert reading.unknown_fields == 1
