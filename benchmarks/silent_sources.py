"""How often a source that is well is called silent, and how soon one that is down.

    python -m benchmarks.silent_sources [--sources 6] [--days 365]

Random sources: Poisson, with a night, in office hours, in bursts, and with days that differ. Each
is given to ``app.core.heard`` alone, step by step as the fold would.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable, Iterator
from math import exp
from random import Random
from statistics import median
from typing import Final, NamedTuple

from app.core.heard import DAY_STEPS, LEARNT_STEPS, hear, miss
from app.core.state import BrandState
from app.core.window import BLOCK_STEPS, Rings

PER_DAY: Final = (8, 20, 100, 1_000)
NIGHT: Final = 0.03  # of the rate by day


class Seen(NamedTuple):
    """``silent``: times a living source was called so, in ``years``; ``told_h``: hours from the
    last mention until a dead one was; None where it was not regular.
    """

    silent: int
    years: float
    told_h: float | None


def poisson(draw: Random, per_day: float, days: int) -> Iterator[float]:
    at = 0.0
    while (at := at + draw.expovariate(per_day)) < days:
        yield at


def with_a_night(draw: Random, per_day: float, days: int) -> Iterator[float]:
    for at in poisson(draw, per_day / (2 / 3 + NIGHT / 3), days):
        if at % 1 < 2 / 3 or draw.random() < NIGHT:
            yield at


def in_office_hours(draw: Random, per_day: float, days: int) -> Iterator[float]:
    for at in poisson(draw, per_day * 24 / 9 * 7 / 5, days):
        if at % 1 < 9 / 24 and at % 7 < 5:
            yield at


def in_bursts(draw: Random, per_day: float, days: int) -> Iterator[float]:
    """Yield bursts of three in the mean, each within an hour."""
    times = []
    for at in poisson(draw, per_day / 3, days):
        times.append(at)
        while draw.random() < 2 / 3:
            times.append(at + draw.random() / 24)
    yield from sorted(times)


def unequal_days(draw: Random, per_day: float, days: int) -> Iterator[float]:
    """Yield days whose rates are lognormal with a sigma of 0.6."""
    for day in range(days):
        rate = per_day * exp(draw.gauss(-0.18, 0.6))
        yield from (day + at for at in poisson(draw, rate, 1))


RHYTHMS: Final[dict[str, Callable[[Random, float, int], Iterator[float]]]] = {
    "Poisson": poisson,
    "with a night": with_a_night,
    "office hours": in_office_hours,
    "bursts of three": in_bursts,
    "unequal days": unequal_days,
}


def look(times: Iterator[float]) -> Seen:
    """Return what becomes of one source that ends after its last mention."""
    state = BrandState(brand="b", rings=Rings.starting_at(0), is_started=True)
    silent, last = 0, -1
    for step in (int(at * DAY_STEPS) for at in times):
        if step == last:
            state.heard["news"].mentions += 1
            state.heard["news"].count += 1
            continue
        silent += _silent_before(state, step)
        state.rings.next_step, last = step + 1, step
        hear(state, step, {"news": 1}, is_usual=True)
    years = max(last - LEARNT_STEPS, 0) / DAY_STEPS / 365
    return Seen(silent, years, _told_after_h(state, last))


def _told_after_h(state: BrandState, last: int) -> float | None:
    while state.source_due:
        state.rings.next_step = state.source_due
        if miss(state):
            return (state.rings.next_step - last) / 120
    return None


def _silent_before(state: BrandState, step: int) -> int:
    found = 0
    while 0 < state.source_due <= step // BLOCK_STEPS * BLOCK_STEPS:
        state.rings.next_step = state.source_due
        found += sum(event.type == "source_silent" for event in miss(state))
    return found


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--sources", type=int, default=6)
    options.add_argument("--days", type=int, default=365)
    given = options.parse_args()
    print("| a source | mentions a day | called silent a year | told after, hours |")
    print("|---|---|---|---|")
    for name, rhythm in RHYTHMS.items():
        for per_day in PER_DAY:
            seen = [
                look(rhythm(Random(seed), per_day, given.days)) for seed in range(given.sources)
            ]
            rate = sum(one.silent for one in seen) / sum(one.years for one in seen)
            told = [one.told_h for one in seen if one.told_h is not None]
            hours = f"{median(told):.1f}" if told else "never"
            print(f"| {name} | {per_day:,} | {rate:.2f} | {hours} |", flush=True)


if __name__ == "__main__":
    main()
