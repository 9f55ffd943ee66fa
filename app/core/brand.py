"""One brand's fold: mentions and commands in, windows and crisis events out.

A step is judged once, in order of event time, when the watermark has passed its end. Steps
without a mention are judged only while a crisis is under way; otherwise they are made up for
when the next mention is judged, with the same result, so a quiet brand costs nothing.
"""

from __future__ import annotations

from math import sqrt

from app.core.course import Course
from app.core.detector.spike import LINE, ORDINARY, VERSION, SpikeDetector, Verdict
from app.core.event import ClosedWindow, CrisisState, EventType, Late, Output
from app.core.evidence import build_case, passes_absolute, significant
from app.core.lifecycle import ACTIVE, BURNING, outside_episode
from app.core.pending import (
    StepCounts,
    best,
    count,
    hold,
    mention_number,
    take_out,
    waiting_place,
)
from app.core.recent import remember
from app.core.record import ScoredMention
from app.core.rules import STEP_MS, Rules
from app.core.state import AUTHORS, FINGERPRINTS, TOP_MENTIONS, BrandState, PendingStep
from app.core.window import (
    BLOCK_STEPS,
    DISTINCT,
    NEGATIVES,
    RAW,
    SCALES_S,
    UNSCORED,
    Counts,
    Rings,
)

CHANNELS = {"mentions": DISTINCT, "negatives": NEGATIVES}
CRISIS_WEIGHT = 0.1  # what a block teaches while a crisis burns
SHARE_DECAY = 0.5 ** (1 / 2016)  # a week of five-minute blocks
SHARE_FLOOR = (3.0, 20.0)
BAND = 2.33  # the expected band's upper end: one step in a hundred lies above


class Brand:
    """A brand's state with its detectors. ``duplicates`` counts repeats seen by this object."""

    def __init__(self, state: BrandState, rules: Rules) -> None:
        self.state, self.rules = state, rules
        self.baseline = rules.baseline_id(VERSION)
        self.duplicates = 0
        self._detectors: dict[str, SpikeDetector] = {}
        self._bands: tuple[float, float, float] | None = None
        self._attach()

    def _attach(self) -> None:
        first, budget = self.state.rings.next_step, self.rules.false_alarms_per_week
        for channel in CHANNELS:
            found = self.state.channels.get(channel)
            detector = SpikeDetector(first, budget, found)
            self.state.channels[channel] = detector.state
            self._detectors[channel] = detector
        self._bands = None

    @property
    def is_active(self) -> bool:
        """Tell whether time alone can change the brand: something waits, or a crisis is under
        way.
        """
        return bool(self.state.pending) or self.state.episode.state in ACTIVE

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
        if self.state.episode.state in ACTIVE:
            outputs += self._advance(floor)
        return outputs

    def _start_if_needed(self, step: int) -> None:
        state = self.state
        idle = (step - state.last_mention_step) * STEP_MS
        if not state.is_started or idle > self.rules.evict_after_ms:
            fresh = BrandState(brand=state.brand, applied=state.applied, sources=state.sources)
            fresh.pending, fresh.pending_bytes = state.pending, state.pending_bytes
            fresh.rings = Rings.starting_at(step // BLOCK_STEPS * BLOCK_STEPS)
            fresh.is_started = True
            self.state = fresh
            self._attach()
        self.state.last_mention_step = step

    def _advance(self, step: int) -> list[Output]:
        outputs: list[Output] = []
        rings = self.state.rings
        while rings.next_step < step:
            if self.state.episode.state in ACTIVE:
                outputs += self._judge_step(PendingStep())
                continue
            border = (rings.next_step // BLOCK_STEPS + 1) * BLOCK_STEPS
            rings.skip(min(border, step) - rings.next_step)
            outputs += self._learn_at_border()
        return outputs

    def _judge_step(self, held: PendingStep) -> list[Output]:
        state = self.state
        step = state.rings.next_step
        total = count(state, step, held)
        state.rings.push(total.counts)
        self._remember(step, held, total)
        verdicts = {channel: self._verdict(channel, total.counts) for channel in CHANNELS}
        outputs: list[Output] = [self._window(step, total, verdicts)]
        events = [] if self._is_calm(verdicts) else self._course(verdicts).run(total.counts)
        outputs += events
        if events:
            outputs.append(self.snapshot(events[-1].time_ms))
        return outputs + self._learn_at_border()

    def _is_calm(self, verdicts: dict[str, Verdict]) -> bool:
        """Tell whether no crisis is under way and none can begin: most steps."""
        state = self.state
        if state.episode.state in ACTIVE or any(v.severity >= LINE for v in verdicts.values()):
            return False
        hour = state.rings.sums[SCALES_S.index(3_600)]
        return state.is_warm or not passes_absolute(hour, self.rules)

    def _course(self, verdicts: dict[str, Verdict]) -> Course:
        windows = self.state.rings.windows()
        scales = {
            channel: detector.scales(self.state.rings.next_step, self._counts(channel))
            for channel, detector in self._detectors.items()
        }
        case = build_case(self.state, windows, verdicts, scales)
        return Course(self.state, self.rules, self.baseline, case)

    def _counts(self, channel: str) -> tuple[int, ...]:
        column = CHANNELS[channel]
        return tuple([counts[column] for counts in self.state.rings.sums])

    def _verdict(self, channel: str, step_counts: Counts) -> Verdict:
        state, column = self.state, CHANNELS[channel]
        if not step_counts[column] and state.episode.state not in ACTIVE:
            return ORDINARY  # nothing came that could have raised it
        detector, rings = self._detectors[channel], state.rings
        block = rings.blocks[-1][column]
        verdict = detector.judge(rings.next_step, self._counts(channel), block)
        detector.note(verdict)
        return verdict

    def _remember(self, step: int, held: PendingStep, total: StepCounts) -> None:
        state = self.state
        for author in total.authors:
            state.authors.pop(author, None)
            state.authors[author] = step
        for memory, limit in ((state.authors, AUTHORS), (state.fingerprints, FINGERPRINTS)):
            while len(memory) > limit:
                del memory[next(iter(memory))]
        horizon_ms = step * STEP_MS - SCALES_S[-1] * 1000
        if state.top and min(m.event_time_ms for m in state.top) < horizon_ms:
            state.top = [mention for mention in state.top if mention.event_time_ms >= horizon_ms]
        if held.top:
            state.top = best([*state.top, *held.top], TOP_MENTIONS)
        state.recent = remember(state.recent, step, total.judged)

    def _learn_at_border(self) -> list[Output]:
        state, rings = self.state, self.state.rings
        if rings.next_step % BLOCK_STEPS:
            return []
        weight = CRISIS_WEIGHT if state.episode.state in BURNING else 1.0
        for channel, detector in self._detectors.items():
            detector.learn(rings.next_step, self._counts(channel), weight)
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
            state=self.state.episode.state,
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

    def snapshot(self, now_ms: int) -> CrisisState:
        """Return the crisis as it stands, for the compacted topic."""
        episode = self.state.episode
        return CrisisState(
            crisis_id=episode.crisis_id,
            brand=self.state.brand,
            state=episode.state,
            severity=episode.severity,
            seq=episode.seq,
            watch_since_ms=episode.watch_since_ms,
            updated_ms=now_ms,
            opened_ms=episode.opened_ms,
            recovering_ms=episode.recovering_ms,
            resolved_ms=episode.resolved_ms,
            acknowledged_by=episode.acknowledged_by,
            reasons=episode.reasons,
            evidence=episode.evidence,
        )
