"""How a judged step moves a brand's crises: signs open one, quiet ends it."""

from __future__ import annotations

from app.core.crisis import State
from app.core.detector.spike import LINE as ALERT_LINE
from app.core.event import CrisisGone, Output
from app.core.evidence import Case, Group, closed_gate, is_in_band, passes_absolute
from app.core.groups import GENERAL, group_of, targets
from app.core.lifecycle import ACTIVE, OVER, snapshot, start_episode
from app.core.passage import Passage
from app.core.rules import STEP_MS, Rules
from app.core.state import BrandState, Episode
from app.core.window import DISTINCT, NEGATIVES, SCALES_S, Counts

AFTERMATH = frozenset({State.RECOVERING, State.RESOLVED})


class Course:
    """One step of one brand: what was seen, and what follows from it for each crisis."""

    def __init__(self, state: BrandState, rules: Rules, baseline: str, case: Case) -> None:
        self.state, self.rules, self.baseline, self.case = state, rules, baseline, case
        self.now_ms = state.rings.next_step * STEP_MS

    def run(self, step_counts: Counts) -> list[Output]:
        """Take the step's own counts into account and return each crisis's events, in order, with
        how it then stands.
        """
        is_sign = step_counts[NEGATIVES] > 0 and self._is_sign()
        is_loud = (
            step_counts[DISTINCT] > 0
            and self.state.is_warm
            and self.case.mentions.severity >= ALERT_LINE
        )
        signed = targets(self.state, self.case, self.rules) if is_sign else ()
        themes = sorted({*self.state.episodes, *signed})
        if is_loud and not themes:
            themes = [GENERAL]
        outputs: list[Output] = []
        for theme in themes:
            outputs += self._one(theme, theme in signed, is_loud)
        return outputs

    def _is_sign(self) -> bool:
        # The six-hour window remembers the wave that just ended: only a new rise counts after it.
        is_after = any(one.state in AFTERMATH for one in self.state.episodes.values())
        if is_after and is_in_band(self.case):
            return False
        if self.state.is_warm:
            return closed_gate(self.case, self.rules) is None
        enough_authors = self.case.authors >= self.rules.minimum_authors
        hour = self.case.windows[SCALES_S.index(3_600)][1]
        return enough_authors and passes_absolute(hour, self.rules)

    def _one(self, theme: str, is_sign: bool, is_loud: bool) -> list[Output]:
        episode = self.state.episodes.get(theme)
        group = self._group(theme)
        events: list[Output] = []
        if episode is None:
            episode = start_episode(self.state, theme, self.now_ms)
            events.append(self._passage(episode, group).begin(is_sign))
        passage = self._passage(episode, group)
        passage.remember(is_sign, is_loud)
        events += passage.run()
        if not events:
            return []
        if episode.state in OVER:
            gone = CrisisGone(crisis_id=episode.crisis_id, brand=self.state.brand)
            return [*events, gone]
        return [*events, snapshot(self.state, episode, self.now_ms)]

    def _group(self, theme: str) -> Group:
        others = any(
            one.state in ACTIVE for name, one in self.state.episodes.items() if name != theme
        )
        return group_of(self.state, self.case, theme, is_alone=not others)

    def _passage(self, episode: Episode, group: Group) -> Passage:
        return Passage(self.state, episode, self.rules, self.baseline, self.case, group)
