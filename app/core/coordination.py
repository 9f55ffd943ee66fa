"""How much of a wave is by accounts that look like bots, and how bad it is without them.

Such a wave is told and counted like any other. It is graded by the posts of the others alone, so
bots can neither open a crisis nor make one worse.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import NamedTuple

from app.core.copies import most_posts
from app.core.crisis import Severity
from app.core.drivers.bots import (
    is_coordinated,
    is_suspicious,
    is_young,
    posts_of,
    suspect_share,
)
from app.core.drivers.counterfactual import severity_without
from app.core.drivers.given import Regrade, Window
from app.core.facts import Fact
from app.core.rules import STEP_MS
from app.core.severity import RANK


class Coordination(NamedTuple):
    """``copies``: posts of the text posted most often, 0 when none was copied. ``share``: of the
    negative posts, copies included, by accounts that look like bots; ``texts`` and ``posts``: how
    many those are.

    ``is_held``: they count for nothing, since they are coordinated or, usually few, nearly all.
    Then ``bots`` are the numbers of their facts, ``kept`` is the part of the distinct negatives
    that is of others, 0..1, ``severity`` what these alone would be graded, None: no crisis, and
    ``is_loud``: these alone are above the alert line.
    """

    copies: int = 0
    share: float = 0.0
    is_coordinated: bool = False
    is_held: bool = False
    is_young: bool = False
    texts: int = 0
    posts: int = 0
    bots: frozenset[int] = frozenset()
    kept: float = 1.0
    severity: Severity | None = None
    is_loud: bool = False

    @property
    def may_open(self) -> bool:
        """Tell whether bots keep nothing from opening: others alone make a crisis of it, or it has
        gone on for minutes without a text coming again. Then it opens, though as a warning.
        """
        is_theirs = self.is_coordinated or (self.is_held and self.is_young)
        return not is_theirs or (self.is_loud and self.severity is not None)

    def held(
        self, severity: Severity, reasons: tuple[str, ...]
    ) -> tuple[Severity, tuple[str, ...]]:
        """Return the severity that counts in place of the one of all negatives: that of the others
        alone, of a crisis at least a warning; and why it is lower, where it is.
        """
        others = self.severity or Severity.WARNING
        if not self.is_held or RANK[others] >= RANK[severity]:
            return severity, reasons
        reason = (
            f"held at {others}: {self.share:.0%} of the negative posts are by accounts that look"
            f" like bots ({self.posts} posts of {self.texts} texts)"
        )
        return others, (*reasons, reason)


def coordination_of(negatives: Sequence[Fact], window: Window, regrade: Regrade) -> Coordination:
    """Return how much of a window is the work of bots.

    Shares are of the texts that were looked at; ``regrade`` is called only where they count for
    nothing.
    """
    copies = most_posts(window.copied, window.start_ms // STEP_MS)
    posts = posts_of(negatives, window.copied)
    share, is_theirs = suspect_share(posts), is_coordinated(posts)
    if not (is_theirs or is_suspicious(share, window.usual_suspects)):
        return Coordination(copies, share)
    bots = [one.fact for one in posts if one.is_bots]
    return Coordination(
        copies=copies,
        share=share,
        is_coordinated=is_theirs,
        is_held=True,
        is_young=is_young(bots, window.end_ms),
        texts=len([one for one in posts if one.suspects]),
        posts=sum(one.suspects for one in posts),
        bots=frozenset(fact.number for fact in bots),
        kept=1 - len(bots) / len(negatives),
        severity=severity_without(negatives, bots, window, regrade),
    )


def kept_of(facts: Iterable[Fact], start_ms: int, bots: frozenset[int]) -> float:
    """Return the part of the negatives since ``start_ms`` that is not of ``bots``, 0..1."""
    numbers = [fact.number for fact in facts if fact.is_negative and fact.time_ms >= start_ms]
    left = sum(number not in bots for number in numbers)
    return left / len(numbers) if numbers else 1.0
