"""Each building block keeps its own promise, apart from the front door."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from scipy.special import expit

from causal_dask.datasets import (
    assign_treatment,
    draw_outcomes,
    make_covariates,
    make_effects,
    make_outcomes,
    make_propensities,
    random_correlation,
)
from causal_dask.datasets.covariates import _vine_factor
from causal_dask.errors import InvalidInput

MATRICES = arrays(
    np.float64,
    st.tuples(st.integers(1, 8), st.integers(1, 4)),
    elements=st.floats(-20, 20, allow_subnormal=False),
)
SEEDS = st.integers(0, 2**32)


@given(n_features=st.integers(1, 12), strength=st.floats(0.01, 2), seed=SEEDS)
@settings(max_examples=40, deadline=None)
def test_random_correlations_are_correlation_matrices(n_features, strength, seed):
    correlation = random_correlation(n_features, strength, seed)
    np.testing.assert_array_equal(correlation.diagonal(), 1)
    np.testing.assert_allclose(correlation, correlation.T, atol=1e-15)
    # Eigenvalues are known to a few rounding errors of the largest, which is at most the size.
    assert np.linalg.eigvalsh(correlation).min() > -1e-14 * n_features


def test_two_correlations_follow_the_beta_distribution_of_the_vine():
    draws = np.array([random_correlation(2, 0.1, seed)[0, 1] for seed in range(2000)])
    # Beta(10, 10) stretched to [-1, 1] has variance 1 / 21; 5 standard errors, kurtosis below 3.
    assert abs(draws.mean()) < 5 * np.sqrt(1 / 21 / 2000)
    assert abs(draws.var() - 1 / 21) < 5 * np.sqrt(2 / 2000) / 21


def test_the_vine_turns_partial_correlations_into_correlations():
    partial = np.array([[0, 0, 0], [0.3, 0, 0], [-0.5, 0.7, 0]])
    factor = _vine_factor(partial)
    # Correlation of 2 and 3 from 0.7, which is theirs given 1: the definition turned round.
    last = 0.7 * np.sqrt((1 - 0.3**2) * (1 - 0.5**2)) + 0.3 * -0.5
    expected = [[1, 0.3, -0.5], [0.3, 1, last], [-0.5, last, 1]]
    np.testing.assert_allclose(factor @ factor.T, expected, rtol=1e-14)


def test_every_pair_of_covariates_is_as_correlated_as_any_other():
    upper = np.triu_indices(3, 1)
    squares = np.array([random_correlation(3, 10, seed)[upper] ** 2 for seed in range(4000)])
    # Beta(0.1, 0.1) stretched to [-1, 1] has variance v = 1 / 1.2. In the vine two pairs have
    # mean square v and the last has v (1 - v)^2 + v^2; shuffled, each pair has their mean.
    v = 1 / 1.2
    expected = (2 * v + v * (1 - v) ** 2 + v**2) / 3
    errors = squares.std(axis=0) / np.sqrt(4000)
    np.testing.assert_array_less(np.abs(squares.mean(axis=0) - expected), 5 * errors)


def test_normal_covariates_have_the_correlation_asked_for():
    correlation = np.array([[1.0, 0.6], [0.6, 1.0]])
    X = make_covariates(20_000, 2, correlation=correlation, random_state=0)
    # An entry of the sample covariance has a standard error of at most sqrt(2 / n).
    np.testing.assert_allclose(np.cov(X.T), correlation, atol=5 * np.sqrt(2 / 20_000))


def test_uniform_covariates_fill_the_unit_interval():
    X = make_covariates(10_000, 2, "uniform", random_state=0)
    assert ((X >= 0) & (X < 1)).all()
    np.testing.assert_allclose(X.mean(axis=0), 0.5, atol=5 * np.sqrt(1 / 12 / 10_000))


def test_propensities_of_two_variants_are_logistic_in_the_first_covariate():
    X = np.array([[-3.0, 9.0], [0.0, 9.0], [1.0, 9.0]])
    treated = make_propensities(X, confounding=2)[:, 1]
    np.testing.assert_allclose(treated, expit(2 * X[:, 0]))


@given(X=MATRICES, n_variants=st.integers(2, 6))
@settings(max_examples=25, deadline=None)
def test_a_trial_gives_every_variant_the_same_chance(X, n_variants):
    propensities = make_propensities(X, n_variants, confounding=0)
    np.testing.assert_allclose(propensities, np.full((len(X), n_variants), 1 / n_variants))


@given(X=MATRICES, n_variants=st.integers(2, 6), seed=SEEDS)
@settings(max_examples=25, deadline=None)
def test_a_variant_of_propensity_zero_is_never_assigned(X, n_variants, seed):
    propensities = make_propensities(X, n_variants, confounding=1)
    forbidden = np.random.default_rng(seed).integers(n_variants, size=len(X))
    propensities[np.arange(len(X)), forbidden] = 0
    propensities /= propensities.sum(axis=1, keepdims=True)
    assert (assign_treatment(propensities, seed) != forbidden).all()


def test_linear_effects_at_a_point_computed_by_hand():
    X = [[1.0, 4.0, 10.0]]
    # Variant 1: 1 + 1 + 4/2; variant 2: 1.5 + 4 + 10/2; variant 3: 2 + 10 + 1/2.
    assert make_effects(X, 4, "linear").tolist() == [[4.0, 10.5, 12.5]]


def test_nonlinear_effects_at_points_computed_by_hand():
    X = [[0.5, 3.0], [-0.5, -3.0]]
    # Variant 1: 1 + sin(pi/2) + 3 and 1 - sin(pi/2) + 0.
    np.testing.assert_allclose(make_effects(X, 2, "nonlinear"), [[5.0], [0.0]], atol=1e-15)


@given(X=MATRICES, effect=st.sampled_from(["none", "constant", "linear", "nonlinear"]))
@settings(max_examples=40, deadline=None)
def test_outcomes_differ_by_the_effects(X, effect):
    outcomes = make_outcomes(X, 3, effect)
    gained = outcomes[:, 1:] - outcomes[:, [0]]
    # The baseline is below 250 here, where doubles are less than 6e-14 apart.
    np.testing.assert_allclose(gained, make_effects(X, 3, effect), atol=2e-13)


def test_binary_outcomes_are_the_probabilities_of_the_regression_outcomes_as_log_odds():
    X = make_covariates(50, 3, random_state=0)
    log_odds = make_outcomes(X, 3, "linear")
    np.testing.assert_array_equal(make_outcomes(X, 3, "linear", "binary"), expit(log_odds))


def test_the_baseline_at_a_point_computed_by_hand():
    # x1 + (x2^2 - 1) / 2 = 2 + (9 - 1) / 2, and with one covariate 2 + (4 - 1) / 2.
    assert make_outcomes([[2.0, 3.0]], effect="none").tolist() == [[6.0, 6.0]]
    assert make_outcomes([[2.0]], effect="none").tolist() == [[3.5, 3.5]]


def test_certain_outcomes_are_observed_as_they_are():
    outcomes = [[0.0, 1.0], [0.0, 1.0], [1.0, 0.0]]
    assert draw_outcomes(outcomes, [0, 1, 1], "binary").tolist() == [0, 1, 0]


def test_blocks_repeat_themselves_from_the_same_seed():
    propensities = np.full((100, 3), 1 / 3)
    first, again = (assign_treatment(propensities, 1) for _ in range(2))
    np.testing.assert_array_equal(first, again)
    np.testing.assert_array_equal(random_correlation(4, 1, 2), random_correlation(4, 1, 2))


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (
            lambda: assign_treatment([0.5, 0.5]),
            "propensities must have two dimensions and a column. Got the shape (2,).",
        ),
        (
            lambda: assign_treatment([[0.5, np.nan]]),
            "propensities must be finite. Drop or fill its NaN and infinite values.",
        ),
        (
            lambda: assign_treatment([[1.5, -0.5]]),
            "propensities must not be negative. Got -0.5.",
        ),
        (
            lambda: assign_treatment([[0.5, 0.5], [0.25, 0.5]]),
            "propensities must sum to one in each row. Row 1 sums to 0.75.",
        ),
        (
            lambda: draw_outcomes([[0.0, 1.0]], [2]),
            "w must hold one variant from 0 to 1 for each row of outcomes, 1 in all.",
        ),
        (
            lambda: draw_outcomes([[0.0, 1.0]], [0, 1]),
            "w must hold one variant from 0 to 1 for each row of outcomes, 1 in all.",
        ),
        (
            lambda: draw_outcomes([[0.0, 1.5]], [1], "binary"),
            "outcomes must lie between 0 and 1 where the outcome is binary.",
        ),
        (
            lambda: make_covariates(3, 2, "uniform", np.eye(2)),
            "correlation needs normal covariates. Set distribution to 'normal'.",
        ),
        (
            lambda: make_covariates(3, 2, "cauchy"),
            "distribution must be one of 'normal', 'uniform'. Got 'cauchy'.",
        ),
        (
            lambda: make_covariates(3, 2, correlation=np.eye(3)),
            "correlation must be of shape (2, 2). Got (3, 3).",
        ),
        (
            lambda: make_covariates(3, 2, correlation=[[1, 2], [2, 1]]),
            "correlation must be symmetric and positive definite with ones on its diagonal.",
        ),
        (
            lambda: make_covariates(3, 2, correlation=[[2, 0], [0, 2]]),
            "correlation must be symmetric and positive definite with ones on its diagonal.",
        ),
        (
            lambda: random_correlation(3, -0.1),
            "strength must be a finite number of at least 0. Got -0.1.",
        ),
    ],
)
def test_what_a_block_cannot_use_is_refused(call, message):
    with pytest.raises(InvalidInput) as caught:
        call()
    assert str(caught.value) == message
