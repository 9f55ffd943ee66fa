"""What a brand can see, told to Prometheus: one learnt brand a call, none without a label."""

from __future__ import annotations

import re

from app.core.brand import Brand
from app.core.partition import PartitionFold
from app.core.rules import Rules
from app.core.state import BrandState
from app.metrics import Metrics
from app.stream.detectable import WITHIN, Detectable
from benchmarks.detectability import learnt

LINE = re.compile(r'squall_detectable_rise\{brand="(\w+)",within="(\w+)"\} (\S+)')


def a_fold(*names: str, warm: bool = True) -> PartitionFold:
    fold = PartitionFold(Rules())
    for name in names:
        brand = fold.brands[name] = Brand(BrandState(brand=name), fold.rules)
        brand.state.is_warm = warm
    return fold


def told(metrics: Metrics) -> dict[tuple[str, str], float]:
    found = LINE.findall(metrics.render().decode())
    return {(brand, within): float(value) for brand, within, value in found}


def test_each_call_tells_the_next_brand_and_then_begins_anew() -> None:
    metrics = Metrics(brands=["a", "b", "c"], brand_label_max=2)
    teller, folds = Detectable(metrics), [a_fold("b", "c"), a_fold("a")]
    seen = []
    for _ in range(3):
        teller.tell(folds)
        seen.append(sorted({brand for brand, _ in told(metrics)}))
    assert seen == [["a"], ["a", "b"], ["a", "b"]]
    assert {within for _, within in told(metrics)} == set(WITHIN.values())


def test_the_figures_are_those_of_the_channel_of_negatives() -> None:
    fold, metrics = a_fold("a"), Metrics(brands=["a"])
    fold.brands["a"].state.channels["negatives"] = learnt(150, 1.0, 0, seed=3).detector.state
    Detectable(metrics).tell([fold])
    rises = [told(metrics)["a", within] for within in ("15m", "1h", "6h")]
    assert 100 > rises[0] > rises[1] > rises[2] > 1


def test_what_no_rise_shows_is_infinite() -> None:
    fold, metrics = a_fold("a"), Metrics(brands=["a"])
    Detectable(metrics).tell([fold])
    assert told(metrics)["a", "15m"] == float("inf")


def test_a_brand_that_is_not_learnt_says_nothing() -> None:
    metrics = Metrics(brands=["a"])
    Detectable(metrics).tell([a_fold("a", warm=False)])
    Detectable(metrics).tell([])
    assert told(metrics) == {}


def test_a_brand_that_left_the_list_leaves_no_series() -> None:
    metrics = Metrics(brands=["a"])
    Detectable(metrics).tell([a_fold("a")])
    metrics.set_brands(["b"])
    assert told(metrics) == {}
