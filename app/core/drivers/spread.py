"""Where it began, how it went from platform to platform, and who speaks for the brand."""

from __future__ import annotations

from collections.abc import Iterable

from app.core.cause import First
from app.core.facts import Fact
from app.core.mention import Label

MOST_FIRST = 3
MOST_PLATFORMS = 8
MOST_SUPPORTERS = 3
ADVOCATE = "advocate"
_POSITIVE = tuple(Label).index(Label.POSITIVE)


def first_of(negatives: Iterable[Fact]) -> tuple[First, ...]:
    """Return the three earliest negatives, the earliest first."""
    return tuple(cited(fact) for fact in sorted(negatives, key=earliest)[:MOST_FIRST])


def spread_of(negatives: Iterable[Fact]) -> tuple[First, ...]:
    """Return the first negative of each platform in the order of their times, at most eight.

    Mentions that name no platform count by their source.
    """
    found: dict[tuple[str, str], Fact] = {}
    for fact in sorted(negatives, key=earliest):
        found.setdefault((fact.platform, "" if fact.platform else fact.source), fact)
    return tuple(cited(fact) for fact in list(found.values())[:MOST_PLATFORMS])


def supporters_of(facts: Iterable[Fact]) -> tuple[First, ...]:
    """Return the three positive mentions with the widest reach, of equals the earlier first.

    Advocates' come before all others, and count though they are not positive: "leave them alone" is
    no praise. No negative mention is among ``facts``.
    """
    positives = [fact for fact in facts if fact.label == _POSITIVE or _is_advocate(fact)]
    widest = sorted(
        positives, key=lambda fact: (not _is_advocate(fact), -fact.reach, *earliest(fact))
    )
    return tuple(cited(fact) for fact in widest[:MOST_SUPPORTERS])


def _is_advocate(fact: Fact) -> bool:
    return fact.author_kind == ADVOCATE


def earliest(fact: Fact) -> tuple[int, int, str, str]:
    """Return by what facts are put in the order of their times, whatever order they came in."""
    return fact.time_ms, fact.number, fact.source, fact.mention_id


def cited(fact: Fact) -> First:
    """Return how an event names a mention."""
    return First(
        mention_id=fact.mention_id,
        event_time_ms=fact.time_ms,
        source=fact.source,
        platform=fact.platform or None,
        url=fact.url or None,
    )
