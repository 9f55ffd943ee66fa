"""Which receivers a crisis is told to: the first route that matches, and those it was told to."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import NamedTuple

from app.core.crisis import Severity
from app.core.routed import RoutedAs

_RANK = {severity: rank for rank, severity in enumerate(Severity)}
_ANY: frozenset[str] = frozenset()


class Route(NamedTuple):
    """Who is told of what. An empty set stands for all; ``severity`` is the least one.

    ``goes_on``: the routes behind it are asked too.
    """

    receivers: tuple[str, ...]
    scenarios: frozenset[str] = _ANY
    severity: Severity = Severity.INFO
    brands: frozenset[str] = _ANY
    products: frozenset[str] = _ANY
    roles: frozenset[str] = _ANY
    goes_on: bool = False

    def matches(self, brand: str, now: RoutedAs) -> bool:
        """Tell whether a crisis of a brand is one that the route is for."""
        asked = (
            (self.scenarios, now.scenario),
            (self.brands, brand),
            (self.products, now.product),
            (self.roles, now.role),
        )
        is_bad_enough = _RANK[now.severity] >= _RANK[self.severity]
        return is_bad_enough and all(not names or name in names for names, name in asked)


class Routing(NamedTuple):
    """Routes in order, and who is told where none matches."""

    routes: tuple[Route, ...]
    default: tuple[str, ...]

    def receivers(self, brand: str, now: RoutedAs) -> tuple[str, ...]:
        """Return who is told of a crisis as it is now, each once, in the order of the routes.

        >>> pager = Route(("pager",), severity=Severity.ERROR)
        >>> routing = Routing((pager,), ("mail",))
        >>> routing.receivers("acme", RoutedAs(severity=Severity.CRITICAL))
        ('pager',)
        >>> routing.receivers("acme", RoutedAs(severity=Severity.WARNING))
        ('mail',)
        """
        return _receivers(self.routes, brand, now) or self.default

    def is_for(self, name: str, brand: str, told: Sequence[RoutedAs]) -> bool:
        """Tell whether a receiver is told of a crisis for what it is now, the last of ``told``, and
        not only for another scenario that it was: worse or milder, it is the same matter.
        """
        now = told[-1].scenario if told else None
        return any(one.scenario == now and name in self.receivers(brand, one) for one in told)

    def all_receivers(self, brand: str, told: Iterable[RoutedAs]) -> frozenset[str]:
        """Return who is told of a crisis that was all of this since it opened."""
        return frozenset(name for now in told for name in self.receivers(brand, now))


def _receivers(routes: Sequence[Route], brand: str, now: RoutedAs) -> tuple[str, ...]:
    found: list[str] = []
    for route in routes:
        if route.matches(brand, now):
            found += route.receivers
            if not route.goes_on:
                break
    return tuple(dict.fromkeys(found))
