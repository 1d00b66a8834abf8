"""Base models that sleep instead of computing, so that a run shows what the graph allows.

How long a fit sleeps follows from the seed that the package gives it, and so is known before it
runs; which rows it sees and where it runs make no difference. Workers import this file by name.
"""

import time

import numpy as np
from sklearn.base import BaseEstimator, ClassifierMixin, RegressorMixin


class _Sleeper(BaseEstimator):
    """A fit sleeps for U(shortest, longest) seconds, drawn from its own seed and the draw's."""

    def __init__(self, shortest=1.0, longest=1.0, draw=0, random_state=None):
        self.shortest = shortest
        self.longest = longest
        self.draw = draw
        self.random_state = random_state

    @property
    def duration(self):
        """The seconds that a fit takes."""
        random = np.random.default_rng([self.draw, self.random_state])
        return float(random.uniform(self.shortest, self.longest))

    def fit(self, X, y, sample_weight=None):
        time.sleep(self.duration)
        self.n_features_in_ = X.shape[1]
        return self


class SleepingRegressor(RegressorMixin, _Sleeper):
    """Predicts zeros, at once."""

    def predict(self, X):
        return np.zeros(len(X))


class SleepingClassifier(ClassifierMixin, _Sleeper):
    """Predicts equal shares, at once."""

    def fit(self, X, y, sample_weight=None):
        self.classes_ = np.unique(y)
        return super().fit(X, y)

    def predict_proba(self, X):
        return np.full((len(X), len(self.classes_)), 1 / len(self.classes_))

    def predict(self, X):
        return np.full(len(X), self.classes_[0])
