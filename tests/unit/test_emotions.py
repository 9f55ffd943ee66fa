"""Anger and fear, told by words: row C11."""

from __future__ import annotations

import hashlib
from collections import Counter

import pytest

from app.core.emotions import EMOTIONS
from app.core.mention import Label
from app.core.terms import is_term
from app.inference.emotions import LISTS, emotion_terms, emotions_of
from app.inference.themes import LANGUAGES, plain
from benchmarks import emotion_accuracy

SAID = [
    ("en", "I'm furious, this is the third parcel you lost", ("anger",)),
    ("en", "Scared to use the heater, is it still safe?", ("fear",)),
    ("en", "You idiots leaked my address and I'm terrified", ("anger", "fear")),
    ("pl", "Jestem wściekły, banda złodziei", ("anger",)),
    ("pl", "Boję się o dziecko", ("fear",)),
    ("de", "Mir platzt der Kragen", ("anger",)),
    ("de", "Ich habe Angst um mein Geld", ("fear",)),
    ("fr", "Ras-le-bol de vos mensonges", ("anger",)),
    ("fr", "J’ai peur pour mes données", ("fear",)),
    ("es", "Estoy harta, sois unos ladrones", ("anger",)),
    ("es", "Tengo miedo de usarlo", ("fear",)),
    ("it", "Vergognatevi, truffatori", ("anger",)),
    ("it", "Sono terrorizzata per mio figlio", ("fear",)),
    ("pt", "Que raiva, cambada de mentirosos", ("anger",)),
    ("pt", "Morro de medo desse carro", ("fear",)),
    ("ar", "طفح الكيل منكم يا نصابين", ("anger",)),
    ("ar", "وأنا خائفة على أولادي", ("fear",)),
    ("hi", "बहुत गुस्सा आ रहा है", ("anger",)),
    ("hi", "mujhe darr lag raha hai", ("fear",)),
    ("hi", "sharam karo, jhoothe log", ("anger",)),
    ("hi", "मुझे डर लग रहा है", ("fear",)),
]
DENIED = [
    ("en", "Not angry, just sad"),
    ("en", "No worries, I can wait"),
    ("pl", "Nie jestem zła, raczej smutna"),
    ("pl", "Bez obaw, poczekam"),
    ("de", "Ich bin nicht böse"),
    ("de", "Keine Angst, das geht leicht"),
    ("fr", "Je ne suis pas en colère"),
    ("fr", "N'ayez pas peur du montage"),
    ("es", "No estoy enfadada"),
    ("it", "Non sono arrabbiato, nessuna paura"),
    ("pt", "Não estou com raiva, sem medo"),
    ("ar", "لست غاضبا ولا خوف من التركيب"),
    ("hi", "gussa nahi hoon, chinta mat karo"),
]


@pytest.mark.parametrize(("language", "text", "emotions"), SAID)
def test_an_emotion_is_told_in_each_language(
    language: str, text: str, emotions: tuple[str, ...]
) -> None:
    assert emotions_of(text, language, Label.NEGATIVE) == emotions


@pytest.mark.parametrize(("language", "text"), DENIED)
def test_a_denied_emotion_is_none(language: str, text: str) -> None:
    assert emotions_of(text, language, Label.NEGATIVE) == ()


@pytest.mark.parametrize(
    ("language", "text"),
    [
        ("en", "Residents are furious about the plant"),
        ("pl", "Mieszkańcy są oburzeni, podaje radio"),
        ("de", "Die Anwohner sind stinksauer, meldet der Sender"),
        ("fr", "Les riverains sont furieux"),
    ],
)
def test_what_others_feel_is_not_the_writers(language: str, text: str) -> None:
    assert emotions_of(text, language, Label.NEGATIVE) == ()


def test_only_what_may_be_negative_has_one() -> None:
    text = "I'm furious and terrified"
    for label in (Label.NEGATIVE, Label.UNCERTAIN):
        assert emotions_of(text, "en", label) == EMOTIONS
    for label in (Label.NEUTRAL, Label.POSITIVE):
        assert emotions_of(text, "en", label) == ()


def test_where_nobody_can_look_nothing_is_told() -> None:
    assert emotions_of("I'm furious", "en", Label.UNSCORED) is None
    assert emotions_of("ik ben woedend", "nl", Label.NEGATIVE) is None
    assert emotions_of("jestem wściekły", None, Label.NEGATIVE) == ("anger",)


def test_a_complaint_that_is_shouted_is_anger_unless_it_is_fear() -> None:
    assert emotions_of("Two months?! Give it back", "en", Label.NEGATIVE) == ("anger",)
    assert emotions_of("Two months? Give it back!", "en", Label.NEGATIVE) == ()
    assert emotions_of("What do I do?! My baby ate it, so scared", "en", Label.NEGATIVE) == (
        "fear",
    )


@pytest.mark.parametrize("language", LANGUAGES)
def test_each_list_is_there_with_words_that_can_be_looked_for(language: str) -> None:
    lists = emotion_terms(language)
    assert set(lists) == {*LISTS, *(f"{one}_maybe" for one in EMOTIONS)}
    for name, terms in lists.items():
        assert [term for term in terms if not is_term(plain(term))] == []
        assert len(terms) >= (60 if name in EMOTIONS else 5), name
    assert not set(map(plain, lists["anger"])) & set(map(plain, lists["fear"]))


@pytest.mark.parametrize("text", ["a" * 300_000, "?!" * 50_000, "!" * 100_000, "\ud800"])
def test_hostile_texts_are_read(text: str) -> None:
    for language in ("en", "ar", None):
        found = emotions_of(text, language, Label.NEGATIVE)
        assert found == emotions_of(text, language, Label.NEGATIVE)


def test_the_labelled_set_is_as_it_was_frozen() -> None:
    """The texts were written and labelled before the lists: their README has the hash of then."""
    about = (emotion_accuracy.ROOT / "emotions" / "README.md").read_text("utf-8")
    for path in (emotion_accuracy.OWN, emotion_accuracy.SHOP):
        assert hashlib.sha256(path.read_bytes()).hexdigest() in about


def test_the_set_has_every_case_in_every_language_and_half() -> None:
    halves = [emotion_accuracy.own(is_test=is_test) for is_test in (True, False)]
    assert sum(map(len, halves)) == 396
    for half in halves:
        for code in LANGUAGES:
            cases = Counter(tuple(sorted(one.emotions)) for one in half if one.language == code)
            assert min(cases[()], cases[("anger",)], cases[("fear",)]) >= 1


def test_figures_are_these() -> None:
    texts = [
        emotion_accuracy.Text(str(number), "en", text, frozenset(emotions))
        for number, (text, emotions) in enumerate(
            [("I'm furious", {"anger"}), ("so late", {"anger"}), ("thieves", set[str]())]
        )
    ]
    row = emotion_accuracy.figures(texts, emotion_accuracy.negative)
    assert row["anger"] == {"labelled": 2, "precision": 0.5, "recall": 0.5, "f1": 0.5}
    assert row["fear"] == {"labelled": 0, "precision": 0.0, "recall": 0.0, "f1": 0.0}
