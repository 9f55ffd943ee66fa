"""The rules that turn letters, hints and a library's shares into one language."""

from __future__ import annotations

import sys

import pytest

from app.errors import ModelError
from app.inference.language.identify import Hint, Identifier
from app.inference.language.library import LOOKED_FOR, Shares, load_library

NINE = ("ar", "de", "en", "es", "fr", "hi", "it", "pl", "pt")
LONG = "a text of more than twenty letters"


def identifier(shares: Shares, supported: tuple[str, ...] = NINE) -> Identifier:
    return Identifier(lambda words: shares, supported)


@pytest.fixture(scope="module")
def real() -> Identifier:
    return Identifier(load_library(), NINE)


@pytest.mark.parametrize(
    ("shares", "hint", "language"),
    [
        ({"en": 0.9, "nl": 0.1}, Hint(), "en"),
        ({"nl": 0.9, "en": 0.1}, Hint(), "nl"),
        ({"nl": 0.8, "en": 0.15}, Hint(), "en"),  # not sure enough to lose a mention
        ({"nl": 0.9, "en": 0.09}, Hint("en-GB"), "en"),  # what is declared weighs in
        ({"nl": 0.999, "en": 0.001}, Hint("en"), "nl"),  # but can't outvote all letters
        ({"es": 0.45, "pt": 0.4}, Hint("pt-BR"), "pt"),
        ({"es": 0.45, "pt": 0.44}, Hint(usual=("pt",)), "es"),
        ({"es": 0.35, "pt": 0.33, "it": 0.32}, Hint(usual=("pl", "pt")), "pt"),
        ({"nl": 0.5, "de": 0.4, "en": 0.1}, Hint(), "de"),
        ({"nl": 0.5, "de": 0.4, "en": 0.1}, Hint("sv"), "sv"),
        ({"gl": 0.9, "pt": 0.1}, Hint(), "pt"),  # Galician is not looked for
        ({}, Hint(), "ar"),
    ],
)
def test_a_long_text(shares: Shares, hint: Hint, language: str) -> None:
    found = identifier(shares).language(LONG, hint)
    assert found == language or (shares == {} and found in NINE)


@pytest.mark.parametrize(
    ("text", "hint", "language"),
    [
        ("ok", Hint("pl"), "pl"),
        ("ok", Hint("PL_pl", ("de",)), "pl"),
        ("ok", Hint("nl"), "nl"),
        ("ok", Hint("und", ("de",)), "de"),
        ("ok", Hint("no such tag", ("de",)), "de"),
        ("ok", Hint("", ("de", "pl")), "de"),
        ("ok", Hint(None, ("nl",)), "nl"),
        ("ok", Hint(), "en"),
        ("да", Hint("en", ("pl",)), "ru"),  # neither is written in that script
        ("مرحبا", Hint(None, ("pl", "ar")), "ar"),
        ("ᏣᎳᎩ", Hint("en"), "und"),
    ],
)
def test_a_short_text_goes_by_what_is_known_beside_it(text: str, hint: Hint, language: str) -> None:
    shares = {"en": 0.5, "nl": 0.4, "ru": 0.05, "ar": 0.05}
    assert identifier(shares).language(text, hint) == language


@pytest.mark.parametrize(
    "text", ["", "😡😡😡", "10/10", "12:30 ☎ +48 600", "@acme https://a.example"]
)
def test_a_text_without_letters_has_no_language(text: str) -> None:
    assert identifier({"nl": 1.0}).language(text, Hint("nl", ("nl",))) is None


def test_a_text_of_two_scripts_goes_by_what_is_known_beside_it() -> None:
    mixed = "привет всем друзья and hello everybody"
    assert identifier({"ru": 0.99, "en": 0.01}).language(mixed, Hint("en")) == "en"
    assert identifier({"ru": 0.99, "en": 0.01}).language(mixed, Hint(usual=("pl",))) == "pl"
    assert identifier({"ru": 0.99, "en": 0.01}).language(mixed, Hint()) == "en"


def test_with_no_language_unsupported_a_guess_is_the_likeliest() -> None:
    assert identifier({"nl": 0.5, "en": 0.4}, ()).language("ok", Hint()) == "nl"


def test_a_language_that_is_not_looked_for_is_told_when_it_is_supported() -> None:
    shares = {"cy": 0.9, "en": 0.1}
    assert "cy" not in LOOKED_FOR
    assert identifier(shares, ("cy", "en")).language(LONG, Hint()) == "cy"
    assert identifier(shares).language(LONG, Hint()) == "en"


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("Pakketje had dinsdag moeten komen en nog steeds niks", "nl"),
        ("Посылка так и не пришла, никто не отвечает", "ru"),
        ("注文した商品がまだ届きません。返金してください。", "ja"),
        ("환불해 주세요. 아직도 안 왔어요. 너무 늦습니다.", "ko"),
        ("Paczka miała przyjść we wtorek i dalej nic", "pl"),
        ("paise do baar kat gaye, koi phone nahi uthata", "hi"),
        ("पार्सल अभी भी गोदाम में है, कोई जवाब नहीं", "hi"),
        ("الطلب لم يصل بعد ولا أحد يرد على الهاتف", "ar"),
    ],
)
def test_the_real_library_tells(real: Identifier, text: str, language: str) -> None:
    assert real.language(text, Hint()) == language


@pytest.mark.parametrize(
    "text",
    [
        "x" * 10_000,
        ("привет hello مرحبا नमस्ते 東京 " * 400)[:10_000],
        "😡" * 10_000,
        "\u202e\u200b\u200d" * 1_000,
        "e" + "\u0301" * 5_000,
        "A" * 25,
        "\U0010ffff\ud800" * 20,
        "ᏣᎳᎩ ᎦᏬᏂᎯᏍᏗ ᎠᎴ ᎤᏃᎮᏗ ᎠᏂᏣᎳᎩ ᎤᏂᏬᏂᎯᏍᏗ",
    ],
)
def test_any_text_has_one_answer(real: Identifier, text: str) -> None:
    once = real.language(text, Hint("pl", ("en",)))
    assert once == real.language(text, Hint("pl", ("en",)))
    assert once is None or once.isalpha()


def test_the_answer_is_the_same_after_a_new_start(real: Identifier) -> None:
    texts = [f"{word} tudo bem com a entrega {word}" for word in ("olá", "hola", "ciao", "hej")]
    again = Identifier(load_library(), NINE)
    hints = [Hint(), Hint("es")]
    for text in texts:
        for hint in hints:
            assert real.language(text, hint) == again.language(text, hint)


def test_without_the_package_it_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "py3langid.langid", None)
    with pytest.raises(ModelError, match=r"pip install 'squall\[inference\]'"):
        load_library()


@pytest.mark.parametrize(
    ("error", "why"),
    [(EOFError(), "EOFError"), (OSError(28, "No space left on device"), "No space left on device")],
)
def test_a_package_that_cannot_be_read_says_why(
    monkeypatch: pytest.MonkeyPatch, error: Exception, why: str
) -> None:
    from py3langid.langid import LanguageIdentifier

    def broken(*_: object, **__: object) -> None:
        raise error

    monkeypatch.setattr(LanguageIdentifier, "from_model_file", broken)
    with pytest.raises(ModelError, match=rf"py3langid can't be read \({why}\): .*make room there"):
        load_library()
