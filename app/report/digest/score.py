"""The composite score of a period: open, so that anybody can do the sum by hand.

    sentiment = 100 * (1 - negatives / scored)
    calm      = 100 * (1 - (0.25 * warning_ms + 0.5 * error_ms + critical_ms) / known_ms)
    value     = 0.6 * sentiment + 0.4 * calm

The weights are chosen and not measured: they say what counts for how much, so that scores of brands
and periods can be compared, and nothing more.
"""

from __future__ import annotations

from typing import Final

from app.core.digest import Burning, Counts, Score

SENTIMENT_WEIGHT: Final = 0.6
CALM_WEIGHT: Final = 0.4
WARNING_PART: Final = 0.25
ERROR_PART: Final = 0.5


def score_of(counts: Counts, burning: Burning, known_ms: int) -> Score | None:
    """Return the score; None where no mention has a label, or nothing is known.

    >>> score_of(Counts(distinct=50, negatives=10), Burning(error_ms=3_600_000), 86_400_000).value
    87.2
    """
    if counts.scored <= 0 or known_ms <= 0:
        return None
    spent_ms = WARNING_PART * burning.warning_ms + ERROR_PART * burning.error_ms
    spent_ms += burning.critical_ms
    sentiment = round(100 * (1 - min(1.0, counts.negatives / counts.scored)), 2)
    calm = round(100 * (1 - spent_ms / known_ms), 2)
    return Score(
        value=round(SENTIMENT_WEIGHT * sentiment + CALM_WEIGHT * calm, 1),
        sentiment=sentiment,
        calm=calm,
        sentiment_weight=SENTIMENT_WEIGHT,
        calm_weight=CALM_WEIGHT,
    )
