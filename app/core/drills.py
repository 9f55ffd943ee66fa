"""Drills: an invented crisis goes through the fold, and what is real does not notice.

The first mention of a drill makes a copy of what its brand has learnt. The drill's mentions and the
brand's real ones are folded into that copy; the brand itself, the partition's time and all that is
counted get the real ones alone. What the copy gives out is flagged here, in one place, and its ids
are of the drill (``BrandState.key``). Of it only crises are told: its windows, late mentions and
labels would count what is real twice.

A drill's mentions are said now, and the partition may take an earlier time for now: where sources
lag behind, or last year is replayed. A real crisis would move the time on, a drill must not; so its
mentions are dated back by as much as the first of them was ahead, and it is found as soon as a real
one would be.

A drill ends by a command, by the time that its mentions carry, when the brand has a real crisis, or
when the copy would be too large to store. Its key is remembered until that time is over.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from copy import deepcopy
from typing import Final

import msgspec

from app.core.brand import Brand
from app.core.corrections import ACTION as CORRECT
from app.core.crisis import EventType, State
from app.core.erasure import ACTION as ERASE
from app.core.event import CrisisEvent, CrisisGone, CrisisState, Late, Output, Rehearsed, Summary
from app.core.lifecycle import Grounds, answer, outside_episode, step
from app.core.orders import KINDS, obey
from app.core.record import Command, ScoredMention
from app.core.rules import DAY_MS, HOUR_MS, STEP_MS, Rules
from app.core.state import BrandState, Drill
from app.core.summary import MAX_CHARS
from app.core.watermark import PartitionClock

END: Final = "end-drill"
NO_DRILL: Final = "none"  # in the answer to an order that names none and finds none
LONGEST_MS: Final = DAY_MS
STORED_MAX: Final = 256 * 1024  # what a record of a brand's state may have
UNDER_WAY: Final = frozenset({State.OPEN, State.ACKNOWLEDGED, State.RECOVERING})
MEMORY_MS: Final = 6 * HOUR_MS  # the longest window, which still holds a crisis that is over
_FOLLOWED: Final = frozenset({"silence", "unsilence", ERASE, CORRECT})
_ENDINGS: Final = (EventType.DISMISSED, EventType.RESOLVED, EventType.CLOSED)
_REAL_CRISIS: Final = "the brand has a real crisis"
_TOO_LARGE: Final = "it became too large to store: lower the intensity or detector.pending_kib"


class Drills:
    """The drills of one log partition, by the keys of their records."""

    def __init__(
        self, rules: Rules, clock: PartitionClock, states: Iterable[BrandState] = ()
    ) -> None:
        self.rules, self._clock = rules, clock
        self.copies = {state.key: Brand(state, rules) for state in states}
        self._changed: set[str] = set()
        self._gone: set[str] = set()
        self._live = {
            copy.state.brand: copy for copy in self.copies.values() if not _of(copy).is_over
        }

    def copy_of(self, brand: str) -> Brand | None:
        """Return the copy that a brand's drill under way is folded into."""
        return self._live.get(brand)

    def take(
        self, real: Brand | None, offset: int, mention: ScoredMention, floor: int
    ) -> list[Output]:
        """Fold a drill's mention into its copy; ``real`` is what the copy is made of, None where
        the brand is unknown.
        """
        outputs: list[Output] = []
        outcome = self._refusal(real, mention, floor)
        if outcome is None and real is not None:
            copy = self._live.get(mention.brand)
            if copy is None:
                copy, outputs = self._start(real.state, mention, floor)
            if not _of(copy).is_over:
                step = copy.state.rings.next_step
                outcome, found = _fold(copy, offset, mention, floor)
                outputs += self._taken(copy, found, step, floor)
        rehearsed = Rehearsed(
            brand=mention.brand, drill_id=mention.drill, outcome=outcome or "over"
        )
        return [*outputs, rehearsed]

    def follow(
        self, real: Brand, offset: int, record: ScoredMention | Command, floor: int
    ) -> list[Output]:
        """Fold a brand's real record into the copy, if a drill of it is under way."""
        copy = self._live.get(real.state.brand)
        if copy is None:
            return []
        if _is_under_way(real.state):
            return self._end(copy, floor, _REAL_CRISIS)
        step = copy.state.rings.next_step
        if isinstance(record, ScoredMention):
            found = copy.take(offset, record, floor)
        elif record.action in _FOLLOWED:
            found = obey(copy, offset, record, floor)
        else:
            return []
        return self._taken(copy, found, step, floor)

    def _taken(self, copy: Brand, found: list[Output], step: int, floor: int) -> list[Output]:
        """Return what a copy tells of what it took; it is measured anew if that was judged."""
        self._changed.add(copy.state.key)
        outputs = _flagged(copy, found)
        if copy.state.rings.next_step != step and self._is_too_large(copy.state):
            outputs += self._end(copy, floor, _TOO_LARGE)
        return outputs

    def is_meant(self, command: Command) -> bool:
        """Tell whether a command is about a drill: its end, or a step of a crisis of it. What else
        names such a crisis, as an erasure may, is about the brand.
        """
        copy = self._live.get(command.brand)
        if command.action not in KINDS or copy is None:
            return command.action == END
        return any(one.crisis_id == command.crisis_id for one in copy.state.episodes.values())

    def obey(self, offset: int, command: Command, floor: int) -> list[Output]:
        """Carry out a command about a drill, or answer why not; a repeat changes nothing."""
        if self._is_known(command):
            return []
        copy = self._live.get(command.brand)
        if command.action != END and copy is not None:
            self._changed.add(copy.state.key)
            return [_flag(_of(copy), one) for one in obey(copy, offset, command, floor)]
        if copy is None or command.drill not in (None, _of(copy).id):
            return [_refused(command, floor)]
        return self._end(copy, floor, f"by {command.actor}", command)

    def _is_known(self, command: Command) -> bool:
        source = _source(command)
        return any(
            command.origin.offset <= copy.state.sources.get(source, -1)
            for copy in self.copies.values()
            if copy.state.brand == command.brand
        )

    def judge(self, floor: int, brands: Mapping[str, Brand]) -> list[Output]:
        """Judge every copy's steps before ``floor``, and end the drills whose time is over."""
        outputs: list[Output] = []
        for key in sorted(self.copies):
            copy = self.copies[key]
            if not _of(copy).is_over:
                outputs += self._judge(copy, floor, brands.get(copy.state.brand))
            if _of(copy).is_over and _of(copy).until_ms <= floor * STEP_MS:
                del self.copies[key]
                self._changed.discard(key)
                self._gone.add(key)
        return outputs

    def take_changed(self) -> tuple[list[BrandState], list[str]]:
        """Return the copies to write and the keys to erase since the call before."""
        changed = [self.copies[key].state for key in sorted(self._changed)]
        gone = sorted(self._gone)
        self._changed, self._gone = set(), set()
        return changed, gone

    def _refusal(self, real: Brand | None, mention: ScoredMention, floor: int) -> str | None:
        if real is None:
            return "unknown_brand"
        copy = self._live.get(mention.brand)
        if copy is not None:
            return None if _of(copy).id == mention.drill else "other_drill"
        is_known = f"{mention.brand}!{mention.drill}" in self.copies
        if is_known or mention.drill_until_ms <= floor * STEP_MS:
            return "over"
        if mention.drill_until_ms - mention.event_time_ms > LONGEST_MS:
            return "too_long"  # it could not be remembered until then, and would begin anew
        return "in_crisis" if _is_in_crisis(real.state, floor * STEP_MS) else None

    def _start(
        self, real: BrandState, mention: ScoredMention, floor: int
    ) -> tuple[Brand, list[Output]]:
        """Return the copy: it knows what the brand has learnt, and of no crisis. One that is too
        large is over at once.
        """
        state = deepcopy(real)
        state.episodes = {}
        began_ms = mention.event_time_ms
        now_ms = self._now_ms(began_ms)
        state.drill = drill = Drill(
            id=mention.drill,
            began_ms=began_ms,
            until_ms=mention.drill_until_ms,
            ahead_ms=began_ms - now_ms,
        )
        copy = Brand(state, self.rules)
        self.copies[state.key] = self._live[state.brand] = copy
        self._gone.discard(state.key)
        reasons = (f"drill {drill.id}",)
        started = outside_episode(
            state, EventType.DRILL_STARTED, now_ms, identity=drill.id, reasons=reasons
        )
        outputs = [_flag(drill, started)]
        if self._is_too_large(state):
            outputs += self._end(copy, floor, _TOO_LARGE)
        return copy, outputs

    def _now_ms(self, otherwise: int) -> int:
        """Return what time it is here, in event time; ``otherwise`` while no source was heard."""
        held_ms = self._clock.watermark_ms
        return otherwise if held_ms is None else held_ms + self.rules.allowed_lateness_ms

    def _judge(self, copy: Brand, floor: int, real: Brand | None) -> list[Output]:
        state = copy.state
        before = state.rings.next_step
        outputs = _flagged(copy, copy.judge(floor))
        if outputs or copy.state.rings.next_step != before:
            self._changed.add(state.key)
        if real is not None and _is_under_way(real.state):
            return outputs + self._end(copy, floor, _REAL_CRISIS)
        if _of(copy).until_ms - _of(copy).ahead_ms <= floor * STEP_MS:
            return outputs + self._end(copy, floor, "its time is over")
        if self._is_too_large(copy.state):
            return outputs + self._end(copy, floor, _TOO_LARGE)
        return outputs

    def _is_too_large(self, state: BrandState) -> bool:
        """Tell whether the record might not be stored with all that may wait in it: looked at when
        it is made or judged and not when it is stored, so that batches make no difference.
        """
        waiting = self.rules.pending_bytes - state.pending_bytes
        return len(msgspec.msgpack.encode(state)) + waiting > STORED_MAX

    def _end(
        self, copy: Brand, floor: int, why: str, command: Command | None = None
    ) -> list[Output]:
        """Return what ends the copy's crises and the drill; kept are its name and the order."""
        state, drill = copy.state, _of(copy)
        now_ms = max(copy.now_ms, floor * STEP_MS)
        outputs = _crises_ended(state, now_ms)
        reasons = (why, f"{drill.mentions} mentions of it were folded")
        ended = outside_episode(
            state,
            EventType.DRILL_ENDED,
            now_ms,
            identity=drill.id,
            reasons=reasons,
            command=command,
        )
        drill.is_over = True
        del self._live[state.brand]
        rest = BrandState(brand=state.brand, drill=drill)
        if command is not None:
            rest.sources[_source(command)] = command.origin.offset
        self.copies[state.key] = Brand(rest, self.rules)
        self._changed.add(state.key)
        return [_flag(drill, one) for one in (*outputs, ended)]


