"""Binomial tails against scipy's and exact sums, and the middle of numbers."""

import math
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import binom

from peerbill.checks.patterns.chance import deviation, is_chance, middle, middle_of, tail


@given(st.integers(0, 120), st.integers(1, 120), st.fractions(0, 1))
def test_a_tail_is_the_sum_of_its_terms(count: int, trials: int, share: Fraction) -> None:
    exact = sum(
        math.comb(trials, hits) * share**hits * (1 - share) ** (trials - hits) for hits in range(count, trials + 1)
    )

    assert tail(count, trials, share) == pytest.approx(float(exact), rel=1e-7, abs=1e-30)


def test_a_tail_of_many_trials_is_quick_and_exact() -> None:
    assert tail(50_500, 100_000, 0.5) == pytest.approx(binom.sf(50_499, 100_000, 0.5), rel=1e-6)
    assert tail(200, 1_000_000, 1e-4) == pytest.approx(binom.sf(199, 1_000_000, 1e-4), rel=1e-6)


def test_chance_is_shared_by_all_that_are_compared() -> None:
    """10 heads of 10 have the probability 0.00098."""
    assert not is_chance(10, 10, 0.5)
    assert is_chance(10, 10, 0.5, compared=2)
    assert is_chance(9, 9, 0.5)


def test_the_middle() -> None:
    assert [middle([]), middle([4]), middle([1, 2]), middle([1, 9, 2])] == [0, 4, 2, 2]
    assert [middle_of({}), middle_of({3: 1}), middle_of({1: 2, 5: 2}), middle_of({1: 1, 5: 2})] == [0, 3, 1, 5]
    assert [deviation([]), deviation([5, 5, 9]), deviation([1, 2, 3, 4, 100])] == [0.0, 0.0, pytest.approx(1.4826)]
