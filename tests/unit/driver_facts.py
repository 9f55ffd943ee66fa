"""Short ways to write facts and fixtures with a planted driver."""

from __future__ import annotations

from collections.abc import Sequence
from random import Random

from app.core.cause import Drivers, Facet
from app.core.crisis import Severity
from app.core.drivers.build import drivers_of
from app.core.drivers.given import Regrade, Usual, Window
from app.core.drivers.vocabulary import learn_terms
from app.core.facts import Fact
from app.core.mention import Label
from app.core.supported import LANGUAGES

LABELS = tuple(Label)
MONDAY_MS = 1_704_067_200_000
VALUES = {
    "source": ("social", "news", "review", "forum", "survey", "support"),
    "platform": ("x", "reddit", "mastodon", "facebook", "youtube", "tiktok", ""),
    "language": ("pl", "en", "de", "fr", "es", "it", "other", "unknown"),
    "region": ("PL", "DE", "GB", "US", "FR", "IT", ""),
    "product": ("kettle", "toaster", "mixer", "oven", "iron", "fan", ""),
    "theme": ("delivery", "payment", "quality", "service", "safety", "price", ""),
    "author_kind": ("customer", "media", "employee", "influencer", "partner", "advocate", ""),
}
WORDS = tuple(f"word{number}" for number in range(400))
WORD_WEIGHTS = tuple(1 / (rank + 3) for rank in range(400))
TERMS_A_MENTION = 6


def fact(number: int, label: Label = Label.NEGATIVE, **fields: object) -> Fact:
    """Return fact ``number``: another author and text each, nothing known of it but its source."""
    values: dict[str, object] = {
        "number": number,
        "mention_id": f"m{number}",
        "time_ms": MONDAY_MS + number * 1_000,
        "label": LABELS.index(label),
        "fingerprint": number,
        "author": f"{number:016x}",
        "reach": 0,
        "language": 0,
        "source": "social",
        "platform": "",
        "region": "",
        "product": "",
        "author_kind": "",
        "account_days": None,
        "url": "",
        "themes": (),
        "terms": (),
    }
    return Fact(**(values | fields))  # type: ignore[arg-type]


def drawn(draw: Random, label: Label = Label.NEGATIVE) -> Fact:
    """Return a mention as they usually are, every property drawn evenly and words by Zipf's law."""
    picked = {name: draw.choice(values) for name, values in VALUES.items()}
    return fact(
        draw.getrandbits(64),
        label,
        author=f"{draw.randrange(10**12):016x}",
        time_ms=MONDAY_MS + draw.randrange(6 * 3_600_000),
        reach=round(draw.paretovariate(1.2) * 50),
        language=LANGUAGES.index(picked["language"]),
        source=picked["source"],
        platform=picked["platform"],
        region=picked["region"],
        product=picked["product"],
        author_kind=picked["author_kind"],
        themes=tuple({picked["theme"], draw.choice(VALUES["theme"])} - {""}),
        terms=tuple(draw.choices(WORDS, WORD_WEIGHTS, k=TERMS_A_MENTION)),
    )


def learnt(seed: int, steps: int = 300) -> dict[str, float]:
    """Return the usual words of a brand after so many steps of three drawn mentions."""
    draw, usual = Random(seed), dict[str, float]()
    for _ in range(steps):
        learn_terms(usual, [drawn(draw, Label.NEUTRAL) for _ in range(3)])
    return usual


def by_negatives(window: Window, *, minimum: int = 5, authors: int = 5) -> Regrade:
    """Return a grader of the distinct negatives alone: error from 30, critical from 100."""

    def regrade(kept: float, authors_left: int, _agreeing: int) -> Severity | None:
        left = kept * window.negatives
        if left < minimum or authors_left < authors:
            return None
        if left < 30:
            return Severity.WARNING
        return Severity.ERROR if left < 100 else Severity.CRITICAL

    return regrade


def window_of(facts: Sequence[Fact], *, raw: int | None = None) -> Window:
    """Return the counts of a window that holds exactly these facts."""
    negatives = [one for one in facts if one.is_negative]
    unscored = sum(LABELS[one.label] is Label.UNSCORED for one in facts)
    authors = len({one.author for one in negatives})
    mentions = len(facts) if raw is None else raw
    return Window(mentions, len(facts), len(negatives), unscored, authors)


def drivers(
    facts: Sequence[Fact], usual: Usual | None = None, window: Window | None = None
) -> Drivers:
    """Return the drivers of these facts, graded by their negatives."""
    window = window or window_of(facts)
    return drivers_of(facts, window, usual or Usual(3.0, 20.0, {}), by_negatives(window))


def facet(drivers: Drivers, name: str) -> Facet:
    """Return the facet of this name."""
    return next(one for one in drivers.facets if one.name == name)
