"""The R-learner's outcome model is one per contrast, which a wrong propensity cannot bias much."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn.base import BaseEstimator, ClassifierMixin, clone
from sklearn.linear_model import LinearRegression, LogisticRegression

from causal_dask import RLearner

N_ROWS = 20_000
EFFECTS = np.array([0.0, 1.0, -8.0])
PROPENSITIES = np.array([0.4, 0.3, 0.3])


class OffBy(ClassifierMixin, BaseEstimator):
    """Logistic propensities, of which ``error`` is moved from control to the first treatment."""

    def __init__(self, error=0.0):
        self.error = error

    def fit(self, X, y):
        self.model_ = LogisticRegression().fit(X, y)
        self.classes_ = self.model_.classes_
        return self

    def predict(self, X):
        return self.predict_proba(X).argmax(axis=1)

    def predict_proba(self, X):
        return self.model_.predict_proba(X) + self.error * np.array([-1, 1, 0])


@pytest.fixture(scope="module")
def trial():
    """Three variants at random; constant effects, the first of them 1."""
    rng = np.random.default_rng(0)
    X = rng.normal(size=(N_ROWS, 3))
    w = rng.choice(3, size=N_ROWS, p=PROPENSITIES)
    return X, X.sum(axis=1) + EFFECTS[w] + rng.normal(size=N_ROWS), w


def fitted(trial, error):
    return RLearner(
        nuisance_model_factory=LinearRegression,
        propensity_model_factory=OffBy(error),
        treatment_model_factory=LinearRegression,
        n_folds=2,
        random_state=0,
    ).fit(*trial)


def first_effect(learner, trial):
    return learner.predict(trial[0])[:, 0, 0].mean()


def first_effect_with_one_outcome_model(learner, trial, error):
    """The R-learner by hand, on the same folds, its outcome model fitted on all variants."""
    X, y, w = trial
    folds = learner._fitted.study.splits["outcome_model"].folds.value
    m, e = np.zeros(N_ROWS), np.zeros((N_ROWS, 3))
    for fold in (0, 1):
        seen, held = folds != fold, folds == fold
        m[held] = LinearRegression().fit(X[seen], y[seen]).predict(X[held])
        e[held] = clone(OffBy(error)).fit(X[seen], w[seen]).predict_proba(X[held])
    rows = w != 2
    residual = ((w == 1) - e[:, 1] / (e[:, 0] + e[:, 1]))[rows]
    ratio = (y - m)[rows] / residual
    model = LinearRegression().fit(X[rows], ratio, sample_weight=residual**2)
    return model.predict(X).mean()


def test_one_outcome_model_for_all_variants_is_biased_by_a_propensity_error(trial):
    found = first_effect_with_one_outcome_model(fitted(trial, 0.05), trial, 0.05)
    assert abs(found - 1) > 0.2


def test_outcome_models_by_contrast_are_not(trial):
    # Standard error 0.02 (14,000 rows of the contrast); bias of second order, 0.05 squared.
    assert first_effect(fitted(trial, 0.05), trial) == pytest.approx(1, abs=0.06)


def test_with_the_right_propensity_both_recover_the_effect(trial):
    learner = fitted(trial, 0.0)
    assert first_effect(learner, trial) == pytest.approx(1, abs=0.06)
    # The third variant's effect, missing from the contrast, adds noise to the other model's.
    by_hand = first_effect_with_one_outcome_model(learner, trial, 0.0)
    assert by_hand == pytest.approx(1, abs=0.15)