def _of(copy: Brand) -> Drill:
    drill = copy.state.drill
    if drill is None:
        raise ValueError(f"{copy.state.brand} is no copy of a drill")
    return drill


def _source(command: Command) -> str:
    return f"{command.origin.topic}/{command.origin.partition}"


def _fold(copy: Brand, offset: int, mention: ScoredMention, floor: int) -> tuple[str, list[Output]]:
    before, time_ms = copy.duplicates, mention.event_time_ms - _of(copy).ahead_ms
    dated = msgspec.structs.replace(mention, event_time_ms=time_ms)
    outputs = copy.take(offset, dated, floor)
    if any(isinstance(one, Late) for one in outputs):
        return "late", outputs
    if copy.duplicates > before:
        return "repeated", outputs
    _of(copy).mentions += 1
    return "folded", outputs


def _is_under_way(state: BrandState) -> bool:
    return any(one.state in UNDER_WAY for one in state.episodes.values())


def _is_in_crisis(state: BrandState, now_ms: int) -> bool:
    """Tell whether what a copy finds might be a real crisis, or what is left of one."""
    return any(
        one.state in UNDER_WAY
        or one.is_muted
        or (one.resolved_ms is not None and now_ms - one.resolved_ms < MEMORY_MS)
        for one in state.episodes.values()
    )


