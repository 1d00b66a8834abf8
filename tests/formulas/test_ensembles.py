"""Weights of ensembles against other solvers of the same problems."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import LinearConstraint, minimize, nnls

from causal_dask.formulas.ensembles import (
    METHODS,
    causal_stacking,
    ensemble_weights,
    mix_effects,
    q_aggregation,
    r_stacking,
)


def problem(seed, n=400, n_effects=4):
    rng = np.random.default_rng(seed)
    X = rng.normal(size=(n, 3))
    tau = 1 + X[:, 0]
    effects = np.column_stack([
        tau + rng.normal(scale=0.5, size=n), 0.5 * tau, X[:, 2], X[:, 1],
        *rng.normal(size=(max(n_effects - 4, 0), n)),
    ])[:, :n_effects]  # fmt: skip
    score = tau + rng.normal(scale=2, size=n)
    return effects, score, rng.uniform(0.2, 2, size=n)


def by_trust_constr(effects, score, weights, nu):
    """Lan & Syrgkanis (2023) word by word, by an interior point method."""
    s = weights / weights.sum()
    alone = np.array([s @ (score - column) ** 2 for column in effects.T])

    def loss(x):
        return (1 - nu) * s @ (score - effects @ x) ** 2 + nu * alone @ x

    n = effects.shape[1]
    options = {"gtol": 1e-12, "xtol": 1e-14, "maxiter": 5_000}
    found = minimize(
        loss, np.full(n, 1 / n), method="trust-constr", bounds=[(0, 1)] * n, options=options,
        constraints=LinearConstraint(np.ones((1, n)), 1, 1),
    )  # fmt: skip
    return found.x, loss


@pytest.mark.filterwarnings("ignore:delta_grad")
@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize(("aggregate", "nu"), [(q_aggregation, 0.5), (causal_stacking, 0.0)])
def test_shares_are_those_of_another_solver(seed, aggregate, nu):
    effects, score, weights = problem(seed)
    expected, loss = by_trust_constr(effects, score, weights, nu)
    found = aggregate(score, effects, weights)
    assert loss(found) <= loss(expected) + 1e-9
    np.testing.assert_allclose(found, expected, atol=2e-4)


@pytest.mark.parametrize("seed", range(4))
def test_causal_stacking_is_non_negative_least_squares_with_shares_that_sum_to_one(seed):
    effects, score, weights = problem(seed)
    root, heavy = np.sqrt(weights)[:, None], 1e6
    design = np.vstack([root * effects, heavy * np.ones((1, effects.shape[1]))])
    expected = nnls(design, np.append(root[:, 0] * score, heavy))[0]
    np.testing.assert_allclose(causal_stacking(score, effects, weights), expected, atol=1e-6)


@pytest.mark.parametrize("seed", range(4))
def test_r_stacking_is_least_squares_with_two_free_columns(seed):
    effects, outcome, weights = problem(seed)
    treatment = np.random.default_rng(seed).uniform(-0.5, 0.5, len(outcome))
    root = np.sqrt(weights)
    columns = [np.ones_like(treatment), treatment, *(effects * treatment[:, None]).T]
    # free columns as differences of non-negative ones
    signed = [*columns, -columns[0], -columns[1]]
    solved = nnls(np.column_stack(signed) * root[:, None], outcome * root)[0]
    expected = np.append(solved[1] - solved[-1], solved[2:-2])
    np.testing.assert_allclose(
        r_stacking(outcome, treatment, effects, weights), expected, atol=1e-6
    )


@settings(max_examples=30, deadline=None)
@given(
    st.integers(0, 10_000), st.integers(2, 12), st.sampled_from([q_aggregation, causal_stacking])
)
def test_shares_are_optimal_and_sum_to_one(seed, n_effects, aggregate):
    effects, score, weights = problem(seed, n=120, n_effects=n_effects)
    shares = aggregate(score, effects, weights)
    assert shares.min() >= 0
    assert shares.sum() == pytest.approx(1)
    s, nu = weights / weights.sum(), 0.5 if aggregate is q_aggregation else 0.0
    alone = s @ (score[:, None] - effects) ** 2
    gradient = 2 * (1 - nu) * (effects * s[:, None]).T @ (effects @ shares - score) + nu * alone
    # at the optimum no share can move to where the gradient is less
    assert shares @ gradient - gradient.min() <= 1e-6 * (1 + np.abs(gradient).max())


def test_equal_effects_and_a_single_one_have_weights():
    effects, score, weights = problem(0)
    twice = effects[:, [0, 0]]
    assert q_aggregation(score, twice, weights).sum() == pytest.approx(1)
    np.testing.assert_allclose(q_aggregation(score, effects[:, :1], weights), [1.0])


def test_a_constant_is_the_first_weight_of_every_method():
    rng = np.random.default_rng(0)
    n = 500
    w = rng.integers(0, 3, n)
    mu, tau = rng.normal(size=n), rng.normal(size=n)
    y = mu + (w == 2) * (tau + 1)
    propensities = np.full((n, 3), 1 / 3)
    for method in METHODS:
        weights = ensemble_weights(
            method, y, w, 2, (tau, np.zeros(n)), mu, mu + tau + 1, propensities, 0.01
        )
        assert weights.shape == (3,)
        assert (weights[0] == 0) != (method == "r_stacking")
    np.testing.assert_allclose(weights[:2], [1, 1], atol=1e-6)
    np.testing.assert_allclose(
        mix_effects((tau, tau), weights), weights[0] + tau * weights[1:].sum()
    )
    np.testing.assert_allclose(mix_effects((tau, -tau)), 0, atol=1e-12)
