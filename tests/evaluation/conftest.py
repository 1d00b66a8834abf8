"""Learners whose propensities are known, so that what reports must say can be derived."""

from functools import partial

import numpy as np
import pytest

from tests.catalogue import learner_of


@pytest.fixture(scope="session")
def learner():
    """Makes an unfitted learner of cheap models."""

    return partial(learner_of, n_folds=2)


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
