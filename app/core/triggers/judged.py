"""A judged step as the triggers see it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from app.core.pending import AUTHOR_BITS, NEGATIVE, StepCounts
from app.core.recent import label_of
from app.core.rules import Rules
from app.core.state import BrandState, PendingStep
from app.core.triggers import keywords
from app.core.triggers.cascades import Answers, Cascades
from app.core.triggers.found import Found, Given
from app.core.triggers.ratings import Ratings
from app.core.triggers.reach import Reach
from app.core.triggers.signals import Signals
from app.core.window import HOUR, NEGATIVES, window_starts


class _Told(NamedTuple):
    author: int
    is_negative: bool
    is_copy: bool
    rating: int
    post: str
    risks: tuple[str, ...]


class _Judge:
    """One step of one brand. What is asked of each trigger: note the step, then judge the time
    before; where the step adds nothing to it and no crisis is under way, it can't have risen.
    """

    def __init__(self, state: BrandState, given: Given, *, is_watched: bool) -> None:
        self.state, self.given, self.is_watched = state, given, is_watched
        self.signals = state.signals = state.signals or Signals()

    def reach(self, total: StepCounts) -> Iterator[Found]:
        signals, state = self.signals, self.state
        if total.weighed:
            signals.reach = signals.reach or Reach()
            signals.reach.note(self.given, total.heavy, total.weighed)
        if signals.reach is None or not (total.heavy or self.is_watched):
            return
        first = window_starts(self.given.step + 1)[HOUR]
        authors = sum(last >= first for last in state.authors.values())
        negatives, is_new = state.rings.sums[HOUR][NEGATIVES], bool(total.heavy)
        found = signals.reach.judge(self.given, negatives, authors, is_new=is_new)
        yield from () if found is None else (found,)

    def ratings(self, told: list[_Told]) -> Iterator[Found]:
        signals, is_new = self.signals, False
        rated = [(one.rating, one.author) for one in told if one.rating >= 0 and not one.is_copy]
        if rated:
            signals.ratings = signals.ratings or Ratings()
            is_new = signals.ratings.note(self.given, rated)
        if signals.ratings is not None and (is_new or self.is_watched):
            found = signals.ratings.judge(self.given, is_new=is_new)
            yield from () if found is None else (found,)

    def cascades(self, told: list[_Told]) -> Iterator[Found]:
        signals, answers, new = self.signals, dict[str, Answers](), set[str]()
        for one in told:
            if one.post:
                to = answers.setdefault(one.post, Answers())
                to.count += 1
                to.negatives += one.is_negative
                to.authors += [one.author] if one.is_negative and one.author else []
        if answers:
            signals.cascades = signals.cascades or Cascades()
            new = signals.cascades.note(self.given, answers)
        if signals.cascades is not None and (new or self.is_watched):
            found = signals.cascades.judge(self.given, new)
            yield from () if found is None else (found,)

    def keywords(self, told: list[_Told]) -> Iterator[Found]:
        risks = self.signals.risks
        named = [
            (one.risks, one.author)
            for one in told
            if one.risks and one.author and one.is_negative and not one.is_copy
        ]
        new = keywords.note(risks, self.given.step, named) if named else set[str]()
        if risks and (new or self.is_watched):
            yield from keywords.judge(risks, self.given, new)


def judge_triggers(
    state: BrandState, held: PendingStep, total: StepCounts, given: Given, *, is_watched: bool
) -> tuple[Found, ...]:
    """Note what a step brought, just pushed to the rings, and return how the triggers stand that
    it can have changed; while a crisis is under way, all that are known.
    """
    if not (held.extras or total.weighed) and (state.signals is None or not is_watched):
        return ()
    told = list(_told(held, total)) if held.extras else []
    judge = _Judge(state, given, is_watched=is_watched)
    return (
        *judge.reach(total),
        *judge.ratings(told),
        *judge.cascades(told),
        *judge.keywords(told),
    )


def given_of(state: BrandState, rules: Rules, step: int, *, is_usual: bool) -> Given:
    """Return what the triggers of a step are judged by."""
    return Given(step, rules, state.is_warm, is_usual, state.share_negatives / state.share_scored)


def _told(held: PendingStep, total: StepCounts) -> Iterator[_Told]:
    for number, (rating, post, risks) in sorted(held.extras.items()):
        _, author, code, _ = held.items[number]
        yield _Told(
            author=author >> AUTHOR_BITS,
            is_negative=label_of(code) == NEGATIVE,
            is_copy=number in total.copies,
            rating=rating,
            post=post,
            risks=risks,
        )
