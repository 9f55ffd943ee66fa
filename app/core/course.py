"""How a judged step moves a brand's crises: signs open one, quiet ends it."""

from __future__ import annotations

from app.core.calendar import announced
from app.core.crisis import BESIDE, CONCERT, SIGN, VOLUME, State
from app.core.detector.spike import LINE as ALERT_LINE
from app.core.event import CrisisGone, Output
from app.core.evidence import (
    COORDINATED,
    Case,
    Group,
    closed_gate,
    closed_while_warming,
    is_in_band,
    rises_anew,
)
from app.core.fired import BAND, sign_beside
from app.core.groups import GENERAL, group_of, targets
from app.core.lifecycle import ACTIVE, OVER, snapshot, start_episode
from app.core.passage import Passage
from app.core.rules import STEP_MS, Rules
from app.core.state import BrandState, Episode
from app.core.window import DISTINCT, NEGATIVES, Counts

AFTERMATH = frozenset({State.RECOVERING, State.RESOLVED})


def is_aftermath(state: BrandState, case: Case) -> bool:
    """Tell whether a crisis is just over and the case may be no more than the memory of it: only a
    new rise counts after it, and its wave is in the six hours yet.
    """
    if not any(one.state in AFTERMATH for one in state.episodes.values()):
        return False
    if is_in_band(case):
        return True
    return case.windows[-1][0] < state.channels["negatives"].held_until and not rises_anew(case)


class Course:
    """One step of one brand: what was seen, and what follows from it for each crisis."""

    def __init__(self, state: BrandState, rules: Rules, baseline: str, case: Case) -> None:
        self.state, self.rules, self.baseline, self.case = state, rules, baseline, case
        self.now_ms = state.rings.next_step * STEP_MS

    def run(self, step_counts: Counts) -> list[Output]:
        """Take the step's own counts into account and return each crisis's events, in order, with
        how it then stands.
        """
        gate = self._closed() if step_counts[NEGATIVES] else "no negative"
        is_over = bool(self.case.found) and is_aftermath(self.state, self.case)
        beside, held = sign_beside(self.case, is_aftermath=is_over)
        is_beside = beside is not None and held is None
        is_sign = gate is None or is_beside
        is_in_concert = not is_sign and COORDINATED in (gate, held)
        is_loud = is_in_concert or (
            step_counts[DISTINCT] > 0
            and self.state.is_warm
            and self.case.mentions.severity >= ALERT_LINE
            and not self._is_announced()
        )
        self.reason = CONCERT if is_in_concert else SIGN if gate is None else VOLUME
        if gate is not None and is_beside and beside is not None:
            self.reason = BESIDE[beside.trigger.name]
        general = self.state.episodes.get(GENERAL)
        signed = targets(self.state, self.case, self.rules) if is_sign else ()
        self.named = general if general is not None and general.theme != GENERAL else None
        themes = sorted({*self.state.episodes, *signed})
        if is_loud and not themes:
            themes = [GENERAL]
        outputs: list[Output] = []
        for theme in themes:
            outputs += self._one(theme, theme in signed, is_loud)
        return outputs

    def _is_announced(self) -> bool:
        # The six-hour window holds a campaign that is over.
        start_ms = self.case.windows[-1][0] * STEP_MS
        return bool(announced(self.rules.calendar, self.state.brand, start_ms, self.now_ms))

    def _closed(self) -> str | None:
        """Return the name of the gate that keeps the step's negatives from being a sign, None for
        a sign.
        """
        if is_aftermath(self.state, self.case):
            return BAND
        closed = closed_gate if self.state.is_warm else closed_while_warming
        return closed(self.case, self.rules)

    def _one(self, theme: str, is_sign: bool, is_loud: bool) -> list[Output]:
        episode = self.state.episodes.get(theme)
        group = self._group(theme)
        events: list[Output] = []
        if episode is None:
            episode = start_episode(self.state, theme, self.now_ms)
            events.append(self._passage(episode, group).begin(self.reason))
        elif episode is self.named:
            events.append(self._passage(episode, group).take_name())
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
