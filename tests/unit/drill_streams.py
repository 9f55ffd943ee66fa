"""Logs with drills in them: a learnt brand, and a scenario's texts said on top of it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import cache
from itertools import count
from random import Random

import msgspec

from app.core.event import CrisisEvent, CrisisGone, CrisisState, Output, Rehearsed
from app.core.fingerprint import author_pseudonym, text_fingerprint
from app.core.mention import Label
from app.core.partition import PartitionFold
from app.core.record import Heartbeat, LogRecord, Origin, ScoredMention
from app.core.rules import HOUR_MS, STEP_MS, Rules
from app.core.sketch import text_sketch
from app.core.state import BrandState
from app.core.watermark import PartitionClock
from app.inference.themes import themes_of
from app.sources.drill.plan import Plan, Voices, times
from app.wire import state as state_wire
from tests.unit.crisis_streams import shop
from tests.unit.folding import MONDAY_MS, QUICK, beat, mention

HOURS = 34
BEGAN_MS = MONDAY_MS + HOURS * HOUR_MS
UNTIL_MS = BEGAN_MS + HOUR_MS
DRILL = "outage-medium-1"
Placed = tuple[int, LogRecord]  # with the offset in the log


@cache
def learnt(per_day: float = 240) -> tuple[LogRecord, ...]:
    """Return the log of a shop up to the moment when a drill begins."""
    return (*shop(5, [], HOURS, per_day)[:-1], beat(BEGAN_MS))


def usual(minutes: float, seed: int = 7, brand: str = "larkmoor") -> list[LogRecord]:
    """Return what is really said while a drill lasts, a heartbeat a step."""
    draw, found = Random(seed), list[LogRecord]()
    now_ms = float(BEGAN_MS)
    while (now_ms := now_ms + draw.expovariate(1 / 120_000)) < BEGAN_MS + minutes * 60_000:
        label = Label.NEGATIVE if draw.random() < 0.15 else Label.NEUTRAL
        found.append(mention(int(now_ms) % 10**9, int(now_ms), label=label, brand=brand))
    for step in range(1, round(minutes * 2) + 1):
        found.append(beat(BEGAN_MS + step * STEP_MS))
    return sorted(found, key=time_of)


def time_of(record: LogRecord) -> int:
    if isinstance(record, Heartbeat):
        return record.time_ms or 0
    return record.event_time_ms if isinstance(record, ScoredMention) else record.at_ms


def drilled(
    scenario: str = "outage",
    per_minute: float = 8.0,
    minutes: float = 15,
    seed: int = 0,
    **fields: object,
) -> list[LogRecord]:
    """Return the scored mentions of a drill, as the scorer makes them of its texts."""
    plan = Plan(
        drill_id=DRILL, brand="larkmoor", scenario=scenario, per_minute=per_minute, minutes=minutes
    )
    voices = Voices(plan, seed)
    return [
        rehearsed(voices, number, BEGAN_MS + 1 + round(at_s * 1000), **fields)
        for number, at_s in enumerate(times(plan))
    ]


def rehearsed(voices: Voices, number: int, now_ms: int, **fields: object) -> ScoredMention:
    said = voices.mention(number, now_ms)
    made_ms = said.author.created_at_ms if said.author else None
    values: dict[str, object] = {
        "mention_id": said.id,
        "label": Label.NEGATIVE,
        "probabilities": (0.9, 0.08, 0.02),
        "fingerprint": text_fingerprint(said.text),
        "sketch": text_sketch(said.text),
        "author": author_pseudonym("drill", said.id),
        "themes": themes_of(said.text, "en"),
        "account_days": None if made_ms is None else (now_ms - made_ms) // 86_400_000,
        "drill": DRILL,
        "drill_until_ms": UNTIL_MS,
    }
    return mention(number, now_ms, **(values | fields))


def merged(*streams: Iterable[LogRecord]) -> list[LogRecord]:
    """Return the streams in order of time."""
    return sorted((one for stream in streams for one in stream), key=time_of)


def placed(records: Sequence[LogRecord], first: int) -> list[Placed]:
    """Return the records with their offsets; a mention's own place in its source grows alike."""
    found = list[Placed]()
    for offset, record in zip(count(first), records, strict=False):
        if isinstance(record, ScoredMention):
            origin = Origin(topic="mentions", partition=0, offset=offset)
            record = msgspec.structs.replace(record, origin=origin)  # noqa: PLW2901
        found.append((offset, record))
    return found


def is_drilled(record: LogRecord) -> bool:
    return isinstance(record, ScoredMention) and record.drill != ""


def real(log: Iterable[Placed]) -> list[Placed]:
    """Return the log without the drill, every other record where it was."""
    return [one for one in log if not is_drilled(one[1])]


@cache
def stored(rules: Rules = QUICK, per_day: float = 240) -> tuple[bytes, tuple[bytes, ...]]:
    """Return the clock and the brands after ``learnt``, as they are stored."""
    fold = PartitionFold(rules)
    for offset, record in enumerate(learnt(per_day)):
        fold.apply(offset, record)
    clock, states, _ = fold.take_changed()
    return state_wire.encode_clock(clock).value or b"", tuple(map(_value, states))


def _value(state: BrandState) -> bytes:
    return state_wire.encode_brand(state).value or b""


def fresh(rules: Rules = QUICK, per_day: float = 240) -> PartitionFold:
    """Return the fold where a drill begins."""
    clock, brands = stored(rules, per_day)
    return opened_again(rules, {state_wire.CLOCK_KEY: clock, b"larkmoor": brands[0]})


def opened_again(rules: Rules, records: dict[bytes, bytes]) -> PartitionFold:
    """Return the fold of stored records."""
    states = {key: state_wire.decode(key, value) for key, value in records.items()}
    clock = next(one for one in states.values() if isinstance(one, PartitionClock))
    brands = [one for one in states.values() if isinstance(one, BrandState)]
    return PartitionFold.restore(rules, clock, brands)


def store(fold: PartitionFold, records: dict[bytes, bytes]) -> None:
    """Bring stored records up to date, as the compacted topic has them."""
    clock, changed, gone = fold.take_changed()
    for message in (state_wire.encode_clock(clock), *map(state_wire.encode_brand, changed)):
        records[message.key or b""] = message.value or b""
    for name in gone:
        records.pop(name.encode(), None)


def play(log: Iterable[Placed], fold: PartitionFold) -> list[Output]:
    return [output for offset, record in log for output in fold.apply(offset, record)]


def of_drill(outputs: Iterable[Output]) -> list[Output]:
    """Return what is flagged."""
    return [
        one
        for one in outputs
        if isinstance(one, CrisisEvent | CrisisState | CrisisGone) and one.drill
    ]


def of_real(outputs: Iterable[Output]) -> list[Output]:
    """Return what is neither flagged nor the count of a drill's mention."""
    flagged = set(map(id, found := of_drill(all_of := list(outputs))))
    assert len(flagged) == len(found)
    return [one for one in all_of if id(one) not in flagged and not isinstance(one, Rehearsed)]


def outcomes(outputs: Iterable[Output]) -> list[str]:
    return [one.outcome for one in outputs if isinstance(one, Rehearsed)]
