"""The negative share: as it is labelled, and without the errors that the model is known to make.

Rogan and Gladen, "Estimating prevalence from the results of a screening test" (American Journal of
Epidemiology 107, 1978, 71-76): where a model finds the part s of the negative texts and takes the
part f of the others for negative, a true share p shows as f + (s - f) p. Here s and f are means
over a window's mentions, each with those of its language. Both are sums of whole thousandths that
no label enters, so they add up in any order; without known errors s is 1 and f is 0.
"""

from __future__ import annotations

from typing import NamedTuple

from app.core.detector.tail import binomial_tail
from app.core.emotions import counts_in
from app.core.state import BrandState, Felt
from app.core.window import (
    DISTINCT,
    FALSE,
    FELT,
    MISSED,
    NEGATIVES,
    RAW,
    UNSCORED,
    Counts,
)

SHARE_CHANCE = 0.01  # the share gate: at most this likely under the usual share
SHARE_RISE = 1.25
SHARE_DECAY = 0.5 ** (1 / 2016)  # a week of five-minute blocks
PRIOR_WEIGHT = 20.0  # mentions of the usual share's prior
LEAST_WEIGHED = 100.0  # mentions: with fewer it is not known what mix of languages is usual
LEAST_MARGIN = 0.3  # s - f counts as this at least: an answer that says little must not weigh much
SAME_MIX = 1e-9  # relative: last bits of the sums


class Errors(NamedTuple):
    """Mean errors of a model in some mentions, each 0..1."""

    missed: float
    false: float

    @property
    def margin(self) -> float:
        """What s - f is, and 0.3 at least."""
        return max(LEAST_MARGIN, 1.0 - self.missed - self.false)

    def corrected(self, share: float) -> float:
        """Return the true share behind a share as labelled; by chance it can lie outside 0..1.

        >>> round(Errors(0.25, 0.10).corrected(0.1975), 4)
        0.15
        """
        return (share - self.false) / self.margin

    def shown(self, share: float) -> float:
        """Return the share as labelled that a true share shows as.

        >>> round(Errors(0.40, 0.25).shown(0.15), 4)
        0.3025
        """
        return self.false + self.margin * share


NO_ERRORS = Errors(0.0, 0.0)


def share_of(counts: Counts) -> float:
    """Return negatives / distinct mentions that have a label, 0 when there are none."""
    scored = counts[DISTINCT] - counts[UNSCORED]
    return counts[NEGATIVES] / scored if scored > 0 else 0.0


def errors_of(counts: Counts) -> Errors:
    """Return the mean errors in the mentions counted."""
    thousandths = 1_000 * (counts[DISTINCT] - counts[UNSCORED])
    if thousandths <= 0:
        return NO_ERRORS
    return Errors(counts[MISSED] / thousandths, counts[FALSE] / thousandths)


def usual_errors(state: BrandState) -> Errors | None:
    """Return the mean errors in the brand's usual mix of languages, None while it is not known."""
    if state.share_weighed < LEAST_WEIGHED:
        return None
    return Errors(state.share_missed / state.share_weighed, state.share_false / state.share_weighed)


def expected_share(usual: float, usually: Errors | None, now: Errors) -> float:
    """Return the share as labelled to expect of a brand whose true share is as usual: the usual
    one, or more where the mix of languages is now one in which more is taken for negative.

    Of one mix it is the usual share itself: then the correction holds nothing back.
    """
    if usually is None:
        return usual
    expected = min(1.0, now.shown(usually.corrected(usual)))
    return expected if expected > usual * (1 + SAME_MIX) else usual


def is_share_risen(negatives: int, scored: int, usual_share: float) -> bool:
    """Tell whether the negative share of ``scored`` mentions is a quarter higher than usual, and
    that by chance in at most one of a hundred cases.
    """
    share = negatives / scored if scored > 0 else 0.0
    if share < SHARE_RISE * usual_share:
        return False
    return binomial_tail(negatives, scored, usual_share) <= SHARE_CHANCE


def learn_share(state: BrandState, block: Counts, weight: float) -> None:
    """Let five minutes teach the usual share and mix, with ``weight`` 0..1."""
    # The floor keeps the prior from fading where a brand is quiet for weeks.
    if state.share_scored * SHARE_DECAY >= PRIOR_WEIGHT:
        state.share_scored *= SHARE_DECAY
        state.share_negatives *= SHARE_DECAY
    if state.share_weighed * SHARE_DECAY >= PRIOR_WEIGHT:
        state.share_weighed *= SHARE_DECAY
        state.share_missed *= SHARE_DECAY
        state.share_false *= SHARE_DECAY
    if block[FELT]:
        state.felt = _learnt(state.felt, block, weight)
    if block[RAW]:
        scored = weight * (block[DISTINCT] - block[UNSCORED])
        state.share_scored += scored
        state.share_negatives += weight * block[NEGATIVES]
        state.share_weighed += scored
        state.share_missed += weight * block[MISSED] / 1_000
        state.share_false += weight * block[FALSE] / 1_000


def _learnt(felt: Felt, block: Counts, weight: float) -> Felt:
    negatives, anger, fear = counts_in(block[FELT])
    # Blocks without a negative let nothing fade: a brand may have few of them a week.
    kept = SHARE_DECAY if felt.negatives * SHARE_DECAY >= PRIOR_WEIGHT else 1.0
    return Felt(
        negatives=kept * felt.negatives + weight * negatives,
        anger=kept * felt.anger + weight * anger,
        fear=kept * felt.fear + weight * fear,
    )


def told_corrected(share: float, errors: Errors | None) -> float | None:
    """Return a corrected share as it is told, within 0..1 and to four places; None without errors
    to correct it by.
    """
    return None if errors is None else round(min(1.0, max(0.0, errors.corrected(share))), 4)
