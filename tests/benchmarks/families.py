"""The base models that learners are measured with, by family. Nothing of learners is known here."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from lightgbm import LGBMClassifier, LGBMRegressor
from sklearn.ensemble import (
    HistGradientBoostingClassifier,
    HistGradientBoostingRegressor,
    RandomForestClassifier,
    RandomForestRegressor,
)
from sklearn.linear_model import LinearRegression, LogisticRegression
from xgboost import XGBClassifier, XGBRegressor


@dataclass(frozen=True, slots=True)
class Family:
    """A regressor and a classifier with their parameters; ``has_jobs`` if they take ``n_jobs``."""

    regressor: type
    classifier: type
    params: Mapping[str, Any] = field(default_factory=dict)
    classifier_params: Mapping[str, Any] = field(default_factory=dict)
    has_jobs: bool = True

    def regression(self, threads=None):
        """The parameters of the regressor, on so many threads if that can be said."""
        return {**self.params, **self._jobs(threads)}

    def classification(self, threads=None):
        """The same of the classifier."""
        return {**self.params, **self.classifier_params, **self._jobs(threads)}

    def _jobs(self, threads):
        return {"n_jobs": threads} if self.has_jobs and threads else {}


XGBOOST = {"n_estimators": 100, "max_depth": 5, "learning_rate": 0.1, "tree_method": "hist"}
LIGHTGBM = {"n_estimators": 100, "num_leaves": 31, "learning_rate": 0.1, "verbose": -1}
HIST = {
    "max_iter": 100,
    "learning_rate": 0.1,
    "early_stopping": False,
    "categorical_features": None,
}
FOREST = {"n_estimators": 50, "max_depth": 8, "min_samples_leaf": 20, "max_features": 0.3}

FAMILIES = {
    "XGBoost": Family(XGBRegressor, XGBClassifier, XGBOOST),
    "LightGBM": Family(LGBMRegressor, LGBMClassifier, LIGHTGBM),
    "HistGradientBoosting": Family(
        HistGradientBoostingRegressor, HistGradientBoostingClassifier, HIST, has_jobs=False
    ),
    "RandomForest": Family(RandomForestRegressor, RandomForestClassifier, FOREST),
    "linear": Family(LinearRegression, LogisticRegression, {}, {"max_iter": 200}, has_jobs=False),
}
"""Early stopping is off, so that every fit does the same work; ``categorical_features`` says what
an array has anyway, and keeps metalearners' S-learner from losing the treatment."""
