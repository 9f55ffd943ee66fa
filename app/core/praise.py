"""A loud watch that is praise: no crisis, and worth knowing while it lasts."""

from __future__ import annotations

from app.core.crisis import State
from app.core.detector.spike import LINE
from app.core.evidence import Case
from app.core.mention import Label
from app.core.pending import StepCounts
from app.core.rules import Rules
from app.core.share import is_share_risen
from app.core.state import BrandState, Episode
from app.core.window import DISTINCT, HOUR, NEGATIVES, UNSCORED

SCORED = 20  # distinct mentions with a label since the watch began, and ...
SHARE = 0.5  # ... so much of them positive, is praise
_POSITIVE = tuple(Label).index(Label.POSITIVE)


def listen(episode: Episode, total: StepCounts) -> None:
    """Add a judged step to what came since a watch began."""
    if episode.state is State.WATCH:
        episode.scored += total.counts[DISTINCT] - total.counts[UNSCORED]
        episode.positives += total.positives


def is_praise(state: BrandState, episode: Episode, case: Case, rules: Rules) -> bool:
    """Tell whether a watch, not told as an opportunity before, is one: all mentions are above the
    alert line, at least half of what came since it began is positive, by enough authors, and the
    negative share of the last hour is no higher than usual.
    """
    if episode.is_opportunity or not state.is_warm or case.mentions.severity < LINE:
        return False
    if episode.scored < SCORED or episode.positives < SHARE * episode.scored:
        return False
    return not _is_blamed(case) and _authors(state, episode) >= rules.minimum_authors


def _is_blamed(case: Case) -> bool:
    hour = case.windows[HOUR][1]
    scored = hour[DISTINCT] - hour[UNSCORED]
    return is_share_risen(hour[NEGATIVES], scored, case.usual_share)


def _authors(state: BrandState, episode: Episode) -> int:
    """Return how many authors of praise the sample of mentions knows since the watch began."""
    return len(
        {
            fact.author
            for fact in state.facts
            if fact.label == _POSITIVE and fact.time_ms >= episode.watch_since_ms
        }
    )
