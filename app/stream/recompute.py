"""Events made anew from the log: those that somebody tells, and the mentions that they cite."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

from app.core.event import CrisisEvent
from app.core.partition import PartitionFold
from app.core.record import ScoredMention
from app.core.rules import Rules
from app.wire.told_event import Document


class Told(NamedTuple):
    """An event as it was handed in; ``place`` names file and line."""

    place: str
    document: Document

    @property
    def id(self) -> str:
        return str(self.document["id"])

    @property
    def brand(self) -> str:
        return str(self.document["brand"])

    @property
    def step(self) -> tuple[str, int] | None:
        """The crisis and the number of the step in it; None for an event of no crisis."""
        crisis_id, seq = self.document.get("crisis_id"), self.document.get("seq")
        if not crisis_id or not isinstance(crisis_id, str) or not isinstance(seq, int):
            return None
        return crisis_id, seq

    def cited(self) -> Iterator[tuple[str, Document]]:
        """Yield (path, object) of everything in the evidence that has a mention's id."""
        return _cited(self.document.get("evidence"), "$.evidence")


class Recomputation:
    """Folds the log as the detector does, and keeps what the told events speak of."""

    def __init__(self, rules: Rules, told: Sequence[Told]) -> None:
        self.partitions: dict[str, int] = {}  # of the brands that the told events are of
        self._rules = rules
        self._brands = frozenset(one.brand for one in told)
        self._folds: dict[int, PartitionFold] = {}
        self._missing = {one.id for one in told}
        self._ids = frozenset(self._missing)
        self._steps = frozenset(one.step for one in told if one.step)
        self._cited = frozenset(
            (one.brand, cited["mention_id"]) for one in told for _, cited in one.cited()
        )
        self._events: dict[str, CrisisEvent] = {}
        self._by_step: dict[tuple[str, int], CrisisEvent] = {}
        self._mentions: defaultdict[tuple[str, str], list[ScoredMention]] = defaultdict(list)

    @property
    def is_complete(self) -> bool:
        """Whether every told event was made: what comes later in the log changes none of them."""
        return not self._missing

    def take(self, partition: int, offset: int, record: Any) -> None:
        """Fold one record of the log."""
        if isinstance(record, ScoredMention) and record.brand in self._brands:
            self.partitions[record.brand] = partition
            key = record.brand, record.mention_id
            if key in self._cited:
                self._mentions[key].append(record)
        if partition not in self._folds:
            self._folds[partition] = PartitionFold(self._rules)
        for output in self._folds[partition].apply(offset, record):
            if isinstance(output, CrisisEvent):
                self._keep(output)

    def event(self, told: Told) -> CrisisEvent | None:
        """Return what the log gives for a told event: the one of its id, else of its number in its
        crisis.
        """
        found = self._events.get(told.id)
        return found or (self._by_step.get(told.step) if told.step else None)

    def mentions(self, brand: str, mention_id: str) -> Sequence[ScoredMention]:
        """Return the log's records of a cited mention, in order."""
        return self._mentions.get((brand, mention_id), ())

    def cited(self) -> list[ScoredMention]:
        """Return every record of a cited mention."""
        return [record for records in self._mentions.values() for record in records]

    def _keep(self, event: CrisisEvent) -> None:
        if event.id in self._ids:
            self._events[event.id] = event
            self._missing.discard(event.id)
        if (event.crisis_id, event.seq) in self._steps:
            self._by_step[event.crisis_id, event.seq] = event


def _cited(node: Any, path: str) -> Iterator[tuple[str, Document]]:
    if isinstance(node, dict):
        if isinstance(node.get("mention_id"), str):
            yield path, node
        for name, value in node.items():
            yield from _cited(value, f"{path}.{name}")
    elif isinstance(node, list):
        for place, value in enumerate(node):
            yield from _cited(value, f"{path}[{place}]")
