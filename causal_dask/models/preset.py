"""An estimator that makes its model when it sees the data, and then is that model."""

from __future__ import annotations

from typing import Any, Self

import numpy as np
from sklearn.base import BaseEstimator
from sklearn.utils.validation import check_is_fitted


class Preset(BaseEstimator):
    """The base of the presets: a subclass says which model fits some rows."""

    model_: Any

    validates_itself = True
    """Whether a fit holds out rows of its own choice, which ignores groups."""

    @property
    def inner_model_(self) -> Any:
        """The model that does the work, if it sees the table as it is; else this one."""
        return self.model_

    def fit(self, X: Any, y: Any, sample_weight: Any = None) -> Self:
        """Choose the settings by the rows, and fit.

        Parameters
        ----------
        X : table of shape (n_rows, n_features)
        y : array of shape (n_rows,)
        sample_weight : array of shape (n_rows,), optional

        Returns
        -------
        self
        """
        weight = None if sample_weight is None else np.asarray(sample_weight, dtype=float)
        self.model_ = self._fitted(X, np.asarray(y), weight)
        self.n_features_in_ = X.shape[1]
        return self

    def predict(self, X: Any) -> Any:
        """Predict with the fitted model.

        Parameters
        ----------
        X : table of shape (n_rows, n_features)

        Returns
        -------
        array of shape (n_rows,)
        """
        check_is_fitted(self, "model_")
        return self.model_.predict(self._seen(X))

    def _fitted(self, X: Any, y: Any, weight: Any) -> Any:
        """The fitted model of some rows."""
        raise NotImplementedError

    def _seen(self, X: Any) -> Any:
        """What the model is shown of a table."""
        return X

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.input_tags.allow_nan = True
        return tags


class ProbabilityPreset(Preset):
    """A preset of a classifier."""

    def fit(self, X: Any, y: Any, sample_weight: Any = None) -> Self:
        """Choose the settings by the rows, and fit.

        Parameters
        ----------
        X : table of shape (n_rows, n_features)
        y : array of shape (n_rows,)
            Classes.
        sample_weight : array of shape (n_rows,), optional

        Returns
        -------
        self
        """
        self.classes_, codes = np.unique(np.asarray(y), return_inverse=True)
        return super().fit(X, codes, sample_weight)

    def predict(self, X: Any) -> Any:
        """Predict the most probable class.

        Parameters
        ----------
        X : table of shape (n_rows, n_features)

        Returns
        -------
        array of shape (n_rows,)
        """
        return self.classes_[self.predict_proba(X).argmax(axis=1)]

    def predict_proba(self, X: Any) -> Any:
        """Predict the probability of each class.

        Parameters
        ----------
        X : table of shape (n_rows, n_features)

        Returns
        -------
        array of shape (n_rows, n_classes)
            In the order of ``classes_``.
        """
        check_is_fitted(self, "model_")
        if len(self.classes_) == 1:
            return np.ones((X.shape[0], 1))
        return self.model_.predict_proba(self._seen(X))
