"""On linear data with linear models, errors shrink with the root of the number of rows."""

from __future__ import annotations

import numpy as np
import pytest

from causal_dask import SLearner
from tests.catalogue import learner_of, those

LINEAR_IN_EFFECTS = those(
    lambda d: d.compares_classes_within_variants or any(model.weight for model in d.models)
)
"""Those whose outcome models are linear here, or whose weights make up for the curve they miss.

The S-learner's effect is constant. Over all variants' rows the mean outcome is no line, which a
ratio of residuals does not forgive without the R-learner's weights.
"""

ROWS = (1_000, 10_000, 100_000)
SEEDS = (16, 8, 2)
N_FEATURES = 8


def linear_study(n, n_variants, effect, seed):
    """Linear outcomes and effects; logistic assignment with good overlap."""
    rng = np.random.default_rng([seed, n])
    X = rng.normal(size=(n, N_FEATURES))
    utility = 0.3 * X[:, :1] * np.arange(n_variants) + rng.gumbel(size=(n, n_variants))
    w = utility.argmax(axis=1)
    tau = effect(X)
    return X, X.sum(axis=1) + w * tau + rng.normal(size=n), w


def linear_effect(X):
    return 1 + X @ np.linspace(-1, 1, N_FEATURES)


def constant_effect(X):
    return np.ones(len(X))


def root_mean_squared_error(cls, n, n_seeds, n_variants, effect):
    """Of the CATE at fixed new rows, over all contrasts and seeds."""
    new_X = np.random.default_rng(99).normal(size=(500, N_FEATURES))
    truth = effect(new_X)[:, None] * np.arange(1, n_variants)
    squares = []
    for seed in range(n_seeds):
        learner = learner_of(cls, n_folds=2, random_state=seed)
        learner.fit(*linear_study(n, n_variants, effect, seed))
        squares.append(np.mean((learner.predict(new_X)[..., 0] - truth) ** 2))
    return np.mean(squares) ** 0.5


def slope(cls, n_variants, effect, seeds=SEEDS):
    errors = [
        root_mean_squared_error(cls, n, n_seeds, n_variants, effect)
        for n, n_seeds in zip(ROWS, seeds, strict=True)
    ]
    return np.polyfit(np.log(ROWS), np.log(errors), 1)[0]


@pytest.mark.parametrize("cls", LINEAR_IN_EFFECTS)
def test_error_of_the_cate_falls_with_the_root_of_n(cls):
    # The tolerance; with 9 coefficients a contrast the slope's own error is about 0.03.
    assert slope(cls, n_variants=2, effect=linear_effect) == pytest.approx(-0.5, abs=0.1)


def test_error_of_the_s_learner_falls_so_where_the_effect_is_constant():
    # One coefficient a contrast: nine variants and more seeds bring the slope's error to 0.05.
    found = slope(SLearner, n_variants=9, effect=constant_effect, seeds=(24, 12, 6))
    assert found == pytest.approx(-0.5, abs=0.1)
