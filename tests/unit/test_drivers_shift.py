"""The shift of the negative share and its interval."""

from __future__ import annotations

import pytest

from app.core.drivers.given import Usual, Window
from app.core.drivers.shift import shift_of, wilson


@pytest.mark.parametrize(
    ("now", "before", "low", "high"),
    [
        ((56, 70), (48, 80), 5.24, 33.39),
        ((9, 10), (3, 10), 17.05, 80.90),
        ((10, 10), (0, 10), 60.75, 100.0),
    ],
)
def test_the_published_examples(
    now: tuple[int, int], before: tuple[int, int], low: float, high: float
) -> None:
    """Newcombe, Statistics in Medicine 17 (1998), 873-890, table II, method 10."""
    found = shift_of(Window(now[1], now[1], now[0], 0, 9), Usual(before[0], before[1], {}))
    assert found is not None
    assert (found.low, found.high) == (low, high)


def test_unscored_mentions_are_left_out() -> None:
    found = shift_of(Window(90, 70, 20, 30, 9), Usual(10.0, 100.0, {}))
    assert found is not None
    assert (found.before, found.now, found.change) == (10.0, 50.0, 40.0)


@pytest.mark.parametrize(
    ("window", "usual"),
    [
        (Window(9, 9, 0, 9, 0), Usual(3.0, 20.0, {})),
        (Window(0, 0, 0, 0, 0), Usual(3.0, 20.0, {})),
        (Window(9, 9, 5, 0, 5), Usual(0.0, 0.0, {})),
    ],
)
def test_without_mentions_that_have_a_label_there_is_none(window: Window, usual: Usual) -> None:
    assert shift_of(window, usual) is None


@pytest.mark.parametrize(("negatives", "scored"), [(0, 5), (5, 5), (7, 5), (1, 1), (10**6, 10**9)])
def test_the_limits_stay_within_what_is_possible(negatives: int, scored: int) -> None:
    found = shift_of(Window(scored, scored, negatives, 0, 1), Usual(0.5, 1e-9, {}))
    assert found is not None
    assert -100 <= found.low <= found.change <= found.high <= 100
    assert found.change == round(found.now - found.before, 2)


def test_more_mentions_narrow_the_limits() -> None:
    widths = [high - low for low, high in (wilson(0.3, n) for n in (1, 10, 100, 1_000))]
    assert widths == sorted(widths, reverse=True)
    assert widths[-1] < 0.06
