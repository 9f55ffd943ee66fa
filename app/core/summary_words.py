"""What a summary is made of in each language: templates, and the words that go into them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from app.core.crisis import EventType, Severity, State


class Words(NamedTuple):
    """One language. Every mapping is complete: a type, theme or severity without words fails a
    test.

    ``heads``: what happened. ``tails``: what else is worth saying where nobody is asked for
    anything. ``mentions`` (the negative ones), ``all_mentions`` and ``authors``: the forms for
    one, few and many.
    """

    heads: Mapping[EventType, str]
    tails: Mapping[EventType, str]
    themes: Mapping[str, str]
    severities: Mapping[Severity, str]
    sources: Mapping[str, str]
    labels: Mapping[str, str]
    mentions: tuple[str, str, str]
    all_mentions: tuple[str, str, str]
    authors: tuple[str, str]
    phrases: Mapping[str, str]
    scenarios: Mapping[str, str]
    states: Mapping[State, str]
    decimal: str
    thousands: str
    has_few: bool  # 2 to 4 have a form of their own, but for 12 to 14
