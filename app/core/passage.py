"""One crisis at one judged step: what it makes of the signs, its severity and its decline."""

from __future__ import annotations

from functools import cached_property
from math import sqrt

import msgspec

from app.core.calendar import announced
from app.core.classed import chain, classed, waits_for_first
from app.core.crisis import VOLUME, EventType, Severity, State
from app.core.event import Change, CrisisEvent
from app.core.evidence import Case, Group, agreeing_of, coordination, describe
from app.core.fired import fired
from app.core.heard import missed
from app.core.lifecycle import BURNING, Grounds, step
from app.core.praise import is_praise
from app.core.rules import STEP_MS, Rules
from app.core.severity import RANK, grade
from app.core.share import share_of
from app.core.state import BrandState, Episode
from app.core.window import HOUR, NEGATIVES, QUARTER

MILESTONES = (25, 50, 75, 100)
MILESTONE_MS = 5 * 60_000  # a share of the decline counts when it has held this long
CLEARLY_LESS = 1.0  # between the roots of two counts: two standard deviations of a Poisson count


class Passage:
    """Moves one episode along, by one step of event time."""

    def __init__(
        self,
        state: BrandState,
        episode: Episode,
        rules: Rules,
        baseline: str,
        case: Case,
        group: Group,
    ) -> None:
        self.state, self.episode, self.rules = state, episode, rules
        self.baseline, self.case, self.group = baseline, case, group
        self.now_ms = state.rings.next_step * STEP_MS
        self.events: list[CrisisEvent] = []

    @cached_property
    def grading(self) -> tuple[Severity, tuple[str, ...]]:
        """The severity this step would have, and the facts it comes from; a wave that looks
        coordinated is graded by what others posted.
        """
        case, group = self.case, self.group
        negatives = round(case.counts[NEGATIVES] * group.kept)
        agree = agreeing_of(self.state, case, group)
        graded = grade(negatives, case.scale.sigma, case.share * group.kept, agree)
        return coordination(self.state, case, self.rules, group).held(*graded)

    @cached_property
    def missed(self) -> tuple[str, ...]:
        """The quiet sources that the crisis came from: without them nothing is called calmer."""
        return missed(self.state, self.episode)

    def begin(self, reason: str) -> CrisisEvent:
        """Put the brand under watch for this theme."""
        self._emit(EventType.WATCH, (reason,))
        return self.events.pop()

    def take_name(self) -> CrisisEvent:
        """Tell that the crisis is about a theme from now on."""
        self._emit(EventType.UPDATED, (f"about {self.episode.theme} from now on",))
        return self.events.pop()

    def remember(self, is_sign: bool, is_loud: bool) -> None:
        """Note the step's signs, whatever follows from them."""
        episode, newest = self.episode, self.state.rings.next_step - 1
        if is_sign and self._may_bring_back():
            horizon = newest - self.rules.open_within_ms // STEP_MS
            episode.signs = [s for s in episode.signs if s > horizon] + [newest]
        if is_sign or is_loud:
            episode.last_signal_ms = self.now_ms
        if not self.group.is_in_band:
            episode.in_band_since_ms = None
            return
        episode.is_muted = False
        if episode.in_band_since_ms is None:
            episode.in_band_since_ms = self.now_ms

    def _may_bring_back(self) -> bool:
        episode = self.episode
        if episode.state in (State.RECOVERING, State.RESOLVED) and self.group.is_in_band:
            return False
        return not episode.is_muted or RANK[self.grading[0]] > RANK[episode.severity]

    def run(self) -> list[CrisisEvent]:
        """Return the events that the step makes of the crisis, in order."""
        if self.missed:
            self._stand_still()
        current = self.episode.state
        if current in BURNING:
            self._burning()
        elif current is State.RECOVERING:
            self._recovering()
        elif current is State.RESOLVED and self._has_enough_signs():
            self._ignite(EventType.REOPENED)
        elif current is State.WATCH:
            self._watching()
        return self.events

    def _stand_still(self) -> None:
        """Let no time pass for what becomes of a crisis by calm alone."""
        episode = self.episode
        episode.last_signal_ms = min(episode.last_signal_ms + STEP_MS, self.now_ms)
        if episode.in_band_since_ms is not None:
            episode.in_band_since_ms = min(episode.in_band_since_ms + STEP_MS, self.now_ms)
        if episode.lower_since_ms is not None:
            episode.lower_since_ms = min(episode.lower_since_ms + STEP_MS, self.now_ms)
        episode.gone_since_ms = [0] * len(MILESTONES)

    def _has_enough_signs(self) -> bool:
        horizon = self.state.rings.next_step - 1 - self.rules.open_within_ms // STEP_MS
        signs = sum(sign > horizon for sign in self.episode.signs)
        is_unmistakable = signs > 0 and self.grading[0] is Severity.CRITICAL
        return is_unmistakable or signs >= self.rules.open_steps

    def _in_band_ms(self) -> int:
        since = self.episode.in_band_since_ms
        return 0 if since is None else self.now_ms - since

    def _emit(
        self, kind: EventType, reasons: tuple[str, ...], change: Change | None = None
    ) -> None:
        self._classify()
        evidence = describe(self.state, self.case, self.baseline, self.rules, self.group)
        triggers = fired(self.case, self.rules, is_warm=self.state.is_warm)
        evidence = msgspec.structs.replace(evidence, triggers=triggers)
        calendar, begun_ms = self.rules.calendar, self.now_ms - STEP_MS
        during = announced(calendar, self.state.brand, begun_ms, self.now_ms)
        grounds = Grounds(reasons, evidence, change=change, calendar=during)
        self.events.append(step(self.state, self.episode, kind, self.now_ms, grounds))

    def _ignite(self, kind: EventType) -> None:
        self.episode.severity, facts = self.grading
        self.episode.roles_asked = 0
        self._classify()
        self._ask()
        self._emit(kind, facts)
        self._note_hour()

    def _classify(self) -> None:
        self.episode.scenario = classed(self.state, self.episode, self.case, self.rules, self.group)

    def _ask(self) -> bool:
        """Ask the next role of the scenario's chain; False at its end."""
        episode = self.episode
        roles = chain(episode, self.rules)
        if episode.roles_asked >= len(roles):
            return False
        episode.escalated_to = roles[episode.roles_asked]
        episode.roles_asked += 1
        episode.asked_ms = self.now_ms
        return True

    def _watching(self) -> None:
        if self._has_enough_signs():
            self._ignite(EventType.OPENED)
        elif self.now_ms - self.episode.last_signal_ms >= self.rules.watch_ms:
            self._emit(EventType.DISMISSED, ("no further sign",))
        elif is_praise(self.state, self.episode, self.case, self.rules):
            self.episode.is_opportunity = True
            praise = f"{self.episode.positives} of {self.episode.scored} since the watch began"
            self._emit(EventType.OPPORTUNITY, (VOLUME, f"{praise} are positive"))

    def _burning(self) -> None:
        self._reclassify()
        self._regrade()
        self._decline()
        if self._in_band_ms() >= self.rules.recover_ms:
            self._emit(EventType.RECOVERING, ("negatives back in the expected band",))
            return
        self._escalate()
        if self.now_ms - self.episode.told_ms >= self.rules.update_ms:
            self._update()

    def _regrade(self) -> None:
        """Raise the severity at once, lower it when it has stayed lower."""
        episode, (severity, facts) = self.episode, self.grading
        if RANK[severity] > RANK[episode.severity]:
            episode.severity, episode.lower_since_ms = severity, None
            self._emit(EventType.SEVERITY_CHANGED, facts)
            if self._ask():
                self._emit(EventType.ESCALATED, ("the severity rose",))
            return
        if RANK[severity] == RANK[episode.severity]:
            episode.lower_since_ms = None
            return
        if episode.lower_since_ms is None:
            episode.lower_since_ms, episode.lower_to = self.now_ms, severity
        episode.lower_to = max(episode.lower_to, severity, key=RANK.__getitem__)
        if self.now_ms - episode.lower_since_ms >= self.rules.calmer_ms:
            episode.severity, episode.lower_since_ms = episode.lower_to, None
            self._emit(EventType.SEVERITY_CHANGED, facts)

    def _escalate(self) -> None:
        """Ask the next role when nobody took it for long, unless it is passing by itself.

        Where sources are missing nobody knows that it is. A quarter of an hour without a mention
        does not say so either: the hour has to be back in the band too.
        """
        episode = self.episode
        is_passing = self.group.is_in_band and not self.missed
        if self._is_taken or is_passing or self.now_ms - episode.asked_ms < self.rules.escalate_ms:
            return
        if self._ask():
            minutes = self.rules.escalate_ms // 60_000
            self._emit(EventType.ESCALATED, (f"nobody took it for {minutes} minutes",))

    @property
    def _is_taken(self) -> bool:
        return self.episode.acknowledged_by is not None or self.episode.owner is not None

    def _reclassify(self) -> None:
        """Tell when the crisis turns out to be another scenario, and ask whoever is first for that
        one, unless somebody has it.
        """
        before = self.episode.scenario
        self._classify()
        now = self.episode.scenario
        if now is None or before is None:
            return
        is_another = now.id != before.id
        if is_another:
            self._emit(EventType.UPDATED, (f"{now.id} from now on, {before.id} so far",))
        if self._is_taken or not (is_another or self.episode.roles_asked):
            return
        if waits_for_first(self.episode, self.rules) and self._ask():
            self._emit(EventType.ESCALATED, (f"the first role of {now.id} was not asked yet",))

    def _decline(self) -> None:
        """Tell how much of the peak's excess is gone: the most quarters that it has been for long
        enough, when they are more than were told. A small crisis passes several at once.
        """
        if self.missed:
            return
        episode = self.episode
        now = round(self.case.windows[QUARTER][1][NEGATIVES] * self.group.kept)
        episode.peak = max(episode.peak, now)
        usual = self.case.negative_scales[QUARTER].expected
        gone = _percent_gone(episode.peak, now, usual, is_in_band=self.group.is_in_band)
        since = [
            (before or self.now_ms) if gone >= line else 0
            for before, line in zip(episode.gone_since_ms, MILESTONES, strict=True)
        ]
        episode.gone_since_ms = since
        reached = max(
            line if start_ms and self.now_ms - start_ms >= MILESTONE_MS else 0
            for line, start_ms in zip(MILESTONES, since, strict=True)
        )
        if reached > episode.milestone:
            episode.milestone = reached
            self._emit(EventType.MILESTONE, (f"{reached} % of the peak's excess is gone",))

    def _update(self) -> None:
        episode, rules = self.episode, self.rules
        hour = self.case.windows[HOUR][1]
        change = Change(
            since_ms=episode.told_ms,
            negatives_before=episode.told_negatives,
            negatives=round(hour[NEGATIVES] * self.group.kept),
            share_before=episode.told_share,
            share=round(share_of(hour), 4),
        )
        episode.told_ms += (self.now_ms - episode.told_ms) // rules.update_ms * rules.update_ms
        self._note_hour()
        waits = tuple(f"{kind} is quiet: no end is told without it" for kind in self.missed)
        self._emit(EventType.UPDATED, (*self.grading[1], *waits), change)

    def _note_hour(self) -> None:
        hour = self.case.windows[HOUR][1]
        self.episode.told_negatives = round(hour[NEGATIVES] * self.group.kept)
        self.episode.told_share = round(share_of(hour), 4)

    def _recovering(self) -> None:
        if self._has_enough_signs():
            self._ignite(EventType.RELAPSED)
            return
        self._decline()
        if self._in_band_ms() >= self.rules.recover_ms + self.rules.resolve_ms:
            self._emit(EventType.RESOLVED, ("negatives stayed in the expected band",))


def _percent_gone(peak: float, now: float, usual: float, *, is_in_band: bool) -> float:
    if peak <= usual or sqrt(peak) - sqrt(now) < CLEARLY_LESS:
        return 0.0
    return 100.0 if is_in_band else 100 * (peak - now) / (peak - usual)
