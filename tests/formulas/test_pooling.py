"""Pooled estimates against worked examples, an independent formula, and their coverage."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from causal_dask.formulas.pooling import (
    between_variance,
    fixed_effect,
    heterogeneity,
    heterogeneity_p_value,
    random_effects,
)

ESTIMATES = np.array([0.0945, 0.2774, 0.3665, 0.6644, 0.4618, 0.1852])
VARIANCES = np.array([0.0329, 0.0307, 0.0499, 0.0105, 0.0426, 0.0234])
"""Six studies of Borenstein et al. (2009), "Introduction to Meta-Analysis", table 14.1."""


@pytest.mark.parity(
    "Borenstein et al. (2009)", "pooled effect, its error and heterogeneity, table 14.1"
)
def test_a_published_example_of_the_fixed_effect_and_of_heterogeneity():
    found = fixed_effect(ESTIMATES, VARIANCES)
    assert found.estimate == pytest.approx(0.4142, abs=3e-4)
    assert found.standard_error == pytest.approx(0.0641, abs=3e-4)
    assert heterogeneity(ESTIMATES, VARIANCES) == pytest.approx(12.0033, abs=2e-2)
    assert heterogeneity_p_value(ESTIMATES, VARIANCES) == pytest.approx(0.0347, abs=3e-4)


def test_the_variance_between_studies_makes_the_spread_what_is_expected():
    tau2 = between_variance(ESTIMATES, VARIANCES)
    assert tau2 > 0
    assert heterogeneity(ESTIMATES, VARIANCES + tau2) == pytest.approx(5)
    assert between_variance(np.full(4, 0.3), np.full(4, 0.1)) == 0


def test_equal_variances_give_the_t_interval_of_the_mean():
    rng = np.random.default_rng(0)
    estimates = rng.normal(scale=3, size=8)
    found = random_effects(estimates, np.full(8, 0.01))
    assert found.estimate == pytest.approx(estimates.mean())
    assert found.standard_error == pytest.approx(stats.sem(estimates))
    assert found.df == 7


@given(st.lists(st.tuples(st.floats(-5, 5), st.floats(0.01, 4)), min_size=2, max_size=12))
def test_random_effects_are_within_the_estimates_and_never_surer_than_the_fixed_one(pairs):
    estimates, variances = map(np.array, zip(*pairs, strict=True))
    fixed, mixed = fixed_effect(estimates, variances), random_effects(estimates, variances)
    assert estimates.min() - 1e-9 <= mixed.estimate <= estimates.max() + 1e-9
    assert mixed.standard_error >= fixed.standard_error * (1 - 1e-9)


@pytest.mark.parametrize(("k", "tau"), [(3, 1.0), (5, 0.3), (12, 0.5)])
def test_intervals_of_random_effects_hold_their_level(k, tau):
    rng, n, hits = np.random.default_rng(k), 800, 0
    for _ in range(n):
        variances = rng.uniform(0.02, 0.3, k)
        estimates = rng.normal(0.5, np.sqrt(variances + tau**2))
        found = random_effects(estimates, variances)
        hits += abs(found.estimate - 0.5) <= stats.t(found.df).ppf(0.975) * found.standard_error
    assert hits / n >= 0.95 - 3 * np.sqrt(0.95 * 0.05 / n)
