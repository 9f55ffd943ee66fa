"""What is to be done about each kind of crisis: who, by which texts, how soon.

A playbook holds names alone. The texts behind its ids are in ``app.core.statement``, and settings
may replace either.
"""

from __future__ import annotations

from typing import Annotated, Final

import msgspec

MINUTE_MS: Final = 60_000
UNCLASSIFIED: Final = "unclassified"
COORDINATED: Final = "coordinated_attack"

OF_THEME: Final = {
    "safety": "safety_recall",
    "security": "data_breach",
    "ethics": "ethics_scandal",
    "outage": "outage",
    "payment": "payment_failure",
    "quality": "product_defect",
    "misdescription": "misdescription",
    "delivery": "delivery_wave",
    "price": "price_backlash",
    "refund": "refund_dispute",
    "service": "service_failure",
}
"""The scenario of each theme; of equal evidence the first is taken."""

SCENARIOS: Final = (COORDINATED, *OF_THEME.values())
"""The twelve, in the order in which ties go."""

STORED: Final = (
    "unclassified",
    "coordinated_attack",
    "safety_recall",
    "data_breach",
    "ethics_scandal",
    "outage",
    "payment_failure",
    "product_defect",
    "misdescription",
    "delivery_wave",
    "price_backlash",
    "refund_dispute",
    "service_failure",
)
"""All of them as records of brands have them: by their place here, so a new one goes to the end."""
StoredScenario = Annotated[int, msgspec.Meta(ge=0, lt=len(STORED))]


class Playbook(msgspec.Struct, frozen=True, kw_only=True):
    """What one scenario asks for.

    ``chain``: roles to ask, in order; empty: those of ``Rules.escalation``. ``keywords``: risk
    keywords that make a crisis this scenario, whatever it is about otherwise.
    """

    scenario: str
    team: str
    spokesperson: str
    templates: tuple[str, ...]
    faq: str
    first_assessment_ms: int
    chain: tuple[str, ...] = ()
    keywords: tuple[str, ...] = ()


def _playbook(scenario: str, team: str, spokesperson: str, minutes: int) -> Playbook:
    stem = scenario.replace("_", "-")
    return Playbook(
        scenario=scenario,
        team=team,
        spokesperson=spokesperson,
        templates=(f"{stem}-holding", "internal-brief"),
        faq=f"{stem}-faq",
        first_assessment_ms=minutes * MINUTE_MS,
    )


SHIPPED: Final = (
    _playbook(COORDINATED, "trust-and-safety", "head-of-communications", 60),
    _playbook("safety_recall", "product-safety", "managing-director", 15),
    _playbook("data_breach", "security", "data-protection-officer", 15),
    _playbook("ethics_scandal", "corporate-communications", "managing-director", 30),
    _playbook("outage", "platform", "head-of-communications", 15),
    _playbook("payment_failure", "payments", "head-of-finance", 30),
    _playbook("product_defect", "quality", "head-of-product", 60),
    _playbook("misdescription", "catalogue", "head-of-product", 120),
    _playbook("delivery_wave", "logistics", "head-of-operations", 60),
    _playbook("price_backlash", "pricing", "head-of-communications", 120),
    _playbook("refund_dispute", "customer-service", "head-of-customer-service", 60),
    _playbook("service_failure", "customer-service", "head-of-customer-service", 60),
    _playbook(UNCLASSIFIED, "communications", "head-of-communications", 30),
)
"""One for each of ``SCENARIOS``, in that order, and one for what is none of them."""


def playbook_of(playbooks: tuple[Playbook, ...], scenario: str) -> Playbook:
    """Return the playbook of a scenario; StopIteration for one that has none.

    >>> playbook_of(SHIPPED, "data_breach").team
    'security'
    """
    return next(one for one in playbooks if one.scenario == scenario)
