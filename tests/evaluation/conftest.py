"""Learners whose propensities are known, so that what reports must say can be derived."""

import numpy as np
import pytest
from matplotlib import pyplot as plt
from sklearn.linear_model import LinearRegression, LogisticRegression

from causal_dask import DRLearner, SLearner, TLearner


@pytest.fixture(autouse=True)
def no_figure_left():
    yield
    plt.close("all")


@pytest.fixture(scope="session")
def learner():
    """Makes an unfitted learner of cheap models."""

    def made(cls=DRLearner, **changes):
        parameters = {"nuisance_model_factory": LinearRegression, "n_folds": 2, "random_state": 0}
        if cls not in {SLearner, TLearner}:
            parameters["treatment_model_factory"] = LinearRegression
            parameters["propensity_model_factory"] = LogisticRegression
        return cls(**(parameters | changes))

    return made


@pytest.fixture(scope="session")
def cells():
    """Two binary covariates, who got which of three variants, and how frequent that was there."""
    rng = np.random.default_rng(0)
    X = rng.integers(0, 2, (1200, 2)).astype(float)
    cell = (2 * X[:, 0] + X[:, 1]).astype(int)
    law = np.array([[0.2, 0.3, 0.5], [0.6, 0.2, 0.2], [0.4, 0.4, 0.2], [0.3, 0.5, 0.2]])
    w = (rng.random(1200)[:, None] > law[cell].cumsum(axis=1)).sum(axis=1)
    counts = np.array([[np.sum((cell == c) & (w == k)) for k in range(3)] for c in range(4)])
    frequencies = counts / counts.sum(axis=1, keepdims=True)
    return X, X[:, 0] + w + rng.normal(size=1200), w, frequencies[cell]
