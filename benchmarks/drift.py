"""Whether the two detectors part before a rise is missed, while what is usual drifts.

    python -m benchmarks.drift [--fleets 2] [--drifts none bursts falls] [--json FILE]

A fleet is ten brands of 150 negatives a day. After eight weeks of learning come four as they were,
then six of drift: single voices become bursts (variance / mean from 1 to 6), or the usual rate
falls to a quarter, evenly in logarithms; or nothing, to see what chance does. Every half week the
disagreement is the mean over its blocks of five minutes of the distance of the two scores, as
`squall_brand_disagreement` tells it (one without a negative has none); and rises to six times the
rate of that moment, an hour long, are shown to copies of the detectors, which tells the recall.

The rule: the disagreement has risen in the first half week in which its mean over the last week is
half as much again as in the four weeks before the drift; recall has fallen in the first in which it
is a fifth or more below its mean then. A first try had four weeks in all before the drift, and
asked each brand for twice as much: without any drift ten of ten brands had it by chance, since
tails are learnt for two months. So this one learns longer, has fleets, and other seeds.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Sequence
from copy import deepcopy
from functools import cache
from pathlib import Path
from typing import Any, Final

from app.core.detector.rate_test import RateTest
from app.core.detector.series import ChannelDetector
from app.core.detector.spike import LINE, SpikeDetector
from app.core.window import BLOCK_STEPS, RAW, Rings, zero
from benchmarks.planted_rises import steps

HALF_WEEK: Final = 1_008  # blocks of five minutes, drawn in so many ...
PARTS: Final = 14  # ... each with its own rate
LEARNT, BEFORE, DURING = 16, 24, 12  # half weeks: until it counts, until the drift, and of it
PER_DAY: Final = 150.0  # negatives, as of a brand of 1,000 mentions a day
DRIFTS: Final = {"none": (1.0, 1.0), "bursts": (1.0, 6.0), "falls": (0.25, 1.0)}
"""By what the rate and variance / mean have grown at the end."""
FACTOR, MINUTES = 6, 60
RISES: Final = 5  # a brand and half week
BRANDS: Final = 10
FALLEN: Final = 0.2
RISEN: Final = 1.5

Row = dict[str, float]


def fleet(drift: str, number: int, brands: int = BRANDS, rises: int = RISES) -> list[Row]:
    """Return the mean of a fleet's brands, a row each half week; see ``run``."""
    seeds = range(100 * number, 100 * number + brands)
    found = [run(drift, seed, rises) for seed in seeds]
    return [
        {name: sum(row[name] for row in rows) / brands for name in rows[0]}
        for rows in zip(*found, strict=True)
    ]


class Brand:
    """One channel with both detectors; each block of five minutes is judged at its end."""

    def __init__(self) -> None:
        self._rings = Rings.starting_at(0)
        self._detectors: tuple[ChannelDetector, ...] = (SpikeDetector(), RateTest())
        self.apart = 0.0  # distance of the scores of the newest block
        self.is_found = (False, False)  # whether each lies at the line

    def take(self, count: int) -> None:
        rings = self._rings
        rings.skip(BLOCK_STEPS - 1)
        step = zero()
        step[RAW] = count
        rings.push(step)
        counts, end = [total[RAW] for total in rings.sums], rings.next_step
        scores = [0.0, 0.0]
        for place, detector in enumerate(self._detectors):
            if count:
                verdict = detector.judge(end, counts, count)
                detector.note(verdict)
                scores[place] = verdict.severity
            detector.learn(end, counts, 1.0)
        self.apart = abs(scores[0] - scores[1])
        self.is_found = scores[0] >= LINE, scores[1] >= LINE


@cache
def _learnt(seed: int) -> tuple[Brand, tuple[Row, ...]]:
    """Return a brand as it is when the drift begins, and the rows until then."""
    brand = Brand()
    return brand, tuple(_rows(brand, "none", seed, range(BEFORE), RISES))


def run(drift: str, seed: int, rises: int = RISES) -> list[Row]:
    """Return a row each half week that counts: disagreement, and recall of the first detector, the
    second and either.
    """
    brand, before = _learnt(seed)
    during = _rows(deepcopy(brand), drift, seed, range(BEFORE, BEFORE + DURING), rises)
    return [*before, *during]


