"""What somebody outside the house is told of a crisis: a closed list of fields for each scenario.

Nothing else of an event or a state is ever passed on, so a field that comes later is not told until
somebody puts it on this list.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final, NamedTuple

from app.core.event import CrisisEvent, CrisisState, Evidence
from app.core.playbook import COORDINATED, OF_THEME, UNCLASSIFIED

PARTNER: Final = "partner"
VIEWS: Final = (PARTNER,)

Value = str | int | float

ALWAYS: Final = ("brand", "crisis_id", "severity", "state", "since_ms", "updated_ms", "drill")
"""Told whatever the crisis is, and all that is told once it is something else than what the
receiver's routes are for.
"""

_WINDOW: Final = ("counted_from_ms", "counted_to_ms")
_MATTER: Final = ("scenario", "theme", "negatives_of_theme", *_WINDOW)
OF_SCENARIO: Final[Mapping[str, tuple[str, ...]]] = {
    # Its posts are the matter, whatever their theme; platforms and agencies look for copies.
    COORDINATED: (
        "scenario",
        "mentions",
        "distinct",
        "negatives",
        "copies",
        "inauthentic_share",
        *_WINDOW,
    ),
    "safety_recall": (*_MATTER, "product"),
    "data_breach": _MATTER,
    "ethics_scandal": _MATTER,
    "outage": (*_MATTER, "product"),
    "payment_failure": _MATTER,
    "product_defect": (*_MATTER, "product"),
    "misdescription": (*_MATTER, "product"),
    "delivery_wave": _MATTER,
    "price_backlash": (*_MATTER, "product"),
    "refund_dispute": _MATTER,
    "service_failure": _MATTER,
    UNCLASSIFIED: ("scenario",),  # nobody knows yet whom it concerns
}
"""What a partner is told beside ``ALWAYS``. Counts of the whole wave are told of no theme: what is
left of them is the number of the other themes.
"""


class Seen(NamedTuple):
    """A crisis with what its own record does not say: when it began to be told, and the product
    that has most of the negatives, "" for none.
    """

    crisis: CrisisEvent | CrisisState
    since_ms: int
    product: str

    @property
    def scenario(self) -> str:
        return self.crisis.scenario.id if self.crisis.scenario else UNCLASSIFIED

    @property
    def theme(self) -> str:
        """The theme of its scenario, "" for none; a crisis may have another one beside it."""
        return next((one for one, name in OF_THEME.items() if name == self.scenario), "")


def partner_fields(seen: Seen, *, is_theirs: bool) -> dict[str, Value]:
    """Return what a partner is told, by name, in the list's order; times are event time in ms, and
    what is not known is left out. ``is_theirs``: it is what the partner's routes are for.

    A scenario that the list does not have is told as one that is not theirs.
    """
    names = (*ALWAYS, *(OF_SCENARIO.get(seen.scenario, ()) if is_theirs else ()))
    values = {name: _FIELDS[name](seen) for name in names}
    return {name: value for name, value in values.items() if value not in (None, "")}


def _updated_ms(seen: Seen) -> int:
    crisis = seen.crisis
    return crisis.time_ms if isinstance(crisis, CrisisEvent) else crisis.updated_ms


def _negatives_of_theme(seen: Seen) -> int | None:
    evidence = seen.crisis.evidence
    facets = evidence.drivers.facets if evidence and evidence.drivers else ()
    themes = next((one.shares for one in facets if one.name == "theme"), ())
    return next((one.negatives for one in themes if one.value == seen.theme), None)


def _of_evidence(read: Callable[[Evidence], Value]) -> Callable[[Seen], Value | None]:
    def field(seen: Seen) -> Value | None:
        return None if seen.crisis.evidence is None else read(seen.crisis.evidence)

    return field


_FIELDS: Final[Mapping[str, Callable[[Seen], Value | None]]] = {
    "brand": lambda seen: seen.crisis.brand,
    "crisis_id": lambda seen: seen.crisis.crisis_id,
    "severity": lambda seen: seen.crisis.severity.value,
    "state": lambda seen: seen.crisis.state.value,
    "since_ms": lambda seen: seen.since_ms,
    "updated_ms": _updated_ms,
    "drill": lambda seen: "true" if seen.crisis.drill else None,
    "scenario": lambda seen: seen.scenario,
    "theme": lambda seen: seen.theme,
    "product": lambda seen: seen.product,
    "negatives_of_theme": _negatives_of_theme,
    "counted_from_ms": _of_evidence(lambda one: one.start_ms),
    "counted_to_ms": _of_evidence(lambda one: one.end_ms),
    "mentions": _of_evidence(lambda one: one.mentions),
    "distinct": _of_evidence(lambda one: one.distinct),
    "negatives": _of_evidence(lambda one: one.negatives),
    "copies": _of_evidence(lambda one: one.copies),
    "inauthentic_share": _of_evidence(lambda one: round(one.inauthentic_share, 4)),
}
