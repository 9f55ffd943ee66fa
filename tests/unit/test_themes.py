"""What a text is about, told by words."""

from __future__ import annotations

import itertools

import pytest

from app.core.terms import is_term
from app.core.themes import THEMES
from app.inference.themes import LANGUAGES, plain, term_lists, themes_of
from benchmarks import theme_accuracy

SAID = [
    ("en", "The parcel never arrived.", ("delivery",)),
    ("en", "Our customers' data breach: passwords leaked", ("security",)),
    ("en", "The whole site is down, error 503", ("outage",)),
    ("pl", "Kurier zgubił paczkę, a zwrotu pieniędzy nie ma", ("delivery", "refund")),
    ("de", "Der Heizlüfter fing Feuer, Verletzte im Krankenhaus", ("safety",)),
    ("fr", "Je suis débité deux fois", ("payment",)),
    ("es", "La atención al cliente es pésima", ("service",)),
    ("it", "I lavoratori in sciopero: sfruttamento nei magazzini", ("ethics",)),
    ("pt", "Aumentaram o preço outra vez", ("price",)),
    ("ar", "تسريب بيانات العملاء", ("security",)),
    ("hi", "रिफंड अभी तक नहीं आया", ("refund",)),
    ("hi", "paise wapas karo", ("refund",)),
]


@pytest.mark.parametrize(("language", "text", "themes"), SAID)
def test_a_theme_is_told_in_each_language(
    language: str, text: str, themes: tuple[str, ...]
) -> None:
    assert set(themes) <= set(themes_of(text, language))


@pytest.mark.parametrize("language", LANGUAGES)
def test_each_list_holds_every_theme_and_words_that_can_be_looked_for(language: str) -> None:
    lists = term_lists(language)
    assert tuple(lists) == THEMES
    for theme, terms in lists.items():
        parts = [part for term in terms for part in plain(term).split(" + ")]
        assert [part for part in parts if not is_term(part)] == []
        assert len({plain(term) for term in terms}) == len(terms) >= 15, theme


@pytest.mark.parametrize("language", LANGUAGES)
def test_each_single_word_of_a_list_is_found_as_it_stands(language: str) -> None:
    for theme, terms in term_lists(language).items():
        for term in terms:
            text = term.replace(" + ", " ... ").replace("*", "")
            assert theme in themes_of(text, language), (theme, term)


def test_themes_are_sorted_and_each_stands_once() -> None:
    text = "Refund! Refund! Late delivery, the site is down, the courier was rude."
    assert themes_of(text, "en") == ("delivery", "outage", "refund", "service")
    assert themes_of(text, "en") == themes_of(text, "en-GB")


def test_a_text_of_no_theme_has_none() -> None:
    for text in ("", "🙂", "Hello from the seaside", "@delivery_hero", "https://refund.example/"):
        assert themes_of(text, "en") == ()


def test_parts_of_a_term_with_a_plus_must_all_be_there() -> None:
    assert "misdescription" in themes_of("I ordered black and you sent white", "en")
    assert "misdescription" not in themes_of("I ordered black yesterday", "en")


def test_english_counts_everywhere_and_every_list_where_the_language_is_unknown() -> None:
    assert themes_of("mega slow, tracking kaputt", "de") == ("delivery", "quality")
    assert themes_of("customer service", "ar") == ("service",)
    assert "delivery" not in themes_of("kurier", "en")
    for language in (None, "und", "nl", "nonsense"):
        assert themes_of("kurier", language) == ("delivery",)
        assert themes_of("الشحنة", language) == ("delivery",)


def test_accents_case_and_forms_of_letters_do_not_count() -> None:
    assert themes_of("PRZESYLKA", "pl") == themes_of("przesyłka", "pl") == ("delivery",)
    assert themes_of("والشحنه", "ar") == themes_of("الشحنة", "ar") == ("delivery",)
    assert themes_of("ख़राब", "hi") == themes_of("खराब", "hi") == ("quality",)
    assert themes_of("de-livery pick-up point", "en") == ("delivery",)


def test_a_word_in_devanagari_is_whole() -> None:
    assert "price" in themes_of("दाम", "hi")
    assert "price" not in themes_of("गोदाम", "hi")


@pytest.mark.parametrize("text", ["a" * 300_000, "order + " * 50_000, "\ud800", "@" * 100_000])
def test_hostile_texts_are_read(text: str) -> None:
    for language in ("en", "ar", None):
        assert themes_of(text, language) == themes_of(text, language)


def test_the_labels_are_of_the_closed_list_and_of_all_languages() -> None:
    found = theme_accuracy.labels()
    assert len(found) >= 300
    assert {theme for themes in found.values() for theme in themes} == set(THEMES)
    assert {name[:2] for name in found} == set(LANGUAGES)


def test_figures_are_these() -> None:
    judged = [
        theme_accuracy.Judged("en", frozenset(labelled), frozenset(found))
        for labelled, found in itertools.chain(
            [({"price"}, {"price"})] * 3, [({"price"}, set())], [(set(), {"price"})] * 2
        )
    ]
    row = theme_accuracy.row(judged, "price")
    assert row == {"labelled": 4, "precision": 0.6, "recall": 0.75, "f1": 0.667}
    assert theme_accuracy.micro_f1(judged) == 0.667
    rare = {"labelled": 9, "f1": 0.0}
    assert theme_accuracy.macro_f1({"price": {"labelled": 10, "f1": 0.5}, "safety": rare}) == 0.5


def test_the_lists_are_as_good_as_the_page_says() -> None:
    assert theme_accuracy.figures()["macro_f1"] >= 0.6
