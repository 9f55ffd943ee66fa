"""The log replayed up to one step of one brand, to see what was decided there and why."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from contextlib import aclosing
from typing import NamedTuple

from app.config import Settings
from app.core.brand import Brand
from app.core.detector.spike import Verdict
from app.core.event import CrisisEvent
from app.core.partition import PartitionFold
from app.core.record import LogRecord, ScoredMention
from app.core.rules import STEP_MS, Rules
from app.core.why import Look, begins_crisis, look
from app.errors import InputError
from app.report.explanation import NOT_JUDGED, NOTHING, Explanation
from app.stream.past import open_past
from app.stream.records import Placed
from app.wire import rfc3339

PARTIAL = "the log no longer goes back to its beginning: another decision may have been taken"


class Asked(NamedTuple):
    """A brand, and the end of the step that ends at or after the time asked for."""

    brand: str
    end_ms: int

    @classmethod
    def at(cls, brand: str, at_ms: int) -> Asked:
        return cls(brand, -(-at_ms // STEP_MS) * STEP_MS)


class Explainer:
    """Folds the log until every step asked for is judged."""

    def __init__(self, rules: Rules, asked: Sequence[Asked]) -> None:
        self._rules, self._asked = rules, frozenset(asked)
        self._brands = frozenset(one.brand for one in asked)
        self._folds: dict[int, PartitionFold] = {}
        self._partitions: dict[str, int] = {}
        self._first_ms: dict[str, int] = {}
        self._looks: dict[Asked, Look] = {}
        self._events: defaultdict[Asked, list[CrisisEvent]] = defaultdict(list)

    @property
    def is_done(self) -> bool:
        """Whether every step asked for is behind the watermark of its brand's partition."""
        return all(self._is_judged(one) for one in self._asked)

    def take(self, partition: int, offset: int, record: LogRecord) -> None:
        """Fold one record of the log."""
        if partition not in self._folds:
            self._folds[partition] = PartitionFold(self._rules)
        fold = self._folds[partition]
        if isinstance(record, ScoredMention) and record.brand in self._brands:
            first_ms = self._first_ms.get(record.brand, record.event_time_ms)
            self._first_ms[record.brand] = min(first_ms, record.event_time_ms)
            self._partitions[record.brand] = partition
        for name in self._brands:
            if (brand := fold.brands.get(name)) is not None:
                brand.observer = self._see
        for output in fold.apply(offset, record):
            if isinstance(output, CrisisEvent) and self._is_theirs(output):
                self._events[Asked.at(output.brand, output.time_ms)].append(output)

    def _is_theirs(self, event: CrisisEvent) -> bool:
        return event.brand in self._brands and not event.drill

    def answer(self, asked: Asked, notes: tuple[str, ...] = ()) -> Explanation:
        """Return the explanation; raises InputError for a brand or time that the log lacks."""
        self._check(asked)
        found, events = self._looks.get(asked), self._events.get(asked, [])
        begun = [event.type.value for event in events if begins_crisis(event)]
        return Explanation(
            brand=asked.brand,
            start_ms=asked.end_ms - STEP_MS,
            end_ms=asked.end_ms,
            verdict=begun[0] if begun else NOTHING,
            held_by=NOT_JUDGED if found is None else found.held_by,
            events=tuple(event.type.value for event in events),
            look=found,
            notes=notes,
        )

    def partition_of(self, brand: str) -> int | None:
        """Return where the brand's records are, None when there was none."""
        return self._partitions.get(brand)

    def _see(self, brand: Brand, verdicts: Mapping[str, Verdict]) -> None:
        asked = Asked(brand.state.brand, brand.now_ms)
        if asked in self._asked:
            self._looks[asked] = look(brand, verdicts)

    def _judged_ms(self, brand: str) -> int | None:
        partition = self._partitions.get(brand)
        return None if partition is None else self._folds[partition].watermark_ms

    def _is_judged(self, asked: Asked) -> bool:
        judged_ms = self._judged_ms(asked.brand)
        return judged_ms is not None and judged_ms >= asked.end_ms

    def _check(self, asked: Asked) -> None:
        first_ms, judged_ms = self._first_ms.get(asked.brand), self._judged_ms(asked.brand)
        if first_ms is None:
            raise InputError(
                f"the log has no mention of {asked.brand}: give a brand as the events have it"
            )
        if asked.end_ms <= first_ms:
            first = rfc3339.format_ms(first_ms)
            raise InputError(f"{asked.brand} is first seen at {first}: give a later time")
        if not self._is_judged(asked):
            last = "nothing" if judged_ms is None else rfc3339.format_ms(judged_ms)
            raise InputError(f"{asked.brand} is judged up to {last}: give an earlier time")


async def explain_kafka(settings: Settings, asked: Asked) -> Explanation:
    """Return the explanation by the log that Kafka still holds."""
    explainer = Explainer(settings.rules(), [asked])
    async with open_past(settings) as past:
        async with aclosing(past.placed(first=past.partition_of(asked.brand))) as records:
            async for one in records:
                explainer.take(*one)
                if explainer.is_done:
                    break
        is_partial = explainer.partition_of(asked.brand) in past.missing
    return explainer.answer(asked, (PARTIAL,) if is_partial else ())


def explain_records(settings: Settings, asked: Asked, records: Iterable[Placed]) -> Explanation:
    """Return the explanation by a log that lies in files."""
    explainer, firsts = Explainer(settings.rules(), [asked]), dict[int, int]()
    for one in records:
        firsts.setdefault(one.partition, one.offset)
        explainer.take(*one)
        if explainer.is_done:
            break
    partition = explainer.partition_of(asked.brand)
    is_partial = partition is not None and firsts[partition] > 0
    return explainer.answer(asked, (PARTIAL,) if is_partial else ())
