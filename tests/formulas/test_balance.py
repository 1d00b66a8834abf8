"""Standardised differences against numbers worked out by hand, and what must not change them."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from causal_dask.formulas.balance import (
    standardised_differences,
    weighted_means,
    weighted_variances,
)

COLUMN = arrays(np.float64, (12, 1), elements=st.floats(-10, 10).map(lambda v: round(v, 3)))
WEIGHTS = arrays(np.float64, 12, elements=st.floats(0.5, 2))
SCALE = np.ones(1)


def test_a_weighted_mean_is_that_of_rows_as_often_as_they_weigh():
    x, weights = np.array([[1.0], [4.0]]), np.array([2.0, 1.0])
    assert weighted_means(x, weights) == pytest.approx([2.0])


def test_several_weights_at_once_give_a_row_of_means_each():
    x, weights = np.array([[1.0, 0.0], [4.0, 2.0]]), np.array([[1.0, 1.0], [0.0, 3.0]])
    assert weighted_means(x, weights).tolist() == [[2.5, 1.0], [4.0, 2.0]]


def test_values_that_are_missing_count_for_nothing():
    x = np.array([[1.0], [np.nan], [4.0], [np.inf]])
    assert weighted_means(x, np.ones(4)) == pytest.approx([2.5])
    assert weighted_variances(x, np.ones(4)) == pytest.approx([4.5])


def test_a_group_without_values_has_no_mean():
    assert np.isnan(weighted_means(np.full((3, 1), np.nan), np.ones(3))).all()


@settings(deadline=None)
@given(COLUMN, st.floats(0.1, 10))
def test_with_equal_weights_the_variance_is_the_sample_variance(x, weight):
    expected = x.var(axis=0, ddof=1)
    assert weighted_variances(x, np.full(12, weight)) == pytest.approx(expected, abs=1e-9)


def test_the_weighted_variance_of_two_rows_by_hand():
    # weights 3 and 1, values 0 and 4: mean 1, 3 * 1 + 1 * 9 = 12, times 4 / (16 - 10)
    variance = weighted_variances(np.array([[0.0], [4.0]]), np.array([3.0, 1.0]))
    assert variance == pytest.approx([8.0])


def test_a_difference_is_in_pooled_standard_deviations():
    # the pooled variance is (9 + 16) / 2
    means = np.array([7.0]), np.array([2.0])
    found = standardised_differences(*means, np.array([9.0]), np.array([16.0]), SCALE)
    assert found == pytest.approx([5 / np.sqrt(12.5)])


def test_a_constant_covariate_is_balanced():
    zero = np.zeros(1)
    assert standardised_differences(zero, zero, zero, zero, zero).tolist() == [0.0]


def test_constants_that_differ_between_groups_are_infinitely_far_apart():
    zero = np.zeros(1)
    found = standardised_differences(zero, np.ones(1), zero, np.full(1, 1e-40), np.ones(1))
    assert found.tolist() == [-np.inf]


@settings(deadline=None)
@given(COLUMN, WEIGHTS, st.floats(0.01, 100))
def test_only_proportions_of_weights_matter(x, weights, factor):
    for statistic in (weighted_means, weighted_variances):
        assert statistic(x, factor * weights) == pytest.approx(statistic(x, weights), abs=1e-9)


@settings(deadline=None)
@given(COLUMN, WEIGHTS, st.floats(-5, 5))
def test_a_shift_moves_the_mean_and_leaves_the_variance(x, weights, shift):
    moved = weighted_means(x + shift, weights)
    assert moved == pytest.approx(weighted_means(x, weights) + shift, abs=1e-9)
    variances = weighted_variances(x, weights)
    assert weighted_variances(x + shift, weights) == pytest.approx(variances, abs=1e-9)
