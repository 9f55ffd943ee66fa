"""Labelled texts and what a model, or a baseline, said of them: figures in all and by language."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import NamedTuple, TypedDict

from app.core.mention import Label, Sentiment
from app.errors import UsageError
from app.inference import quality

ABSTAINED = frozenset({Label.UNCERTAIN, Label.UNSCORED})
UNKNOWN_LANGUAGE = "und"  # as BCP 47 has it
_VADER_LINE = 0.05  # of its compound score, as its authors set it


class Judged(NamedTuple):
    """A text's class (0 negative, 1 neutral, 2 positive), language, and the answer to it.

    ``score`` is None where the engine failed on the text.
    """

    label: int
    language: str
    score: Sentiment | None

    @property
    def found(self) -> int | None:
        """The likeliest class, certain or not; a tie goes to the more negative one."""
        shares = self.score.probabilities if self.score else ()
        return shares.index(max(shares)) if shares else None


class Figures(TypedDict):
    """The figures of one set, each 0..1 to 4 places but for counts; see ``quality``.

    ``abstained``: the share of texts that got the label uncertain or unscored, or no answer.
    ``confusion``: true class -> found class (or "none") -> texts.
    """

    macro_recall: float
    macro_f1: float
    accuracy: float
    ece: float
    abstained: float
    n: int
    confusion: dict[str, dict[str, int]]


class BaselineFigures(TypedDict):
    """What a baseline reaches, each 0..1 to 4 places."""

    macro_recall: float
    macro_f1: float
    accuracy: float


def figures(judged: Sequence[Judged]) -> Figures:
    """Return the figures of all these texts together."""
    matrix = quality.confusion([one.label for one in judged], [one.found for one in judged])
    answers = [
        (max(one.score.probabilities), one.found == one.label)
        for one in judged
        if one.score and one.score.probabilities
    ]
    abstained = sum(one.score is None or one.score.label in ABSTAINED for one in judged)
    return Figures(
        macro_recall=round(quality.macro_recall(matrix), 4),
        macro_f1=round(quality.macro_f1(matrix), 4),
        accuracy=round(quality.accuracy(matrix), 4),
        ece=round(quality.calibration_error(answers), 4),
        abstained=round(abstained / len(judged), 4) if judged else 0.0,
        n=len(judged),
        confusion={
            name: dict(zip((*quality.CLASSES, "none"), row, strict=True))
            for name, row in zip(quality.CLASSES, matrix, strict=True)
        },
    )


def by_language(judged: Sequence[Judged]) -> dict[str, Figures]:
    """Return the figures of each language's texts, languages in the order of their codes."""
    return {
        language: figures([one for one in judged if one.language == language])
        for language in sorted({one.language for one in judged})
    }


def baseline(labels: Sequence[int], found: Sequence[int]) -> BaselineFigures:
    """Return the figures of a baseline's answers."""
    matrix = quality.confusion(labels, found)
    return BaselineFigures(
        macro_recall=round(quality.macro_recall(matrix), 4),
        macro_f1=round(quality.macro_f1(matrix), 4),
        accuracy=round(quality.accuracy(matrix), 4),
    )


def majority(labels: Sequence[int]) -> list[int]:
    """Return the set's own most frequent class for each of its texts: what no reading gives.

    >>> majority([2, 0, 2])
    [2, 2, 2]
    """
    counts = Counter(labels)
    most = max(range(len(quality.CLASSES)), key=lambda c: counts[c])
    return [most] * len(labels)


def vader(texts: Sequence[str]) -> list[int]:
    """Return VADER's class of each text, by its authors' lines on the compound score.

    Hutto and Gilbert 2014, "VADER: A Parsimonious Rule-based Model for Sentiment Analysis of
    Social Media Text". Its word list is English. Raises UsageError when it is not installed.
    """
    try:
        from vaderSentiment.vaderSentiment import SentimentIntensityAnalyzer
    except ImportError:
        message = (
            "the VADER baseline needs the package vaderSentiment: install it with"
            " `pip install 'squall[bench]'`, or leave --baseline out"
        )
        raise UsageError(message) from None
    analyzer = SentimentIntensityAnalyzer()
    return [_vader_class(analyzer.polarity_scores(text)["compound"]) for text in texts]


def _vader_class(compound: float) -> int:
    if compound >= _VADER_LINE:
        return 2
    return 0 if compound <= -_VADER_LINE else 1
