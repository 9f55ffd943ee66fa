"""Why a crisis began at a step, and why not: every gate with its value and its threshold.

Made of a brand in the moment between the step's verdicts and what follows from them
(``Brand.observer``); the course itself is run on a copy, so nothing here decides anything anew.
"""

from __future__ import annotations

from collections.abc import Mapping
from copy import deepcopy

import msgspec

from app.core.brand import Brand
from app.core.calendar import announced
from app.core.course import Course, is_aftermath
from app.core.crisis import EventType
from app.core.detector.spike import LINE, ScaleVerdict, Verdict
from app.core.detector.tail import binomial_tail, significant
from app.core.drivers.bots import LEAST_SHARE
from app.core.event import CrisisEvent
from app.core.evidence import (
    COORDINATED,
    CORRECTED,
    Case,
    closed_gate,
    closed_while_warming,
    deciding_score,
)
from app.core.fired import BAND, sign_beside
from app.core.groups import targets
from app.core.heard import missed, silent
from app.core.lifecycle import ACTIVE, BURNING
from app.core.rules import STEP_MS, Rules
from app.core.share import SHARE_CHANCE, SHARE_RISE, is_share_risen, share_of
from app.core.state import BrandState
from app.core.triggers.found import Found
from app.core.window import DISTINCT, HOUR, NEGATIVES, UNSCORED

BEGINNINGS = frozenset({EventType.OPENED, EventType.REOPENED, EventType.RELAPSED})
ABSOLUTE_SHARE = 0.5


class Gate(msgspec.Struct, frozen=True, kw_only=True):
    """One condition, open when ``value`` reaches ``threshold``; ``chance`` when it does not exceed
    it: how likely so many negatives are among so many mentions at the usual share. ``corrected
    share`` is the negative share without the model's errors in the languages of the window; it is
    closed as well where chance explains it. ``coordinated`` is the share of negative posts by
    accounts that look like bots: past its threshold it may close.
    """

    name: str
    value: float
    threshold: float
    is_open: bool


class Scale(msgspec.Struct, frozen=True, kw_only=True):
    """One channel at one scale. ``sigma``: the normal quantile of ``probability``."""

    channel: str
    scale_s: int
    observed: int
    expected: float
    sigma: float
    probability: float


class Look(msgspec.Struct, frozen=True, kw_only=True):
    """A brand at one judged step. ``held_by``: the first gate that was closed, None where a crisis
    begins. ``crises``: theme and state of each, before the step; ``waits``: the sources, quiet or
    silent, without which one of them is not called calmer or over.
    """

    end_ms: int
    is_warm: bool
    crises: dict[str, str]
    held_by: str | None
    gates: tuple[Gate, ...]
    scales: tuple[Scale, ...]
    silenced_until_ms: int | None = None
    silent_sources: tuple[str, ...] = ()
    waits: dict[str, tuple[str, ...]] = {}
    calendar: tuple[str, ...] = ()


def look(brand: Brand, verdicts: Mapping[str, Verdict]) -> Look:
    """Return what the newest step's verdicts come to; the brand is left as it is."""
    state, case = brand.state, brand.case(verdicts)
    after = deepcopy(state)
    begins = not brand.is_calm(verdicts) and _begins(after, brand, case)
    persistence = _persistence(state, after, case, brand.rules)
    if begins:  # a critical one opens with its first sign
        persistence = msgspec.structs.replace(persistence, is_open=True)
    gates = (*_of_signs(state, case, brand.rules), *map(_beside, case.found), persistence)
    return Look(
        end_ms=state.rings.next_step * STEP_MS,
        is_warm=state.is_warm,
        crises={theme: one.state.value for theme, one in sorted(state.episodes.items())},
        held_by=None if begins else _held_by(state, after, case, brand.rules),
        gates=gates,
        scales=(
            *(_scale("negatives", one) for one in case.negative_scales),
            *(_scale("mentions", one) for one in case.mention_scales),
        ),
        silenced_until_ms=state.silence.until_ms if state.silence else None,
        silent_sources=silent(state),
        calendar=announced(brand.rules.calendar, state.brand, brand.now_ms - STEP_MS, brand.now_ms),
        waits={
            theme: sources
            for theme, one in sorted(state.episodes.items())
            if one.state in ACTIVE and (sources := missed(state, one))
        },
    )


def begins_crisis(event: object) -> bool:
    """Tell whether an output is the detector's own word that a crisis begins, or begins again."""
    if not isinstance(event, CrisisEvent):
        return False
    return event.type in BEGINNINGS and event.command_id is None


