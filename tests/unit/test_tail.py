"""Tail probabilities against sums of the probability mass."""

from __future__ import annotations

from math import comb, exp, lgamma, log

import pytest

from app.core.detector.tail import SMALLEST, binomial_tail, residual, sigma, upper_tail


def poisson_tail(count: int, mean: float) -> float:
    return 1 - sum(exp(k * log(mean) - mean - lgamma(k + 1)) for k in range(count))


def negative_binomial_tail(count: int, mean: float, dispersion: float) -> float:
    size, success = mean / (dispersion - 1), 1 / dispersion
    mass = (
        exp(
            lgamma(k + size) - lgamma(size) - lgamma(k + 1)
            + size * log(success) + k * log(1 - success)
        )
        for k in range(count)
    )  # fmt: skip
    return 1 - sum(mass)


@pytest.mark.parametrize("count", [1, 2, 5, 12, 40])
@pytest.mark.parametrize("mean", [0.01, 0.7, 4.0, 25.0])
def test_upper_tail_is_the_rest_of_the_mass(count: int, mean: float) -> None:
    assert upper_tail(count, mean, 1.0) == pytest.approx(poisson_tail(count, mean), abs=1e-9)
    expected = negative_binomial_tail(count, mean, 3.0)
    assert upper_tail(count, mean, 3.0) == pytest.approx(expected, abs=1e-9)


def test_binomial_tail_is_the_rest_of_the_mass() -> None:
    exact = sum(comb(20, k) * 0.15**k * 0.85 ** (20 - k) for k in range(9, 21))
    assert binomial_tail(9, 20, 0.15) == pytest.approx(exact)
    assert binomial_tail(0, 20, 0.15) == 1.0


def test_the_impossible_is_only_very_unlikely() -> None:
    assert upper_tail(1e6, 0.001, 1.0) == SMALLEST
    assert sigma(0.00134990) == pytest.approx(3.0, abs=1e-4)
    assert sigma(1.0) < 0


@pytest.mark.parametrize("dispersion", [1.0, 1.5, 3.0, 8.0])
@pytest.mark.parametrize("mean", [0.2, 1.0, 6.0, 60.0, 2_000.0])
def test_the_residual_is_about_the_normal_quantile(mean: float, dispersion: float) -> None:
    for count in (1, 2, 3, 5, 8, 13, 40, 90, 200, 2_300):
        probability = upper_tail(count, mean, dispersion)
        if count > mean + 1 and 1e-12 < probability < 0.1:
            assert residual(count, mean, dispersion) == pytest.approx(sigma(probability), abs=0.25)


def test_the_residual_rises_with_the_count_and_has_the_sign_of_the_error() -> None:
    for mean, dispersion in ((0.3, 2.0), (7.0, 1.0), (7.0, 4.0), (900.0, 1.2)):
        counts = sorted({int(mean * share) for share in (0, 0.2, 0.5, 1.6, 3, 9)})
        found = [residual(count, mean, dispersion) for count in counts]
        assert found == sorted(found)
        assert found[0] <= 0 < found[-1]
        assert residual(mean, mean, dispersion) == 0.0
