"""How a judged step moves a crisis: signs open it, quiet ends it."""

from __future__ import annotations

from functools import cached_property

from app.core.detector.spike import LINE as ALERT_LINE
from app.core.event import CrisisEvent, EventType, Severity, State
from app.core.evidence import Case, closed_gate, describe, is_in_band, passes_absolute
from app.core.lifecycle import BURNING, start_episode, step
from app.core.rules import STEP_MS, Rules
from app.core.severity import RANK, grade
from app.core.state import BrandState
from app.core.window import DISTINCT, NEGATIVES, SCALES_S, Counts

AFTERMATH = frozenset({State.RECOVERING, State.RESOLVED})


class Course:
    """One step of one brand: what was seen, and the events that follow from it."""

    def __init__(self, state: BrandState, rules: Rules, baseline: str, case: Case) -> None:
        self.state, self.rules, self.baseline, self.case = state, rules, baseline, case
        self.now_ms = state.rings.next_step * STEP_MS
        self.events: list[CrisisEvent] = []

    @cached_property
    def grading(self) -> tuple[Severity, tuple[str, ...]]:
        """The severity this step would have, and the facts it comes from."""
        return grade(self.case.counts[NEGATIVES], self.case.scale.sigma, self.case.share)

    def run(self, step_counts: Counts) -> list[CrisisEvent]:
        """Take the step's own counts into account and return the events, in order."""
        is_sign = step_counts[NEGATIVES] > 0 and self._is_sign()
        is_loud = (
            step_counts[DISTINCT] > 0
            and self.state.is_warm
            and self.case.mentions.severity >= ALERT_LINE
        )
        self._remember(is_sign, is_loud)
        current = self.state.episode.state
        if current in BURNING:
            self._burning()
        elif current is State.RECOVERING:
            self._recovering()
        elif current is State.WATCH:
            self._watching()
        elif is_sign or is_loud:
            self._calm()
        return self.events

    def _is_sign(self) -> bool:
        # The six-hour window remembers the wave that just ended: only a new rise counts after it.
        if self.state.episode.state in AFTERMATH and is_in_band(self.case):
            return False
        if self.state.is_warm:
            return closed_gate(self.case, self.rules) is None
        enough_authors = self.case.authors >= self.rules.minimum_authors
        hour = self.case.windows[SCALES_S.index(3_600)][1]
        return enough_authors and passes_absolute(hour, self.rules)

    def _remember(self, is_sign: bool, is_loud: bool) -> None:
        episode = self.state.episode
        newest = self.state.rings.next_step - 1
        if is_sign:
            horizon = newest - self.rules.open_within_ms // STEP_MS
            episode.signs = [s for s in episode.signs if s > horizon] + [newest]
        if is_sign or is_loud:
            episode.last_signal_ms = self.now_ms
        if not is_in_band(self.case):
            episode.in_band_since_ms = None
        elif episode.in_band_since_ms is None:
            episode.in_band_since_ms = self.now_ms

    def _has_enough_signs(self) -> bool:
        horizon = self.state.rings.next_step - 1 - self.rules.open_within_ms // STEP_MS
        signs = sum(sign > horizon for sign in self.state.episode.signs)
        is_unmistakable = signs > 0 and self.grading[0] is Severity.CRITICAL
        return is_unmistakable or signs >= self.rules.open_steps

    def _in_band_ms(self) -> int:
        since = self.state.episode.in_band_since_ms
        return 0 if since is None else self.now_ms - since

    def _emit(self, kind: EventType, reasons: tuple[str, ...]) -> None:
        evidence = describe(self.state, self.case, self.baseline)
        self.events.append(step(self.state, kind, self.now_ms, reasons=reasons, evidence=evidence))

    def _ignite(self, kind: EventType) -> None:
        self.state.episode.severity, facts = self.grading
        self._emit(kind, facts)

    def _calm(self) -> None:
        episode = self.state.episode
        resolved_ms = episode.resolved_ms if episode.state is State.RESOLVED else None
        if resolved_ms is not None and self.now_ms - resolved_ms < self.rules.relapse_ms:
            if self._has_enough_signs():
                self._ignite(EventType.REOPENED)
            return
        start_episode(self.state, self.now_ms)
        signed = bool(self.state.episode.signs)
        reason = "negatives above the alert line" if signed else "volume above the alert line"
        self._emit(EventType.WATCH, (reason,))
        self._watching()

    def _watching(self) -> None:
        if self._has_enough_signs():
            self._ignite(EventType.OPENED)
        elif self.now_ms - self.state.episode.last_signal_ms >= self.rules.watch_ms:
            self._emit(EventType.DISMISSED, ("no further sign",))
            self.state.episode.signs = []

    def _burning(self) -> None:
        if RANK[self.grading[0]] > RANK[self.state.episode.severity]:
            self._ignite(EventType.SEVERITY_CHANGED)
        if self._in_band_ms() >= self.rules.recover_ms:
            self._emit(EventType.RECOVERING, ("negatives back in the expected band",))
            self.state.episode.signs = []

    def _recovering(self) -> None:
        if self._has_enough_signs():
            self._ignite(EventType.RELAPSED)
        elif self._in_band_ms() >= self.rules.recover_ms + self.rules.resolve_ms:
            self._emit(EventType.RESOLVED, ("negatives stayed in the expected band",))
