"""Causes that come again: crises of one brand, theme and product, three within ninety days."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from typing import Final

from app.core.digest import RecurringCause
from app.core.lifecycle import short_hash
from app.core.rules import DAY_MS
from app.report.digest.told import Cause, Standing

LEAST: Final = 3
WITHIN_DAYS: Final = 90
WITHIN_MS: Final = WITHIN_DAYS * DAY_MS


def recurring_of(
    brand: str, found: Sequence[Standing], end_ms: int, known_from_ms: int | None = None
) -> list[RecurringCause]:
    """Return what came again by ``end_ms``, by theme and product. ``known_from_ms``: events before
    have expired.

    The ninety days end with the last crisis of the cause, which opened within ninety days of
    ``end_ms``: so a record stays as it is until something new is known. A crisis without a theme
    has no cause that could come again, and what people called false does not count.
    """
    opened: dict[Cause, list[tuple[int, str]]] = defaultdict(list)
    for one in found:
        cause, opened_ms = one.cause, one.times.opened_ms
        if cause is not None and opened_ms is not None:
            opened[cause].append((opened_ms, one.crisis.id))
    made = (_cause(brand, cause, opened[cause], known_from_ms) for cause in sorted(opened))
    since_ms = end_ms - WITHIN_MS
    return [one for one in made if len(one.crisis_ids) >= LEAST and one.last_ms > since_ms]


def _cause(
    brand: str, cause: Cause, given: list[tuple[int, str]], known_from_ms: int | None
) -> RecurringCause:
    last_ms, _ = max(given)
    within = sorted(one for one in given if one[0] > last_ms - WITHIN_MS)
    from_ms = last_ms - WITHIN_MS
    return RecurringCause(
        id=short_hash("recurring-cause", brand, cause.theme, cause.product),
        brand=brand,
        theme=cause.theme,
        product=cause.product,
        crisis_ids=tuple(crisis_id for _, crisis_id in within),
        first_ms=within[0][0],
        last_ms=last_ms,
        within_days=WITHIN_DAYS,
        looked_from_ms=from_ms if known_from_ms is None else max(from_ms, known_from_ms),
    )
