"""Which words of a text are kept, and which never are."""

from __future__ import annotations

import pytest

from app.core.themes import TERM_MAX_CHARS, TERMS_MAX
from app.inference.text_terms import stop_words, terms_of


def test_words_come_in_the_order_of_their_first_use_each_once() -> None:
    text = "Parcel late, parcel LOST; courier lost the parcel"
    assert terms_of(text, "en") == ("parcel", "late", "lost", "courier")


@pytest.mark.parametrize(
    ("language", "text", "kept"),
    [
        ("en", "I don't have the kettle, it's broken", ("kettle", "broken")),
        ("pl", "Nie mam jeszcze tej paczki", ("paczki",)),
        ("de", "Ich habe das Paket nicht", ("paket",)),
        ("fr", "Je n'ai pas l'armoire", ("armoire",)),
        ("es", "No tengo el paquete todavía", ("paquete",)),
        ("it", "Non ho ancora l'armadio", ("armadio",)),
        ("pt", "Eu não tenho a encomenda", ("encomenda",)),
        ("ar", "هذا من الطلب في بيت", ("الطلب", "بيت")),
        ("hi", "मेरा पार्सल और आग", ("पार्सल", "आग")),
        ("hi", "mera parcel nahi hai", ("parcel",)),
    ],
)
def test_words_that_say_nothing_are_left_out(
    language: str, text: str, kept: tuple[str, ...]
) -> None:
    found = terms_of(text, language)
    assert [word for word in found if word in kept] == list(kept)
    assert not stop_words(language) & set(found)


def test_words_of_all_languages_are_left_out_where_it_is_unknown() -> None:
    for language in (None, "und", "xx"):
        assert terms_of("the oraz nicht avec kettle", language) == ("kettle",)


@pytest.mark.parametrize(
    "text",
    [
        "@anna",
        "@anna.kowalska",
        "\uff20anna",
        "&#64;anna",
        "@an\u200bna",
        "@anna@social.example",
        "anna@shop.example",
        "anna.kowalska+x@shop.example",
        "https://shop.example/anna",
        "HTTPS://SHOP.EXAMPLE/ANNA",
        "www.anna.example",
        "shop.example/anna",
        "mailto:anna@shop.example",
        "RT @anna:",
    ],
)
def test_names_addresses_and_links_never_come_through(text: str) -> None:
    assert not [word for word in terms_of(f"kettle {text} parcel", "en") if "anna" in word]
    found = terms_of(f"kettle {text} parcel", "en")
    assert (found[0], found[-1]) == ("kettle", "parcel")


def test_the_authors_own_words_are_left_out() -> None:
    text = "Anna Kowalska here, ANNA_77 again: my kettle leaks. Żółta"
    assert terms_of(text, "en", ("Anna Kowalska", "anna_77")) == ("kettle", "leaks", "żółta")
    assert terms_of("zolta kettle", "en", (None, "")) == ("zolta", "kettle")


def test_the_word_of_a_hashtag_stays() -> None:
    assert terms_of("#boycott kettle", "en") == ("boycott", "kettle")


def test_numbers_and_long_numbers_with_letters_are_left_out() -> None:
    text = "12345 24 ab 3x PL61109010140000071219812874 order55021 iphone15 kettle"
    assert terms_of(text, "en") == ("iphone15", "kettle")


def test_no_more_than_twelve_and_none_too_long() -> None:
    words = [f"kettle{letter}" for letter in "abcdefghijklmnop"]
    assert terms_of(" ".join(words), "en") == tuple(words[:TERMS_MAX])
    longest = "k" * TERM_MAX_CHARS
    assert terms_of(f"{longest} {longest}k", "en") == (longest,)


def test_forms_of_a_word_are_one_and_endings_are_kept() -> None:
    assert terms_of("ＫＥＴＴＬＥ ket\u00adtle Kettle kettles", "en") == ("kettle", "kettles")


def test_an_address_that_the_limit_cuts_in_two_leaves_nothing() -> None:
    text = "kettle " + "x" * 1_980 + " annakowalska@shop.example"
    assert terms_of(text, "en") == ("kettle",)


@pytest.mark.parametrize(
    "piece", ["htt…", "https://sh…", "disap…", "@ann…", "&hellip;", "x" * 90 + "…"]
)
def test_what_a_platform_cut_in_two_at_the_end_leaves_nothing(piece: str) -> None:
    assert terms_of(f"RT @anna: kettle leaks {piece}", "en") == ("kettle", "leaks")


def test_an_ellipsis_after_a_whole_word_or_within_a_text_cuts_nothing() -> None:
    assert terms_of("wow… kettle leaks …", "en") == ("wow", "kettle", "leaks")
    assert terms_of("kettle leaks...", "en") == ("kettle", "leaks")


@pytest.mark.parametrize("text", ["", "🙂", "@" * 50_000, "a." * 50_000, "\ud800x", "a" * 300_000])
def test_hostile_texts_are_read(text: str) -> None:
    assert terms_of(text, "en") == ()
