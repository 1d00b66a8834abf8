"""Classifiers whose probabilities are made to hold."""

from __future__ import annotations

from typing import Any

import numpy as np
from sklearn.base import BaseEstimator, ClassifierMixin, clone
from sklearn.calibration import CalibratedClassifierCV

from causal_dask.errors import InvalidType
from causal_dask.models.preset import ProbabilityPreset

ENOUGH_FOR_STEPS = 10_000
"""Rows from which an isotonic curve is steadier than it is rough."""


def calibrated(classifier: Any) -> CalibratedModel:
    """Calibrate a classifier inside the fold, so that its probabilities can be propensities.

    Forests, support vector machines and naive Bayes give probabilities that are too bold or too
    timid. A logistic curve on out-of-fold predictions mends them, an isotonic one from 10,000 rows.

    Parameters
    ----------
    classifier : classifier or class
        Unfitted.

    Returns
    -------
    CalibratedModel
        An unfitted classifier.

    Raises
    ------
    InvalidType
        If it is no classifier.

    References
    ----------
    Niculescu-Mizil & Caruana (2005), "Predicting good probabilities with supervised learning",
    ICML.

    Examples
    --------
    >>> from sklearn.naive_bayes import GaussianNB
    >>> from causal_dask.datasets import make_study
    >>> from causal_dask.models import calibrated
    >>> study = make_study(500, random_state=0)
    >>> calibrated(GaussianNB).fit(study.X, study.w).predict_proba(study.X).shape
    (500, 2)
    """
    made = classifier() if isinstance(classifier, type) else classifier
    if not hasattr(made, "fit") or not (
        hasattr(made, "predict_proba") or hasattr(made, "decision_function")
    ):
        raise InvalidType(f"'classifier' must be a classifier. Got {classifier!r}.")
    return CalibratedModel(made)


class CalibratedModel(ClassifierMixin, ProbabilityPreset, BaseEstimator):
    """A classifier and a curve from its scores to probabilities; made by ``calibrated``.

    Parameters
    ----------
    estimator : classifier
        What is calibrated.

    Attributes
    ----------
    model_ : CalibratedClassifierCV
        The fitted model.
    classes_ : array
        The classes.
    """

    def __init__(self, estimator: Any = None) -> None:
        self.estimator = estimator

    def _fitted(self, X: Any, y: Any, weight: Any) -> Any:
        n_folds = min(5, int(np.bincount(y).min()))
        if n_folds < 2:
            return clone(self.estimator).fit(X, y) if len(self.classes_) > 1 else None
        method = "isotonic" if len(y) >= ENOUGH_FOR_STEPS else "sigmoid"
        model = CalibratedClassifierCV(clone(self.estimator), method=method, cv=n_folds)
        return model.fit(X, y, sample_weight=weight)
