"""Campaigns and seasons that were announced: what is loud then is no surprise.

While an entry holds, a rise of all mentions is no watch and teaches a tenth; what is negative is
judged as ever, and told with the entry's name. Entries are part of ``Rules``, so the same log under
the same entries gives the same events.
"""

from __future__ import annotations

from collections.abc import Sequence

import msgspec


class CalendarEntry(msgspec.Struct, frozen=True, kw_only=True):
    """From ``from_ms`` until before ``to_ms``, event time; no ``brands``: all of them."""

    name: str
    from_ms: int
    to_ms: int
    brands: tuple[str, ...] = ()

    def holds(self, brand: str, start_ms: int, end_ms: int) -> bool:
        """Tell whether it is about a brand at some time from ``start_ms`` until ``end_ms``.

        >>> sale = CalendarEntry(name="sale", from_ms=0, to_ms=60_000, brands=("acme",))
        >>> sale.holds("acme", 30_000, 60_000), sale.holds("globex", 30_000, 60_000)
        (True, False)
        >>> sale.holds("acme", 60_000, 90_000)
        False
        """
        is_then = self.from_ms < end_ms and start_ms < self.to_ms
        return is_then and (not self.brands or brand in self.brands)


def announced(
    calendar: Sequence[CalendarEntry], brand: str, start_ms: int, end_ms: int
) -> tuple[str, ...]:
    """Return the names of the entries that hold for a brand within that time, sorted."""
    if not calendar:  # mostly
        return ()
    return tuple(sorted({one.name for one in calendar if one.holds(brand, start_ms, end_ms)}))