def _begins(state: BrandState, brand: Brand, case: Case) -> bool:
    course = Course(state, brand.rules, brand.baseline, case)
    outputs = course.run(state.rings.fine[-1])
    return any(begins_crisis(output) for output in outputs)


def _held_by(state: BrandState, after: BrandState, case: Case, rules: Rules) -> str:
    closed = _closed(state, case, rules)
    if closed is not None:
        return closed
    themes = targets(state, case, rules)
    if any(theme in state.episodes and state.episodes[theme].state in BURNING for theme in themes):
        return "already open"
    if _newest_signs(after, themes):
        return "persistence"
    is_muted = any(theme in state.episodes and state.episodes[theme].is_muted for theme in themes)
    return "ended by a person" if is_muted else "band"


def _closed(state: BrandState, case: Case, rules: Rules) -> str | None:
    """Return what kept the step from being a sign; where a trigger beside the counts passed its
    threshold, what held that.
    """
    is_over = is_aftermath(state, case)
    beside, held = sign_beside(case, is_aftermath=is_over)
    closed: str | None = BAND
    if not state.rings.fine[-1][NEGATIVES]:
        closed = "no negative"
    elif not is_over:
        closed = closed_gate(case, rules) if state.is_warm else closed_while_warming(case, rules)
    if closed is None or (beside is not None and held is None):
        return None
    reached = [one for one in case.found if one.is_new and one.has_reached and one.held_by]
    if beside is not None:
        return f"{beside.trigger.name}: {held}"
    return f"{reached[0].trigger.name}: {reached[0].held_by}" if reached else closed


def _newest_signs(after: BrandState, themes: tuple[str, ...]) -> int:
    newest = after.rings.next_step - 1
    found = [one.signs for theme, one in after.episodes.items() if theme in themes]
    return max((len(signs) for signs in found if newest in signs), default=0)


def _persistence(state: BrandState, after: BrandState, case: Case, rules: Rules) -> Gate:
    signs = _newest_signs(after, targets(state, case, rules))
    return _gate("persistence", signs, rules.open_steps)


def _of_signs(state: BrandState, case: Case, rules: Rules) -> tuple[Gate, ...]:
    authors = _gate("authors", case.authors, rules.minimum_authors)
    if not state.is_warm:
        hour = case.windows[HOUR][1]
        return (
            authors,
            _gate("warming: negatives of an hour", hour[NEGATIVES], rules.absolute_negatives),
            _gate("warming: share of an hour", share_of(hour), ABSOLUTE_SHARE),
            _in_concert(case, closed_while_warming(case, rules)),
        )
    negatives = case.counts[NEGATIVES]
    scored = case.counts[DISTINCT] - case.counts[UNSCORED]
    chance = significant(binomial_tail(negatives, scored, case.usual_share))
    return (
        _gate("score", deciding_score(case, rules), LINE),
        _gate("negatives", negatives, rules.minimum_negatives),
        authors,
        _gate("share", case.share, SHARE_RISE * case.usual_share),
        Gate(
            name="chance", value=chance, threshold=SHARE_CHANCE, is_open=not chance > SHARE_CHANCE
        ),
        _corrected(case),
        _in_concert(case, None if case.coordination.may_open else COORDINATED),
    )


def _corrected(case: Case) -> Gate:
    negatives, scored = case.counts[NEGATIVES], case.counts[DISTINCT] - case.counts[UNSCORED]
    now, needed = case.errors, SHARE_RISE * case.expected_share
    return Gate(
        name=CORRECTED,
        value=round(now.corrected(case.share), 4),
        threshold=round(now.corrected(needed), 4),
        is_open=is_share_risen(negatives, scored, case.expected_share),
    )


def _in_concert(case: Case, closed: str | None) -> Gate:
    share = round(case.coordination.share, 4)
    is_open = closed != COORDINATED
    return Gate(name=COORDINATED, value=share, threshold=LEAST_SHARE, is_open=is_open)


def _beside(found: Found) -> Gate:
    trigger = found.trigger
    name = f"{trigger.name} {trigger.about}" if trigger.about else trigger.name
    return Gate(
        name=name, value=trigger.value, threshold=trigger.threshold, is_open=found.has_reached
    )


def _gate(name: str, value: float, threshold: float) -> Gate:
    return Gate(
        name=name,
        value=round(value, 4),
        threshold=round(threshold, 4),
        is_open=value >= threshold,
    )


def _scale(channel: str, one: ScaleVerdict) -> Scale:
    return Scale(
        channel=channel,
        scale_s=one.scale_s,
        observed=one.observed,
        expected=significant(one.expected),
        sigma=round(one.sigma, 3),
        probability=significant(one.probability),
    )
