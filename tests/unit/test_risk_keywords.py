"""C14, C19: which risk keywords the scorer finds in a text, and what settings it refuses."""

from __future__ import annotations

from pathlib import Path

import pytest

from app.config import Settings, load_settings
from app.core.mention import Label, Mention, Sentiment
from app.core.record import ScoredMention
from app.core.watchlist import WatchList
from app.errors import ConfigError
from app.inference.keywords import RiskKeyword, RiskKeywords
from app.stream.records import Record
from app.stream.scoring import Scribe, read
from app.wire import log
from app.wire import mention as mention_wire

RECALL = {"en": ("recall", "recalled", "product recall"), "de": ("Rückruf",), "any": ("RAPEX",)}
KEYWORDS = RiskKeywords(
    [
        RiskKeyword("recall", RECALL),
        RiskKeyword("lawsuit", {"en": ("class action", "sue")}, frozenset({"acme"})),
        RiskKeyword("danger", {"zh": ("危险",), "ar": ("خطر",), "hi": ("आग",)}),
    ]
)


@pytest.mark.parametrize(
    ("text", "language", "found"),
    [
        ("They recalled it", "en", ("recall",)),
        ("RECALL!!!", "en-GB", ("recall",)),
        ("a recalling voice, and precall", "en", ()),  # whole words alone
        ("ein RÜCKRUF", "de", ("recall",)),
        ("ein Ru\u0308ckruf", "de", ("recall",)),  # decomposed
        ("Ru\u00adckruf of Rück\u200bruf", "de", ("recall",)),  # with what nobody sees in it
        ("ein Rückruf", "en", ()),  # a word of another language
        ("ein Rückruf", None, ("recall",)),  # of a text in an unknown one all count
        ("see rapex for it", "pl", ("recall",)),
        ("a class\n action, a recall", "en", ("lawsuit", "recall")),
        ("first class, action film", "en", ()),
        ("pursue, sued", "en", ()),
        ("电池很危险啊", "zh", ("danger",)),  # no spaces between words
        ("هذا خطر كبير", "ar", ("danger",)),
        ("आग लगी", "hi", ("danger",)),
        ("आगे चलो", "hi", ()),  # a longer word: its vowel sign is no letter to `re`
        ("", "en", ()),
    ],
)
def test_words_are_found_whole_in_any_case_by_language(
    text: str, language: str | None, found: tuple[str, ...]
) -> None:
    assert KEYWORDS.of(text, language, "acme") == found


def test_a_keyword_of_some_brands_is_looked_for_in_theirs_alone() -> None:
    assert KEYWORDS.of("We will sue", "en", "acme") == ("lawsuit",)
    assert KEYWORDS.of("We will sue", "en", "globex") == ()


def test_a_pattern_in_a_word_is_no_pattern() -> None:
    found = RiskKeywords([RiskKeyword("odd", {"any": ("a.b", "(x", "c+")})])
    assert found.of("a.b", None, "acme") == ("odd",)
    assert found.of("axb c cc", None, "acme") == ()


def settings(tmp_path: Path, keywords: str) -> Settings:
    path = tmp_path / "squall.yaml"
    path.write_text(f"scorer: {{risk_keywords: {{{keywords}}}}}\n")
    return load_settings(path)


def scribe(found: Settings) -> Scribe:
    return Scribe(found.topics, found.scorer)


def scored(found: Settings, text: str) -> ScoredMention:
    sent = Mention(
        id="1",
        text=text,
        published_at_ms=1_704_067_200_000,
        brand="acme",
        lang="en",
        reply_to="77",
        sentiment=Sentiment(label=Label.NEGATIVE, probabilities=(0.8, 0.1, 0.1), model="given@1"),
    )
    record = Record("mentions", 0, 5, 1_704_067_200_000, None, mention_wire.encode(sent), ())
    (one,) = scribe(found).scored(read(record, WatchList.given().match))
    return one


def test_the_record_names_the_keyword_and_never_the_text(tmp_path: Path) -> None:
    found = settings(tmp_path, "recall: {words: {en: [Recall, 'burnt down']}}")
    one = scored(found, "My house burnt down")
    assert (one.risks, one.reply_to) == (("recall",), "77")
    message = log.encode(one)
    assert b"burnt down" not in (message.value or b"").lower()
    assert log.decode(message.value, message.headers) == one


def test_without_keywords_nothing_is_looked_for() -> None:
    assert scored(Settings(), "A product recall").risks == ()


def test_settings_know_brands_in_any_spelling_and_languages(tmp_path: Path) -> None:
    found = settings(tmp_path, "recall: {words: {en: [recall], any: [RAPEX]}, brands: [Acme ]}")
    assert scored(found, "a rapex notice").risks == ("recall",)
    assert found.scorer.risk_keywords["recall"].brands == ("acme",)
    assert found.detector.rules().keyword_authors == 3


@pytest.mark.parametrize(
    ("keywords", "says"),
    [
        ("recall: {words: {english: [recall]}}", "'english' is no ISO 639-1 code in use; write"),
        ("recall: {words: {nb: [tilbakekalling]}}", "'nb' is no ISO 639-1 code in use; write"),
        ("recall: {words: {en: ['!?']}}", "en: '!?' has no letter or digit to look for"),
        ("recall: {words: {en: []}}", "should have at least 1 item"),
        ("recall: {words: {en: ['']}}", "should have at least 1 character"),
        (f"recall: {{words: {{en: [{'x' * 65}]}}}}", "should have at most 64 characters"),
        ("recall: {words: {}}", "should have at least 1 item"),
        ("recall: {brands: [acme]}", "words: field required"),
        ("recall: {words: {en: [recall]}, brands: [a/b]}", "'a/b' is no brand of a watch list"),
        ("recall: {words: {en: [recall]}, brand: acme}", "brand: unknown key"),
        ("recall: [recall]", "should be a valid dictionary"),
        ("Product Recall: {words: {en: [recall]}}", "should match pattern"),
    ],
)
def test_a_bad_keyword_is_refused_by_its_name(tmp_path: Path, keywords: str, says: str) -> None:
    with pytest.raises(ConfigError) as caught:
        settings(tmp_path, keywords)
    assert "scorer.risk_keywords" in str(caught.value)
    assert says in str(caught.value)


def test_too_many_keywords_are_refused(tmp_path: Path) -> None:
    many = ", ".join(f"k{number}: {{words: {{en: [recall]}}}}" for number in range(33))
    with pytest.raises(ConfigError, match="at most 32 items"):
        settings(tmp_path, many)


@pytest.mark.parametrize("authors", [0, 17])
def test_a_number_of_authors_that_cannot_be_is_refused(tmp_path: Path, authors: int) -> None:
    path = tmp_path / "squall.yaml"
    path.write_text(f"detector: {{keyword_authors: {authors}}}\n")
    with pytest.raises(ConfigError, match="keyword_authors"):
        load_settings(path)
