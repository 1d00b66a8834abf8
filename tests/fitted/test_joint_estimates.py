"""Tests and bands of several estimates: their level, and estimates without an error."""

import numpy as np
import pytest
from scipy import stats

from causal_dask import EstimateTable, InvalidInput


def table_of(estimate, covariance, df=None):
    index = np.arange(len(estimate))
    return EstimateTable(np.asarray(estimate), np.asarray(covariance), index, "Effects", df=df)


def test_a_joint_test_holds_its_level_where_groups_are_few():
    """2,000 draws of 5 true zeros with a covariance from 12 groups: 5 % ± 3 standard errors."""
    rng = np.random.default_rng(0)
    draws = rng.normal(size=(2_000, 12, 5))
    p_values = [
        table_of(rows.mean(axis=0), np.cov(rows.T) / 12, df=11).joint_test()[2] for rows in draws
    ]
    assert abs(np.mean(np.array(p_values) < 0.05) - 0.05) < 3 * np.sqrt(0.05 * 0.95 / 2_000)


def test_a_joint_test_of_one_estimate_is_its_own():
    one = table_of([1.3], [[0.25]], df=7)
    assert np.isclose(one.joint_test()[2], one.p_value[0])


def test_as_many_combinations_as_groups_cannot_be_tested():
    assert np.isnan(table_of(np.ones(4), np.eye(4), df=3).joint_test()[2])
    assert table_of(np.ones(4), np.eye(4), df=4).joint_test()[2] > 0


def test_estimates_without_an_error_leave_the_band_of_the_others():
    three = table_of([0.0, 1.0, 2.0], np.diag([0.0, 1.0, np.nan]))
    bounds = three.simultaneous_interval()
    alone = table_of([1.0], [[1.0]]).simultaneous_interval()
    np.testing.assert_array_equal(bounds[0], 0)
    np.testing.assert_allclose(bounds[1], alone[0])
    np.testing.assert_allclose(alone[0], 1 + np.array([-1, 1]) * stats.norm.ppf(0.975), atol=0.05)
    assert np.isnan(bounds[2]).all()


@pytest.mark.parametrize("n_draws", [0, 2.5, True])
def test_a_number_of_draws_is_a_whole_number(n_draws):
    with pytest.raises(InvalidInput, match="'n_draws'"):
        table_of([1.0], [[1.0]]).simultaneous_interval(n_draws=n_draws)


@pytest.mark.parametrize("contrasts", [[[1, -1], [2, -2]], [[1, -1, 0]], [1, -1]])
def test_combinations_that_cannot_be_tested_are_told(contrasts):
    with pytest.raises(InvalidInput, match="'contrasts' must be rows of 2 numbers"):
        table_of(np.ones(2), np.eye(2)).joint_test(contrasts)


@pytest.mark.parametrize(
    ("contrasts", "got"),
    [("a", "'a'"), ([["x", "y"]], r"\[\['x', 'y'\]\]"), ({"a": 1}, "{'a': 1}"),
     ([[np.nan, 1.0]], r"\[\[nan, 1.0\]\]"), ([1.0, 0.0], r"the shape \(2,\)")],
)  # fmt: skip
def test_combinations_that_are_no_rows_of_numbers_are_refused(contrasts, got):
    with pytest.raises(InvalidInput, match=f"'contrasts' must be rows of 2 numbers.*Got {got}"):
        table_of([1.0, 2.0], np.eye(2)).joint_test(contrasts)
