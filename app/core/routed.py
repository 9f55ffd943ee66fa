"""Under what a crisis has been told since it opened: what routes to receivers go by.

It is kept with the crisis, since whoever was told of it has to hear of its end, whatever it is by
then and whichever process tells it.
"""

from __future__ import annotations

from typing import Annotated, Final

import msgspec

from app.core.cause import Drivers
from app.core.crisis import Severity, State
from app.core.playbook import STORED, UNCLASSIFIED, StoredScenario

TOLD: Final = frozenset({State.OPEN, State.ACKNOWLEDGED, State.RECOVERING})
MOST: Final = 16  # kept of one crisis; of usual settings it has five at most
MOSTLY: Final = 50.0  # percent of the negatives, for a product to be what it is about
PRODUCT_CHARS: Final = 64


_SEVERITIES: Final = tuple(Severity)
WasRouted = tuple[
    Annotated[int, msgspec.Meta(ge=0, lt=len(_SEVERITIES))],
    StoredScenario,
    str,
    str,
]
"""Severity and scenario by their places, the role asked last, and the product that has most of the
negatives: "" where there is none. A brand's record has to stay small.
"""


class RoutedAs(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What a route can ask of a crisis, beside its brand: ``WasRouted`` by name."""

    severity: Severity
    scenario: str = UNCLASSIFIED
    role: str = ""
    product: str = ""


def routed_as(was: WasRouted) -> RoutedAs:
    """Return it by name."""
    severity, scenario, role, product = was
    return RoutedAs(
        severity=_SEVERITIES[severity], scenario=STORED[scenario], role=role, product=product
    )


def routed(
    before: tuple[RoutedAs, ...],
    severity: Severity,
    scenario: str,
    role: str | None,
    drivers: Drivers | None,
) -> tuple[RoutedAs, ...]:
    """Return ``before`` with what the crisis is now at the end, if that is new.

    Without ``drivers`` the product stays what it was.
    """
    last = before[-1].product if before else ""
    product = last if drivers is None else product_of(drivers)
    now = RoutedAs(severity=severity, scenario=scenario, role=role or "", product=product)
    return before if now in before else (*before, now)[-MOST:]


def stored(told: tuple[RoutedAs, ...]) -> tuple[WasRouted, ...]:
    """Return what a brand's record keeps of it."""
    return tuple(
        (_SEVERITIES.index(one.severity), STORED.index(one.scenario), one.role, one.product)
        for one in told
    )


def product_of(drivers: Drivers) -> str:
    """Return the product that has more than half of the negatives looked at; "" without one."""
    first = next(iter(drivers.children), None)
    is_mostly = first is not None and first.percent > MOSTLY
    return first.product[:PRODUCT_CHARS] if first and is_mostly else ""
