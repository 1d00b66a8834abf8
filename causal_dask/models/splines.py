"""Penalised linear models on splines, the penalty chosen by cross-validation inside the fold."""

from __future__ import annotations

from typing import Any, Self

import numpy as np
import pandas as pd
from sklearn.base import BaseEstimator, ClassifierMixin, RegressorMixin, TransformerMixin
from sklearn.impute import SimpleImputer
from sklearn.linear_model import LogisticRegression, RidgeCV
from sklearn.model_selection import StratifiedKFold
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder, SplineTransformer, StandardScaler

from causal_dask.models.preset import Preset, ProbabilityPreset

PENALTIES = np.logspace(-1, 5, 25)

COSTS = np.logspace(-4, 1, 6)
"""The inverse penalties of a logistic regression."""

FEW_VALUES = 10
"""A number with fewer distinct values is left as it is."""


class SplineFeatures(TransformerMixin, BaseEstimator):
    """Splines of numbers that have many values, indicators of words, and all else as it is."""

    def __init__(self, n_knots: int = 5) -> None:
        self.n_knots = n_knots

    def fit(self, X: Any, y: Any = None) -> Self:  # noqa: ARG002 - scikit-learn's signature
        """Learn the knots, the middles of columns with gaps, and the words."""
        numbers, words = _parts(X)
        self.imputer_ = SimpleImputer(strategy="median", keep_empty_features=True).fit(numbers)
        whole = self.imputer_.transform(numbers)
        self.curved_ = np.array([len(np.unique(c)) >= FEW_VALUES for c in whole.T], dtype=bool)
        if self.curved_.any():
            spline = SplineTransformer(
                self.n_knots, knots="quantile", extrapolation="linear", include_bias=False
            )
            self.spline_ = spline.fit(whole[:, self.curved_])
        self.encoder_ = None
        if words is not None:
            encoder = OneHotEncoder(handle_unknown="ignore", sparse_output=False, min_frequency=10)
            self.encoder_ = encoder.fit(words)
        return self

    def transform(self, X: Any) -> Any:
        """The features of some rows."""
        numbers, words = _parts(X)
        whole = self.imputer_.transform(numbers)
        parts = [whole[:, ~self.curved_], np.isnan(numbers).astype(float)]
        if self.curved_.any():
            parts.append(self.spline_.transform(whole[:, self.curved_]))
        if self.encoder_ is not None:
            parts.append(self.encoder_.transform(words))
        return np.column_stack(parts)


def _parts(X: Any) -> tuple[Any, Any]:
    """The numbers of a table, and its words if it has some."""
    if not isinstance(X, pd.DataFrame):
        dense = X.toarray() if hasattr(X, "toarray") else np.asarray(X)
        return dense.astype(np.float64), None
    if len(X.select_dtypes(["datetime", "datetimetz", "timedelta"]).columns):
        raise ValueError("Dates are neither numbers nor words.")  # few rows would share one
    is_number = [pd.api.types.is_numeric_dtype(dtype) for dtype in X.dtypes]
    numbers = X.loc[:, is_number].to_numpy(dtype=np.float64, na_value=np.nan)
    words = X.loc[:, [not each for each in is_number]]
    return numbers, words.astype(object).where(words.notna(), "missing") if words.shape[1] else None


class SplineRegressor(RegressorMixin, Preset):
    """Ridge regression on cubic splines of each column; the penalty by leave-one-out errors.

    Additive, so it is smooth and steady where boosting is not. Missing numbers are replaced by the
    median and flagged, words become indicators.

    Parameters
    ----------
    n_knots : int, optional
        Of each column with 10 distinct values or more, at its quantiles. Left out: 3 to 6, by the
        number of rows.

    Attributes
    ----------
    model_ : Pipeline
        The fitted model.

    References
    ----------
    Eilers & Marx (1996), "Flexible smoothing with B-splines and penalties", Statistical Science
    11(2).

    Examples
    --------
    >>> from causal_dask.datasets import make_study
    >>> from causal_dask.models import SplineRegressor
    >>> study = make_study(500, random_state=0)
    >>> bool(SplineRegressor().fit(study.X, study.y).score(study.X, study.y) > 0.3)
    True
    """

    def __init__(self, n_knots: int | None = None) -> None:
        self.n_knots = n_knots

    def _fitted(self, X: Any, y: Any, weight: Any) -> Any:
        model = make_pipeline(
            SplineFeatures(self.n_knots or _n_knots(len(y))), StandardScaler(), RidgeCV(PENALTIES)
        )
        return model.fit(X, y, ridgecv__sample_weight=weight)


class SplineClassifier(ClassifierMixin, ProbabilityPreset):
    """Logistic regression on cubic splines of each column; the penalty by the log loss in folds.

    As ``SplineRegressor``, for propensities and outcomes that are classes.

    Parameters
    ----------
    n_knots : int, optional
        As for ``SplineRegressor``.
    random_state : int, optional
        Draws the folds.

    Attributes
    ----------
    model_ : Pipeline
        The fitted model.
    classes_ : array
        The classes.

    Examples
    --------
    >>> from causal_dask.datasets import make_study
    >>> from causal_dask.models import SplineClassifier
    >>> study = make_study(500, random_state=0)
    >>> SplineClassifier(random_state=0).fit(study.X, study.w).predict_proba(study.X).shape
    (500, 2)
    """

    def __init__(self, n_knots: int | None = None, random_state: int | None = None) -> None:
        self.n_knots = n_knots
        self.random_state = random_state

    def _fitted(self, X: Any, y: Any, weight: Any) -> Any:
        if len(self.classes_) == 1:
            return None
        features = make_pipeline(SplineFeatures(self.n_knots or _n_knots(len(y))), StandardScaler())
        seen = features.fit_transform(X)
        best = LogisticRegression(C=self._best_cost(seen, y, weight), max_iter=1_000)
        features.steps.append(("logisticregression", best.fit(seen, y, sample_weight=weight)))
        return features

    def _best_cost(self, seen: Any, y: Any, weight: Any) -> float:
        """The inverse penalty with the least log loss in folds.

        Not by GridSearchCV, whose scores leave out the weights in older versions of scikit-learn.
        """
        n_folds = min(5, int(np.bincount(y).min()))
        if n_folds < 2:
            return 1.0
        seed = 0 if self.random_state is None else self.random_state
        splits = StratifiedKFold(n_folds, shuffle=True, random_state=seed).split(seen, y)
        s = np.ones(len(y)) if weight is None else weight
        losses = np.zeros(len(COSTS))
        for train, valid in splits:
            for n, cost in enumerate(COSTS):
                model = LogisticRegression(C=cost, max_iter=1_000)
                model.fit(seen[train], y[train], sample_weight=s[train])
                found = model.predict_proba(seen[valid])[np.arange(len(valid)), y[valid]]
                losses[n] -= s[valid] @ np.log(np.maximum(found, np.finfo(float).tiny))
        return float(COSTS[losses.argmin()])


def _n_knots(n_rows: int) -> int:
    """More knots with more rows."""
    return (3, 4, 5, 6)[int(np.searchsorted([300, 2_000, 20_000], n_rows, side="right"))]
