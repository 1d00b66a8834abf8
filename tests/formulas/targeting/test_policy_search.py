"""The best trees, against an exhaustive search."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from causal_dask.formulas.targeting.policy_search import best_split, between, roots_of_depth_two


def conditions(X):
    return [(k, v) for k in range(X.shape[1]) for v in np.unique(X[:, k])[:-1]]


def best_of_depth(X, rewards, depth):
    best = rewards.sum(axis=0).max()
    for column, value in conditions(X) if depth else ():
        left = X[:, column] <= value
        sides = [best_of_depth(X[rows], rewards[rows], depth - 1) for rows in (left, ~left)]
        best = max(best, sum(sides))
    return best


@given(st.integers(2, 16), st.integers(1, 3), st.integers(2, 4), st.booleans(), st.integers(0, 99))
@settings(max_examples=60, deadline=None)
def test_trees_of_depth_one_and_two_are_the_best(n_rows, n_columns, n_options, tied, seed):
    rng = np.random.default_rng(seed)
    X, rewards = rng.normal(size=(n_rows, n_columns)), rng.normal(size=(n_rows, n_options))
    X = np.round(X) if tied else X
    one = best_split(X, rewards)
    assert np.isclose(one.gain, best_of_depth(X, rewards, 1))
    if one.column >= 0:
        left = X[:, one.column] <= one.value
        gain = rewards[left][:, one.left].sum() + rewards[~left][:, one.right].sum()
        assert np.isclose(gain, one.gain)
    found = max(roots_of_depth_two(X, rewards, column).max() for column in range(n_columns))
    best = best_of_depth(X, rewards, 2)
    assert np.isclose(max(found, rewards.sum(axis=0).max()), best)


@pytest.mark.parametrize("column", [0, 1])
def test_each_root_has_the_best_trees_below_it(column):
    rng = np.random.default_rng(3)
    X, rewards = np.round(rng.normal(size=(60, 2)), 1), rng.normal(size=(60, 3))
    found = roots_of_depth_two(X, rewards, column)
    x = np.sort(X[:, column])
    for at in range(59):
        if x[at] == x[at + 1]:
            assert found[at] == -np.inf
            continue
        left = X[:, column] <= x[at]
        expected = sum(best_of_depth(X[rows], rewards[rows], 1) for rows in (left, ~left))
        assert np.isclose(found[at], expected)
    assert found[59] == -np.inf


@given(st.floats(allow_nan=False, allow_infinity=False), st.floats(1e-300, 1e300))
def test_a_value_between_two_parts_them(low, step):
    high = low + step
    if high > low and np.isfinite(high):
        assert low <= between(low, high) < high
