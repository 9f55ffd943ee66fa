"""What a drill says, how often and by whom: the same for the same seed.

How loud it is follows from what can be found: so many negatives within a quarter of an hour as
pass what is usual by seven standard deviations, and twelve at least; a low one has twice as many, a
medium one five times, a high one twenty times.
"""

from __future__ import annotations

from dataclasses import dataclass
from importlib.resources import files
from math import sqrt
from random import Random
from typing import Final

from app.core.mention import Author, Mention, SourceKind
from app.core.playbook import COORDINATED
from app.core.rules import DAY_MS
from app.sources.scenario.phrasebook import Phrasebook, parse

INTENSITIES: Final = {"low": 2, "medium": 5, "high": 20}
QUARTER_MIN: Final = 15
MOST_A_MINUTE: Final = 2_000.0
_QUARTER_STEPS: Final = 30
_SIGMAS, _DISPERSION, _LEAST = 7.0, 3.0, 12.0
_BOTS: Final = 0.6  # of a coordinated attack's posts; they repeat few texts
_BOT_TEXTS: Final = 4
_BOT_DAYS: Final = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """A drill: ``per_minute`` mentions for ``minutes``."""

    drill_id: str
    brand: str
    scenario: str
    per_minute: float
    minutes: float

    @property
    def mentions(self) -> int:
        return max(1, round(self.per_minute * self.minutes))


def detectable(expected_a_step: float) -> float:
    """Return the negatives in a quarter of an hour that can be found, of a brand that usually has
    so many in a step of 30 s.

    >>> detectable(0), round(detectable(1.0), 1)
    (12.0, 96.4)
    """
    usual = expected_a_step * _QUARTER_STEPS
    return max(_LEAST, usual + _SIGMAS * sqrt(_DISPERSION * usual))


def per_minute(expected_a_step: float, scenario: str, intensity: str) -> float:
    """Return the mentions a minute; of a coordinated attack so many by people, and bots besides."""
    people = INTENSITIES[intensity] * detectable(expected_a_step) / QUARTER_MIN
    return people / (1 - _BOTS) if scenario == COORDINATED else people


def book() -> Phrasebook:
    """Return the texts, a section a scenario."""
    return parse((files("app.sources.drill") / "texts.txt").read_text("utf-8"))


class Voices:
    """Makes a drill's mentions, one by one."""

    def __init__(self, plan: Plan, seed: int = 0) -> None:
        self._plan, self._draw, self._book = plan, Random(seed), book()  # noqa: S311 - texts, not secrets
        self._repeated = [self._text() for _ in range(_BOT_TEXTS)]

    def mention(self, number: int, now_ms: int) -> Mention:
        """Return mention ``number``, said now."""
        is_bot = self._plan.scenario == COORDINATED and self._draw.random() < _BOTS
        made_ms = now_ms - _BOT_DAYS * DAY_MS if is_bot else None
        name = f"{self._plan.drill_id}-{number}"
        return Mention(
            id=name,
            text=self._draw.choice(self._repeated) if is_bot else self._text(),
            published_at_ms=now_ms,
            brand=self._plan.brand,
            source=SourceKind.SOCIAL,
            platform="drill",
            lang="en",
            author=Author(id=name, followers=self._draw.randint(5, 400), created_at_ms=made_ms),
        )

    def _text(self) -> str:
        return self._book.write(self._draw, self._plan.scenario)


def times(plan: Plan) -> list[float]:
    """Return when each mention is sent, in seconds from the first; the last within the time."""
    gap_s = plan.minutes * 60 / plan.mentions
    return [number * gap_s for number in range(plan.mentions)]
