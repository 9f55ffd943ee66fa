"""Which triggers fired at a step: the counts' own and those beside them, each with its value and
threshold; and whether those beside them are a sign.
"""

from __future__ import annotations

from collections.abc import Iterator

from app.core.detector.spike import LINE, ScaleVerdict
from app.core.detector.tail import significant
from app.core.event import Trigger
from app.core.evidence import COORDINATED, Case, passes_absolute
from app.core.rules import Rules
from app.core.share import SHARE_RISE, is_share_risen
from app.core.triggers.found import KEYWORD, Found
from app.core.window import DISTINCT, HOUR, NEGATIVES, UNSCORED

BAND = "band"
RATE = "negatives_rate"


def fired(case: Case, rules: Rules, *, is_warm: bool) -> tuple[Trigger, ...]:
    """Return every trigger that fired at the newest step."""
    beside = (one.trigger for one in case.found if one.held_by is None)
    return (*_of_counts(case, rules, is_warm=is_warm), *beside)


def _of_counts(case: Case, rules: Rules, *, is_warm: bool) -> Iterator[Trigger]:
    hour = case.windows[HOUR][1]
    if not is_warm:
        if passes_absolute(hour, rules):
            yield Trigger(
                name="absolute",
                unit="negatives",
                scale_s=3_600,
                value=float(hour[NEGATIVES]),
                threshold=float(rules.absolute_negatives),
            )
        return
    strongest = min(case.mention_scales, key=lambda scale: scale.probability)
    for name, severity, scale in (
        ("volume", case.mentions.severity, strongest),
        (RATE if rules.is_first_off else "negatives", case.negatives.severity, case.scale),
        (RATE, case.second.severity, case.scale),
    ):
        if severity >= LINE:
            yield _score(name, severity, scale)
    scored = case.counts[DISTINCT] - case.counts[UNSCORED]
    if is_share_risen(case.counts[NEGATIVES], scored, case.expected_share):
        yield Trigger(
            name="negative_share",
            unit="share",
            scale_s=case.scale.scale_s,
            value=round(case.share, 4),
            threshold=significant(SHARE_RISE * case.expected_share),
            expected=significant(case.expected_share),
        )


def _score(name: str, severity: float, scale: ScaleVerdict) -> Trigger:
    return Trigger(
        name=name, unit="score", scale_s=scale.scale_s, value=round(severity, 4), threshold=LINE
    )


def sign_beside(case: Case, *, is_aftermath: bool) -> tuple[Found | None, str | None]:
    """Return the first trigger beside the counts that the newest step set off, None when there is
    none; and what keeps it from being a sign.

    Just after a crisis its reach, ratings and answers are in the hours yet: only keywords count.
    """
    new = [one for one in case.found if one.held_by is None and one.is_new]
    found = sorted(new, key=lambda one: one.trigger.name != KEYWORD)
    if not found:
        return None, None
    first = found[0]
    if is_aftermath and first.trigger.name != KEYWORD:
        return first, BAND
    return first, None if case.coordination.may_open else COORDINATED
