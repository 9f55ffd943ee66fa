"""A simulated log with the texts it was made of, for the tests of verify and explain."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from random import Random

import msgspec

from app.config import Settings
from app.core.event import CrisisEvent
from app.core.mention import Author, Label, Mention
from app.core.partition import PartitionFold
from app.core.record import LogRecord, ScoredMention
from app.core.rules import Rules
from app.core.watchlist import WatchList
from app.inference.calibration import Calibration
from app.inference.engine import Score
from app.inference.hash import HashEngine, hash_probabilities
from app.report.checked import Checked
from app.stream.recompute import Recomputation, Told
from app.stream.records import Record
from app.stream.rescoring import Place, Rescored, Rescorer, place_of
from app.stream.scoring import Scribe, read, settle
from app.stream.verification import check
from app.wire import event as event_wire
from app.wire import mention as mention_wire
from app.wire import told_event
from tests.unit.folding import MONDAY_MS, beat, command

MATCH = WatchList.given().match
RESTLESS = Rules(
    warm_blocks=5,
    minimum_negatives=3,
    minimum_authors=2,
    update_ms=60_000,
    watch_ms=10 * 60_000,
    recover_ms=5 * 60_000,
    resolve_ms=10 * 60_000,
    relapse_ms=60 * 60_000,
)
ACTIONS = ("acknowledge", "annotate", "resolve")


@dataclass(frozen=True)
class World:
    """A log of one partition, its source records, and the events it gives."""

    records: tuple[LogRecord, ...]
    sources: dict[Place, Record]
    events: tuple[CrisisEvent, ...]


def text_of(number: int, label: Label) -> str:
    """Return a text that the hash engine gives this label."""
    tries = (f"text {number} try {k}" for k in range(1_000))
    return next(one for one in tries if label_of(one) is label)


def label_of(text: str) -> Label:
    return Calibration().label(hash_probabilities(text), "*")


@cache
def world(seed: int, length: int, brands: Sequence[str] = ("larkmoor",)) -> World:
    """Return calm and bursts of some brands, with commands thrown in."""
    draw, sources, records = Random(seed), dict[Place, Record](), list[LogRecord]([beat(None)])
    scribe, now_ms, is_burst = Scribe(Settings().topics, Settings().scorer), MONDAY_MS, False
    for number in range(length):
        is_burst ^= draw.random() < 0.02
        now_ms += round(draw.expovariate(1 / (8_000 if is_burst else 240_000)))
        brand = draw.choice(brands)
        if draw.random() < 0.03:
            records.append(command(number, draw.choice(ACTIONS), brand=brand))
            continue
        label = Label.NEGATIVE if draw.random() < (0.9 if is_burst else 0.15) else Label.NEUTRAL
        source = source_of(number, now_ms, brand, label)
        (scored,) = scored_of(scribe, source)
        sources[place_of(scored)] = source
        records.append(scored)
    records.append(beat(now_ms + 6 * 3_600_000))
    return World(tuple(records), sources, tuple(events_of(records)))


def source_of(number: int, time_ms: int, brand: str, label: Label) -> Record:
    """Return mention ``number`` as it lies in the source topic."""
    mention = Mention(
        id=f"m{number}",
        text=text_of(number, label),
        published_at_ms=time_ms,
        brand=brand,
        platform="chirp" if number % 3 else "plaza",
        url=f"https://social.example/{number}",
        author=Author(id=f"author {number % 400}", followers=number % 977),
    )
    return Record("mentions", 0, number, time_ms, None, mention_wire.encode(mention), ())


def scored_of(scribe: Scribe, source: Record) -> list[ScoredMention]:
    """Return what the scorer writes of a source record."""
    reading = read(source, MATCH)
    assert reading.mention is not None
    shares = hash_probabilities(reading.mention.text)
    label = label_of(reading.mention.text)
    return scribe.scored(
        settle(reading, Score(label=label, probabilities=shares, model=HashEngine.model))
    )


def events_of(records: Sequence[LogRecord], rules: Rules = RESTLESS) -> list[CrisisEvent]:
    """Return what the detector publishes."""
    fold = PartitionFold(rules)
    outputs = (one for offset, record in enumerate(records) for one in fold.apply(offset, record))
    return [output for output in outputs if isinstance(output, CrisisEvent)]


def told(event: CrisisEvent) -> Told:
    """Return an event as somebody hands it in."""
    document = told_event.parse(event_wire.encode(event).value or b"")
    assert isinstance(document, dict)
    return Told("a test", document)


def recomputed(records: Sequence[LogRecord], claims: Sequence[Told]) -> Recomputation:
    work = Recomputation(RESTLESS, claims)
    for offset, record in enumerate(records):
        work.take(0, offset, record)
    return work


def rescored(
    records: Sequence[ScoredMention], sources: Mapping[Place, Record]
) -> dict[Place, Rescored]:
    return rescorer().rescore(records, sources)


def rescorer() -> Rescorer:
    return Rescorer(Settings(), HashEngine, MATCH)


class Bench:
    """A world whose events are told, with all that is needed to check one."""

    def __init__(self, seed: int, length: int) -> None:
        self.world = world(seed, length)
        self.told = [told(event) for event in self.world.events]
        self.work = recomputed(self.world.records, self.told)
        self.rescored = rescored(self.work.cited(), self.world.sources)

    def check(self, claim: Told, rescored: dict[Place, Rescored] | None = None) -> Checked:
        return check(claim, self.work, self.rescored if rescored is None else rescored, ())


def altered(record: ScoredMention, **fields: object) -> ScoredMention:
    return msgspec.structs.replace(record, **fields)
