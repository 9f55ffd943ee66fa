"""Cited mentions from their source again: read, scored and written down as the scorer does."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple

from app.config import Settings
from app.core.mention import Rejected
from app.core.record import ScoredMention
from app.core.watchlist import Match
from app.inference.engine import Engine, Failure, Score
from app.inference.routing import RoutedEngine
from app.inference.scoring import InferenceThread
from app.report.differences import Difference
from app.stream.records import Record
from app.stream.scoring import Matcher, Reading, Scribe, read, settle

TOLERANCE = 1e-3  # of a probability: between a CPU and a GPU
ENGINE_LIMIT_S = 600.0
BY_THE_MODEL = frozenset({"label", "probabilities", "model", "lang", "negative_errors"})
# Where the record lies, and what today's watch list may say otherwise.
NOT_OF_THE_TEXT = frozenset({"origin", "brand", "rule", "product", "excerpt"})

Place = tuple[str, str, int, int]  # brand, and the source record's topic, partition, offset


class Rescored(NamedTuple):
    """A log record held against its source: where they differ, or why that can't be told."""

    differences: tuple[Difference, ...] = ()
    note: str | None = None


class Rescorer:
    """Makes log records anew. The engine is loaded when the first text needs it."""

    def __init__(self, settings: Settings, engine: Callable[[], Engine], match: Matcher) -> None:
        self._settings, self._match = settings, match
        self._load = engine
        self._scribe = Scribe(settings.topics, settings.scorer)
        self._engine: RoutedEngine | None = None

    def rescore(
        self, records: Sequence[ScoredMention], sources: Mapping[Place, Record | None]
    ) -> dict[Place, Rescored]:
        """Return how each record stands to its source; ``sources`` by `place_of`."""
        found: dict[Place, Rescored] = {}
        readings: dict[Place, tuple[ScoredMention, Reading]] = {}
        for record in records:
            place = place_of(record)
            source = sources.get(place)
            if source is None or source.value is None:
                found[place] = Rescored(note=f"{_name(record)} is not at hand any more")
                continue
            reading = self._read(record, source)
            if isinstance(reading.rejected, Rejected) or reading.mention is None:
                found[place] = Rescored((Difference(path="source", told=record.mention_id),))
            else:
                readings[place] = record, reading
        scores = self._scores([reading for _, reading in readings.values()])
        for (place, (record, reading)), score in zip(readings.items(), scores, strict=True):
            found[place] = self._compared(record, reading, score)
        return found

    def _read(self, record: ScoredMention, source: Record) -> Reading:
        reading = read(source, self._match)
        own = [match for match in reading.matches if match.brand == record.brand]
        # The watch list may have changed since; which brand it was counted for is the log's word.
        given = Match(brand=record.brand, product=record.product, rule=record.rule)
        return reading._replace(matches=tuple(own or [given]))

    def _scores(self, readings: Sequence[Reading]) -> list[Score | Failure | None]:
        asked = [reading for reading in readings if reading.text is not None]
        if not asked:
            return [None] * len(readings)
        if self._engine is None:
            engine = self._load()
            self._engine = engine if isinstance(engine, RoutedEngine) else RoutedEngine(engine)
        tries = self._settings.scorer.engine_tries
        with InferenceThread(self._engine, tries=tries, timeout_s=ENGINE_LIMIT_S) as inference:
            texts, hints = [one.text or "" for one in asked], [one.hint for one in asked]
            given = iter(inference.submit(texts, hints=hints).result())
        return [None if one.text is None else next(given) for one in readings]

    def _compared(
        self, record: ScoredMention, reading: Reading, score: Score | Failure | None
    ) -> Rescored:
        if isinstance(score, Failure):
            return Rescored(note=f"{_name(record)} could not be scored: {score.detail}")
        (made,) = self._scribe.scored(settle(reading, score))
        names = set(record.__struct_fields__) - NOT_OF_THE_TEXT
        note = None
        if made.model != record.model:
            names -= BY_THE_MODEL
            note = (
                f"{_name(record)} was scored by {record.model}, the settings load {made.model}: "
                "set scorer.model and scorer.precision to it"
            )
        different = [name for name in sorted(names) if not self._agrees(name, record, made)]
        found = [
            Difference(path=name, told=_plain(record, name), recomputed=_plain(made, name))
            for name in different
        ]
        text = reading.mention.text if reading.mention else ""
        if not text.startswith(record.excerpt):
            found.append(Difference(path="excerpt", told=record.excerpt))
        return Rescored(tuple(found), note)

    def _agrees(self, name: str, record: ScoredMention, made: ScoredMention) -> bool:
        if name == "probabilities":
            return _are_close(record.probabilities, made.probabilities)
        if name == "label" and record.label is not made.label:
            return self._is_at_the_edge(record, made)
        return bool(getattr(record, name) == getattr(made, name))

    def _is_at_the_edge(self, record: ScoredMention, made: ScoredMention) -> bool:
        """Tell whether another label follows from probabilities that are as good as equal."""
        if self._engine is None or not _are_close(record.probabilities, made.probabilities):
            return False
        if not record.probabilities:
            return False
        negative, neutral, positive = record.probabilities
        language = made.lang if self._engine.languages else None
        calibration = self._engine.of(language).calibration
        return calibration.label((negative, neutral, positive), language or "*") is record.label


def place_of(record: ScoredMention) -> Place:
    """Return what tells a log record from every other."""
    origin = record.origin
    return record.brand, origin.topic, origin.partition, origin.offset


def _name(record: ScoredMention) -> str:
    origin = record.origin
    return f"mention {record.mention_id} ({origin.topic}/{origin.partition}/{origin.offset})"


def _are_close(told: Sequence[float], made: Sequence[float]) -> bool:
    return len(told) == len(made) and all(
        abs(one - other) <= TOLERANCE for one, other in zip(told, made, strict=True)
    )


def _plain(record: ScoredMention, name: str) -> Any:
    value = getattr(record, name)
    return list(value) if isinstance(value, tuple) else value
