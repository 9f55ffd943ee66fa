"""One spelling a brand."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.core.brand_name import MAX_CHARS, canonical


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("ACME", "acme"),
        ("  Coca   Cola\u00a0", "coca cola"),
        ("Coca\u2011Cola", "coca-cola"),
        ("Coca–Cola", "coca-cola"),
        ("McDonald’s", "mcdonald's"),
        ("H&M", "h&m"),
        ("C++", "c++"),
        ("3M", "3m"),
        ("amazon.co.uk", "amazon.co.uk"),
        ("snake_case-brand", "snake_case-brand"),
        ("Żabka", "żabka"),
        ("Z\u0307abka", "żabka"),
        ("ＡＣＭＥ", "acme"),
        ("Straße", "strasse"),
        ("ΣΊΣΥΦΟΣ", "σίσυφοσ"),
        ("टाटा", "टाटा"),
        ("任天堂", "任天堂"),
        ("محمد", "محمد"),
        ("a" * 128, "a" * 128),
        ("ﬁ" * 64, "fi" * 64),
    ],
)
def test_names_that_are_brands(name: str, expected: str) -> None:
    assert canonical(name) == expected


@pytest.mark.parametrize(
    "name",
    [
        "",
        "   ",
        "-",
        "& +",
        "a" * 129,
        "ﬁ" * 65,
        "a" + " " * 600,
        "a/b",
        "a:b",
        "!clock",
        "a\tb",
        "a\nb",
        "a\0b",
        "acme\u200b",
        "ac\u00adme",
        "\u202eacme",
        "\ufeffacme",
        "🔥",
        "acme™🔥",
        "\u0301acme",
        "a \u0301",
        "½",
        "①②/",
        "\ud800",
        "<b>",
        '"acme"',
    ],
)
def test_names_that_are_none(name: str) -> None:
    assert canonical(name) is None


MANY = settings(max_examples=2_000, derandomize=True, deadline=None, database=None)


@MANY
@given(st.text(st.characters(), max_size=12))
def test_a_canonical_name_is_its_own_and_safe_to_publish(name: str) -> None:
    spelt = canonical(name)
    if spelt is None:
        return
    assert canonical(spelt) == spelt
    assert 0 < len(spelt) <= MAX_CHARS
    assert spelt.encode().decode() == spelt.strip()
    assert not any(
        unicodedata.category(character)[0] in "CZ" for character in spelt.replace(" ", "")
    )


@MANY
@given(st.text(st.characters(categories=["L", "M", "Nd"]), min_size=1, max_size=12))
def test_every_normal_form_and_case_is_the_same_brand(name: str) -> None:
    spellings = [name, *(unicodedata.normalize(form, name) for form in ("NFC", "NFD", "NFKC"))]
    assert len({canonical(spelling) for spelling in spellings}) == 1
    assert canonical(name.casefold()) == canonical(name)
