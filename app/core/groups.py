"""Which crisis a rise belongs to: one of a theme that stands out among the negatives, or the
brand's general one.

A theme stands out when its negatives in the window are improbable under its usual part of them
and make up much of the rise. Themes that share their mentions are one incident, and so are the
complaints that follow any failure (service, refund).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence

from app.core.detector.tail import upper_tail
from app.core.drivers.bots import FADING
from app.core.evidence import THREE_SIGMA, TWO_SIGMA, Case, Group, is_in_band, is_of
from app.core.facts import Fact
from app.core.lifecycle import ACTIVE, BURNING
from app.core.rules import STEP_MS, Rules
from app.core.state import BrandState, Episode
from app.core.window import NEGATIVES, SCALES_S

GENERAL = ""
CONSEQUENCES = frozenset({"service", "refund"})  # of a late parcel, a defect, an outage
EXCESS_SHARE = 0.3  # of the rise that a theme makes up
RELATED = 0.25  # of a theme's mentions that are of another theme too
SAME_RISE_MS = 60 * 60_000  # a general crisis this young is the same rise as its theme
LEAST_SEEN = 3  # mentions of a theme in a crisis's first hour, for it to have been about that
UNKNOWN_SHARE = 1 / 12  # of a theme, with the weight of ...
PRIOR = 10.0  # ... so many negatives


def learn_themes(usual: dict[str, float], facts: Sequence[Fact]) -> None:
    """Add the negatives of a usual step to a brand's usual shares of themes, in place."""
    for fact in facts:
        if fact.is_negative:
            for theme in usual:
                usual[theme] *= FADING
            usual[GENERAL] = usual.get(GENERAL, 0.0) + 1.0
            for theme in fact.themes:
                usual[theme] = usual.get(theme, 0.0) + 1.0


def targets(state: BrandState, case: Case, rules: Rules) -> tuple[str, ...]:
    """Return the themes whose crisis a rise of the brand belongs to, at least one, sorted.

    A general crisis takes the name of the theme that shows first: when it is young, or when its
    first hour had the theme already. Else a theme is an incident of its own.
    """
    active = {theme for theme, one in state.episodes.items() if one.state in ACTIVE}
    found = _standing_out(state, case, rules)
    leads = _incidents(found, _negatives(state, case.start_step), active)
    if leads and GENERAL in active:
        leads = _named(state, leads)
    return tuple(leads) if leads else (_latest(state.episodes),)


def _named(state: BrandState, leads: list[str]) -> list[str]:
    general = state.episodes[GENERAL]
    age_ms = state.rings.next_step * STEP_MS - general.watch_since_ms
    new = [lead for lead in leads if lead not in state.episodes]
    if age_ms > SAME_RISE_MS:
        new = [lead for lead in new if _was_in_it(state, general, lead)]
        if not new:
            return leads
    if not new:  # it can't take the name of one that is just over
        return sorted({GENERAL, *(lead for lead in leads if state.episodes[lead].state in ACTIVE)})
    first, episodes = new[0], state.episodes
    episodes[first] = episodes.pop(GENERAL)
    general.theme = first
    return leads


def _was_in_it(state: BrandState, general: Episode, theme: str) -> bool:
    """Tell whether a general crisis that burns was about the theme from its first hour on, when
    there was not enough of it to show.
    """
    if general.state not in BURNING:
        return False
    since, until = general.watch_since_ms - SAME_RISE_MS, general.watch_since_ms + SAME_RISE_MS
    first = [fact for fact in state.facts if fact.is_negative and since <= fact.time_ms < until]
    seen = sum(theme in fact.themes for fact in first)
    usual = usual_share_of(state.usual_themes, theme)
    excess = seen - usual * len(first)
    return seen >= LEAST_SEEN and excess >= EXCESS_SHARE * (1 - usual) * len(first)


def group_of(state: BrandState, case: Case, theme: str, *, is_alone: bool) -> Group:
    """Return how a theme stands at this step; ``is_alone``: no other crisis of the brand is under
    way, so all negatives are of this one.
    """
    if is_alone:
        return Group(theme, 1.0, case.authors, is_in_band(case))
    facts = _negatives(state, case.start_step)
    own = [fact for fact in facts if is_of(fact, theme)]
    kept = len(own) / len(facts) if facts else 0.0
    authors = min(case.authors, len({fact.author for fact in own}))
    calm = is_in_band(case) or _is_theme_in_band(state, case, theme)
    return Group(theme, kept, authors, calm, usual_share_of(state.usual_themes, theme))


