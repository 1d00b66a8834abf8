"""Gradient boosting that stops where more trees no longer help on rows held out of the fold."""

from __future__ import annotations

import importlib
from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd
from sklearn.base import ClassifierMixin, RegressorMixin
from sklearn.model_selection import KFold, ShuffleSplit, StratifiedKFold, StratifiedShuffleSplit

from causal_dask.models.preset import Preset, ProbabilityPreset

PATIENCE = 15
"""Trees without a gain after which boosting stops."""

FEW_ROWS = 20_000
"""With fewer, the number of trees is the median over folds, which is less noisy than one split."""


class _Boosted(Preset):
    """What the regressor and the classifier have in common."""

    booster: str
    """The class in xgboost, which takes long to import and is not needed by most who come here."""

    def __init__(  # noqa: PLR0913 - the settings that users may want to set
        self,
        max_trees: int = 1_000,
        max_depth: int | None = None,
        learning_rate: float | None = None,
        n_jobs: int | None = None,
        random_state: int | None = None,
        enable_categorical: bool = True,
    ) -> None:
        self.max_trees = max_trees
        self.max_depth = max_depth
        self.learning_rate = learning_rate
        self.n_jobs = n_jobs
        self.random_state = random_state
        self.enable_categorical = enable_categorical

    @property
    def feature_importances_(self) -> Any:
        """The share of each column in the gains of all splits, array of shape (n_features,)."""
        return self.model_.feature_importances_

    @property
    def inner_model_(self) -> Any:
        """The booster, if no words had to become categories for it."""
        return self if self.categories_ else self.model_

    def _booster(self) -> type[Any]:
        found: type[Any] = getattr(importlib.import_module("xgboost"), self.booster)
        return found

    def _fitted(self, X: Any, y: Any, weight: Any) -> Any:
        X = self._learn_words(X)
        weight = None if weight is None else weight / weight.mean()  # leaves have a least weight
        settings = self._settings(len(y))
        splits = list(self._splits(y))
        counts = [self._n_trees(X, y, weight, split, settings) for split in splits]
        n_trees = int(np.ceil(np.median(counts))) if counts else 20
        return self._booster()(n_estimators=n_trees, **settings).fit(X, y, sample_weight=weight)

    def _settings(self, n_rows: int) -> dict[str, Any]:
        """Deeper and quicker with more rows; leaves are never of a few rows."""
        by_size = int(np.searchsorted([2_000, 20_000, 200_000], n_rows, side="right"))
        return {
            "max_depth": self.max_depth or (3, 4, 5, 6)[by_size],
            "learning_rate": self.learning_rate or (0.05, 0.05, 0.1, 0.1)[by_size],
            "min_child_weight": self._least_leaf(n_rows),
            "subsample": 0.8,
            "colsample_bytree": 0.8,
            "reg_lambda": 5.0,
            "tree_method": "hist",
            "n_jobs": self.n_jobs,
            "random_state": self.random_state,
            "enable_categorical": self.enable_categorical,
        }

    def _least_leaf(self, n_rows: int) -> float:
        return float(np.clip(n_rows / 100, 5, 50))

    def _splits(self, y: Any) -> Any:
        """The rows to train and to validate on, several times if there are few."""
        raise NotImplementedError

    def _n_trees(self, X: Any, y: Any, weight: Any, split: Any, settings: Mapping[str, Any]) -> int:
        """The number of trees that predicts the validation rows best."""
        train, valid = split
        model = self._booster()(
            n_estimators=self.max_trees, early_stopping_rounds=PATIENCE, **settings
        )
        weights = {} if weight is None else {
            "sample_weight": weight[train], "sample_weight_eval_set": [weight[valid]]
        }  # fmt: skip
        held = [(_rows(X, valid), y[valid])]
        model.fit(_rows(X, train), y[train], eval_set=held, verbose=False, **weights)
        return int(model.best_iteration) + 1

    def _learn_words(self, X: Any) -> Any:
        """The table with its words as categories, which are kept."""
        self.categories_: dict[Any, Any] = {}
        if isinstance(X, pd.DataFrame) and self.enable_categorical:
            for name in X.columns:
                if _holds_words(X[name]):
                    self.categories_[name] = pd.CategoricalDtype(sorted(X[name].dropna().unique()))
        return self._seen(X)

    def _seen(self, X: Any) -> Any:
        return X.astype(self.categories_) if self.categories_ else X


