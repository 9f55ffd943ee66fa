"""Which of twelve scenarios a crisis is, told from its evidence alone, and what follows from that.

What decides, the weightier first: posts of bots that are most of it; a risk keyword that a playbook
names; a theme. A theme counts with enough negatives and a clear part of them beyond what is usual;
of several the largest such part decides, where what follows any failure (service, refund) counts
half. Safety and security go before the others from a quarter on. With none of them a crisis is
``unclassified``.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Annotated, Final, NamedTuple

import msgspec

from app.core.playbook import (
    COORDINATED,
    OF_THEME,
    SCENARIOS,
    STORED,
    UNCLASSIFIED,
    Playbook,
    StoredScenario,
    playbook_of,
)

LEAST_EXCESS: Final = 0.2  # of the negatives that are not usual, for a theme to be what it is
GRAVE_EXCESS: Final = 0.25  # ... and for a grave one to go before all others
MOSTLY: Final = 0.5  # of the posts, by bots; of the negatives, by a theme that replaces another
FADED: Final = 0.15  # below this share a theme is no longer what it is about
GRAVE: Final = frozenset({"safety", "security"})
CONSEQUENCES: Final = frozenset({"refund", "service"})
_BY_BOTS, _BY_KEYWORD, _BY_GRAVE_THEME, _BY_THEME = 3, 2, 1, 0


class Scenario(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What a crisis is, why it is called so, and its playbook.

    ``because``: theme | keyword | coordinated | person | nothing. ``about``: the theme or keyword.
    ``negatives`` and ``share`` (0..1) are of the negatives that were looked at, ``usual`` is what
    the theme has of them usually; of ``coordinated`` the share is of the negative posts, by bots.
    ``chain``: who was asked already, then whom the playbook names. ``assess_by_ms``: the first
    assessment is due, None before it opens.
    """

    id: str
    because: str
    about: str = ""
    negatives: int = 0
    share: float = 0.0
    usual: float = 0.0
    team: str = ""
    chain: tuple[str, ...] = ()
    spokesperson: str = ""
    templates: tuple[str, ...] = ()
    faq: str = ""
    first_assessment_ms: int = 0
    assess_by_ms: int | None = None


BECAUSE: Final = ("nothing", "theme", "keyword", "coordinated", "person")
"""What decides, as records of brands have it: by its place here."""
_PARTS: Final = 10_000  # shares are stored in ten-thousandths


class Said(msgspec.Struct, frozen=True, array_like=True):
    """What a brand's record keeps of a scenario, in few bytes; the rest is in the rules.

    ``asked``: roles asked before, where those are not the first of the scenario's own chain.
    """

    place: StoredScenario
    reason: Annotated[int, msgspec.Meta(ge=0, lt=len(BECAUSE))]
    about: str = ""
    negatives: int = 0
    share_parts: int = 0
    usual_parts: int = 0
    first_assessment_ms: int = 0
    assess_by_ms: int | None = None
    asked: tuple[str, ...] = ()

    @property
    def id(self) -> str:
        return STORED[self.place]

    @property
    def because(self) -> str:
        return BECAUSE[self.reason]


class Signs(NamedTuple):
    """What a scenario is decided on. ``seen``: negatives looked at, each text once; ``themes``: how
    many of them have each theme, ``usual`` the part that is usual, 0..1; ``bots``: the share of
    the posts by accounts that look like bots, where they are coordinated, else 0; ``keywords``:
    those that fired.
    """

    seen: int
    themes: Mapping[str, int]
    usual: Mapping[str, float]
    bots: float = 0.0
    keywords: frozenset[str] = frozenset()

    def share(self, theme: str) -> float:
        return self.themes.get(theme, 0) / self.seen if self.seen else 0.0


class Found(NamedTuple):
    """A scenario that the signs speak for; ``rank``: the higher the weightier."""

    id: str
    because: str
    about: str = ""
    negatives: int = 0
    share: float = 0.0
    usual: float = 0.0
    rank: int = -1


NOTHING: Final = Found(UNCLASSIFIED, "nothing")


def decide(
    signs: Signs, playbooks: tuple[Playbook, ...], enough: int, before: Said | None = None
) -> Found:
    """Return what the signs say, the same for the same signs and ``before``, what was said last.

    ``enough``: negatives that a theme needs. What was said stands until something weightier speaks,
    or until another has most of the negatives and this one hardly any; nothing becomes
    unclassified again.
    """
    best = max(_found(signs, playbooks, enough), key=_weight, default=NOTHING)
    if before is None or before.id in (UNCLASSIFIED, best.id):
        return best
    kept = _as_it_stands(signs, before)
    is_clear = best.share >= MOSTLY and kept.share < FADED
    return best if best.rank > kept.rank or _is_cause(best, kept) or is_clear else kept


