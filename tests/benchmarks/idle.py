"""What costs nothing by itself: base models that do nothing, and plans of empty tasks."""

from dataclasses import replace

import numpy as np
from sklearn.base import BaseEstimator, ClassifierMixin, RegressorMixin

from causal_dask import DRLearner
from causal_dask.graph.node import Data
from causal_dask.graph.walk import fold


class IdleRegressor(RegressorMixin, BaseEstimator):
    """Learns nothing and predicts zeros."""

    def fit(self, X, y, sample_weight=None):
        return self

    def predict(self, X):
        return np.zeros(len(X))


class IdleClassifier(ClassifierMixin, BaseEstimator):
    """Learns what classes there are and predicts equal shares."""

    def fit(self, X, y, sample_weight=None):
        self.classes_ = np.unique(y)
        return self

    def predict_proba(self, X):
        return np.full((len(X), len(self.classes_)), 1 / len(self.classes_))

    def predict(self, X):
        return np.full(len(X), self.classes_[0])


def idle_learner(**options):
    """A DR-learner of models that do nothing."""
    return DRLearner(
        nuisance_model_factory=IdleRegressor,
        propensity_model_factory=IdleClassifier,
        treatment_model_factory=IdleRegressor,
        random_state=0,
        **options,
    )


def emptied(plan):
    """The same graph with tasks that return None at once."""
    empty = fold(plan.outputs, _emptied)
    return replace(plan, outputs=tuple(empty[output.key] for output in plan.outputs))


def nothing(**reads):
    """None."""


def _emptied(source, read):
    """A source without its work, which reads those that have been emptied before."""
    if isinstance(source, Data):
        return source
    found = {empty.key: empty for empty in read}
    reads = {
        word: tuple(found[one.key] for one in value)
        if isinstance(value, tuple)
        else found[value.key]
        for word, value in source.reads.items()
    }
    return replace(source, run=nothing, constants={}, reads=reads)
