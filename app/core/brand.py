"""One brand's fold: mentions and commands in, windows and crisis events out.

A step is judged once, in order of event time, when the watermark has passed its end. Steps
without a mention are judged only while a crisis is under way; otherwise they are made up for
when the next mention is judged, with the same result, so a quiet brand costs nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from math import sqrt

import msgspec

from app.core.before import CRISIS_WEIGHT, note_peak, settle
from app.core.calendar import announced
from app.core.closed import closed_window
from app.core.coordination import kept_of
from app.core.copies import Texts
from app.core.course import Course
from app.core.crisis import CONCERT, EventType, State
from app.core.detector.spike import LINE, ORDINARY, SpikeDetector, Verdict
from app.core.detector.tail import significant
from app.core.event import Late, Output
from app.core.evidence import Case, build_case, passes_absolute
from app.core.heard import carry, hear, is_incomplete, miss
from app.core.lifecycle import ACTIVE, BURNING, outside_episode
from app.core.memory import remember_step, thin_out
from app.core.pending import (
    count,
    hold,
    mention_number,
    take_out,
    waiting_place,
)
from app.core.praise import listen
from app.core.record import ScoredMention
from app.core.rules import STEP_MS, Rules
from app.core.second import SECOND, alone, second_of, version_of
from app.core.share import learn_share
from app.core.state import BrandState, PendingStep
from app.core.timers import has_timer, run_out
from app.core.triggers.found import Found
from app.core.triggers.judged import given_of, judge_triggers
from app.core.window import (
    BLOCK_STEPS,
    DISTINCT,
    HOUR,
    LONG_STEPS,
    NEGATIVES,
    RAW,
    SCALES_S,
    Counts,
    Rings,
)

CHANNELS = {"mentions": DISTINCT, "negatives": NEGATIVES}
BLOCK_MS = BLOCK_STEPS * STEP_MS
BAND = 2.33  # the expected band's upper end: one step in a hundred lies above

Observer = Callable[["Brand", Mapping[str, Verdict]], None]


class Brand:
    """A brand's state with its detectors. ``duplicates`` counts repeats seen by this object."""

    def __init__(self, state: BrandState, rules: Rules) -> None:
        self.state, self.rules = state, rules
        self.baseline = rules.baseline_id(version_of(rules))
        self._is_first_off = rules.is_first_off
        self.duplicates = 0
        self.observer: Observer | None = None
        self._detectors: dict[str, SpikeDetector] = {}
        self._bands: tuple[float, float, float] | None = None
        self._found: tuple[Found, ...] = ()  # what the triggers came to at the newest step
        self._attach()

    def _attach(self) -> None:
        first, budget = self.state.rings.next_step, self.rules.budget_each
        for channel in CHANNELS:
            found = self.state.channels.get(channel)
            detector = SpikeDetector(first, budget, found)
            self.state.channels[channel] = detector.state
            self._detectors[channel] = detector
        self._second = second_of(self.state, self.rules, first)
        self._bands = None
        self._texts = Texts(self.state.texts)

    @property
    def is_active(self) -> bool:
        """Tell whether time alone can change the brand: something waits, a crisis is under way, or
        something runs out.
        """
        return bool(self.state.pending) or self._is_watched or has_timer(self.state)

    @property
    def now_ms(self) -> int:
        """The end of the last judged step, in event time."""
        return self.state.rings.next_step * STEP_MS

    @property
    def _is_watched(self) -> bool:
        episodes = self.state.episodes  # asked at every step, and mostly empty
        return bool(episodes) and any(one.state in ACTIVE for one in episodes.values())

    @property
    def _is_burning(self) -> bool:
        # A wave that a person has ended is still a wave, and not what is usual; nor is one of bots.
        episodes = self.state.episodes
        return bool(episodes) and any(
            one.state in BURNING
            or (one.is_muted and not one.is_false)
            or (one.state is State.WATCH and one.reasons[:1] == (CONCERT,))
            for one in episodes.values()
        )

    def take(self, offset: int, mention: ScoredMention, floor: int) -> list[Output]:
        """Hold the mention until its step is judged; ``floor`` is the first step not yet
        judged.

        A record that was applied before, by its log offset or by its source offset, changes
        nothing.
        """
        state = self.state
        source = f"{mention.origin.topic}/{mention.origin.partition}"
        if offset <= state.applied or mention.origin.offset <= state.sources.get(source, -1):
            self.duplicates += 1
            return []
        state.applied, state.sources[source] = offset, mention.origin.offset
        floor = max(floor, state.rings.next_step if state.is_started else 0)
        if mention.event_time_ms // STEP_MS < floor:
            state.late += 1
            return [Late(brand=state.brand, lateness_ms=floor * STEP_MS - mention.event_time_ms)]
        number = mention_number(mention.source, mention.mention_id)
        if waiting_place(state, number) is not None:
            self.duplicates += 1
            return []
        hold(state, mention, number)
        return self._judge_overflow()

    def _judge_overflow(self) -> list[Output]:
        if self.state.pending_bytes <= self.rules.pending_bytes:
            return []
        return self.judge(min(self.state.pending) + 1)

    def judge(self, floor: int) -> list[Output]:
        """Judge every step before ``floor`` and return what follows."""
        outputs: list[Output] = []
        for step in sorted(step for step in self.state.pending if step < floor):
            held = take_out(self.state, step)
            self._start_if_needed(step)
            outputs += self._advance(step)
            outputs += self._judge_step(held)
        if self._is_watched:
            outputs += self._advance(floor)
        elif 0 < self.state.source_due <= floor:
            outputs += self._advance(floor // BLOCK_STEPS * BLOCK_STEPS)
        return outputs + run_out(self.state, self.rules, floor * STEP_MS)

    def catch_up(self, floor: int) -> list[Output]:
        """Bring a quiet brand to the step where its partition is, before a person opens a crisis.

        Otherwise the crisis would begin in the past; one idle for long starts anew here, and not
        in the middle of its crisis.
        """
        if self._is_watched:
            return []
        self._start_if_needed(floor)
        return self._advance(floor)

    def _start_if_needed(self, step: int) -> None:
        idle = (step - self.state.last_mention_step) * STEP_MS
        if not self.state.is_started or idle > self.rules.evict_after_ms:
            self._start_anew(step)
        self.state.last_mention_step = step

    def _start_anew(self, step: int) -> None:
        state = self.state
        fresh = BrandState(brand=state.brand, applied=state.applied, sources=state.sources)
        fresh.pending, fresh.pending_bytes = state.pending, state.pending_bytes
        fresh.waiting_bytes = state.waiting_bytes
        fresh.crises, fresh.episodes, fresh.silence = state.crises, state.episodes, state.silence
        fresh.drill = state.drill
        fresh.rings = Rings.starting_at(step // BLOCK_STEPS * BLOCK_STEPS)
        fresh.last_mention_step = step
        fresh.is_started = True
        self.state = fresh
        self._attach()

    def _advance(self, step: int) -> list[Output]:
        outputs: list[Output] = []
        rings = self.state.rings
        while rings.next_step < step:
            if self._is_watched:
                outputs += self._judge_step(PendingStep())
                continue
            border = (rings.next_step // BLOCK_STEPS + 1) * BLOCK_STEPS
            rings.skip(min(border, step) - rings.next_step)
            outputs += self._learn_at_border()
        return outputs

    def _judge_step(self, held: PendingStep) -> list[Output]:
        state = self.state
        step = state.rings.next_step
        outputs = run_out(state, self.rules, step * STEP_MS)
        total = count(state, step, held, self._texts)
        state.rings.push(total.counts)
        is_usual = not self._is_burning
        outputs += hear(state, step, held.kinds, is_usual=is_usual)
        remember_step(state, step, held, total, is_usual=is_usual)
        given = given_of(state, self.rules, step, is_usual=is_usual)
        self._found = judge_triggers(state, held, total, given, is_watched=self._is_watched)
        verdicts = {channel: self._verdict(channel, total.counts) for channel in CHANNELS}
        verdicts[SECOND] = self._second_verdict(total.counts)
        if self._is_first_off:
            verdicts = alone(verdicts)
        expected = self._bands or self._expect()
        outputs.append(closed_window(state, step, total, verdicts, expected))
        if self.observer is not None:
            self.observer(self, verdicts)
        if not self.is_calm(verdicts):
            course = Course(state, self.rules, self.baseline, self.case(verdicts))
            outputs += course.run(total.counts)
            for episode in state.episodes.values():
                carry(episode, held.kinds)
                listen(episode, total)
        return outputs + self._learn_at_border()

    def is_calm(self, verdicts: Mapping[str, Verdict]) -> bool:
        """Tell whether no crisis is under way and none can begin: most steps."""
        state = self.state
        deciding = (*CHANNELS, SECOND) if self.rules.second_detector == "deciding" else CHANNELS
        if self._is_watched or any(verdicts[name].severity >= LINE for name in deciding):
            return False
        if any(one.is_muted for one in state.episodes.values()):
            return False
        if any(one.held_by is None for one in self._found):
            return False
        hour = state.rings.sums[HOUR]
        return state.is_warm or not passes_absolute(hour, self.rules)

    def case(self, verdicts: Mapping[str, Verdict]) -> Case:
        """Return what the newest step's verdicts say, with every scale's own."""
        scales = {
            channel: detector.scales(self.state.rings.next_step, self._counts(channel))
            for channel, detector in self._detectors.items()
        }
        case = build_case(self.state, self.rules, self.state.rings.windows(), verdicts, scales)
        if self._found:
            case = msgspec.structs.replace(case, found=self._found)
        found = case.coordination
        if not found.is_held:
            return case
        found = found._replace(is_loud=self._is_loud_without(found.bots))
        return msgspec.structs.replace(case, coordination=found)

    def _is_loud_without(self, bots: frozenset[int]) -> bool:
        """Tell whether the negatives but for those of bots would be above the alert line alone."""
        rings, facts = self.state.rings, self.state.facts
        counts = [
            round(counts[NEGATIVES] * kept_of(facts, start * STEP_MS, bots))
            for start, counts in rings.windows()
        ]
        border = (rings.next_step - 1) // BLOCK_STEPS * BLOCK_STEPS
        block = rings.blocks[-1][NEGATIVES] * kept_of(facts, border * STEP_MS, bots)
        verdict = self._detectors["negatives"].judge(rings.next_step, counts, round(block))
        return verdict.severity >= LINE

    def _counts(self, channel: str) -> tuple[int, ...]:
        column = CHANNELS[channel]
        return tuple([counts[column] for counts in self.state.rings.sums])

    def _verdict(self, channel: str, step_counts: Counts) -> Verdict:
        state, column = self.state, CHANNELS[channel]
        if not step_counts[column] and not self._is_watched:
            return ORDINARY  # nothing came that could have raised it
        detector, rings = self._detectors[channel], state.rings
        block = rings.blocks[-1][column]
        verdict = detector.judge(rings.next_step, self._counts(channel), block)
        if verdict.severity > 0 and not self._is_burning:
            note_peak(state)
        detector.note(verdict)
        return verdict

    def _second_verdict(self, step_counts: Counts) -> Verdict:
        rings = self.state.rings
        is_quiet = not step_counts[NEGATIVES] and not self._is_watched
        if is_quiet or self.rules.second_detector == "off":
            return ORDINARY
        block = rings.blocks[-1][NEGATIVES]
        verdict = self._second.judge(rings.next_step, self._counts("negatives"), block)
        self._second.note(verdict)
        return verdict

    def _learn_at_border(self) -> list[Output]:
        state, rings = self.state, self.state.rings
        if rings.next_step % BLOCK_STEPS:
            return []
        outputs: list[Output] = [*miss(state)]
        if not rings.sums[HOUR][RAW]:  # is calm, whatever the windows still hold
            for episode in state.episodes.values():
                episode.is_muted = False
        if state.facts and rings.next_step % LONG_STEPS == 0:
            thin_out(state, self.now_ms - SCALES_S[-1] * 1000)
        weight = settle(state, self._detectors, is_burning=self._is_burning)
        if is_incomplete(state):
            weight = 0.0  # what is missing is not what is usual
        elif announced(self.rules.calendar, state.brand, self.now_ms - BLOCK_MS, self.now_ms):
            weight = min(weight, CRISIS_WEIGHT)
        for channel, detector in self._detectors.items():
            detector.learn(rings.next_step, self._counts(channel), weight)
        if self.rules.second_detector != "off":
            self._second.learn(rings.next_step, self._counts("negatives"), weight)
        self._bands = None
        learn_share(state, rings.blocks[-1], weight)
        state.blocks_with_mentions += rings.blocks[-1][RAW] > 0
        return outputs + self._warm()

    def _warm(self) -> list[Output]:
        state = self.state
        first = self._detectors["mentions"].state.baseline.first_step
        age_ms = (state.rings.next_step - first) * STEP_MS
        enough = state.blocks_with_mentions >= self.rules.warm_blocks
        if state.is_warm or not (enough or age_ms >= self.rules.warm_after_ms):
            return []
        state.is_warm = True
        now_ms = state.rings.next_step * STEP_MS
        reasons = (f"{state.blocks_with_mentions} five-minute blocks with mentions learnt",)
        return [
            outside_episode(state, EventType.WARMED, now_ms, identity=str(now_ms), reasons=reasons)
        ]

    def _expect(self) -> tuple[float, float, float]:
        """Return the usual mentions and negatives a step, and the upper end of the latter's band;
        the same until the next lesson.
        """
        mentions, negatives = (self._detectors[name].state.baseline for name in CHANNELS)
        mean = negatives.level()
        upper = mean + BAND * sqrt(negatives.dispersion(0) * (mean + 0.25))
        self._bands = (significant(mentions.level()), significant(mean), significant(upper))
        return self._bands
