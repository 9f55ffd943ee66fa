"""One brand's fold: mentions and commands in, windows and crisis events out.

A step is judged once, in order of event time, when the watermark has passed its end. Steps
without a mention are judged only while a crisis is under way; otherwise they are made up for
when the next mention is judged, with the same result, so a quiet brand costs nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from math import sqrt

from app.core.course import Course
from app.core.crisis import EventType
from app.core.detector.rate_test import RateTest
from app.core.detector.spike import LINE, ORDINARY, VERSION, SpikeDetector, Verdict
from app.core.event import ClosedWindow, Late, Output
from app.core.evidence import Case, build_case, passes_absolute, significant
from app.core.lifecycle import ACTIVE, BURNING, outside_episode, state_of
from app.core.memory import remember_step, thin_out
from app.core.pending import (
    StepCounts,
    count,
    hold,
    mention_number,
    take_out,
    waiting_place,
)
from app.core.record import ScoredMention
from app.core.rules import STEP_MS, Rules
from app.core.state import BrandState, PendingStep
from app.core.timers import has_timer, run_out
from app.core.window import (
    BLOCK_STEPS,
    DISTINCT,
    LONG_STEPS,
    NEGATIVES,
    RAW,
    SCALES_S,
    UNSCORED,
    Counts,
    Rings,
)

CHANNELS = {"mentions": DISTINCT, "negatives": NEGATIVES}
SECOND = "second"  # the other detector's verdict on negatives, beside those of the channels
CRISIS_WEIGHT = 0.1  # what a block teaches while a crisis burns
SHARE_DECAY = 0.5 ** (1 / 2016)  # a week of five-minute blocks
SHARE_FLOOR = (3.0, 20.0)
CALM_STEPS = 120  # an hour without a mention is calm, whatever the windows still hold
BAND = 2.33  # the expected band's upper end: one step in a hundred lies above

Observer = Callable[["Brand", Mapping[str, Verdict]], None]


class Brand:
    """A brand's state with its detectors. ``duplicates`` counts repeats seen by this object."""

    def __init__(self, state: BrandState, rules: Rules) -> None:
        self.state, self.rules = state, rules
        self.baseline = rules.baseline_id(VERSION)
        self.duplicates = 0
        self.observer: Observer | None = None
        self._detectors: dict[str, SpikeDetector] = {}
        self._bands: tuple[float, float, float] | None = None
        self._attach()

    def _attach(self) -> None:
        first, budget = self.state.rings.next_step, self.rules.budget_each
        for channel in CHANNELS:
            found = self.state.channels.get(channel)
            detector = SpikeDetector(first, budget, found)
            self.state.channels[channel] = detector.state
            self._detectors[channel] = detector
        self._second = RateTest(first, budget, self.state.rate)
        self.state.rate = self._second.state
        self._bands = None

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
        # A wave that a person has ended is still a wave, and not what is usual.
        episodes = self.state.episodes
        return bool(episodes) and any(
            one.state in BURNING or (one.is_muted and not one.is_false) for one in episodes.values()
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
        fresh.rings = Rings.starting_at(step // BLOCK_STEPS * BLOCK_STEPS)
        fresh.last_mention_step = step
        fresh.is_started = True
        self.state = fresh
        self._attach()

    def _advance(self, step: int) -> list[Output]:
        outputs: list[Output] = []
        rings = self.state.rings
        if step - rings.next_step >= CALM_STEPS and not self._is_watched:
            for episode in self.state.episodes.values():
                episode.is_muted = False
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
        total = count(state, step, held)
        state.rings.push(total.counts)
        remember_step(state, step, held, total, is_usual=not self._is_burning)
        verdicts = {channel: self._verdict(channel, total.counts) for channel in CHANNELS}
        verdicts[SECOND] = self._second_verdict(total.counts)
        outputs.append(self._window(step, total, verdicts))
        if self.observer is not None:
            self.observer(self, verdicts)
        if not self.is_calm(verdicts):
            course = Course(state, self.rules, self.baseline, self.case(verdicts))
            outputs += course.run(total.counts)
        return outputs + self._learn_at_border()

    def is_calm(self, verdicts: Mapping[str, Verdict]) -> bool:
        """Tell whether no crisis is under way and none can begin: most steps."""
        state = self.state
        deciding = (*CHANNELS, SECOND) if self.rules.second_detector == "deciding" else CHANNELS
        if self._is_watched or any(verdicts[name].severity >= LINE for name in deciding):
            return False
        if any(one.is_muted for one in state.episodes.values()):
            return False
        hour = state.rings.sums[SCALES_S.index(3_600)]
        return state.is_warm or not passes_absolute(hour, self.rules)

    def case(self, verdicts: Mapping[str, Verdict]) -> Case:
        """Return what the newest step's verdicts say, with every scale's own."""
        scales = {
            channel: detector.scales(self.state.rings.next_step, self._counts(channel))
            for channel, detector in self._detectors.items()
        }
        return build_case(self.state, self.state.rings.windows(), verdicts, scales)

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
        if state.facts and rings.next_step % LONG_STEPS == 0:
            thin_out(state, self.now_ms - SCALES_S[-1] * 1000)
        weight = CRISIS_WEIGHT if self._is_burning else 1.0
        for channel, detector in self._detectors.items():
            detector.learn(rings.next_step, self._counts(channel), weight)
        if self.rules.second_detector != "off":
            self._second.learn(rings.next_step, self._counts("negatives"), weight)
        self._bands = None
        block = rings.blocks[-1]
        scored = block[DISTINCT] - block[UNSCORED]
        # The floor keeps the prior from fading where a brand is quiet for weeks.
        faded = state.share_scored * SHARE_DECAY, state.share_negatives * SHARE_DECAY
        if faded[0] >= SHARE_FLOOR[1]:
            state.share_scored, state.share_negatives = faded
        state.share_scored += weight * scored
        state.share_negatives += weight * block[NEGATIVES]
        state.blocks_with_mentions += block[RAW] > 0
        return self._warm()

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

    def _window(self, step: int, total: StepCounts, verdicts: dict[str, Verdict]) -> ClosedWindow:
        expected_mentions, expected_negatives, upper = self._bands or self._expect()
        raw, distinct, negatives, unscored, uncertain = total.counts
        return ClosedWindow(
            brand=self.state.brand,
            start_ms=step * STEP_MS,
            end_ms=(step + 1) * STEP_MS,
            mentions=raw,
            distinct=distinct,
            negatives=negatives,
            positives=total.positives,
            neutrals=total.neutrals,
            uncertain=uncertain,
            unscored=unscored,
            reach=total.reach,
            expected_mentions=expected_mentions,
            expected_negatives=expected_negatives,
            upper_negatives=upper,
            score=round(verdicts["negatives"].severity, 4),
            severity_score=round(verdicts["mentions"].severity, 4),
            second_score=round(verdicts[SECOND].severity, 4),
            state=state_of(self.state),
        )

    def _expect(self) -> tuple[float, float, float]:
        """Return the usual mentions and negatives a step, and the upper end of the latter's band;
        the same until the next lesson.
        """
        mentions, negatives = (self._detectors[name].state.baseline for name in CHANNELS)
        mean = negatives.level()
        upper = mean + BAND * sqrt(negatives.dispersion(0) * (mean + 0.25))
        self._bands = (significant(mentions.level()), significant(mean), significant(upper))
        return self._bands
