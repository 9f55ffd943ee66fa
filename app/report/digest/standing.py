"""Whether a record takes the place of the one that is published under its key."""

from __future__ import annotations

from collections.abc import Mapping

from app.core.digest import Digest, RecurringCause
from app.report.digest.recurring import LEAST
from app.report.digest.told import Cause

Published = Digest | RecurringCause
ByNow = Mapping[str, Cause | None]
"""What each crisis is about by the last event that is there; None: people call it false."""


def takes_over(new: Published, old: Published, by_now: ByNow) -> bool:
    """Tell whether ``new`` knows no less than ``old``: retention takes windows and events away, and
    a record made then must not replace a fuller one.
    """
    if isinstance(new, Digest) and isinstance(old, Digest):
        return _known(new) >= _known(old)
    if isinstance(new, RecurringCause) and isinstance(old, RecurringCause):
        left = _left(old, by_now)
        if len(left) < len(old.crisis_ids) and (not left or left[-1] in new.crisis_ids):
            return True
        return new.last_ms >= old.last_ms and new.looked_from_ms <= _looked_from(new, old)
    return False


def holds(cause: RecurringCause, by_now: ByNow) -> bool:
    """Tell whether all of its crises are still of this cause: none was called false since, or is
    about something else.
    """
    return len(_left(cause, by_now)) == len(cause.crisis_ids)


def is_gone(old: RecurringCause, by_now: ByNow) -> bool:
    """Tell whether so few of its crises are still of this cause that none came again."""
    return len(_left(old, by_now)) < LEAST


def _left(old: RecurringCause, by_now: ByNow) -> list[str]:
    """Return those still of this cause; one of which no event is there any more is."""
    cause = Cause(old.theme, old.product)
    return [one for one in old.crisis_ids if by_now.get(one, cause) == cause]


def _known(one: Digest) -> tuple[int, int, int, bool, bool, bool]:
    """Return what grows with what is known: of the same span, windows and events that a version
    can't read make less of it.
    """
    span_ms = (one.known_to_ms or 0) - (one.known_from_ms or 0)
    mentions = 0 if one.counts is None else one.counts.mentions
    is_before = one.before is not None
    return span_ms, mentions, len(one.crises), one.is_whole, is_before, one.is_voice_whole


def _looked_from(new: RecurringCause, old: RecurringCause) -> int:
    """Return from when on ``new`` has to look: as far back as ``old``, but of a later crisis."""
    return old.looked_from_ms + new.last_ms - old.last_ms
