"""One record a brand and period, of the windows counted and the events told."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from app.core.cause import Shift
from app.core.crisis import EventType
from app.core.digest import Counts, Digest, NegativeShare, RecurringCause
from app.core.drivers.shift import difference, wilson
from app.core.event import CrisisEvent
from app.core.lifecycle import short_hash
from app.core.mention import Label
from app.report.digest.behind import behind_of
from app.report.digest.counted import Counting, Known
from app.report.digest.notes import notes_of
from app.report.digest.periods import Period
from app.report.digest.recurring import recurring_of
from app.report.digest.score import score_of
from app.report.digest.told import Cause, Events, burning_of, standing, told_of, within
from app.report.postmortem.times import is_cut


class Made(NamedTuple):
    """The records of some periods. ``by_now``: what each crisis of these brands is about by the
    last event that is there, also after the periods; None: nothing, or people call it false. One
    whose first steps have expired is not among them: it may have been worse then.
    """

    digests: tuple[Digest, ...]
    causes: tuple[RecurringCause, ...]
    by_now: Mapping[str, Cause | None]


def made_of(
    counting: Sequence[Counting], events: Events, brands: Sequence[str], known_from_ms: int | None
) -> Made:
    """Return what is told of these brands, a record each and period, and what came again by the end
    of the last; nothing but the arguments goes in.

    ``known_from_ms``: events before have expired; None: none has.
    """
    end_ms = counting[-1].period.end_ms
    last = {brand: standing(events.until(brand, end_ms)) for brand in brands}
    causes = [recurring_of(brand, last[brand], end_ms, known_from_ms) for brand in brands]
    return Made(
        digests=tuple(digest_of(brand, one, events) for one in counting for brand in brands),
        causes=tuple(cause for found in causes for cause in found),
        by_now={
            one.crisis.id: one.cause
            for brand in brands
            for one in standing(events.until(brand))
            if one.is_false or not is_cut(one.crisis)
        },
    )


def digest_of(brand: str, counting: Counting, told_by: Events) -> Digest:
    """Return one brand's record, by the events up to the period's end."""
    period, known = counting.period, counting.known(brand)
    events = told_by.until(brand, period.end_ms)
    crises = standing(events)
    is_known = known.from_ms is not None and known.to_ms is not None
    from_ms, to_ms = known.from_ms or period.start_ms, known.to_ms or period.end_ms
    burning, told = burning_of(crises, from_ms, to_ms), told_of(crises, period)
    counts = counting.counts(brand) if is_known else None
    before = counting.counts_before(brand) if known.is_before_whole else None
    corrected, corrected_negatives = _corrected(brand, counting, events)
    voice = _Voice(counting)
    ids = {one.crisis_id for one in told}
    worst = (one.worst for one in crises if one.crisis.id in ids and not one.is_false)
    return Digest(
        id=short_hash("digest", brand, period.kind, period.zone, period.start_ms),
        brand=brand,
        period=period.kind,
        name=period.name,
        zone=period.zone,
        start_ms=period.start_ms,
        end_ms=period.end_ms,
        is_whole=_is_whole(known, period),
        opened=sum(within(one.opened_ms, period) for one in told),
        resolved=sum(within(one.resolved_ms, period) for one in told),
        false_alarms=sum(one.is_false for one in crises if one.crisis.id in ids),
        crises=told,
        burning=burning,
        known_from_ms=known.from_ms,
        known_to_ms=known.to_ms,
        counts=counts,
        before=before,
        negative_share=_share(counts),
        change=_change(counts, before),
        net_sentiment=_net(counts),
        corrected=corrected,
        corrected_negatives=corrected_negatives,
        worst_hour=counting.worst_hour(brand),
        behind=behind_of(one.drivers for one in worst if one is not None and one.drivers),
        opportunities=_opportunities(events, counting),
        share_of_voice=voice.share(counts),
        voice_distinct=voice.distinct,
        is_voice_whole=voice.is_whole,
        score=None if counts is None else score_of(counts, burning, to_ms - from_ms),
        notes=notes_of(
            period,
            known,
            corrected,
            told,
            is_voice_whole=voice.is_whole,
            unreadable_events=told_by.unreadable,
        ),
    )


class _Voice:
    """The distinct mentions of all brands; None where no window of the period is known."""

    def __init__(self, counting: Counting) -> None:
        known, period = counting.known(), counting.period
        self.is_whole = _is_whole(known, period)
        self.distinct = counting.all_distinct() or None

    def share(self, counts: Counts | None) -> float | None:
        if counts is None or self.distinct is None:
            return None
        return round(counts.distinct / self.distinct, 6)


def _is_whole(known: Known, period: Period) -> bool:
    is_wide = (known.from_ms, known.to_ms) == (period.start_ms, period.end_ms)
    return is_wide and not known.unreadable


def _share(counts: Counts | None) -> NegativeShare | None:
    if counts is None or counts.scored <= 0:
        return None
    value = min(1.0, counts.negatives / counts.scored)
    low, high = wilson(value, counts.scored)
    return NegativeShare(value=round(value, 4), low=round(low, 4), high=round(high, 4))


def _change(counts: Counts | None, before: Counts | None) -> Shift | None:
    if counts is None or before is None:
        return None
    return difference((counts.negatives, counts.scored), (before.negatives, before.scored))


def _net(counts: Counts | None) -> float | None:
    if counts is None or counts.scored <= 0:
        return None
    return round((counts.positives - counts.negatives) / counts.scored, 4)


def _corrected(brand: str, counting: Counting, events: Sequence[CrisisEvent]) -> tuple[int, int]:
    """Return how many counted mentions people labelled anew, and what it adds to the negatives."""
    moved = [
        one.correction
        for one in events
        if one.correction is not None
        and one.correction.start_ms is not None
        and counting.has(brand, one.correction.start_ms)
    ]
    negatives = sum((one.label is Label.NEGATIVE) - (one.before is Label.NEGATIVE) for one in moved)
    return len({(one.mention_id, one.start_ms) for one in moved}), negatives


def _opportunities(events: Sequence[CrisisEvent], counting: Counting) -> tuple[str, ...]:
    told = (one for one in events if one.type is EventType.OPPORTUNITY)
    return tuple(one.crisis_id for one in told if within(one.time_ms, counting.period))
