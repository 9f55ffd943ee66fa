"""The scenario of a crisis at a step: its signs, and what changes when it becomes another."""

from __future__ import annotations

from collections import Counter

import msgspec

from app.core.event import CrisisEvent, CrisisState, Output
from app.core.evidence import Case, Group, coordination, is_of
from app.core.groups import usual_share_of
from app.core.playbook import UNCLASSIFIED
from app.core.rules import STEP_MS, Rules
from app.core.scenario import (
    Said,
    Signs,
    chain_of,
    decide,
    named_by,
    own_chain,
    said_of,
    with_playbook,
)
from app.core.state import BrandState, Episode
from app.core.triggers.found import KEYWORD


def classed(state: BrandState, episode: Episode, case: Case, rules: Rules, group: Group) -> Said:
    """Return the scenario of a crisis as this step shows it.

    Another one asks none of those again who were asked, and its first assessment is due no later
    than was said.
    """
    before, signs = episode.scenario, _signs(state, case, rules, group)
    found = decide(signs, rules.playbooks, rules.minimum_negatives, before)
    now = said_of(found, rules.playbooks)
    if before is None:
        return now
    due_ms = before.assess_by_ms
    if due_ms is not None and now.id != before.id:
        due_ms = min(due_ms, state.rings.next_step * STEP_MS + now.first_assessment_ms)
    asked = chain_of(before, rules.playbooks, rules.escalation)[: episode.roles_asked]
    own = own_chain(now.id, rules.playbooks, rules.escalation)
    kept = () if own[: len(asked)] == asked else asked
    return msgspec.structs.replace(now, asked=kept, assess_by_ms=due_ms)


def opened_as(episode: Episode, rules: Rules) -> Said:
    """Return the scenario of a crisis that a person opens: what was seen so far, else what its
    theme says.
    """
    before = episode.scenario
    if before is None or before.id == UNCLASSIFIED:
        return said_of(named_by(episode.theme), rules.playbooks)
    return msgspec.structs.replace(before, asked=())


def chain(episode: Episode, rules: Rules) -> tuple[str, ...]:
    """Return the roles to ask of a crisis, in order."""
    if episode.scenario is None:
        return rules.escalation
    return chain_of(episode.scenario, rules.playbooks, rules.escalation)


def waits_for_first(episode: Episode, rules: Rules) -> bool:
    """Tell whether the first role of the scenario's own chain was not asked."""
    if episode.scenario is None:
        return False
    own = own_chain(episode.scenario.id, rules.playbooks, rules.escalation)
    return own[:1] == chain(episode, rules)[episode.roles_asked :][:1] != ()


def completed(output: Output, rules: Rules) -> Output:
    """Return what the fold gives out with the playbook of its scenario, which a brand's record
    does not keep.
    """
    if not isinstance(output, CrisisEvent | CrisisState) or output.scenario is None:
        return output
    whole = with_playbook(output.scenario, rules.playbooks, rules.escalation)
    return msgspec.structs.replace(output, scenario=whole)


def _signs(state: BrandState, case: Case, rules: Rules, group: Group) -> Signs:
    start_ms, is_alone = case.start_step * STEP_MS, group.kept == 1
    negatives = [
        fact
        for fact in state.facts
        if fact.is_negative and fact.time_ms >= start_ms and (is_alone or is_of(fact, group.theme))
    ]
    themes = Counter(theme for fact in negatives for theme in fact.themes)
    concert = coordination(state, case, rules, group)
    fired = {
        one.trigger.about
        for one in case.found
        if one.trigger.name == KEYWORD and one.held_by is None
    }
    return Signs(
        seen=len(negatives),
        themes=themes,
        usual={theme: usual_share_of(state.usual_themes, theme) for theme in themes},
        bots=concert.share if concert.is_coordinated else 0.0,
        # Beside another crisis nobody knows which of them a keyword is of.
        keywords=frozenset(fired if is_alone else ()),
    )
