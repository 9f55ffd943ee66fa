"""Every number a verdict depends on, as one value; its hash is part of the baseline id in
events.
"""

from __future__ import annotations

import hashlib

import msgspec

from app.core.calendar import CalendarEntry
from app.core.playbook import SHIPPED, Playbook

STEP_MS = 30_000  # the base step: windows and judgements are multiples of it
HOUR_MS = 3_600_000
DAY_MS = 24 * HOUR_MS


class Rules(msgspec.Struct, frozen=True, kw_only=True):
    """Settings of the fold. Two folds with equal rules give equal events for equal records."""

    allowed_lateness_ms: int = 10_000
    source_idle_ms: int = 60_000  # a source partition caught up this long no longer holds time back
    # What a brand may hold before its oldest step is judged early: it bounds the stored record.
    pending_bytes: int = 128 * 1024
    evict_after_ms: int = 30 * DAY_MS

    false_alarms_per_week: float = 1.0  # the budget a brand; the alert line 0.5 stands for it
    first_detector: str = "deciding"  # or off: it decides nothing and is not told
    # off, beside: its score is told, or deciding: either opens, and each gets half of the budget.
    second_detector: str = "beside"
    second_model: str = "rate-1"  # or a detector of River by its name, with ...
    second_parameters: str = "{}"  # ... a JSON object, its keys sorted
    warm_blocks: int = 200  # five-minute blocks with mentions, or ...
    warm_after_ms: int = 7 * DAY_MS  # ... this long, until a brand counts as learnt
    absolute_negatives: int = 50  # in an hour, with a share of a half: opens while warming too
    minimum_authors: int = 5
    minimum_negatives: int = 5
    keyword_authors: int = 3  # who complain with one risk keyword within an hour: a sign

    open_steps: int = 2  # steps with a sign, within ...
    open_within_ms: int = 30 * 60_000  # ... this time, open a crisis
    watch_ms: int = 2 * HOUR_MS  # a watch without a further sign is dismissed after this
    recover_ms: int = 30 * 60_000  # negatives back in band this long: recovering
    resolve_ms: int = 2 * HOUR_MS  # recovering this long without a relapse: resolved
    relapse_ms: int = DAY_MS  # a new opening within this time reopens the same crisis

    update_ms: int = HOUR_MS  # an open crisis is told of again this often
    escalate_ms: int = 30 * 60_000  # nobody took it this long: the next role is asked
    escalation: tuple[str, ...] = ("on-call", "lead", "management")  # the first is asked at once
    calmer_ms: int = 30 * 60_000  # a lower severity counts when it has lasted this long
    silence_max_ms: int = 30 * DAY_MS
    calendar: tuple[CalendarEntry, ...] = ()
    playbooks: tuple[Playbook, ...] = SHIPPED

    @property
    def is_first_off(self) -> bool:
        return self.first_detector == "off"

    @property
    def are_compared(self) -> bool:
        """Tell whether two detectors judge, so that their scores have a distance."""
        return not self.is_first_off and self.second_detector != "off"

    @property
    def budget_each(self) -> float:
        """Return the false alarms a week that each deciding detector may raise."""
        is_shared = self.second_detector == "deciding" and not self.is_first_off
        return self.false_alarms_per_week / 2 if is_shared else self.false_alarms_per_week

    def baseline_id(self, version: str) -> str:
        """Return ``version`` and eight hex digits of a hash over every rule."""
        rules = {
            name: msgspec.to_builtins(getattr(self, name))
            for name in self.__struct_fields__
            if name not in ADDED or getattr(self, name) != getattr(USUAL, name)
        }
        digest = hashlib.blake2b(msgspec.json.encode(rules), digest_size=4).hexdigest()
        return f"{version}+{digest}"


USUAL = Rules()
# Rules that came later: as long as they are as usual, a verdict has the name that it had before.
ADDED = ("first_detector", "second_model", "second_parameters", "playbooks")
