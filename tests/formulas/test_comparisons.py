"""Losses on the same rows and the errors of their differences."""

import numpy as np
import pytest

from causal_dask.formulas.comparisons import root_mean_losses
from causal_dask.formulas.losses import (
    dr_errors,
    dr_loss_by_nuisances,
    r_errors,
    r_loss_by_nuisances,
)

RNG = np.random.default_rng(0)
N = 300
W = RNG.integers(0, 3, N)
MU = RNG.normal(size=(3, N, 1))
PROPENSITIES = RNG.dirichlet([5, 5, 5], N)
EFFECTS = [RNG.normal(size=N), np.zeros(N)]
Y = MU[W, np.arange(N), 0] + RNG.normal(size=N)
WEIGHTS = RNG.uniform(0.5, 2, N)


@pytest.mark.parametrize("weights", [None, WEIGHTS])
@pytest.mark.parametrize(
    ("errors", "loss"), [(r_errors, r_loss_by_nuisances), (dr_errors, dr_loss_by_nuisances)]
)
def test_the_losses_are_those_of_evaluate(errors, loss, weights):
    by = [(MU[0], MU[k], PROPENSITIES, 0.01) for k in (1, 2)]
    table = np.array([
        np.column_stack([errors(Y, W, k, effect, by[k - 1]) for k in (1, 2)]) for effect in EFFECTS
    ])  # fmt: skip
    expected = [
        np.mean([loss(Y, W, k, effect, *by[k - 1], sample_weight=weights) for k in (1, 2)])
        for effect in EFFECTS
    ]
    np.testing.assert_allclose(root_mean_losses(table, weights, None).loss, expected)


@pytest.mark.parametrize("groups", [None, np.arange(N) // 3])
def test_errors_are_those_of_a_jackknife(groups):
    errors = RNG.chisquare(1, size=(2, N, 1)) * np.array([1.0, 1.5])[:, None, None]
    found = root_mean_losses(errors, WEIGHTS, groups)
    labels = np.arange(N) if groups is None else groups
    left = np.array([
        root_mean_losses(errors[:, labels != g], WEIGHTS[labels != g], None).loss
        for g in np.unique(labels)
    ])  # fmt: skip
    n = len(left)
    jackknife = np.sqrt((n - 1) / n * ((left - left.mean(axis=0)) ** 2).sum(axis=0))
    np.testing.assert_allclose(found.errors, jackknife, rtol=0.03)
    difference, error = found.differences_to(0)
    gaps = left[:, 1] - left[:, 0]
    expected = np.sqrt((n - 1) / n * ((gaps - gaps.mean()) ** 2).sum())
    assert difference[0] == error[0] == 0
    assert error[1] == pytest.approx(expected, rel=0.03)
