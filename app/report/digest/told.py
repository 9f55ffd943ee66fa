"""The crises of all brands, kept small, and as they stood at the end of a period."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterable, Sequence
from itertools import pairwise
from typing import Final, NamedTuple

import msgspec

from app.core.crisis import EventType, Judged, Severity
from app.core.digest import Burning, CrisisTold
from app.core.event import CrisisEvent, Evidence
from app.core.routed import TOLD, product_of
from app.core.severity import RANK
from app.report.digest.periods import Period
from app.report.postmortem.times import Times, times_of
from app.report.spans import Crisis, crises, spans
from app.report.worst import worst_of

_JUDGED: Final = {
    EventType.CONFIRMED: Judged.CONFIRMED,
    EventType.FALSE_POSITIVE: Judged.FALSE_POSITIVE,
}


class Cause(NamedTuple):
    """What a crisis was about; ``product``: "" where none has more than half of the negatives."""

    theme: str
    product: str


class Standing(NamedTuple):
    """A crisis by its events up to a time, and its times as they were known then."""

    crisis: Crisis
    times: Times

    @property
    def is_false(self) -> bool:
        """Whether a person's last word is that it never was one."""
        judged = self.crisis.judged
        return judged is not None and judged.type is EventType.FALSE_POSITIVE

    @property
    def worst(self) -> Evidence | None:
        """What was counted where it was worst."""
        found = worst_of(self.crisis.events)
        return None if found is None else found.evidence

    @property
    def product(self) -> str:
        drivers = None if self.worst is None else self.worst.drivers
        return "" if drivers is None else product_of(drivers)

    @property
    def cause(self) -> Cause | None:
        """What could come again; None without a theme, and for what people called false."""
        theme = self.crisis.events[-1].theme
        return Cause(theme, self.product) if theme and not self.is_false else None


class Events:
    """Takes all events, in any order and repeated or not; ``leave_out``: brands that are none."""

    def __init__(self, leave_out: frozenset[str] = frozenset()) -> None:
        self._leave_out = leave_out
        self._kept: dict[str, dict[str, CrisisEvent]] = defaultdict(dict)
        self.first_ms: int | None = None
        self.unreadable = 0

    def read(self, event: CrisisEvent) -> None:
        """Take one more event; one of a drill tells of nothing that was."""
        if event.drill:
            return
        first_ms = self.first_ms
        self.first_ms = event.time_ms if first_ms is None else min(first_ms, event.time_ms)
        if event.brand not in self._leave_out and (event.crisis_id or event.correction):
            self._kept[event.brand].setdefault(event.id, _small(event))

    @property
    def brands(self) -> frozenset[str]:
        """All that any event tells of."""
        return frozenset(self._kept)

    def brands_in(self, period: Period) -> frozenset[str]:
        """Return those that an event of the period tells of."""
        kept = self._kept.items()
        return frozenset(
            brand for brand, own in kept if any(within(one.time_ms, period) for one in own.values())
        )

    def until(self, brand: str, end_ms: float = math.inf) -> list[CrisisEvent]:
        """Return what was told of a brand by ``end_ms``, in order of time."""
        kept = self._kept[brand].values() if brand in self._kept else ()
        return sorted(
            (one for one in kept if one.time_ms <= end_ms), key=lambda one: (one.time_ms, one.id)
        )


def standing(events: Iterable[CrisisEvent]) -> list[Standing]:
    """Return the crises of these events, in order of their beginning."""
    return [Standing(one, times_of(one)) for one in crises(events)]


def told_of(found: Sequence[Standing], period: Period) -> tuple[CrisisTold, ...]:
    """Return those that opened, burned or ended in the period, in order of their opening."""
    told = [_told(one) for one in found if _is_of(one, period)]
    return tuple(sorted(told, key=lambda one: (one.opened_ms or 0, one.crisis_id)))


def burning_of(found: Sequence[Standing], from_ms: int, to_ms: int) -> Burning:
    """Return how long the brand's crises burned between these times, by the worst at each time;
    without what people called false.
    """
    spent = dict.fromkeys(Severity, 0)
    stretches = [
        (max(one.start_ms, from_ms), min(one.end_ms, to_ms), one.severity)
        for real in found
        if not real.is_false
        for one in spans(real.crisis.events, to_ms)
        if one.state in TOLD and one.start_ms < to_ms and one.end_ms > from_ms
    ]
    edges = sorted({edge for start, end, _ in stretches for edge in (start, end)})
    for start_ms, end_ms in pairwise(edges):
        there = [one for first, last, one in stretches if first <= start_ms and last >= end_ms]
        if there:
            spent[max(there, key=RANK.__getitem__)] += end_ms - start_ms
    return Burning(
        warning_ms=spent[Severity.WARNING],
        error_ms=spent[Severity.ERROR],
        critical_ms=spent[Severity.CRITICAL],
    )


def within(time_ms: int | None, period: Period) -> bool:
    """Tell whether a step was judged in the period: a step's time is its end."""
    return time_ms is not None and period.start_ms < time_ms <= period.end_ms


def _is_of(one: Standing, period: Period) -> bool:
    times = one.times
    if times.opened_ms is not None and (
        within(times.opened_ms, period) or within(times.end_ms, period)
    ):
        return True
    return any(
        span.state in TOLD and span.start_ms < period.end_ms and span.end_ms > period.start_ms
        for span in spans(one.crisis.events, period.end_ms)
    )


def _told(one: Standing) -> CrisisTold:
    crisis, times = one.crisis, one.times
    last = crisis.events[-1]
    return CrisisTold(
        crisis_id=crisis.id,
        state=last.state,
        severity=crisis.worst,
        theme=last.theme,
        product=one.product,
        scenario="" if last.scenario is None else last.scenario.id,
        opened_ms=times.opened_ms,
        resolved_ms=times.end_ms,
        acknowledge_ms=times.acknowledge.took_ms,
        resolve_ms=times.resolve.took_ms,
        relapses=times.relapses,
        verdict=None if crisis.judged is None else _JUDGED[crisis.judged.type],
    )


def _small(event: CrisisEvent) -> CrisisEvent:
    """Return an event without what no digest tells: a year of them is held at once."""
    evidence = event.evidence
    if evidence is not None:
        negatives = [one for one in evidence.readings if one.channel == "negatives"]
        evidence = msgspec.structs.replace(
            evidence,
            top_mentions=(),
            triggers=(),
            readings=tuple(sorted(negatives, key=lambda one: one.sigma)[-1:]),
            drivers=evidence.drivers
            and msgspec.structs.replace(
                evidence.drivers, first=(), spread=(), supporters=(), counterfactuals=()
            ),
        )
    return msgspec.structs.replace(event, evidence=evidence, summary=None, note=None, reasons=())
