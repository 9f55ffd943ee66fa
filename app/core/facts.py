"""What is kept of single mentions, so that an event can say what drives a crisis.

A bounded sample by the hash of the mentions' ids, which is the same in whatever order they came:
negatives have a quota of their own. Copies of a text are left out but for the first.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from operator import attrgetter

import msgspec

from app.core.emotions import emotions_number
from app.core.flags import flags_in, flags_number
from app.core.mention import Label
from app.core.record import ScoredMention
from app.core.supported import language_number

NEGATIVES, OTHERS = 120, 16  # of the judged mentions of six hours
STEP_NEGATIVES, STEP_OTHERS = 40, 6  # of a step that waits
KEPT_BYTES = 40 * 1024  # of the judged ones, and as much of the waiting ones
URL_MAX_CHARS = 200
FIXED_BYTES = 64
_LABELS = tuple(Label)
_NEGATIVE = _LABELS.index(Label.NEGATIVE)
_NUMBER = attrgetter("number")


class Fact(msgspec.Struct, frozen=True, array_like=True):
    """One mention. ``number``: the hash of its source and id, ``label``: its place in ``Label``,
    ``language``: in ``app.core.supported.LANGUAGES``.
    """

    number: int
    mention_id: str
    time_ms: int
    label: int
    fingerprint: int
    author: str  # pseudonym, 16 hex digits
    reach: int
    language: int
    source: str
    platform: str
    region: str
    product: str
    author_kind: str
    account_days: int | None
    url: str
    themes: tuple[str, ...]
    terms: tuple[str, ...]
    marks: int = 0  # 1 where the author's kind is inferred, 2 x its emotions, 16 x its flags

    @property
    def is_kind_inferred(self) -> bool:
        return self.marks % 2 == 1

    @property
    def felt(self) -> int:
        """The number of its emotions: app.core.emotions."""
        return self.marks // 2 % 8

    @property
    def flags(self) -> tuple[str, ...]:
        """What it claims, of app.core.flags."""
        return flags_in(self.marks // 16)

    @property
    def is_negative(self) -> bool:
        return self.label == _NEGATIVE

    @property
    def stored_bytes(self) -> int:
        """About what it takes in the stored record, at most."""
        texts = (
            self.mention_id,
            self.author,
            self.source,
            self.platform,
            self.region,
            self.product,
            self.author_kind,
            self.url,
            *self.themes,
            *self.terms,
        )
        # Joined first: to encode each text took a fifth of the whole fold.
        return FIXED_BYTES + 2 * len(texts) + len("".join(texts).encode())


def fact_of(mention: ScoredMention, number: int, fingerprint: int) -> Fact:
    """Return what is kept of a mention."""
    url = mention.url or ""
    return Fact(
        number=number,
        mention_id=mention.mention_id,
        time_ms=mention.event_time_ms,
        label=_LABELS.index(mention.label),
        fingerprint=fingerprint,
        author=mention.author,
        reach=mention.reach,
        language=language_number(mention.lang),
        source=mention.source,
        platform=mention.platform or "",
        region=mention.region or "",
        product=mention.product or "",
        author_kind=mention.author_kind or "",
        account_days=mention.account_days,
        url=url if len(url) <= URL_MAX_CHARS else "",
        themes=mention.themes,
        terms=mention.terms,
        marks=_marks(mention),
    )


def _marks(mention: ScoredMention) -> int:
    marks = mention.is_kind_inferred + 2 * emotions_number(mention.emotions)
    return marks + 16 * flags_number(mention.flags) if mention.flags else marks


def sample(facts: Iterable[Fact], negatives: int, others: int) -> list[Fact]:
    """Return at most so many negatives and others, by number the lowest, a text once.

    >>> sample([], 1, 1)
    []
    """
    kept: list[Fact] = []
    seen: set[tuple[bool, int]] = set()
    room = [others, negatives]
    for fact in sorted(facts, key=_NUMBER):
        kind = fact.label == _NEGATIVE
        text = kind, fact.fingerprint
        if room[kind] and text not in seen:
            room[kind] -= 1
            seen.add(text)
            kept.append(fact)
    return kept


def relabelled(facts: list[Fact], number: int, label: int) -> list[Fact]:
    """Return the facts with another label on the mention of this number."""
    return [
        msgspec.structs.replace(fact, label=label) if fact.number == number else fact
        for fact in facts
    ]


def bounded(facts: Sequence[Fact], most_bytes: int) -> tuple[list[Fact], int]:
    """Return the first of the facts, those that fit into so many bytes, and the bytes they take."""
    sizes = [fact.stored_bytes for fact in facts]
    taken = sum(sizes)
    while taken > most_bytes:
        taken -= sizes.pop()
    return list(facts[: len(sizes)]), taken
