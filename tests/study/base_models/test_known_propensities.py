"""Propensities that are the same for everybody take no copies of the covariates."""

import tracemalloc

import numpy as np
import pytest
from sklearn.base import BaseEstimator, RegressorMixin

from causal_dask import DRLearner, FixedBinaryPropensity

N_ROWS, N_COLUMNS = 20_000, 50
X = np.random.default_rng(0).normal(size=(N_ROWS, N_COLUMNS))
W = np.arange(N_ROWS) % 2
Y = X[:, 0] + W


class Mean(RegressorMixin, BaseEstimator):
    """Predicts the mean, whatever the covariates."""

    def fit(self, X, y):
        del X
        self.mean_ = y.mean()
        return self

    def predict(self, X):
        return np.full(len(X), self.mean_)


@pytest.mark.parametrize(
    ("model", "given"),
    [({}, {"propensities": 0.5}), ({"propensity_model_factory": FixedBinaryPropensity(0.5)}, {})],
)
def test_the_fits_of_a_known_propensity_copy_no_rows(model, given):
    learner = DRLearner(
        **model, nuisance_model_factory=Mean, treatment_model_factory=Mean, n_folds=2,
        feature_set={"variant_outcome_model": [0], "treatment_model": [0]}, random_state=0,
    )  # fmt: skip
    learner.fit(X[:100], Y[:100], W[:100], **given)  # imports what is imported late
    tracemalloc.start()
    try:
        learner.fit(X, Y, W, **given)
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert peak < X.nbytes
    np.testing.assert_allclose(learner.predict(X[:3], is_oos=True).ravel(), 1, atol=0.1)
