"""Which kinds of source a brand is heard from, and which of them have gone silent.

A source is regular once it was heard of for a week, at least fifty times and eight times a day. Its
usual gap is the longest it has shown lately: a weekend counts, chance seldom goes beyond. One that
says nothing for three times that is silent: that its mentions are missing says nothing about the
brand. After a week of silence it is expected no longer.

Long before that a source may be quiet: nothing came for three of its mean gaps. Quiet is no news,
but a crisis that it carried is not called over for want of its mentions.
"""

from __future__ import annotations

from collections.abc import Mapping

from app.core.crisis import EventType
from app.core.event import CrisisEvent, SourceGap
from app.core.lifecycle import outside_episode
from app.core.mention import SourceKind
from app.core.rules import DAY_MS, STEP_MS
from app.core.state import BrandState, Episode, Source
from app.core.window import BLOCK_STEPS, FINE

KINDS = frozenset(kind.value for kind in SourceKind)
DAY_STEPS = DAY_MS // STEP_MS
LEARNT_STEPS = 7 * DAY_STEPS  # a weekend is in it
LEARNT_MENTIONS = 50
RAREST_GAP = DAY_STEPS / 8  # steps between two mentions in the mean, at most
SILENT_GAPS = 3  # longest gaps
GONE_STEPS = 7 * DAY_STEPS
QUIET_GAPS = 3.0  # mean gaps
LEAST_GAP = float(BLOCK_STEPS)  # a loud source is not silent within a quarter of an hour ...
LEAST_QUIET = FINE  # ... nor quiet
LONGEST_DECAY = 0.5 ** (1 / (14 * DAY_STEPS))
MEAN_DECAY = 0.5 ** (1 / (7 * DAY_STEPS))
GOOD_PART = 0.2  # of a crisis's mentions: it is not over while the source is quiet
LEARNT_PART = 0.05  # of the usual mentions: without them a block says nothing of what is usual


def hear(
    state: BrandState, step: int, kinds: Mapping[str, int], *, is_usual: bool
) -> list[CrisisEvent]:
    """Note the mentions of a judged step by kind of source; return who is back.

    ``is_usual``: the step teaches how often a source is heard.
    """
    events = []
    for kind in sorted(kinds):
        if kind not in KINDS:
            continue
        source = state.heard.get(kind)
        if source is None:
            state.heard[kind] = Source(first_step=step, last_step=step)
            continue
        if source.silent_since:
            minutes = (step - source.last_step) * STEP_MS // 60_000
            reason = f"{kind} is heard again after {minutes} minutes"
            events.append(_event(state, EventType.SOURCE_BACK, kind, reason))
            source.silent_since = 0
        _learn(source, step, kinds[kind], is_usual=is_usual)
        due = _due(source)
        if due and not 0 < state.source_due < due:  # at most too early: ``miss`` looks again
            state.source_due = due
    return events


def _learn(source: Source, step: int, mentions: int, *, is_usual: bool) -> None:
    gap = step - source.last_step
    # A silence teaches too, or a source that became rarer would be silent for ever.
    taught = min(gap, SILENT_GAPS * source.longest) if is_regular(source) else gap
    source.longest = max(source.longest * LONGEST_DECAY**gap, taught, LEAST_GAP)
    source.last_step = step
    source.mentions += mentions
    if is_usual:
        kept = MEAN_DECAY**gap
        source.count = source.count * kept + mentions
        source.span = source.span * kept + gap


def is_regular(source: Source) -> bool:
    """Tell whether enough is known of a source to miss it."""
    return (
        source.last_step - source.first_step >= LEARNT_STEPS
        and source.mentions >= LEARNT_MENTIONS
        and source.span <= RAREST_GAP * source.count
    )


def _due(source: Source) -> int:
    """Return the border of five minutes at which a source will be silent, or gone; 0 if never."""
    if source.silent_since:
        return source.silent_since + GONE_STEPS
    if not is_regular(source):
        return 0
    return (source.last_step + int(SILENT_GAPS * source.longest)) // BLOCK_STEPS * BLOCK_STEPS


def _next_due(state: BrandState) -> int:
    return min((due for one in state.heard.values() if (due := _due(one))), default=0)


def miss(state: BrandState) -> list[CrisisEvent]:
    """Return which sources have gone silent, or are expected no longer, by the newest step."""
    now = state.rings.next_step
    if not 0 < state.source_due <= now:
        return []
    events = []
    for kind, source in sorted(state.heard.items()):
        if not 0 < _due(source) <= now:
            continue
        if source.silent_since:
            reason = f"{kind} said nothing for a week more: it is expected no longer"
            events.append(_event(state, EventType.SOURCE_GONE, kind, reason))
            del state.heard[kind]
            continue
        source.silent_since = now
        usual = int(source.longest) * STEP_MS // 60_000
        reason = f"nothing from {kind} for {SILENT_GAPS} times its longest usual gap, {usual} min"
        events.append(_event(state, EventType.SOURCE_SILENT, kind, reason))
    state.source_due = _next_due(state)
    return events


def silent(state: BrandState) -> tuple[str, ...]:
    """Return the kinds of source that are silent, sorted."""
    if not state.source_due:  # what is silent is due to be gone
        return ()
    return tuple(sorted(kind for kind, one in state.heard.items() if one.silent_since))


def is_incomplete(state: BrandState) -> bool:
    """Tell whether so much is missing that a block says nothing of what is usual."""
    missing = silent(state)
    if not missing:
        return False
    rates = {kind: one.count / one.span for kind, one in state.heard.items() if one.span > 0}
    absent = sum(rates.get(kind, 0.0) for kind in missing)
    return absent >= LEARNT_PART * sum(rates.values())


def carry(episode: Episode, kinds: Mapping[str, int]) -> None:
    """Count by source what comes while a crisis is under way and out of its band."""
    if episode.in_band_since_ms is None:
        for kind, mentions in kinds.items():
            if kind in KINDS:
                episode.carried[kind] = episode.carried.get(kind, 0) + mentions


def missed(state: BrandState, episode: Episode) -> tuple[str, ...]:
    """Return the sources without which this crisis is not called calmer: they brought a good part
    of its mentions, and are quiet now.
    """
    total = sum(episode.carried.values())
    return tuple(
        kind
        for kind, mentions in sorted(episode.carried.items())
        if mentions >= GOOD_PART * total and _is_quiet(state, kind)
    )


def _is_quiet(state: BrandState, kind: str) -> bool:
    source = state.heard.get(kind)
    if source is None or not is_regular(source):
        return False
    age = state.rings.next_step - 1 - source.last_step
    limit = max(QUIET_GAPS * source.span, LEAST_QUIET * source.count)
    return bool(source.silent_since) or age * source.count >= limit


def _event(state: BrandState, kind: EventType, source: str, reason: str) -> CrisisEvent:
    known, now_ms = state.heard[source], state.rings.next_step * STEP_MS
    identity = f"{source}/{now_ms}"
    gap = SourceGap(
        kind=source,
        last_ms=(known.last_step + 1) * STEP_MS,
        usual_gap_s=int(known.longest) * STEP_MS // 1000,
    )
    return outside_episode(state, kind, now_ms, identity=identity, reasons=(reason,), about=gap)
