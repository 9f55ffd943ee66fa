"""Whether a crisis is of its brand alone or of an industry: told from the crises of all brands.

The detector folds one brand at a time and knows no other, so nothing of this is in an event or a
state. It is made anew of what stands wherever the crises of all brands are read.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping
from typing import Final, Literal

import msgspec

from app.core.crisis import Judged
from app.core.event import CrisisState
from app.core.playbook import OF_THEME, UNCLASSIFIED
from app.core.routed import TOLD
from app.core.window import SCALES_S

LEAST_BRANDS: Final = 3
"""Two brands with the same trouble on a day are no rarity; at three something common is likely."""

WITHIN_MS: Final = SCALES_S[-1] * 1_000
"""How far apart the first signs may lie: six hours, the longest window that the detector judges by,
within which a small brand's part of a common failure shows as well.
"""


class Scope(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Whose a crisis is. Of an industry: its name, the scenario, and the brands, this one too."""

    scope: Literal["brand", "industry"]
    industry: str = ""
    scenario: str = ""
    brands: tuple[str, ...] = ()

    @property
    def text(self) -> str:
        """``brand``, or such as ``industry (couriers, outage: brand a, brand b, brand c)``."""
        if self.scope == "brand":
            return self.scope
        return f"{self.scope} ({self.industry}, {self.scenario}: {', '.join(self.brands)})"


OF_BRAND: Final = Scope(scope="brand")


def scopes(crises: Collection[CrisisState], industries: Mapping[str, str]) -> dict[str, Scope]:
    """Return the scope of each crisis by its id; the order of ``crises`` does not matter.

    ``industries``: by canonical brand. A crisis is of its industry when, within ``WITHIN_MS``, it
    and those of two other brands of that industry began, of the same scenario, and all are open,
    acknowledged or recovering. What has neither a scenario nor a theme is like nothing else.
    Drills, crises that a person called false and those of a silenced brand do not count.

    >>> from app.core.crisis import Severity, State
    >>> late = [
    ...     CrisisState(
    ...         crisis_id=brand, brand=brand, state=State.OPEN, severity=Severity.ERROR, seq=2,
    ...         watch_since_ms=0, updated_ms=0, theme="delivery",
    ...     )
    ...     for brand in ("dropwell", "larkmoor", "parcelio")
    ... ]
    >>> couriers = {one.brand: "couriers" for one in late}
    >>> scopes(late, couriers)["larkmoor"].brands
    ('dropwell', 'larkmoor', 'parcelio')
    >>> scopes(late[:2], couriers)["larkmoor"].scope
    'brand'
    """
    alike: dict[tuple[str, str], list[CrisisState]] = defaultdict(list)
    for crisis in crises:
        industry, scenario = industries.get(crisis.brand), _scenario(crisis)
        if industry is not None and scenario is not None and _counts(crisis):
            alike[industry, scenario].append(crisis)
    found = {crisis.crisis_id: OF_BRAND for crisis in crises}
    for (industry, scenario), wave in alike.items():
        for crisis_id, brands in _together(wave).items():
            named = tuple(sorted(brands))
            found[crisis_id] = Scope(
                scope="industry", industry=industry, scenario=scenario, brands=named
            )
    return found


def _counts(crisis: CrisisState) -> bool:
    # A watch may still come to nothing: most of them do.
    is_real = not crisis.drill and crisis.verdict is not Judged.FALSE_POSITIVE
    return is_real and crisis.state in TOLD and crisis.silenced_until_ms is None


def _scenario(crisis: CrisisState) -> str | None:
    if crisis.scenario is not None and crisis.scenario.id != UNCLASSIFIED:
        return crisis.scenario.id
    return OF_THEME.get(crisis.theme)


def _together(wave: Collection[CrisisState]) -> dict[str, set[str]]:
    """Return, by crisis id, the brands that began with it, where they are enough."""
    found: dict[str, set[str]] = defaultdict(set)
    for first in wave:
        since_ms = first.watch_since_ms
        near = [one for one in wave if since_ms <= one.watch_since_ms <= since_ms + WITHIN_MS]
        brands = {one.brand for one in near}
        if len(brands) >= LEAST_BRANDS:
            for one in near:
                found[one.crisis_id] |= brands
    return found
