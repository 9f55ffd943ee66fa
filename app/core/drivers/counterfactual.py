"""Would it still be a crisis without bots, copies, the top author, the top source, one language?

A part is taken out of the negatives that were looked at, and the severity is graded again for the
share that stays. What is usual for the brand is left as it is.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence

from app.core.cause import Counterfactual
from app.core.crisis import Severity
from app.core.drivers.given import Regrade, Window
from app.core.facts import Fact
from app.core.severity import agreeing
from app.core.supported import LANGUAGES

UNNAMED_LANGUAGES = 2  # the first of LANGUAGES: unknown and other


def counterfactuals_of(
    negatives: Sequence[Fact], bots: Sequence[Fact], window: Window, regrade: Regrade
) -> tuple[Counterfactual, ...]:
    """Return the five answers: bots, copies, top_author, top_source, top_language.

    Of equally frequent authors, sources or languages the first by name is taken. Where there is
    nothing to take out, the severity is what it is.
    """
    authors = [fact.author for fact in negatives]
    sources = [fact.source for fact in negatives]
    languages = [LANGUAGES[fact.language] for fact in negatives]
    without = _Without(negatives, window, regrade)
    return (
        without.part("bots", bots),
        without.copies(),
        without.top("top_author", authors),
        without.top("top_source", sources),
        without.top("top_language", languages, unnamed=LANGUAGES[:UNNAMED_LANGUAGES]),
    )


def severity_without(
    negatives: Sequence[Fact], gone: Sequence[Fact], window: Window, regrade: Regrade
) -> Severity | None:
    """Return the severity that is left when ``gone``, some of the negatives, are not there; None:
    no crisis.
    """
    return _Without(negatives, window, regrade).part("", gone).severity


class _Without:
    """Grades again what is left of the same negatives."""

    def __init__(self, negatives: Sequence[Fact], window: Window, regrade: Regrade) -> None:
        self._negatives = negatives
        self._window = window
        self._regrade = regrade
        self._authors = len({fact.author for fact in negatives})

    def part(self, without: str, gone: Sequence[Fact], value: str | None = None) -> Counterfactual:
        """Return the answer when these of the negatives are gone."""
        seen = len(self._negatives)
        kept = (seen - len(gone)) / seen if gone else 1.0
        return Counterfactual(
            without=without,
            percent=round(100 * len(gone) / seen, 1) if gone else 0.0,
            severity=self._regrade(kept, self._authors_left(gone), self._agreeing(gone)),
            value=value,
        )

    def top(
        self, without: str, values: Sequence[str], unnamed: Iterable[str] = ("",)
    ) -> Counterfactual:
        """Return the answer when the most frequent of ``values``, one a negative, is gone."""
        counts = Counter(values)
        for value in unnamed:
            del counts[value]
        if not counts:
            return self.part(without, ())
        most = min(counts, key=lambda value: (-counts[value], value))
        pairs = zip(self._negatives, values, strict=True)
        return self.part(without, [fact for fact, value in pairs if value == most], most)

    def copies(self) -> Counterfactual:
        """Return the answer without copies. A severity is of distinct texts, so it stays; the
        percent is of all mentions, of whatever sentiment.
        """
        window = self._window
        copies = max(0, window.raw - window.distinct)
        return Counterfactual(
            without="copies",
            percent=round(100 * copies / window.raw, 1) if copies else 0.0,
            severity=self._regrade(1.0, window.authors, self._agreeing(())),
        )

    def _agreeing(self, gone: Sequence[Fact]) -> int:
        numbers = {fact.number for fact in gone}
        return agreeing(fact.source for fact in self._negatives if fact.number not in numbers)

    def _authors_left(self, gone: Sequence[Fact]) -> int:
        """Return how many of the window's authors stay: in proportion to those looked at, and at
        least the ones seen to stay. The window may count authors up to a limit only.
        """
        if not gone:
            return self._window.authors
        numbers = {fact.number for fact in gone}
        left = len({fact.author for fact in self._negatives if fact.number not in numbers})
        in_proportion = (2 * self._window.authors * left + self._authors) // (2 * self._authors)
        return min(self._window.authors, max(left, in_proportion))
