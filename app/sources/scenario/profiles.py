"""Who is talked about in the scenario: how much, in which language, where and in which mood."""

from __future__ import annotations

from dataclasses import dataclass

Mix = dict[str, int]  # weights of phrasebook sections, "source mood"

_SHOP: Mix = {
    "social praise": 22, "social neutral": 17, "social question": 14, "social complaint": 7,
    "review praise": 8, "review neutral": 4, "review complaint": 2,
    "support question": 9, "support praise": 2, "support complaint": 3,
    "forum praise": 4, "forum neutral": 4, "forum question": 2, "forum complaint": 1,
    "news neutral": 1,
}  # fmt: skip

_DRINK: Mix = {
    "social praise": 28, "social neutral": 22, "social question": 11, "social complaint": 8,
    "review praise": 8, "review neutral": 3, "review complaint": 2,
    "support question": 4, "support praise": 1, "support complaint": 1,
    "forum praise": 4, "forum neutral": 4, "forum question": 2, "forum complaint": 1,
    "news neutral": 1,
}  # fmt: skip

_HOME: Mix = {
    "social praise": 18, "social neutral": 18, "social question": 10, "social complaint": 4,
    "review praise": 16, "review neutral": 8, "review complaint": 3,
    "support question": 8, "support praise": 3, "support complaint": 2,
    "forum praise": 3, "forum neutral": 4, "forum question": 2, "news neutral": 1,
}  # fmt: skip

_HOME_ABROAD: Mix = {
    "social praise": 4, "social neutral": 3, "social question": 3,
    "review praise": 2, "review neutral": 1, "forum neutral": 1,
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Profile:
    """A brand on usual days; ``books``: by language a phrasebook, a weight and its sections."""

    brand: str
    per_day: float
    weekend: float  # a Saturday's or Sunday's volume against a working day's
    products: tuple[str, ...]
    books: dict[str, tuple[str, int, Mix]]


PROFILES = (
    Profile(
        "Larkmoor", 175.0, 0.9, ("clothing", "home", "gadgets"),
        {"en": ("larkmoor_en", 58, _SHOP), "pl": ("larkmoor_pl", 42, _SHOP)},
    ),
    Profile(
        "Zumbry", 130.0, 1.2, ("classic", "sugar-free"),
        {"en": ("zumbry_en", 58, _DRINK), "pl": ("zumbry_pl", 42, _DRINK)},
    ),
    Profile(
        "Domarenka", 36.0, 1.1, ("furniture",),
        {"pl": ("domarenka_pl", 90, _HOME), "en": ("domarenka_en", 10, _HOME_ABROAD)},
    ),
)  # fmt: skip

WAVE_LANGS: Mix = {"en": 58, "pl": 42}

PAYMENT_START: Mix = {"social start": 80, "support peak": 15, "social other": 5}
PAYMENT_PEAK: Mix = {
    "social peak": 64, "social start": 5, "support peak": 12, "review peak": 6, "forum peak": 6,
    "social other": 6, "news other": 1,
}  # fmt: skip
PAYMENT_FADE: Mix = {
    "social peak": 30, "social fade": 40, "support peak": 8, "forum peak": 6, "social other": 14,
    "news other": 2,
}  # fmt: skip
JOKE_MIX: Mix = {
    "social share": 34, "social riff": 46, "social other": 14, "forum riff": 4, "news other": 2,
}  # fmt: skip
