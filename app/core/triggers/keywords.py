"""Risk keywords: so many different people complain with one within an hour.

The scorer knows the texts and marks which keywords are in one; here only their names are known. It
needs nothing learnt, so it works from a brand's first day.
"""

from __future__ import annotations

from collections.abc import Iterable

from app.core.event import Trigger
from app.core.triggers.authors import seen
from app.core.triggers.found import KEYWORD, Found, Given
from app.core.triggers.level import HOUR_STEPS

KEYWORDS = 32  # remembered at most
Risks = dict[str, dict[int, int]]  # keyword -> author (32 bits of the pseudonym) -> step last seen


def note(risks: Risks, step: int, told: Iterable[tuple[tuple[str, ...], int]]) -> set[str]:
    """Note who complained with which keywords in a step; return those keywords."""
    found = set[str]()
    for names, author in told:
        for name in names:
            seen(risks.setdefault(name, {}), author, step)
            found.add(name)
    _forget(risks, step)
    return found & risks.keys()


def _forget(risks: Risks, step: int) -> None:
    for name in sorted(risks):
        risks[name] = {by: last for by, last in risks[name].items() if step - last < HOUR_STEPS}
        if not risks[name]:
            del risks[name]
    latest = sorted(risks, key=lambda name: (-max(risks[name].values()), name))
    for name in latest[KEYWORDS:]:
        del risks[name]


def judge(risks: Risks, given: Given, new: set[str]) -> list[Found]:
    """Return each keyword of the last hour, with how many complained so."""
    found = []
    for name, by in sorted(risks.items()):
        authors = sum(given.step - last < HOUR_STEPS for last in by.values())
        if not authors:
            continue
        trigger = Trigger(
            name=KEYWORD,
            unit="authors",
            scale_s=3_600,
            value=float(authors),
            threshold=float(given.rules.keyword_authors),
            about=name,
        )
        closed = given.first_closed((KEYWORD, authors >= given.rules.keyword_authors))
        found.append(Found(trigger, closed, name in new))
    return found
