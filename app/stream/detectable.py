"""The smallest rise that each brand's negatives would show, told to Prometheus one by one."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from app.core.brand import Brand
from app.core.detector.detectability import smallest_rises
from app.core.detector.spike import SpikeDetector
from app.core.partition import PartitionFold
from app.metrics import Metrics
from app.metrics.labels import OTHER

CHANNEL: Final = "negatives"
WITHIN: Final = {15: "15m", 60: "1h", 360: "6h"}
"""The label ``within`` by minutes."""


class Detectable:
    """Tells one brand a call, in turn: a statement takes some milliseconds, and changes slowly."""

    def __init__(self, metrics: Metrics) -> None:
        self._metrics = metrics
        self._waiting: list[str] = []

    def tell(self, folds: Iterable[PartitionFold]) -> None:
        """Tell of the next learnt brand that has a label of its own."""
        brands = {name: brand for fold in folds for name, brand in fold.brands.items()}
        if not self._waiting:
            labelled = (name for name in brands if self._metrics.brand(name) != OTHER)
            self._waiting = sorted(labelled, reverse=True)
        while self._waiting:
            brand = brands.get(self._waiting.pop())
            if brand is not None and brand.state.is_warm:
                self._tell(brand)
                return

    def _tell(self, brand: Brand) -> None:
        if brand.rules.is_first_off:  # the statement is of the first detector
            return
        channel, budget = brand.state.channels[CHANNEL], brand.rules.budget_each
        for minutes, rise in smallest_rises(SpikeDetector(0, budget, channel)).items():
            self._metrics.set(
                "squall_detectable_rise",
                float("inf") if rise is None else rise,
                brand=brand.state.brand,
                within=WITHIN[minutes],
            )