class BoostedRegressor(RegressorMixin, _Boosted):
    """Gradient boosted trees for numbers, regularised, with as many trees as held-out rows bear.

    Depth, learning rate and the least size of leaves come from the number of rows. The number of
    trees is the median over 5 folds of where their held-out rows are predicted best (up to 20,000
    rows), or of one split; then all rows are fitted. Missing values and categories are taken as
    they are, columns of words become categories.

    Parameters
    ----------
    max_trees : int, default 1000
        The most trees.
    max_depth, learning_rate : optional
        Left out: by the number of rows, 3 to 6, and 0.05 or 0.1.
    n_jobs : int, optional
        Threads.
    random_state : int, optional
        Draws the folds and the rows and columns of each tree.
    enable_categorical : bool, default True
        Whether pandas categories are taken as such.

    Attributes
    ----------
    model_ : XGBRegressor
        The fitted model.

    References
    ----------
    Chen & Guestrin (2016), "XGBoost: a scalable tree boosting system", KDD.

    Examples
    --------
    >>> from causal_dask.datasets import make_study
    >>> from causal_dask.models import BoostedRegressor
    >>> study = make_study(500, random_state=0)
    >>> model = BoostedRegressor(random_state=0).fit(study.X, study.y)
    >>> bool(model.score(study.X, study.y) > 0.5)
    True
    """

    booster = "XGBRegressor"

    def _splits(self, y: Any) -> Any:
        if len(y) < FEW_ROWS:
            n_folds = min(5, len(y) // 10)
            return (
                KFold(n_folds, shuffle=True, random_state=self._seed).split(y)
                if n_folds > 1
                else []
            )
        return ShuffleSplit(1, test_size=0.2, random_state=self._seed).split(y)

    @property
    def _seed(self) -> int:
        return 0 if self.random_state is None else self.random_state


class BoostedClassifier(ClassifierMixin, _Boosted, ProbabilityPreset):
    """Gradient boosted trees for classes, stopped by the log loss, so that probabilities hold.

    As ``BoostedRegressor``, for propensities and outcomes that are classes.

    Parameters
    ----------
    max_trees, max_depth, learning_rate, n_jobs, random_state, enable_categorical
        As for ``BoostedRegressor``.

    Attributes
    ----------
    model_ : XGBClassifier
        The fitted model.
    classes_ : array
        The classes.

    Examples
    --------
    >>> from causal_dask.datasets import make_study
    >>> from causal_dask.models import BoostedClassifier
    >>> study = make_study(500, random_state=0)
    >>> model = BoostedClassifier(random_state=0).fit(study.X, study.w)
    >>> model.predict_proba(study.X).shape
    (500, 2)
    """

    booster = "XGBClassifier"

    def _least_leaf(self, n_rows: int) -> float:
        # weighed by p (1 - p), at most a quarter of a row
        return super()._least_leaf(n_rows) / 5

    def _splits(self, y: Any) -> Any:
        n_folds = min(5, int(np.bincount(y).min()))
        seed = 0 if self.random_state is None else self.random_state
        if n_folds < 2:
            return []
        if len(y) < FEW_ROWS:
            return StratifiedKFold(n_folds, shuffle=True, random_state=seed).split(y, y)
        return StratifiedShuffleSplit(1, test_size=0.2, random_state=seed).split(y, y)

    def _booster(self) -> type[Any]:
        found: type[Any] = getattr(importlib.import_module("xgboost"), self.booster)
        return found

    def _fitted(self, X: Any, y: Any, weight: Any) -> Any:
        return None if len(self.classes_) == 1 else super()._fitted(X, y, weight)


def _rows(X: Any, rows: Any) -> Any:
    return X.iloc[rows] if isinstance(X, pd.DataFrame) else X[rows]


def _holds_words(column: Any) -> bool:
    return pd.api.types.is_string_dtype(column.dtype) or column.dtype == object
