"""Accounts that look like bots, and waves of their posts that look coordinated."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

from app.core.copies import NOTHING_COPIED, Copied
from app.core.facts import Fact

NEW_ACCOUNT_DAYS = 30
TIRELESS = 8  # different negative texts by one author in a window of at most six hours ...
TIRELESS_SHARE = 0.1  # ... that are at least this share of all
BOT = "bot"
LEAST_SHARE = 0.5  # of the negative posts, by accounts that look like bots ...
REPEATED = 2  # ... and so many posts of a text, or more, are ...
LEAST_REPEATED = 0.5  # ... this much of theirs
MOSTLY = 0.8  # of the negative posts, where that is ...
OFTENER = 2.0  # ... so many times their usual share
FADING = 0.995  # a usual negative, of the shares among them
PRIOR = 10.0  # negatives by others: what a brand not learnt yet is taken to have had
YOUNG_MS = 4 * 60_000  # half of their texts are younger


def is_suspect(author_kind: str, account_days: int | None) -> bool:
    """Tell whether a single post shows that its account looks like a bot: the source calls it one,
    or the account is younger than 30 days.
    """
    if author_kind.casefold() == BOT:
        return True
    return account_days is not None and account_days < NEW_ACCOUNT_DAYS


class Posts(NamedTuple):
    """How often a text was posted, and how often by accounts that look like bots."""

    fact: Fact
    posts: int
    suspects: int

    @property
    def is_bots(self) -> bool:
        return 2 * self.suspects > self.posts


def posts_of(
    negatives: Sequence[Fact], copied: Mapping[int, Copied] = NOTHING_COPIED
) -> list[Posts]:
    """Return how often each of the texts was posted.

    An account looks like a bot as ``is_suspect`` says; or where the source does not say what kind
    of author it is, and the author wrote at least 8 of these texts and at least a tenth of them.
    """
    counts = Counter(fact.author for fact in negatives)
    least = max(TIRELESS, TIRELESS_SHARE * len(negatives))
    found = list[Posts]()
    for fact in negatives:
        is_told = fact.author_kind and not fact.is_kind_inferred
        is_tireless = counts[fact.author] >= least and not is_told
        first = is_tireless or is_suspect(fact.author_kind, fact.account_days)
        again = copied.get(fact.fingerprint)
        copies, suspects = (again.copies, again.suspects) if again else (0, 0)
        found.append(Posts(fact, 1 + copies, int(first) + suspects))
    return found


def bots_of(negatives: Sequence[Fact], copied: Mapping[int, Copied] = NOTHING_COPIED) -> list[Fact]:
    """Return the texts most posts of which are by accounts that look like bots."""
    return [one.fact for one in posts_of(negatives, copied) if one.is_bots]


def suspect_share(posts: Iterable[Posts]) -> float:
    """Return the share of all posts, copies included, that are by accounts that look like bots."""
    counts = [(one.posts, one.suspects) for one in posts]
    total = sum(count for count, _ in counts)
    return sum(suspects for _, suspects in counts) / total if total else 0.0


def is_coordinated(posts: Sequence[Posts]) -> bool:
    """Tell whether few texts are posted over and over by accounts that look like bots: at least
    half of the negative posts are theirs, and at least half of these are of texts that were posted
    twice or more.

    New accounts alone are not enough: who complains on a review site may have signed up to do so.
    Nor are copies: a petition or a wire story is copied by people.
    """
    suspects = sum(one.suspects for one in posts)
    repeated = sum(one.suspects for one in posts if one.posts >= REPEATED)
    is_theirs = suspects > 0 and suspect_share(posts) >= LEAST_SHARE
    return is_theirs and repeated >= LEAST_REPEATED * suspects


def is_suspicious(share: float, usual_share: float) -> bool:
    """Tell whether accounts that look like bots make a wave up though they usually do not: four in
    five of the negative posts, and twice their usual share.
    """
    return share >= MOSTLY and share >= OFTENER * usual_share


def is_young(bots: Sequence[Fact], now_ms: int) -> bool:
    """Tell whether a wave is so young that its texts had no time to come again: half of them came
    in the last four minutes.
    """
    times = sorted(fact.time_ms for fact in bots)
    return bool(times) and now_ms - times[len(times) // 2] < YOUNG_MS


def learn_suspects(usual: float, facts: Iterable[Fact]) -> float:
    """Return the decayed number of usual negatives by accounts that look like bots, with those of a
    usual step.
    """
    for fact in facts:
        if fact.is_negative:
            usual = usual * FADING + is_suspect(fact.author_kind, fact.account_days)
    return usual


def usual_share(suspects: float, negatives: float) -> float:
    """Return the usual share of such accounts, of decayed numbers."""
    return suspects / (negatives + PRIOR)
