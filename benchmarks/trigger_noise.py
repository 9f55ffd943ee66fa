"""How often reach, ratings and the answers to one post fire on pure noise: alarms a week.

    python -m benchmarks.trigger_noise [--seeds 20] [--weeks 4] [--json FILE]

The volume is that of ``noise_alarms``. 15 % are negative. The reach has a Pareto tail (median 190,
one in 1,400 beyond 100,000), every second mention rates, six in ten with five stars and one in ten
with one, and four in ten answer a post: half of these the post that one of the last twenty answers
is of, so that some posts draw many. From an empty state, at a budget of one alarm a week, of which
each trigger may take a tenth; an alarm is a trigger whose own gates are open (negatives and
authors too), six hours without one part two alarms.
"""

from __future__ import annotations

import argparse
import json
from collections import Counter, deque
from collections.abc import Iterator
from itertools import count
from pathlib import Path
from random import Random

from app.core.rules import Rules
from app.core.triggers.cascades import Answers, Cascades
from app.core.triggers.found import CASCADE, RATING, REACH, Found, Given
from app.core.triggers.ratings import FULL, STARS, Ratings
from app.core.triggers.reach import Reach, weight_of
from benchmarks.noise_alarms import FAMILIES, noise

VOLUMES = (20, 150, 1_000)
NAMES = (REACH, RATING, CASCADE)
STARRED = (5,) * 60 + (4,) * 18 + (3,) * 7 + (2,) * 5 + (1,) * 10
NEGATIVE, RATED, ANSWERS, AGAIN = 0.15, 0.5, 0.4, 0.5
APART = 720  # steps
RULES = Rules()


class Noise:
    """One brand of noise and its triggers."""

    def __init__(self, seed: int) -> None:
        self.draw, self.numbers = Random(seed), count(1)
        self.reach, self.ratings, self.cascades = Reach(), Ratings(), Cascades()
        self.negatives = deque[int]()
        self.answered = deque[str](maxlen=20)

    def step(self, step: int, mentions: int) -> Iterator[Found | None]:
        """Yield what the triggers say of a step with so many mentions."""
        given = Given(step, RULES, True, True, NEGATIVE)
        told, everything = dict[str, Answers](), 0
        rated, heavy = list[tuple[int, int]](), list[tuple[int, int]]()
        for _ in range(mentions):
            author, is_negative = next(self.numbers), self.draw.random() < NEGATIVE
            weight = weight_of(int(100 * (1 - self.draw.random()) ** (-1 / 1.05)))
            everything += weight
            heavy.extend([(author, weight)] * (is_negative and weight > 0))
            self.negatives.extend([step] * is_negative)
            if self.draw.random() < RATED:
                rated.append((FULL // STARS * self.draw.choice(STARRED), author))
            if self.draw.random() < ANSWERS:
                answers = told.setdefault(self._post(author), Answers())
                answers.count += 1
                answers.negatives += is_negative
                answers.authors += [author] * is_negative
        while self.negatives and self.negatives[0] <= step - 120:
            self.negatives.popleft()
        self.reach.note(given, heavy, everything)
        yield self.reach.judge(given, len(self.negatives), len(self.negatives), is_new=True)
        if rated:
            yield self.ratings.judge(given, is_new=self.ratings.note(given, rated))
        if told:
            yield self.cascades.judge(given, self.cascades.note(given, told))

    def _post(self, number: int) -> str:
        is_again = self.answered and self.draw.random() < AGAIN
        post = self.draw.choice(self.answered) if is_again else f"social/{number}"
        self.answered.append(post)
        return post


def alarms(family: str, per_day: float, weeks: int, seed: int) -> Counter[str]:
    """Return the alarms of one brand by trigger."""
    found, newest, brand = Counter[str](), dict[str, int](), Noise(seed)
    for step, mentions in enumerate(noise(family, per_day, weeks, seed), 1_000_000):
        if not mentions:
            continue
        for one in brand.step(step, int(mentions)):
            if one is not None and one.held_by is None:
                name = one.trigger.name
                found[name] += step - newest.get(name, -APART) >= APART
                newest[name] = step
    return found


def main() -> None:
    """Print the table as Markdown."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seeds", type=int, default=20)
    parser.add_argument("--weeks", type=int, default=4)
    parser.add_argument("--json", type=Path)
    options = parser.parse_args()
    rows = []
    print(f"| noise | mentions a day | {' | '.join(NAMES)} |\n|---|---|---|---|---|")
    for family in FAMILIES:
        for per_day in VOLUMES:
            total = Counter[str]()
            for seed in range(options.seeds):
                total += alarms(family, per_day, options.weeks, seed)
            rates = {name: total[name] / options.weeks / options.seeds for name in NAMES}
            rows.append({"noise": family, "mentions_per_day": per_day, "alarms_a_week": rates})
            cells = " | ".join(f"{rate:.3f}" for rate in rates.values())
            print(f"| {family} | {per_day:,} | {cells} |", flush=True)
    if options.json:
        result = {"cells": rows, "seeds": options.seeds, "weeks": options.weeks}
        options.json.write_text(json.dumps(result, indent=1, sort_keys=True) + "\n")


if __name__ == "__main__":
    main()
