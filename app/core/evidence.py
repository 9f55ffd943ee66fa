"""The numbers an event carries, and the gates they have to pass before a crisis opens."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

import msgspec

from app.core.cause import Drivers
from app.core.coordination import Coordination, coordination_of
from app.core.crisis import Severity
from app.core.detector.spike import LINE, ScaleVerdict, Verdict
from app.core.detector.tail import sigma, significant, upper_tail
from app.core.drivers.bots import usual_share
from app.core.drivers.build import drivers_of
from app.core.drivers.given import Regrade, Usual, Window
from app.core.emotions import counts_in
from app.core.event import Evidence, Reading, TopMention
from app.core.facts import Fact
from app.core.heard import silent
from app.core.rules import STEP_MS, Rules
from app.core.severity import agreeing, grade
from app.core.share import (
    Errors,
    errors_of,
    expected_share,
    is_share_risen,
    share_of,
    told_corrected,
    usual_errors,
)
from app.core.state import BrandState
from app.core.triggers.found import Found
from app.core.window import (
    DISTINCT,
    FELT,
    HOUR,
    NEGATIVES,
    QUARTER,
    RAW,
    SCALES_S,
    UNCERTAIN,
    UNSCORED,
    Counts,
    Windows,
)

FIRED_SIGMA = 3.0  # a scale named as fired
TWO_SIGMA, THREE_SIGMA = 0.02275, 0.00135
CORRECTED = "corrected share"  # the gate: the model's errors do not explain the risen share
COORDINATED = "coordinated"  # the gate: without the posts of bots there is no crisis
NEW_RISE = 3.2e-5  # four sigma: each step of six hours after a crisis is held against it


class Case(msgspec.Struct, frozen=True, kw_only=True):
    """What one step's verdicts say about negatives, at the scale that shows them best."""

    windows: Windows
    negatives: Verdict
    mentions: Verdict
    second: Verdict
    negative_scales: tuple[ScaleVerdict, ...]
    mention_scales: tuple[ScaleVerdict, ...]
    scale: ScaleVerdict
    start_step: int
    counts: Counts
    authors: int
    usual_share: float
    usual_errors: Errors | None = None  # of the model, in the usual mix of languages
    coordination: Coordination = Coordination()
    found: tuple[Found, ...] = ()

    @property
    def share(self) -> float:
        return share_of(self.counts)

    @property
    def errors(self) -> Errors:
        """The model's, in the window's mix of languages."""
        return errors_of(self.counts)

    @property
    def expected_share(self) -> float:
        """What the usual share is at least, or looks like in the window's mix of languages."""
        return expected_share(self.usual_share, self.usual_errors, self.errors)


class Group(NamedTuple):
    """One theme at one step. ``kept``: its part of the window's negatives, 0..1; ``usual``: of the
    negatives that are usual.
    """

    theme: str
    kept: float
    authors: int
    is_in_band: bool
    usual: float = 1.0


def build_case(
    state: BrandState,
    rules: Rules,
    windows: Windows,
    verdicts: Mapping[str, Verdict],
    scales: Mapping[str, tuple[ScaleVerdict, ...]],
) -> Case:
    """Return the case at the least likely scale of negatives."""
    scale = min(scales["negatives"], key=lambda verdict: verdict.probability)
    start, counts = windows[SCALES_S.index(scale.scale_s)]
    case = Case(
        windows=windows,
        negatives=verdicts["negatives"],
        mentions=verdicts["mentions"],
        second=verdicts["second"],
        negative_scales=scales["negatives"],
        mention_scales=scales["mentions"],
        scale=scale,
        start_step=start,
        counts=counts,
        authors=sum(last >= start for last in state.authors.values()),
        usual_share=state.share_negatives / state.share_scored,
        usual_errors=usual_errors(state),
    )
    everything = Group("", 1.0, case.authors, is_in_band=False)
    found = _coordination(state, case, rules, everything)
    return msgspec.structs.replace(case, coordination=found)


def deciding_score(case: Case, rules: Rules) -> float:
    """Return the score that opens: of the first detector, or of either."""
    if rules.second_detector != "deciding":
        return case.negatives.severity
    return max(case.negatives.severity, case.second.severity)