def _rows(brand: Brand, drift: str, seed: int, half_weeks: range, rises: int) -> list[Row]:
    rows = []
    for place in half_weeks:
        total = 0.0
        for count in _half_week(drift, seed, place):
            brand.take(count)
            total += brand.apart
        if place >= LEARNT:
            found = _found(brand, *_at(drift, place + 1), rises, seed * 1_000 + place)
            rows.append({"disagreement": total / HALF_WEEK} | found)
    return rows


def _at(drift: str, place: float) -> tuple[float, float]:
    """Return rate a day and variance / mean after so many half weeks."""
    done = min(max((place - BEFORE) / DURING, 0.0), 1.0)
    rate, dispersion = DRIFTS[drift]
    return PER_DAY * rate**done, dispersion**done


def _half_week(drift: str, seed: int, place: int) -> list[int]:
    found: list[int] = []
    for part in range(PARTS):
        now = _at(drift, place + part / PARTS)
        found += _blocks(*now, HALF_WEEK // PARTS, seed * 100_000 + place * PARTS + part)
    return found


def _blocks(per_day: float, dispersion: float, blocks: int, seed: int) -> list[int]:
    found = steps(per_day, dispersion, blocks, seed).reshape(blocks, BLOCK_STEPS).sum(axis=1)
    return [int(count) for count in found]


def _found(brand: Brand, per_day: float, dispersion: float, rises: int, seed: int) -> Row:
    hits = {"first": 0, "second": 0, "either": 0}
    for number in range(rises):
        shown, first, second = deepcopy(brand), False, False
        for count in _blocks(per_day * FACTOR, dispersion, MINUTES // 5, seed * 100 + number):
            shown.take(count)
            first, second = first or shown.is_found[0], second or shown.is_found[1]
        hits["first"] += first
        hits["second"] += second
        hits["either"] += first or second
    return {name: count / max(rises, 1) for name, count in hits.items()}


def risen(rows: Sequence[Row]) -> int | None:
    """Return the half week of the drift, from 1, in which the disagreement has risen; None where it
    has not.
    """
    told = [row["disagreement"] for row in rows]
    usual = BEFORE - LEARNT
    line = RISEN * sum(told[:usual]) / usual
    weeks = zip(told[usual - 1 :], told[usual:], strict=False)
    return _first(sum(week) / 2 >= line for week in weeks)


def fallen(rows: Sequence[Row], name: str) -> int | None:
    """Return the half week of the drift in which the recall of ``name`` has fallen, alike."""
    usual = BEFORE - LEARNT
    line = sum(row[name] for row in rows[:usual]) / usual - FALLEN
    return _first(row[name] <= line for row in rows[usual:])


def _first(truths: Any) -> int | None:
    return next((number for number, is_true in enumerate(truths, 1) if is_true), None)


def comes_first(rows: Sequence[Row], name: str) -> bool | None:
    """Tell whether the disagreement rose in a half week before the one in which recall fell; None
    where recall did not fall.
    """
    fell, rose = fallen(rows, name), risen(rows)
    return None if fell is None else rose is not None and rose < fell


def main() -> None:
    """Print what came first as Markdown, and write the figures."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--fleets", type=int, default=2)
    parser.add_argument("--drifts", nargs="+", choices=list(DRIFTS), default=list(DRIFTS))
    parser.add_argument("--json", type=Path)
    options = parser.parse_args()
    result: dict[str, Any] = {}
    for drift in options.drifts:
        for number in range(1, options.fleets + 1):
            rows = fleet(drift, number)
            fell = {f"{name}_fallen": fallen(rows, name) for name in ("first", "either")}
            told = {"risen": risen(rows)} | fell
            result.setdefault(drift, []).append(told | {"rows": rows})
            print(f"| {drift} | {number} | {' | '.join(map(str, told.values()))} |", flush=True)
    if options.json:
        options.json.write_text(json.dumps(result, indent=1, sort_keys=True) + "\n")


if __name__ == "__main__":
    main()
