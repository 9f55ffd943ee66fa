"""Quality as it runs: what people say of the last labels, and how the scores are distributed."""

from __future__ import annotations

from collections import deque
from math import sqrt
from typing import NamedTuple

from app.core.event import Labelled
from app.core.mention import Label, Sentiment
from app.core.supported import LANGUAGES, language_number
from app.inference import quality

ALL = "all"
LAST = 500  # labels that a figure is of
BEFORE = 2_000  # labels before those, which it is held against
FEWEST = 200  # on either side, for a drop to be told
MOST_SIGMAS = 99.0
GROUP = 1_000  # scores that a distribution is of
BINS = 10

_CLASSES = {Label.NEGATIVE: 0, Label.NEUTRAL: 1, Label.POSITIVE: 2}
_ABSTAINED = frozenset({Label.UNCERTAIN, Label.UNSCORED})


class LabelFigures(NamedTuple):
    """Of one language's last ``labels`` labels: macro-F1 of the model, and its fall.

    ``drop_sigmas``: how many standard errors of the difference macro-F1 lies below that of the
    labels before; 0 while there are too few, negative when it rose.
    """

    labels: int
    macro_f1: quality.Interval
    drop_sigmas: float


class RollingLabels:
    """The model's labels of late beside people's, by language and of all.

    A person who confirms right labels counts as much as one who corrects wrong ones: where only
    mistakes are handed in, macro-F1 says how the mistakes are, and its fall still says news.
    """

    def __init__(self) -> None:
        self._pairs: dict[str, deque[tuple[int, int]]] = {}

    def note(self, labelled: Labelled) -> None:
        """Take a label; one that corrects a person, or answers no label of the model, is left."""
        before = _CLASSES.get(labelled.before) if labelled.before else None
        if before is None or labelled.is_again:
            return
        language = labelled.lang if labelled.lang in LANGUAGES else LANGUAGES[0]
        for name in (ALL, language):
            pairs = self._pairs.setdefault(name, deque(maxlen=LAST + BEFORE))
            pairs.append((_CLASSES[labelled.label], before))

    def figures(self) -> dict[str, LabelFigures]:
        """Return the figures of each language that has a label, and of ``ALL``."""
        return {name: _label_figures(list(pairs)) for name, pairs in self._pairs.items()}


def _label_figures(pairs: list[tuple[int, int]]) -> LabelFigures:
    last, before = pairs[-LAST:], pairs[:-LAST]
    now = _matrix(last)
    drop = 0.0
    if min(len(last), len(before)) >= FEWEST:
        usual = _matrix(before)
        fall = quality.macro_f1(usual) - quality.macro_f1(now)
        error = sqrt(quality.macro_f1_error(now) ** 2 + quality.macro_f1_error(usual) ** 2)
        drop = max(-MOST_SIGMAS, min(MOST_SIGMAS, fall / error))
    return LabelFigures(len(last), quality.macro_f1_interval(now), drop)


def _matrix(pairs: list[tuple[int, int]]) -> quality.Matrix:
    return quality.confusion([label for label, _ in pairs], [found for _, found in pairs])


class ScoreFigures(NamedTuple):
    """Of one language's last scores: shares of labels, and how far they moved.

    ``drift``: population stability index of the negative probability against the first ``GROUP``
    since the start; 0 until ``FEWEST`` came after those.
    """

    abstained: float
    unscored: float
    drift: float


class ScoreDrift:
    """The distribution of a process's scores since it began, by language and of all."""

    def __init__(self) -> None:
        self._scores: dict[str, _Scores] = {}

    def note(self, language: str | None, sentiment: Sentiment) -> None:
        """Take one answer; ``language`` is a BCP 47 tag."""
        for name in (ALL, LANGUAGES[language_number(language)]):
            self._scores.setdefault(name, _Scores()).note(sentiment)

    def figures(self) -> dict[str, ScoreFigures]:
        """Return the figures of each language that has a score, and of ``ALL``."""
        return {name: scores.figures() for name, scores in self._scores.items()}


class _Scores:
    def __init__(self) -> None:
        self._labels: deque[Label] = deque(maxlen=GROUP)
        self._first = [0] * BINS
        self._bins: deque[int] = deque()
        self._last = [0] * BINS

    def note(self, sentiment: Sentiment) -> None:
        self._labels.append(sentiment.label)
        if not sentiment.probabilities:
            return
        place = min(int(sentiment.probabilities[0] * BINS), BINS - 1)
        if sum(self._first) < GROUP:
            self._first[place] += 1
            return
        self._bins.append(place)
        self._last[place] += 1
        if len(self._bins) > GROUP:
            self._last[self._bins.popleft()] -= 1

    def figures(self) -> ScoreFigures:
        total = len(self._labels)
        moved = len(self._bins) >= FEWEST
        return ScoreFigures(
            abstained=sum(label in _ABSTAINED for label in self._labels) / total,
            unscored=self._labels.count(Label.UNSCORED) / total,
            drift=quality.stability_index(self._first, self._last) if moved else 0.0,
        )