def closed_gate(case: Case, rules: Rules) -> str | None:
    """Return the name of the gate that holds a crisis back, None when nothing does."""
    if deciding_score(case, rules) < LINE:
        return "score"
    if case.counts[NEGATIVES] < rules.minimum_negatives:
        return "negatives"
    if case.authors < rules.minimum_authors:
        return "authors"
    scored = case.counts[DISTINCT] - case.counts[UNSCORED]
    if not is_share_risen(case.counts[NEGATIVES], scored, case.usual_share):
        return "share"
    if not is_share_risen(case.counts[NEGATIVES], scored, case.expected_share):
        return CORRECTED
    return None if case.coordination.may_open else COORDINATED


def closed_while_warming(case: Case, rules: Rules) -> str | None:
    """Return the name of the gate that holds back a crisis of a brand whose baseline is not learnt,
    None when nothing does.
    """
    if case.authors < rules.minimum_authors:
        return "authors"
    hour, found = case.windows[HOUR][1], case.coordination
    if not passes_absolute(hour, rules):
        return "warming"
    is_of_others = hour[NEGATIVES] * found.kept >= rules.absolute_negatives
    return None if is_of_others or found.may_open else COORDINATED


def passes_absolute(hour: Counts, rules: Rules) -> bool:
    """Tell whether an hour's negatives are so many that no baseline is needed: the rule while
    warming.
    """
    return hour[NEGATIVES] >= rules.absolute_negatives and share_of(hour) >= 0.5


def regrade(
    case: Case, rules: Rules, kept: float, authors: int, group: Group | None = None, agree: int = 1
) -> Severity | None:
    """Return the severity if only a part ``kept`` (0..1) of a group's negatives were there, by so
    many authors, and so many sources agreed; None when that opens no crisis. Without a group all
    negatives are meant.

    The brand's other crises keep theirs, so the brand's gates are asked of all that is left. A
    theme has to stand out by itself too.
    """
    part, usual = (group.kept, group.usual) if group else (1.0, 1.0)
    everything = case.counts[NEGATIVES]
    negatives = round(everything * part * kept)
    left = everything - round(everything * part) + negatives
    scored = left + case.counts[DISTINCT] - case.counts[UNSCORED] - everything
    if negatives < rules.minimum_negatives or authors < rules.minimum_authors:
        return None
    if not is_share_risen(left, scored, case.expected_share):
        return None
    height = _height(case.scale, left, 1.0)
    if min(height, _height(case.scale, negatives, usual)) < FIRED_SIGMA:
        return None
    return grade(negatives, height, negatives / scored, agree)[0]


def _height(scale: ScaleVerdict, negatives: int, usual: float) -> float:
    return sigma(upper_tail(negatives, max(scale.expected * usual, 0.01), scale.dispersion))


def describe(state: BrandState, case: Case, baseline: str, rules: Rules, group: Group) -> Evidence:
    """Return the case as evidence for an event, and count no late mention twice.

    The drivers are of the group's mentions alone, where another crisis burns beside it.
    """
    late, state.late = state.late, 0
    found = coordination(state, case, rules, group)
    start_ms, end_ms = case.start_step * STEP_MS, state.rings.next_step * STEP_MS
    return Evidence(
        start_ms=start_ms,
        end_ms=end_ms,
        mentions=case.counts[RAW],
        distinct=case.counts[DISTINCT],
        negatives=case.counts[NEGATIVES],
        unscored=case.counts[UNSCORED],
        uncertain=case.counts[UNCERTAIN],
        distinct_authors=case.authors,
        negative_share=round(case.share, 4),
        usual_negative_share=round(case.usual_share, 4),
        agreeing_sources=agreeing_of(state, case, group),
        corrected_negative_share=told_corrected(case.share, case.errors),
        usual_corrected_share=told_corrected(case.usual_share, case.usual_errors),
        score=round(case.negatives.severity, 4),
        threshold=LINE,
        late=late,
        baseline=baseline,
        readings=_readings(case, "negatives", case.negative_scales, end_ms)
        + _readings(case, "mentions", case.mention_scales, end_ms),
        top_mentions=_cited(state, start_ms),
        second_score=round(case.second.severity, 4) if rules.are_compared else None,
        drivers=_drivers(state, case, rules, group),
        copies=found.copies,
        inauthentic_share=round(found.share, 4),
        coordinated=found.is_coordinated,
        silent_sources=silent(state),
        warming=not state.is_warm,
    )


