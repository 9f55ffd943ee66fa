"""A second crisis a day after the first, through the whole fold: found, and how soon?

    python -m benchmarks.second_crisis [--runs 10] [--volumes 150 1000] [--json FILE]

A brand with a daily and weekly cycle and 15 % negatives, Poisson or with variance three times the
mean in each five minutes, has been followed for a week or four. Then its negatives rise tenfold for
three or six hours, and a day after the start of that, for as long, fivefold (*weaker*) or tenfold
(*equal*). A rise is found when a crisis opens, reopens or relapses within it. Beside it the same
day with the second rise alone (*alone*, *equal_alone*): what it would be without the first, since
one day differs from the next by more than a crisis in it.

``young`` is a brand of 34 hours with a wave of 40 mentions an hour, nine in ten negative, for six
hours, and the same again nine hours after the first one's end.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Iterator, Mapping, Sequence
from copy import deepcopy
from itertools import pairwise, product
from pathlib import Path
from statistics import mean
from typing import Any, NamedTuple

import numpy

from app.core.crisis import EventType
from app.core.event import CrisisEvent
from app.core.fingerprint import author_pseudonym, text_fingerprint
from app.core.mention import Label
from app.core.partition import PartitionFold
from app.core.record import Heartbeat, Origin, ScoredMention
from app.core.rules import Rules

MONDAY_MS = 1_704_067_200_000
BLOCK_MS = 300_000
DAY_BLOCKS, HOUR_BLOCKS = 288, 12
VOLUMES = (150, 1_000, 10_000)  # mentions a day
NOISES = ("Poisson", "variance 3 x mean")
WARM_DAYS = (7, 28)
HOURS = (3, 6)
SHARE = 0.15
BEGINNINGS = frozenset({EventType.OPENED, EventType.REOPENED, EventType.RELAPSED})
FIRST, WEAKER = 10.0, 5.0
VISIBLE = 0.8  # of the runs with the rise alone: a cell that says something


class Rise(NamedTuple):
    """Negatives ``factor`` times as many, and ``extra`` more an hour (with a tenth as many
    others), from a block of the log for so many blocks.
    """

    start: int
    blocks: int
    factor: float = 1.0
    extra: float = 0.0

    def times(self) -> tuple[int, int]:
        """Return its first and its last millisecond."""
        return MONDAY_MS + self.start * BLOCK_MS, MONDAY_MS + (self.start + self.blocks) * BLOCK_MS


class Brand:
    """A brand's mentions from a seed, and a fold that follows them."""

    def __init__(self, per_day: float, noise: str, seed: int) -> None:
        self.per_day, self.noise, self.seed = per_day, noise, seed
        self.fold = PartitionFold(Rules())
        self.block = self.number = 0
        self.calm_events = 0  # crises that began while learning: false ones
        beat = Heartbeat(
            topic="m", partition=0, partitions=1, time_ms=None, is_caught_up=False, at_ms=0
        )
        self.fold.apply(0, beat)

    def follow(
        self, blocks: int, rise: Rise | None = None, seed: int = 0, *, is_once: bool = False
    ) -> list[int]:
        """Go on for so many blocks and return when a crisis began, in event time, ms; ``is_once``:
        no further than the first.
        """
        draw = numpy.random.default_rng((self.seed, seed))
        negatives, others = self._counts(draw, blocks, rise)
        began = []
        for label, time_ms in _times(draw, self.block, negatives, others):
            self.number += 1
            for output in self.fold.apply(self.number, _mention(self.number, time_ms, label)):
                if isinstance(output, CrisisEvent) and output.type in BEGINNINGS:
                    began.append(output.time_ms)
            if began and is_once:
                break
        self.block += blocks
        return began

    def _counts(self, draw: Any, blocks: int, rise: Rise | None) -> tuple[Any, Any]:
        hour = numpy.arange(self.block, self.block + blocks) / HOUR_BLOCKS
        usual = self.per_day / DAY_BLOCKS * (1 + 0.6 * numpy.sin((hour - 8) / 24 * 2 * numpy.pi))
        usual *= numpy.where(hour // 24 % 7 >= 5, 0.7, 1.0) / 0.914
        negatives, others = SHARE * usual, (1 - SHARE) * usual
        if rise is not None:
            part = slice(rise.start - self.block, rise.start - self.block + rise.blocks)
            negatives[part] = negatives[part] * rise.factor + 0.9 * rise.extra / HOUR_BLOCKS
            others[part] += 0.1 * rise.extra / HOUR_BLOCKS
        if self.noise == "Poisson":
            return draw.poisson(negatives), draw.poisson(others)
        sizes = negatives / 2, others / 2
        return tuple(draw.negative_binomial(size, 1 / 3) for size in sizes)


def _times(draw: Any, first: int, negatives: Any, others: Any) -> Iterator[tuple[Label, int]]:
    """Yield each mention's label and time, in order of time."""
    times = []
    for label, counts in ((Label.NEGATIVE, negatives), (Label.NEUTRAL, others)):
        places = numpy.repeat(numpy.arange(first, first + len(counts)), counts)
        within = draw.integers(0, BLOCK_MS, len(places))
        times += [(MONDAY_MS + int(ms), label) for ms in places * BLOCK_MS + within]
    for time_ms, label in sorted(times):
        yield label, time_ms


def _mention(number: int, time_ms: int, label: Label) -> ScoredMention:
    return ScoredMention(
        brand="larkmoor",
        mention_id=str(number),
        origin=Origin(topic="m", partition=0, offset=number),
        event_time_ms=time_ms,
        label=label,
        probabilities=(0.2, 0.6, 0.2),
        model="none@0",
        fingerprint=text_fingerprint(f"text {number}"),
        author=author_pseudonym("social", str(number)),
        source="social",
    )


def delay_min(began: Sequence[int], rise: Rise) -> float | None:
    """Return the minutes from the rise's start to the first crisis that begins in it."""
    start_ms, end_ms = rise.times()
    found = [time_ms for time_ms in began if start_ms < time_ms <= end_ms]
    return (found[0] - start_ms) / 60_000 if found else None


class Run(NamedTuple):
    """Minutes until each rise was found, None when it was not."""

    first: float | None
    weaker: float | None
    equal: float | None
    alone: float | None
    equal_alone: float | None


def one_run(warm: Brand, hours: int, seed: int) -> Run:
    """Return what is found of one first rise and of each kind of second."""
    start = warm.block + int(numpy.random.default_rng(seed).integers(0, DAY_BLOCKS))
    first = Rise(start, hours * HOUR_BLOCKS, FIRST)
    second = start + DAY_BLOCKS
    after, calm = deepcopy(warm), deepcopy(warm)
    began = after.follow(second - warm.block, first, seed)
    calm.follow(second - warm.block, None, seed)
    rises = [(after, WEAKER), (after, FIRST), (calm, WEAKER), (calm, FIRST)]
    found = [_found(brand, Rise(second, first.blocks, factor), seed) for brand, factor in rises]
    return Run(delay_min(began, first), *found)


def _found(brand: Brand, rise: Rise, seed: int) -> float | None:
    return delay_min(deepcopy(brand).follow(rise.blocks, rise, seed + 1, is_once=True), rise)


def cell(warms: Sequence[Brand], hours: int, runs: int) -> dict[str, Any]:
    """Return the shares found and the mean delays of a kind of brand and rise."""
    found = [one_run(warms[n % len(warms)], hours, 10 * n) for n in range(runs)]
    timed = [(one.first, one.equal, one.equal_alone) for one in found]
    timed = [one for one in timed if all(one)]
    shares = {
        name: round(mean(value is not None for value in values), 3)
        for name, values in zip(Run._fields, zip(*found, strict=True), strict=True)
    }
    delays = [round(mean(values), 1) for values in zip(*timed, strict=True)]
    return shares | {"delays_min": delays or None, "runs": runs}


def young(runs: int, per_day: float) -> float:
    """Return the share of young brands whose second wave is found."""
    hits = 0
    for seed in range(runs):
        brand = Brand(per_day, "Poisson", seed)
        brand.follow(34 * HOUR_BLOCKS)
        wave = Rise(brand.block, 72, extra=40.0)
        brand.follow(15 * HOUR_BLOCKS, wave, 1)
        hits += _found(brand, wave._replace(start=brand.block), 2) is not None
    return hits / runs


def rows(
    volumes: Sequence[int], all_days: Sequence[int], runs: int, brands: int
) -> Iterator[dict[str, Any]]:
    """Yield the figures of each cell."""
    for per_day, noise in product(volumes, NOISES):
        warms = [Brand(per_day, noise, seed) for seed in range(brands)]
        for before, days in pairwise((0, *all_days)):
            for brand in warms:
                brand.calm_events += len(brand.follow((days - before) * DAY_BLOCKS))
            for hours in HOURS:
                kind = {"mentions_per_day": per_day, "noise": noise, "days": days, "hours": hours}
                false = sum(brand.calm_events for brand in warms)
                yield kind | cell(warms, hours, runs) | {"false_so_far": false}


def summary(cells: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """Return the shares found over all cells whose rise is visible alone, and how much later an
    equal one is found than the first, and than without the first.
    """
    weaker = [one for one in cells if one["alone"] >= VISIBLE]
    equal = [one for one in cells if one["first"] >= VISIBLE]
    delays = [one["delays_min"] for one in equal if one["delays_min"]]
    first, second, alone = map(sum, zip(*delays, strict=True)) if delays else (1, 0, 1)
    return {
        "cells_weaker": len(weaker),
        "cells_equal": len(equal),
        "weaker": _mean(weaker, "weaker"),
        "weaker_worst": min((one["weaker"] for one in weaker), default=None),
        "alone": _mean(weaker, "alone"),
        "equal": _mean(equal, "equal"),
        "first": _mean(equal, "first"),
        "equal_delay_ratio": round(second / first, 2) if delays else None,
        "equal_delay_ratio_alone": round(second / alone, 2) if delays else None,
    }


def _mean(cells: Sequence[Mapping[str, Any]], name: str) -> float | None:
    return round(mean(one[name] for one in cells), 3) if cells else None


def main() -> None:
    """Print the table as Markdown, and write the figures."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=10)
    parser.add_argument("--brands", type=int, default=2, help="learnt a kind of brand")
    parser.add_argument("--volumes", type=int, nargs="+", default=list(VOLUMES))
    parser.add_argument("--days", type=int, nargs="+", default=list(WARM_DAYS))
    parser.add_argument("--json", type=Path)
    options = parser.parse_args()
    print("| a day | noise | days | hours | x10 | x5 after it | x5 alone | x10 after it | delays |")
    print("|---|---|---|---|---|---|---|---|---|")
    cells = []
    for one in rows(options.volumes, options.days, options.runs, options.brands):
        cells.append(one)
        kind = f"{one['mentions_per_day']:,} | {one['noise']} | {one['days']} | {one['hours']}"
        found = " | ".join(f"{one[name]:.2f}" for name in ("first", "weaker", "alone", "equal"))
        print(f"| {kind} | {found} | {one['delays_min']} |", flush=True)
    result: dict[str, Any] = {"runs": options.runs, "cells": cells, "summary": summary(cells)}
    result["young"] = {str(volume): young(options.runs, volume) for volume in (150, 1_000)}
    print(json.dumps({name: result[name] for name in ("summary", "young")}, indent=1))
    if options.json:
        options.json.write_text(json.dumps(result, indent=1, sort_keys=True) + "\n")


if __name__ == "__main__":
    main()
