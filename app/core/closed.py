"""The closed window of a judged step."""

from __future__ import annotations

from collections.abc import Mapping

from app.core.detector.spike import Verdict
from app.core.emotions import counts_in
from app.core.event import ClosedWindow
from app.core.heard import silent
from app.core.lifecycle import state_of
from app.core.pending import StepCounts
from app.core.rules import STEP_MS
from app.core.state import BrandState
from app.core.window import FELT


def closed_window(
    state: BrandState,
    step: int,
    total: StepCounts,
    verdicts: Mapping[str, Verdict],
    expected: tuple[float, float, float],
) -> ClosedWindow:
    """Return what is published of a step; ``expected``: the usual mentions and negatives of one,
    and the upper end of the latter's band.
    """
    expected_mentions, expected_negatives, upper = expected
    raw, distinct, negatives, unscored, uncertain = total.counts[:5]
    felt, anger, fear = counts_in(total.counts[FELT])
    return ClosedWindow(
        brand=state.brand,
        start_ms=step * STEP_MS,
        end_ms=(step + 1) * STEP_MS,
        mentions=raw,
        distinct=distinct,
        negatives=negatives,
        positives=total.positives,
        neutrals=total.neutrals,
        uncertain=uncertain,
        unscored=unscored,
        reach=total.reach,
        expected_mentions=expected_mentions,
        expected_negatives=expected_negatives,
        upper_negatives=upper,
        score=round(verdicts["negatives"].severity, 4),
        severity_score=round(verdicts["mentions"].severity, 4),
        second_score=round(verdicts["second"].severity, 4),
        state=state_of(state),
        silent_sources=silent(state),
        felt=felt,
        anger=anger,
        fear=fear,
    )
