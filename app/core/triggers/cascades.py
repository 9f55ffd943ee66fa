"""The cascade of one post: within an hour many answer or share it, most of them to complain.

As many as an hour's busiest post hardly ever has. Copies count, since a share is one; the authors
have to be different people. Of the posts answered lately sixteen are remembered: the eight with
most answers in the hour and, of the others, the eight answered last, so that a new one can grow.
"""

from __future__ import annotations

from collections.abc import Mapping

import msgspec

from app.core.detector.tail import significant
from app.core.event import Trigger
from app.core.triggers.authors import seen
from app.core.triggers.found import CASCADE, Found, Given
from app.core.triggers.level import HOUR_STEPS, Level, Rise, least_count
from app.core.window import BLOCK_STEPS, BLOCKS

LARGEST, NEWEST = 8, 8
LEAST_ANSWERS = 10
LEAST_SHARE = 0.5
SHARE_RISE, MOST_SHARE = 1.25, 0.9  # of what is usual; a share can't rise beyond all
PRIOR_DISPERSION = 3.0


class Answers(msgspec.Struct, kw_only=True):
    """What one step brought to one post."""

    count: int = 0
    negatives: int = 0
    authors: list[int] = []


class Post(msgspec.Struct, array_like=True, kw_only=True):
    """``blocks`` of five minutes: number, answers, negative ones. ``authors`` of the latter: 32
    bits of the pseudonym, and the step.
    """

    blocks: list[tuple[int, int, int]] = []
    authors: dict[int, int] = {}
    newest: int = 0  # step

    def add(self, step: int, answers: Answers) -> None:
        block, count, negatives = step // BLOCK_STEPS, answers.count, answers.negatives
        self.blocks = [one for one in self.blocks if one[0] > block - BLOCKS]
        if self.blocks and self.blocks[-1][0] == block:
            _, before, negatives_before = self.blocks.pop()
            count, negatives = count + before, negatives + negatives_before
        self.blocks.append((block, count, negatives))
        for author in answers.authors:
            seen(self.authors, author, step)
        self.newest = step

    def within(self, step: int) -> tuple[int, int]:
        """Return the answers of the hour, and how many are negative."""
        first = step // BLOCK_STEPS - BLOCKS
        recent = [one for one in self.blocks if one[0] > first]
        return sum([one[1] for one in recent]), sum([one[2] for one in recent])


class Cascades(msgspec.Struct, array_like=True, kw_only=True):
    """``posts`` by "source/id"; ``level``: of the busiest post of each hour."""

    posts: dict[str, Post] = {}
    level: Level = msgspec.field(default_factory=Level)
    rise: Rise = msgspec.field(default_factory=Rise)

    def note(self, given: Given, told: Mapping[str, Answers]) -> set[str]:
        """Add a step's answers by post; return the posts that had negative ones."""
        step = given.step
        self.level.turn(step // HOUR_STEPS, is_usual=given.is_usual)
        before = len(self.posts)
        for name in sorted(told):
            post = self.posts.setdefault(name, Post())
            post.add(step, told[name])
            self.level.amount = max(self.level.amount, post.within(step)[0])
        if len(self.posts) > before:
            self._forget(step)
        return {name for name, one in told.items() if one.negatives and name in self.posts}

    def _forget(self, step: int) -> None:
        first = step // BLOCK_STEPS - BLOCKS
        for name in [name for name, post in self.posts.items() if post.blocks[-1][0] <= first]:
            del self.posts[name]
        if len(self.posts) <= LARGEST + NEWEST:
            return
        ranked = sorted(self.posts, key=lambda name: (-self.posts[name].within(step)[0], name))
        others = sorted(ranked[LARGEST:], key=lambda name: (-self.posts[name].newest, name))
        self.posts = {name: self.posts[name] for name in sorted(ranked[:LARGEST] + others[:NEWEST])}

    def judge(self, given: Given, new: set[str]) -> Found | None:
        """Return how the worst post of the hour stands, None where none has ten answers or too
        little is learnt.
        """
        if not (given.is_warm and self.level.is_learnt):
            return None
        answered = {name: post.within(given.step) for name, post in self.posts.items()}
        names = [name for name, (count, bad) in answered.items() if count >= LEAST_ANSWERS and bad]
        if not names:
            return None
        usual = max(self.level.expected(), 1.0)
        least = least_count(usual, self.level.dispersion(PRIOR_DISPERSION), given.chance)
        least = max(least, LEAST_ANSWERS)
        found = [self._judged(given, name, least, is_new=name in new) for name in sorted(names)]
        worst = min(found, key=lambda one: (one.held_by is not None, -one.trigger.value))
        if worst.held_by is None and self.rise.lasts(given.step):
            self.level.forget()
        return worst

    def _judged(self, given: Given, name: str, least: int, *, is_new: bool) -> Found:
        post, rules = self.posts[name], given.rules
        count, negatives = post.within(given.step)
        authors = sum(given.step - last < HOUR_STEPS for last in post.authors.values())
        share = max(LEAST_SHARE, min(SHARE_RISE * given.usual_share, MOST_SHARE))
        closed = given.first_closed(
            (CASCADE, count >= least),
            ("share", negatives >= share * count),
            ("negatives", negatives >= rules.minimum_negatives),
            ("authors", authors >= rules.minimum_authors),
        )
        trigger = Trigger(
            name=CASCADE,
            unit="answers",
            scale_s=3_600,
            value=float(count),
            expected=significant(max(self.level.expected(), 1.0)),
            threshold=float(least),
            about=name,
        )
        return Found(trigger, closed, is_new)
