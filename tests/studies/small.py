"""A small study that processes can import."""

import os
import time

import numpy as np
from sklearn.linear_model import LinearRegression, LogisticRegression

from causal_dask import DRLearner, TLearner
from causal_dask.studies import Study


def generate(setting, rng):
    """A trial with a constant effect of 2."""
    X = rng.normal(size=(setting["n_rows"], 2))
    w = np.arange(len(X)) % 2
    y = X[:, 0] + 2.0 * w + rng.normal(size=len(X))
    return X, y, w, np.full(len(X), 2.0)


def t_learner(**parameters):
    return TLearner(**{"nuisance_model_factory": LinearRegression, "n_folds": 2} | parameters)


def dr_learner():
    return DRLearner(
        nuisance_model_factory=LinearRegression,
        propensity_model_factory=LogisticRegression,
        treatment_model_factory=LinearRegression,
        n_folds=2,
    )


def study_of(**parameters):
    default = {
        "generate": generate,
        "design": {"n_rows": [60, 120]},
        "learners": {"T": t_learner(), "DR": dr_learner()},
        "replications": 4,
    }
    return Study(**default | parameters)


class Fatal(LinearRegression):
    """Kills its process, but for some data."""

    def fit(self, X, y, sample_weight=None):
        if len(X) > 20:
            os._exit(1)
        return super().fit(X, y, sample_weight)


class Slow(LinearRegression):
    """Takes a while."""

    def fit(self, X, y, sample_weight=None):
        time.sleep(0.05)
        return super().fit(X, y, sample_weight)