def _drivers(state: BrandState, case: Case, rules: Rules, group: Group) -> Drivers:
    felt = msgspec.structs.astuple(state.felt)
    usual = Usual(state.share_negatives, state.share_scored, state.usual_terms, felt)
    facts, window = _facts_of(state, case, group), _window_of(state, case, group)
    return drivers_of(facts, window, usual, _regrader(case, rules, group))


def _facts_of(state: BrandState, case: Case, group: Group) -> list[Fact]:
    start_ms = case.start_step * STEP_MS
    facts = [fact for fact in state.facts if fact.time_ms >= start_ms]
    if group.kept < 1:
        return [fact for fact in facts if not fact.is_negative or is_of(fact, group.theme)]
    return facts


def _window_of(state: BrandState, case: Case, group: Group) -> Window:
    return Window(
        raw=case.counts[RAW],
        distinct=case.counts[DISTINCT],
        negatives=round(case.counts[NEGATIVES] * group.kept),
        unscored=case.counts[UNSCORED],
        authors=group.authors,
        copied=state.copied,
        felt=counts_in(case.counts[FELT]) if group.kept == 1 else None,
        start_ms=case.start_step * STEP_MS,
        end_ms=state.rings.next_step * STEP_MS,
        usual_suspects=usual_share(state.usual_suspects, state.usual_themes.get("", 0.0)),
    )


def _regrader(case: Case, rules: Rules, group: Group) -> Regrade:
    return lambda kept, authors, agree: regrade(case, rules, kept, authors, group, agree)


def coordination(state: BrandState, case: Case, rules: Rules, group: Group) -> Coordination:
    """Return how coordinated the negatives of a theme look; of all, where it has them all."""
    return case.coordination if group.kept == 1 else _coordination(state, case, rules, group)


def _coordination(state: BrandState, case: Case, rules: Rules, group: Group) -> Coordination:
    negatives = [fact for fact in _facts_of(state, case, group) if fact.is_negative]
    window = _window_of(state, case, group)
    return coordination_of(negatives, window, _regrader(case, rules, group))


def agreeing_of(state: BrandState, case: Case, group: Group) -> int:
    """Return how many kinds of source have enough of a group's negatives to say so themselves."""
    return agreeing(fact.source for fact in _facts_of(state, case, group) if fact.is_negative)


def is_of(fact: Fact, theme: str) -> bool:
    """Tell whether a mention is of a crisis's theme; "" is the theme of those without one."""
    return theme in fact.themes if theme else not fact.themes


def _readings(
    case: Case, channel: str, scales: tuple[ScaleVerdict, ...], end_ms: int
) -> tuple[Reading, ...]:
    return tuple(
        Reading(
            channel=channel,
            scale_s=scale.scale_s,
            start_ms=start * STEP_MS,
            end_ms=end_ms,
            observed=scale.observed,
            expected=significant(scale.expected),
            dispersion=significant(scale.dispersion),
            sigma=round(scale.sigma, 3),
            probability=significant(scale.probability),
            fired=scale.sigma >= FIRED_SIGMA,
        )
        for (start, _), scale in zip(case.windows, scales, strict=True)
    )


def _cited(state: BrandState, start_ms: int) -> tuple[TopMention, ...]:
    return tuple(
        TopMention(
            mention_id=one.mention_id,
            author=one.author,
            label=one.label,
            reach=one.reach,
            event_time_ms=one.event_time_ms,
            url=one.url,
            excerpt=one.excerpt,
        )
        for one in state.top
        if one.event_time_ms >= start_ms
    )


def rises_anew(case: Case) -> bool:
    """Tell whether the last 15 minutes or the last hour alone show a rise, whatever the six hours
    still hold.
    """
    quarter, hour = (case.negative_scales[place] for place in (QUARTER, HOUR))
    return min(quarter.probability, hour.probability) <= NEW_RISE


def is_in_band(case: Case) -> bool:
    """Tell whether negatives are back where they usually are, at 15 minutes and at an hour, and no
    other trigger fires.
    """
    if any(one.held_by is None for one in case.found):
        return False
    quarter, hour = (case.negative_scales[place] for place in (QUARTER, HOUR))
    return quarter.probability > TWO_SIGMA and hour.probability > THREE_SIGMA
