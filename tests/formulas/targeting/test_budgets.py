"""The best spending, against the linear programme that it solves."""

import numpy as np
import pytest
from scipy.optimize import linprog

from causal_dask.formulas.targeting.budgets import best_path, gains_by_budget


def by_linear_programme(effects, costs, budget):
    n, k = effects.shape
    once = np.kron(np.eye(n), np.ones(k))
    rows = np.vstack([once, costs.ravel() / n])
    limits = np.append(np.ones(n), budget)
    return -linprog(-effects.ravel() / n, A_ub=rows, b_ub=limits, bounds=(0, 1)).fun


def drawn(kind, n_treatments, seed=0):
    rng = np.random.default_rng(seed)
    effects = rng.normal(0.3, 1, size=(40, n_treatments))
    costs = rng.uniform(0.1, 2, size=effects.shape)
    if kind == "some free":
        costs[:, 0] = 0
    if kind == "equal ratios":
        effects, costs = np.round(effects), np.ceil(costs)
    if kind == "all rows alike":
        effects, costs = np.tile(effects[:1], (40, 1)), np.tile(costs[:1], (40, 1))
    return effects, costs


@pytest.mark.parity("SciPy", "gain of the best use of a budget, by its linear programme")
@pytest.mark.parametrize("kind", ["plain", "some free", "equal ratios", "all rows alike"])
@pytest.mark.parametrize("n_treatments", [1, 2, 4])
def test_the_gain_is_that_of_the_linear_programme(kind, n_treatments):
    effects, costs = drawn(kind, n_treatments)
    path = best_path(effects, costs)
    for budget in (0.0, 0.1, 0.4, 0.9, 5.0):
        gain, _ = gains_by_budget(path, effects, np.array([budget]), np.ones(40))
        assert np.isclose(gain[0], by_linear_programme(effects, costs, budget), atol=1e-8)


def test_a_row_has_one_treatment_at_a_time():
    effects, costs = drawn("plain", 4)
    path = best_path(effects, costs)
    for row in range(40):
        mine = path.rows == row
        before, after = path.before[mine], path.after[mine]
        assert (before[1:] == after[:-1]).all()
        assert (np.diff(costs[row, after - 1]) > 0).all()
        assert not len(before) or before[0] == 0


def test_weights_count_rows_several_times():
    effects, costs = drawn("plain", 2)
    times = np.random.default_rng(0).integers(1, 4, 40)
    budgets = np.array([0.05, 0.3, 1.0])
    found = gains_by_budget(best_path(effects, costs), effects, budgets, times.astype(float))
    repeated = np.repeat(effects, times, axis=0), np.repeat(costs, times, axis=0)
    expected = gains_by_budget(
        best_path(*repeated), repeated[0], budgets, np.ones(int(times.sum()))
    )
    np.testing.assert_allclose(found, expected)


def test_the_share_treated_is_what_the_budget_pays_for():
    effects, costs = np.arange(1.0, 11.0)[:, None], np.ones((10, 1))
    _, treated = gains_by_budget(
        best_path(effects, costs), effects, np.array([0.3, 0.55, 2.0]), np.ones(10)
    )
    np.testing.assert_allclose(treated, [0.3, 0.55, 1.0])