def _crises_ended(state: BrandState, now_ms: int) -> list[Output]:
    outputs: list[Output] = []
    for episode in [one for _, one in sorted(state.episodes.items())]:
        is_watch = episode.state is State.WATCH
        for kind in _ENDINGS[:1] if is_watch else _ENDINGS[1:]:
            if kind is EventType.RESOLVED and episode.state is State.RESOLVED:
                continue
            grounds = Grounds(("the drill has ended",))
            outputs.append(step(state, episode, kind, now_ms, grounds))
        outputs.append(CrisisGone(crisis_id=episode.crisis_id, brand=state.brand))
    return outputs


def _refused(command: Command, floor: int) -> Output:
    state, named = BrandState(brand=command.brand), f" {command.drill}" if command.drill else ""
    state.drill = Drill(id=command.drill or NO_DRILL, began_ms=0, until_ms=0)
    reasons = (f"{command.brand} has no drill{named} under way",)
    event = answer(state, EventType.REFUSED, command, floor * STEP_MS, reasons)
    flagged = _flag(state.drill, event)
    return msgspec.structs.replace(flagged, drill_began_ms=None, drill_until_ms=None)


def _flagged(copy: Brand, outputs: Iterable[Output]) -> list[Output]:
    """Return what is told of a copy, flagged: its crises, and how they stand."""
    drill = _of(copy)
    return [
        _flag(drill, one)
        for one in outputs
        if isinstance(one, CrisisState | CrisisGone)
        or (isinstance(one, CrisisEvent) and one.crisis_id)
    ]


def _flag(drill: Drill, output: Output) -> Output:
    if isinstance(output, CrisisGone):
        return msgspec.structs.replace(output, drill=True)
    if not isinstance(output, CrisisEvent | CrisisState):
        return output
    return msgspec.structs.replace(
        output,
        drill=True,
        drill_id=drill.id,
        drill_began_ms=drill.began_ms,
        drill_until_ms=drill.until_ms,
        summary=_rehearsed(output.summary),
    )


def _rehearsed(summary: Summary | None) -> Summary | None:
    if summary is None:
        return None
    english, polish = f"DRILL, nothing is real: {summary.en}", f"ĆWICZENIA: {summary.pl}"
    return Summary(en=english[:MAX_CHARS], pl=polish[:MAX_CHARS])
