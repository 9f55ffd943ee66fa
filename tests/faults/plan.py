"""What the loader will send, made from a seed alone: mentions in event time, and what spoils them.

Every brand has a usual trickle; some have waves, minutes in which nearly all is negative, so that
crises open and end. ``HashEngine`` scores a text by its hash, so a negative text is one found by
trying.
"""

from __future__ import annotations

import random
from dataclasses import dataclass, replace
from functools import cache
from typing import Final, Literal

from app.core.mention import Author, Label, Mention
from app.inference.calibration import Calibration
from app.inference.hash import hash_probabilities
from app.wire import mention as mention_wire

Kind = Literal["ok", "duplicate", "poison", "late", "unmatched"]
START_MS: Final = 1_748_851_200_000  # 2025-06-02T08:00Z: long past, so the clamp never bites
MINUTE_MS: Final = 60_000
LATE_MS: Final = 20 * MINUTE_MS
TOO_LONG: Final = 64 * 1024 + 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Planned:
    """A record to send. ``label`` is what the engine must answer, None where it is not asked."""

    kind: Kind
    partition: int
    key: bytes | None
    value: bytes | None
    brand: str | None = None
    label: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Shape:
    """How large a load is, and what is wrong with which share of it."""

    mentions: int
    brands: int
    partitions: int
    span_minutes: int
    wave_brands: int
    wave_mentions: int = 60
    wave_minutes: int = 8
    poison: float = 0.01
    duplicates: float = 0.02
    late: float = 0.005
    unmatched: float = 0.005


def plan(seed: int, shape: Shape) -> list[Planned]:
    """Return ``shape.mentions`` records, the same for the same seed, in event-time order but for
    the duplicates and the late.
    """
    rng = random.Random(seed)
    records = [_ordinary(rng, shape, n, *at) for n, at in enumerate(_times(rng, shape))]
    for position in sorted(rng.sample(range(len(records)), int(shape.duplicates * len(records)))):
        copied = records[max(0, position - rng.choice((1, 5, 40, 400)))]
        if copied.kind == "ok":
            place = rng.randrange(shape.partitions)
            records[position] = replace(copied, kind="duplicate", partition=place)
    return records


def _times(rng: random.Random, shape: Shape) -> list[tuple[int, int, bool]]:
    """Return (event time, brand number, is of a wave), by time."""
    span_ms = shape.span_minutes * MINUTE_MS
    found: list[tuple[int, int, bool]] = []
    for brand in range(shape.wave_brands):
        # The first third is left to the baselines, the last sixth to the ends of crises.
        start_ms = rng.randrange(span_ms // 3, span_ms * 5 // 6)
        length_ms = shape.wave_minutes * MINUTE_MS
        for _ in range(shape.wave_mentions):
            found.append((start_ms + rng.randrange(length_ms), brand, True))
    weights = [1 / (1 + number % 20) for number in range(shape.brands)]
    usual = shape.mentions - len(found)
    numbers = rng.choices(range(shape.brands), weights, k=usual)
    found += [(rng.randrange(span_ms), number, False) for number in numbers]
    return sorted(found)


def _ordinary(
    rng: random.Random, shape: Shape, number: int, time_ms: int, brand: int, is_wave: bool
) -> Planned:
    place, dice = rng.randrange(shape.partitions), rng.random()
    if dice < shape.poison:
        return _poison(rng, place, number)
    kind: Kind = "ok"
    if dice < shape.poison + shape.late:
        kind, time_ms = "late", max(0, time_ms - LATE_MS)
    is_unmatched = not is_wave and dice > 1 - shape.unmatched
    name = None if is_unmatched else f"brand-{brand:03d}"
    text = f"mention {number} of brand {brand}"
    if is_wave and rng.random() < 0.9:
        text = _negative(text)
    mention = Mention(
        id=f"m{number}",
        text=text,
        published_at_ms=START_MS + time_ms,
        brand=name,
        author=Author(id=f"author-{rng.randrange(5000)}", followers=rng.randrange(10_000)),
    )
    return Planned(
        kind="unmatched" if is_unmatched else kind,
        partition=place,
        key=name.encode() if name else None,
        value=mention_wire.encode(mention),
        brand=name,
        label=None if is_unmatched else Calibration().label(hash_probabilities(text), "en").value,
    )


def _poison(rng: random.Random, place: int, number: int) -> Planned:
    values: tuple[bytes | None, ...] = (
        None,
        b"",
        b"{",
        b"\xff\xfe{}",
        b'{"id": "x"}',
        b'["a list"]',
        b'{"id": "p%d", "text": "t", "published_at": "yesterday"}' % number,
        b'{"id": "p%d", "text": NaN, "published_at": "2025-06-02T08:00:00Z"}' % number,
        b" " * TOO_LONG,
    )
    key = b"poison-%d" % number
    return Planned(kind="poison", partition=place, key=key, value=rng.choice(values))


@cache
def _negative(text: str) -> str:
    for attempt in range(1000):
        tried = f"{text} again {attempt}"
        if Calibration().label(hash_probabilities(tried), "en") is Label.NEGATIVE:
            return tried
    raise AssertionError("no negative text found")
