"""Label values that can't hurt: printable, encodable, and never more of them than foreseen."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from app.metrics.names import BRAND, Metric

OTHER: Final = "other"
_OWN_MAX: Final = 1_024
_MAX_LENGTH: Final = 128


def sanitised(value: str) -> str:
    """Return ``value`` cut to 128 characters, with ``?`` for what can't be printed or encoded.

    One lone surrogate in a label would make each later scrape fail.

    >>> sanitised("caf\\u00e9 \\ud800\\x1b[31m")
    'café ??[31m'
    """
    return "".join(sign if sign.isprintable() else "?" for sign in value[:_MAX_LENGTH])


class BrandLabels:
    """Gives each of the first ``most`` brands of the watch list its own label, the rest "other".

    >>> labels = BrandLabels(1)
    >>> labels.replace(["acme", "globex"])
    ()
    >>> labels.of("acme"), labels.of("globex")
    ('acme', 'other')
    """

    def __init__(self, most: int) -> None:
        self._most = most
        self._labels: dict[str, str] = {}

    def replace(self, brands: Iterable[str]) -> tuple[str, ...]:
        """Take another watch list; returns the labels that no longer exist."""
        before = set(self._labels.values())
        self._labels = {name: sanitised(name) for name in list(brands)[: self._most]}
        return tuple(sorted(before - set(self._labels.values())))

    def of(self, brand: str) -> str:
        return self._labels.get(brand, OTHER)


class OwnLabels:
    """Lets values of ours through, up to a number no cluster of ours has; then it says "other"."""

    def __init__(self) -> None:
        self._seen: dict[str, set[str]] = {}

    def of(self, label: str, value: str) -> str:
        seen = self._seen.setdefault(label, set())
        if value not in seen and len(seen) >= _OWN_MAX:
            return OTHER
        seen.add(value)
        return sanitised(value)


class Labels:
    """Turns what a caller says into label values within a metric's bounds."""

    def __init__(self, brand_label_max: int) -> None:
        self.brands = BrandLabels(brand_label_max)
        self._own = OwnLabels()

    def of(self, metric: Metric, given: dict[str, str | int]) -> dict[str, str]:
        """Return the values to use. Raises ``KeyError`` for a label the metric does not have."""
        return {name: self._value(metric, name, str(value)) for name, value in given.items()}

    def _value(self, metric: Metric, name: str, value: str) -> str:
        values = metric.labels[name]
        if values == BRAND:
            return self.brands.of(value)
        if isinstance(values, tuple):
            return value if value in values else OTHER
        return self._own.of(name, value)
