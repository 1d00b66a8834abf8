"""Clustered intervals rest on the groups: quantiles of t, effective groups, a word if few."""

import warnings

import numpy as np
import pytest
from scipy import stats

from causal_dask import CausalDaskWarning
from causal_dask.fitted.average_effect import ATEResult
from causal_dask.fitted.scores import Scores

VALUES = np.random.default_rng(0).normal(size=(1, 400, 2))


def of_groups(n_groups, weights=None):
    return Scores(VALUES, ("none", "low", "high"), weights, np.arange(400) % n_groups)


def test_fewer_than_40_groups_are_told_with_their_number():
    with pytest.warns(CausalDaskWarning, match=r"rest on 39 groups\. With fewer than 40"):
        of_groups(39).average_effect()
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        of_groups(40).average_effect()


@pytest.mark.filterwarnings("ignore:The standard errors rest on")
def test_groups_without_weight_do_not_count():
    weights = np.where(np.arange(400) % 20 < 10, 1.0, 0.0)
    effect = of_groups(20, weights).average_effect()
    assert effect.df == pytest.approx(9)


@pytest.mark.filterwarnings("ignore:The standard errors rest on")
def test_intervals_and_p_values_are_of_the_t_distribution_with_one_less_than_the_groups():
    effect = of_groups(20).average_effect()
    assert effect.df == pytest.approx(19)
    half = stats.t(19).ppf(0.975) * effect.standard_error
    around = effect.estimate[:, None] + np.outer(half, [-1, 1])
    assert np.allclose(effect.interval(), around)
    t = np.abs(effect.estimate) / effect.standard_error
    assert np.allclose(effect.p_value, 2 * stats.t(19).sf(t))


@pytest.mark.filterwarnings("ignore:The standard errors rest on")
def test_a_group_that_has_most_rows_leaves_few_degrees_of_freedom():
    groups = np.where(np.arange(400) < 200, 0, np.arange(400) % 20 + 1)
    sizes = np.bincount(groups)
    effect = Scores(VALUES, (0, 1, 2), None, groups).average_effect()
    assert effect.df == pytest.approx(400**2 / (sizes**2).sum() - 1)
    assert 1 < effect.df < 3


@pytest.mark.filterwarnings("ignore:The standard errors rest on")
def test_rows_without_groups_have_the_normal_distribution():
    effect = Scores(VALUES, (0, 1, 2)).average_effect()
    assert effect.df is None
    assert np.allclose(
        effect.p_value, 2 * stats.norm.sf(abs(effect.estimate) / effect.standard_error)
    )


def test_simultaneous_intervals_are_of_the_t_distribution_too():
    one = ATEResult(np.zeros(1), np.eye(1), (0, 1), df=5)
    half = one.simultaneous_interval(n_draws=200_000)[0, 1]
    assert half == pytest.approx(stats.t(5).ppf(0.975), rel=0.02)
    two = ATEResult(np.zeros(2), np.eye(2), (0, 1, 2), df=5)
    assert (two.simultaneous_interval() > two.interval())[:, 1].all()
    normal = ATEResult(np.zeros(2), np.eye(2), (0, 1, 2))
    assert (two.simultaneous_interval() > normal.simultaneous_interval())[:, 1].all()