def _negatives(state: BrandState, start_step: int) -> list[Fact]:
    start_ms = start_step * STEP_MS
    return [fact for fact in state.facts if fact.is_negative and fact.time_ms >= start_ms]


def usual_share_of(usual: Mapping[str, float], theme: str) -> float:
    """Return a theme's usual part of the negatives; of ``GENERAL``, what no theme has at least."""
    negatives = usual.get(GENERAL, 0.0)  # the table keeps all of them under this name
    if theme == GENERAL:
        themed = sum(count for name, count in usual.items() if name != GENERAL)
        return max(UNKNOWN_SHARE, 1.0 - themed / (negatives + PRIOR))
    return min(1.0, (usual.get(theme, 0.0) + PRIOR * UNKNOWN_SHARE) / (negatives + PRIOR))


def _standing_out(state: BrandState, case: Case, rules: Rules) -> Counter[str]:
    """Return the facts of each theme that stands out."""
    facts = _negatives(state, case.start_step)
    if not facts:
        return Counter()
    weight = case.counts[NEGATIVES] / len(facts)
    rise = case.counts[NEGATIVES] - case.scale.expected
    found: Counter[str] = Counter()
    for theme, seen in Counter(theme for fact in facts for theme in fact.themes).items():
        count = seen * weight
        expected = case.scale.expected * usual_share_of(state.usual_themes, theme)
        authors = len({fact.author for fact in facts if theme in fact.themes})
        is_enough = count >= rules.minimum_negatives and authors >= rules.minimum_authors
        is_much = rise > 0 and (count - expected) >= EXCESS_SHARE * rise
        if is_enough and is_much:
            chance = upper_tail(count, max(expected, 0.01), case.scale.dispersion)
            if chance <= THREE_SIGMA:
                found[theme] = seen
    return found


def _incidents(found: Counter[str], facts: Sequence[Fact], active: set[str]) -> list[str]:
    """Return the themes that stand for incidents of their own, related ones joined to the first:
    to one under way, else to the one with most mentions that is no mere consequence.
    """
    ranked = sorted(
        found, key=lambda theme: (theme not in active, theme in CONSEQUENCES, -found[theme], theme)
    )
    leads: list[str] = []
    for theme in ranked:
        host = next((lead for lead in leads if _is_related(theme, lead, facts)), None)
        if host is None:
            leads.append(_joined(theme, active, facts))
    return list(dict.fromkeys(leads))


def _joined(lead: str, active: set[str], facts: Sequence[Fact]) -> str:
    """Return the crisis under way that a theme goes with, even if the crisis's own no longer
    stands out; else the theme.
    """
    if lead in active:
        return lead
    running = sorted(active - {GENERAL})
    return next((one for one in running if _is_related(lead, one, facts)), lead)


def _is_related(theme: str, lead: str, facts: Sequence[Fact]) -> bool:
    if theme in CONSEQUENCES or lead in CONSEQUENCES:
        return True
    return _overlap(theme, lead, facts) >= RELATED


def _overlap(theme: str, other: str, facts: Sequence[Fact]) -> float:
    own = [fact for fact in facts if theme in fact.themes]
    return sum(other in fact.themes for fact in own) / len(own) if own else 0.0


def _latest(episodes: Mapping[str, Episode]) -> str:
    """Return the theme of the crisis that a rise without a theme belongs to: one that burns, else
    one under way, else one just over, the youngest of each.
    """
    ranked = sorted(
        episodes.values(),
        key=lambda one: (
            one.state not in BURNING,
            one.state not in ACTIVE,
            -one.watch_since_ms,
            one.theme,
        ),
    )
    return ranked[0].theme if ranked else GENERAL


def _is_theme_in_band(state: BrandState, case: Case, theme: str) -> bool:
    share = usual_share_of(state.usual_themes, theme)
    for scale_s, limit in ((900, TWO_SIGMA), (3_600, THREE_SIGMA)):
        place = SCALES_S.index(scale_s)
        start, counts = case.windows[place]
        facts = _negatives(state, start)
        if not facts:
            continue
        own = sum(is_of(fact, theme) for fact in facts) * counts[NEGATIVES] / len(facts)
        scale = case.negative_scales[place]
        expected = max(scale.expected * share, 0.05)
        if own > 0 and upper_tail(own, expected, scale.dispersion) <= limit:
            return False
    return True