def named_by(theme: str) -> Found:
    """Return the scenario of a crisis that a person opened, by the theme that was given."""
    if theme not in OF_THEME:
        return Found(UNCLASSIFIED, "person")
    return Found(OF_THEME[theme], "person", theme, rank=_rank_of(theme))


def said_of(found: Found, playbooks: tuple[Playbook, ...]) -> Said:
    """Return what is kept of a scenario that was found."""
    is_keyword = found.because == "keyword"
    return Said(
        place=STORED.index(found.id),
        reason=BECAUSE.index(found.because),
        about=found.about,
        negatives=found.negatives,
        share_parts=0 if is_keyword else round(found.share * _PARTS),
        usual_parts=round(found.usual * _PARTS),
        first_assessment_ms=playbook_of(playbooks, found.id).first_assessment_ms,
    )


def own_chain(
    scenario: str, playbooks: tuple[Playbook, ...], escalation: tuple[str, ...]
) -> tuple[str, ...]:
    """Return the roles that a playbook asks; ``escalation``: whom, where it says nothing."""
    return playbook_of(playbooks, scenario).chain or escalation


def chain_of(
    said: Said, playbooks: tuple[Playbook, ...], escalation: tuple[str, ...]
) -> tuple[str, ...]:
    """Return the roles asked before, then those of the scenario's own chain that were not."""
    own = own_chain(said.id, playbooks, escalation)
    return (*said.asked, *(role for role in own if role not in said.asked))


def without_playbook(said: Said) -> Scenario:
    """Return a scenario as an event has it, still without its playbook."""
    return Scenario(
        id=said.id,
        because=said.because,
        about=said.about,
        negatives=said.negatives,
        share=said.share_parts / _PARTS,
        usual=said.usual_parts / _PARTS,
        chain=said.asked,
        first_assessment_ms=said.first_assessment_ms,
        assess_by_ms=said.assess_by_ms,
    )


def with_playbook(
    scenario: Scenario, playbooks: tuple[Playbook, ...], escalation: tuple[str, ...]
) -> Scenario:
    """Return a scenario with whom its playbook names, and by which texts."""
    playbook = playbook_of(playbooks, scenario.id)
    own, asked = playbook.chain or escalation, scenario.chain
    return msgspec.structs.replace(
        scenario,
        team=playbook.team,
        chain=(*asked, *(role for role in own if role not in asked)),
        spokesperson=playbook.spokesperson,
        templates=playbook.templates,
        faq=playbook.faq,
    )


def _found(signs: Signs, playbooks: tuple[Playbook, ...], enough: int) -> Iterator[Found]:
    if signs.bots >= MOSTLY:
        yield Found(COORDINATED, "coordinated", share=signs.bots, rank=_BY_BOTS)
    for playbook in playbooks:
        for keyword in playbook.keywords:
            if keyword in signs.keywords:
                yield Found(playbook.scenario, "keyword", keyword, rank=_BY_KEYWORD)
    for theme, count in signs.themes.items():
        share, usual = signs.share(theme), signs.usual.get(theme, 0.0)
        excess = _excess(share, usual)
        if count >= enough and excess >= LEAST_EXCESS and theme in OF_THEME:
            rank = _rank_of(theme) if excess >= GRAVE_EXCESS else _BY_THEME
            yield Found(OF_THEME[theme], "theme", theme, count, share, usual, rank)


def _as_it_stands(signs: Signs, before: Said) -> Found:
    """Return what was said, with what speaks for it now."""
    said, about = before.id, before.about
    if before.because == "coordinated":
        return Found(said, "coordinated", share=signs.bots, rank=_BY_BOTS)
    if before.because == "keyword":
        still = float(about in signs.keywords)
        return Found(said, "keyword", about, share=still, rank=_BY_KEYWORD)
    count, usual = signs.themes.get(about, 0), signs.usual.get(about, 0.0)
    rank = _rank_of(about)
    return Found(said, before.because, about, count, signs.share(about), usual, rank)


def _is_cause(best: Found, kept: Found) -> bool:
    """Tell whether a theme shows that was first seen by what followed from it."""
    are_themes = best.because == kept.because == "theme" and best.rank == kept.rank
    return are_themes and kept.about in CONSEQUENCES and best.about not in CONSEQUENCES


def _weight(found: Found) -> tuple[int, float, int, str]:
    excess = _excess(found.share, found.usual) * (0.5 if found.about in CONSEQUENCES else 1.0)
    return found.rank, excess, -SCENARIOS.index(found.id), found.about


def _excess(share: float, usual: float) -> float:
    """Return the part of what is not usual that a theme makes up, at most 1."""
    return (share - usual) / (1 - usual) if usual < 1 else 0.0


def _rank_of(theme: str) -> int:
    return _BY_GRAVE_THEME if theme in GRAVE else _BY_THEME
