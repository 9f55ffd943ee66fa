"""How right answers are on texts with known labels: pure figures, each 0..1.

A class is 0 negative, 1 neutral or 2 positive; where no answer was found it is None, which is
never right. Answers are the likeliest labels, whether the model is certain of them or not: what it
abstains from is counted apart.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from math import log, sqrt
from typing import NamedTuple

CLASSES = ("negative", "neutral", "positive")
BINS = 15
NONE = len(CLASSES)  # the column of a confusion matrix for texts without an answer
Z_95 = 1.96

Found = Sequence[int | None]
Matrix = tuple[tuple[int, int, int, int], ...]  # a row a true class; columns: found, then none


class Interval(NamedTuple):
    """A figure and the ends of its 95 % interval, within 0..1."""

    value: float
    low: float
    high: float


def confusion(labels: Sequence[int], found: Found) -> Matrix:
    """Return how often each true class (row) was found as each class (column), or not at all.

    >>> confusion([0, 0, 2], [0, 1, None])
    ((1, 1, 0, 0), (0, 0, 0, 0), (0, 0, 0, 1))
    """
    pairs = Counter(zip(labels, found, strict=True))
    return tuple(
        (pairs[row, 0], pairs[row, 1], pairs[row, 2], pairs[row, None])
        for row in range(len(CLASSES))
    )


def macro_f1(matrix: Matrix) -> float:
    """Return the mean F1 of the classes that occur, as labels or as answers; 0 without any.

    >>> round(macro_f1(confusion([0, 1, 1, 2], [0, 1, 0, 2])), 4)
    0.7778
    """
    sizes = _sizes(matrix)
    scores = [2 * matrix[c][c] / sizes[c] for c in range(len(CLASSES)) if sizes[c]]
    return sum(scores) / len(scores) if scores else 0.0


def macro_recall(matrix: Matrix) -> float:
    """Return the mean recall of the classes that occur as labels; 0 without any.

    >>> macro_recall(confusion([0, 1, 1, 2], [0, 1, 0, 2]))
    0.8333333333333334
    """
    recalls = [row[c] / sum(row) for c, row in enumerate(matrix) if any(row)]
    return sum(recalls) / len(recalls) if recalls else 0.0


def accuracy(matrix: Matrix) -> float:
    """Return the share of texts whose class was found; 0 without any."""
    total = sum(map(sum, matrix))
    return sum(matrix[c][c] for c in range(len(CLASSES))) / total if total else 0.0


def calibration_error(answers: Sequence[tuple[float, bool]], bins: int = BINS) -> float:
    """Return the expected calibration error of (probability of the likeliest class, is it right).

    Over ``bins`` bins of equal width, the mean distance of accuracy from confidence, weighted by
    texts (Guo et al. 2017, "On Calibration of Modern Neural Networks", section 2); 0 without any.

    >>> round(calibration_error([(0.8, True), (0.8, True), (0.8, False), (0.8, False)]), 4)
    0.3
    """
    gaps = [0.0] * bins
    for confidence, is_right in answers:
        gaps[min(int(confidence * bins), bins - 1)] += is_right - confidence
    return sum(map(abs, gaps)) / len(answers) if answers else 0.0


def macro_f1_error(matrix: Matrix) -> float:
    """Return the standard error of macro-F1, at least that of one text; 1 for an empty matrix.

    Its variance is by the delta method over the matrix's cells as one multinomial draw
    (Takahashi, Yamamoto, Kuchiba and Koyama 2022, "Confidence interval for micro-averaged F1 and
    macro-averaged F1 scores", section 3.2): no draws, so the same matrix gives the same interval.
    """
    total = sum(map(sum, matrix))
    if not total:
        return 1.0
    slopes = _slopes(matrix)
    cells = [
        (matrix[r][c] / total, slopes[r][c])
        for r in range(len(CLASSES))
        for c in range(NONE + 1)
        if matrix[r][c]
    ]
    mean = sum(share * slope for share, slope in cells)
    spread = sum(share * slope * slope for share, slope in cells) - mean * mean
    return max(sqrt(max(0.0, spread) / total), 1 / total)


def macro_f1_interval(matrix: Matrix) -> Interval:
    """Return macro-F1 over the classes that occur, with its normal 95 % interval.

    >>> low, high = macro_f1_interval(((80, 10, 10, 0), (10, 80, 10, 0), (10, 10, 80, 0)))[1:]
    >>> round(low, 3), round(high, 3)
    (0.755, 0.845)
    """
    value, half = macro_f1(matrix), Z_95 * macro_f1_error(matrix)
    return Interval(value, max(0.0, value - half), min(1.0, value + half))


def _sizes(matrix: Matrix) -> list[int]:
    """Return, by class, its labels and its answers together: F1 is 2 x hits / size."""
    return [sum(matrix[c]) + sum(row[c] for row in matrix) for c in range(len(CLASSES))]


def _slopes(matrix: Matrix) -> list[list[float]]:
    """Return d macro-F1 / d share of each cell."""
    sizes, total = _sizes(matrix), sum(map(sum, matrix))
    classes = [c for c in range(len(CLASSES)) if sizes[c]]
    slopes = [[0.0] * (NONE + 1) for _ in CLASSES]
    for c in classes:
        size, hits = sizes[c] / total, matrix[c][c] / total
        for column in range(NONE + 1):
            slopes[c][column] -= 2 * hits / size**2 / len(classes)
        for row in range(len(CLASSES)):
            slopes[row][c] -= 2 * hits / size**2 / len(classes)
        slopes[c][c] += 2 / size / len(classes)
    return slopes


def stability_index(expected: Sequence[int], seen: Sequence[int]) -> float:
    """Return the population stability index of two histograms with the same bins.

    The sum over bins of (q - p) ln(q / p) with p and q the bins' shares, half a text added to each
    bin so that an empty one stays finite (Siddiqi 2006, "Credit Risk Scorecards", chapter 8: above
    0.1 a shift, above 0.25 a large one).

    >>> stability_index([50, 50], [5, 5])
    0.0
    >>> stability_index([90, 10], [50, 50]) > 0.25
    True
    """
    total_p, total_q = sum(expected) + len(expected) / 2, sum(seen) + len(seen) / 2
    shares = [
        ((p + 0.5) / total_p, (q + 0.5) / total_q) for p, q in zip(expected, seen, strict=True)
    ]
    return sum((q - p) * log(q / p) for p, q in shares)
