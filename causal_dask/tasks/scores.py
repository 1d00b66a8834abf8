"""Scores of predictions that are already there, by scikit-learn's scorers."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from typing import Any

import numpy as np
from sklearn.base import BaseEstimator, ClassifierMixin, RegressorMixin
from sklearn.metrics import get_scorer

from causal_dask.declared import task
from causal_dask.tasks.rows import Array, Design, Selection, covariates, select_rows

Scoring = str | Callable[..., float]


class PredictedValues(RegressorMixin, BaseEstimator):
    """A fitted regressor whose predictions for the scored rows are known (out of fold)."""

    def __init__(self, predictions: Array) -> None:
        self.predictions = predictions

    def __sklearn_is_fitted__(self) -> bool:
        """It never needs a fit."""
        return True

    def predict(self, X: Any) -> Array:
        """The known predictions; ``X`` are the scored rows."""
        _check_rows(X, self.predictions)
        return self.predictions


class PredictedProbabilities(ClassifierMixin, BaseEstimator):
    """A fitted classifier whose probabilities for the scored rows are known (out of fold)."""

    def __init__(self, predictions: Array) -> None:
        self.predictions = predictions
        self.classes_ = np.arange(predictions.shape[1])

    def __sklearn_is_fitted__(self) -> bool:
        """It never needs a fit."""
        return True

    def predict(self, X: Any) -> Array:
        """The most probable class."""
        return self.predict_proba(X).argmax(axis=1)

    def predict_proba(self, X: Any) -> Array:
        """The known probabilities; ``X`` are the scored rows."""
        _check_rows(X, self.predictions)
        return self.predictions


@task("score")
def score(
    scoring: Scoring,
    design: Design,
    selection: Selection,
    X: Any,
    prediction: Array,
    target: Array,
    w: Array,
    weight: Array | None = None,
    sample_weight: Array | None = None,
) -> float:
    """The score of a model's predictions on the rows that it is about.

    ``weight`` is the one by which the model was fitted, such as the R-learner's.
    """
    rows = select_rows(selection, len(w), w, None)
    seen = covariates(X, design, rows, w[rows])
    scorer = get_scorer(scoring) if isinstance(scoring, str) else scoring
    weights = [each[rows] for each in (weight, sample_weight) if each is not None]
    extra = (
        {"sample_weight": np.prod(weights, axis=0)} if weights and _takes_weights(scorer) else {}
    )
    return float(scorer(_as_estimator(prediction[rows]), seen, target[rows], **extra))


def _takes_weights(scorer: Callable[..., float]) -> bool:
    """Whether a scorer takes ``sample_weight``; scikit-learn's own all do, by keyword."""
    parameters = inspect.signature(scorer).parameters.values()
    return any(p.name == "sample_weight" or p.kind is p.VAR_KEYWORD for p in parameters)


def _as_estimator(prediction: Array) -> PredictedProbabilities | PredictedValues:
    """Wrap predictions as a fitted estimator; float32 probabilities are made to sum to one."""
    if prediction.ndim == 2 and prediction.shape[1] > 1:
        return PredictedProbabilities(prediction / prediction.sum(axis=1, keepdims=True))
    return PredictedValues(prediction.reshape(-1))


def _check_rows(X: Any, predictions: Array) -> None:
    if X.shape[0] != len(predictions):
        raise ValueError(
            f"A scorer asked for {X.shape[0]} rows, but predictions are known for the "
            f"{len(predictions)} scored ones only: score them all at once."
        )
