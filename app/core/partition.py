"""One partition of the log, folded: what the stream shell drives and every replay shares.

    fold = PartitionFold(rules)                  # empty, or PartitionFold.restore(...)
    outputs = fold.apply(offset, record)         # the same records give the same outputs
    clock, changed, evicted = fold.take_changed()

Nothing here depends on how records are cut into batches, so any batch size gives the same bytes.
"""

from __future__ import annotations

from collections.abc import Iterable
from heapq import heappop, heappush

from app.core.brand import Brand
from app.core.classed import completed
from app.core.drills import Drills
from app.core.event import Output
from app.core.orders import obey
from app.core.record import Command, Heartbeat, LogRecord, ScoredMention
from app.core.rules import HOUR_MS, STEP_MS, Rules
from app.core.state import BrandState
from app.core.watermark import PartitionClock, see_heartbeat, see_mention


class PartitionFold:
    """The brands of one log partition and its clock."""

    def __init__(self, rules: Rules, clock: PartitionClock | None = None) -> None:
        self.rules = rules
        self.clock = clock or PartitionClock()
        self.brands: dict[str, Brand] = {}
        self.drills = Drills(rules, self.clock)
        self._active: set[str] = set()
        self._changed: set[str] = set()
        self._evicted: set[str] = set()
        # When a brand will miss a source: a step that is never too late, and may be too early.
        self._due: list[tuple[int, str]] = []
        self._due_of: dict[str, int] = {}
        self._floor = self._watermark_step()

    @classmethod
    def restore(
        cls, rules: Rules, clock: PartitionClock | None, states: Iterable[BrandState]
    ) -> PartitionFold:
        """Return the fold as it was when ``clock`` and ``states`` were stored in one
        transaction.
        """
        fold = cls(rules, clock)
        stored = list(states)
        copies = [state for state in stored if state.drill is not None]
        fold.drills = Drills(rules, fold.clock, copies)
        for state in stored:
            if state.drill is not None:
                continue
            brand = fold.brands[state.brand] = Brand(state, rules)
            if brand.is_active:
                fold._active.add(state.brand)
            fold._await(brand)
        return fold

    @property
    def watermark_ms(self) -> int | None:
        """Every mention before this event time was seen; None while a source was not heard of."""
        return self.clock.watermark_ms

    @property
    def duplicates(self) -> int:
        """Repeats skipped since this object was made."""
        return sum(brand.duplicates for brand in self.brands.values())

    def apply(self, offset: int, record: LogRecord) -> list[Output]:
        """Fold the record at ``offset`` and return what it causes, in order; nothing for a
        repeat.
        """
        if offset <= self.clock.applied:
            return []
        self.clock.applied = offset
        if isinstance(record, Heartbeat):
            see_heartbeat(self.clock, record, self.rules)
            return self._completed(self._judge())
        if self._is_drilled(record):
            return self._completed(self._rehearse(offset, record))
        brand = self._brand(record.brand)
        outputs = self._take(brand, offset, record)
        self._note(brand)
        if self.drills.copies:
            outputs += self.drills.follow(brand, offset, record, self._floor)
        return self._completed(outputs + self._judge())

    def _is_drilled(self, record: ScoredMention | Command) -> bool:
        if isinstance(record, Command):
            return self.drills.is_meant(record)
        return record.drill != ""

    def _rehearse(self, offset: int, record: ScoredMention | Command) -> list[Output]:
        """Fold what is of a drill: no brand, no time and no other count is moved by it."""
        if isinstance(record, Command):
            return self.drills.obey(offset, record, self._floor)
        return self.drills.take(self.brands.get(record.brand), offset, record, self._floor)

    def _completed(self, outputs: list[Output]) -> list[Output]:
        return [completed(output, self.rules) for output in outputs]

    def take_changed(self) -> tuple[PartitionClock, list[BrandState], list[str]]:
        """Return the clock, the states to write and the brands to erase since the call before."""
        changed = [self.brands[name].state for name in sorted(self._changed)]
        evicted = sorted(self._evicted)
        self._changed, self._evicted = set(), set()
        copies, gone = self.drills.take_changed()
        return self.clock, changed + copies, evicted + gone

    def _brand(self, name: str) -> Brand:
        brand = self.brands.get(name)
        if brand is None:
            brand = self.brands[name] = Brand(BrandState(brand=name), self.rules)
            self._evicted.discard(name)
        return brand

    def _take(self, brand: Brand, offset: int, record: ScoredMention | Command) -> list[Output]:
        if isinstance(record, Command):
            return obey(brand, offset, record, self._floor)
        outputs = brand.take(offset, record, self._floor)
        see_mention(self.clock, record.origin, record.event_time_ms, self.rules)
        return outputs

    def _note(self, brand: Brand) -> None:
        name = brand.state.brand
        self._changed.add(name)
        (self._active.add if brand.is_active else self._active.discard)(name)
        self._await(brand)

    def _await(self, brand: Brand) -> None:
        """Look again at the brand when it will miss a source, if that is before it would be."""
        name, due = brand.state.brand, brand.state.source_due
        if due and not 0 < self._due_of.get(name, 0) <= due:
            self._due_of[name] = due
            heappush(self._due, (due, name))

    def _missing(self, floor: int) -> set[str]:
        """Return the brands that miss a source before ``floor``: no loop over the others."""
        found = set[str]()
        while self._due and self._due[0][0] <= floor:
            step, name = heappop(self._due)
            brand = self.brands.get(name)
            if self._due_of.get(name) != step or brand is None:
                continue  # an earlier one took its place, or the brand is forgotten
            del self._due_of[name]
            if 0 < brand.state.source_due <= floor:
                found.add(name)
            else:
                self._await(brand)
        return found

    def _watermark_step(self) -> int:
        return (self.clock.watermark_ms or 0) // STEP_MS

    def _judge(self) -> list[Output]:
        floor = self._watermark_step()
        if floor <= self._floor:
            return []
        before, self._floor = self._floor, floor
        outputs: list[Output] = []
        for name in sorted(self._active | self._missing(floor)):
            brand = self.brands[name]
            judged_before = brand.state.rings.next_step
            found = brand.judge(floor)
            outputs += found
            if found or brand.state.rings.next_step != judged_before:  # else only a timer runs
                self._note(brand)
        if floor * STEP_MS // HOUR_MS > before * STEP_MS // HOUR_MS:
            self._evict(floor)
        if self.drills.copies:
            outputs += self.drills.judge(floor, self.brands)
        return outputs

    def _evict(self, floor: int) -> None:
        oldest = floor - self.rules.evict_after_ms // STEP_MS
        for name, brand in list(self.brands.items()):
            if not brand.is_active and brand.state.last_mention_step < oldest:
                del self.brands[name]
                self._changed.discard(name)
                self._evicted.add(name)
