"""What a mention can be about: the closed list of themes, and the bounds of a mention's words."""

from __future__ import annotations

from typing import Final

THEMES: Final = (
    "delivery",
    "quality",
    "misdescription",
    "payment",
    "refund",
    "service",
    "price",
    "security",
    "outage",
    "safety",
    "ethics",
)
"""Every theme, in the order of docs/themes.md."""

TERMS_MAX: Final = 12  # words kept of one mention
TERM_MAX_CHARS: Final = 40  # a longer one is no word but a link or noise
