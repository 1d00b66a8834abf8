"""Base models of Nie & Wager's simulations, as scikit-learn estimators: lassos after rlearner's.

Columns are standardised on the rows of each fit, as glmnet and caret do there.
"""

import numpy as np
from lasso_path import BINOMIAL, GAUSSIAN, N_PENALTIES, Sample, best_of_path
from scipy.special import expit
from sklearn import config_context
from sklearn.base import BaseEstimator, ClassifierMixin, RegressorMixin
from sklearn.model_selection import KFold


class _LassoCV(BaseEstimator):
    """A lasso whose penalty is chosen by cross-validation; the intercept has no penalty."""

    family = GAUSSIAN

    def __init__(self, n_folds=10, patience=N_PENALTIES, random_state=None):
        self.n_folds = n_folds
        self.patience = patience
        self.random_state = random_state

    def fit(self, X, y, sample_weight=None):
        self._standardise(X)
        penalised, free = self._columns(X)
        weight = np.ones(len(y)) if sample_weight is None else sample_weight
        sample = Sample(np.asfortranarray(penalised), free, self._target(y), weight / weight.mean())
        folds = list(KFold(self.n_folds, shuffle=True, random_state=self.random_state).split(y))
        with config_context(skip_parameter_validation=True):  # a tenth of a millisecond, 500 times
            self.solution_ = best_of_path(sample, self.family, folds, self.patience)
        return self

    def _standardise(self, X):
        self.n_features_in_ = X.shape[1]
        self.mean_, spread = X.mean(axis=0), X.std(axis=0)
        self.scale_ = np.where(spread > 0, spread, 1)

    def _columns(self, X):
        """The columns with and without penalty."""
        return (X - self.mean_) / self.scale_, np.ones((len(X), 1))

    def _target(self, y):
        return np.asarray(y, dtype=float)

    def _linear(self, X):
        return self.solution_.predict(*self._columns(X))


class LassoRegressor(RegressorMixin, _LassoCV):
    """Linear regression. Weighted, it is the R-learner's effect model, the constant effect free."""

    def predict(self, X):
        return self._linear(X)


class InteractedLasso(LassoRegressor):
    """slasso: [1, X, s, s X] with s = 2 w - 1, w being the last column; 1 and s have no penalty."""

    def _standardise(self, X):
        super()._standardise(X[:, :-1])
        self.n_features_in_ = X.shape[1]

    def _columns(self, X):
        penalised, constant = super()._columns(X[:, :-1])
        sign = 2 * X[:, [-1]] - 1
        return np.hstack([penalised, sign * penalised]), np.hstack([constant, sign])


class LassoClassifier(ClassifierMixin, _LassoCV):
    """Logistic regression of two classes."""

    family = BINOMIAL

    def _target(self, y):
        self.classes_ = np.unique(y)
        return (y == self.classes_[1]).astype(float)

    def predict_proba(self, X):
        probability = expit(self._linear(X))
        return np.column_stack([1 - probability, probability])

    def predict(self, X):
        return self.classes_[self.predict_proba(X).argmax(axis=1)]
