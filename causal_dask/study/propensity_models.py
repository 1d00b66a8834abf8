"""Classifiers that know the propensities by design, as models of them."""

from __future__ import annotations

from numbers import Real
from typing import Any, Self

import numpy as np
from sklearn.base import BaseEstimator, ClassifierMixin

from causal_dask.declared import saved
from causal_dask.errors import InvalidInput
from causal_dask.tasks.rows import Array


class KnownPropensity(ClassifierMixin, BaseEstimator):
    """A classifier that learns the classes and knows their probabilities."""

    def fit(self, X: Any, y: Any, sample_weight: Any = None) -> Self:
        """Remember the classes."""
        del X, sample_weight
        self.classes_ = np.unique(y)
        return self

    def predict(self, X: Any) -> Array:
        """The most probable class."""
        return np.asarray(self.classes_[self.predict_proba(X).argmax(axis=1)])

    def predict_proba(self, X: Any) -> Array:
        """The known probabilities of ``X``'s rows."""
        raise NotImplementedError


@saved("FixedBinaryPropensity")
class FixedBinaryPropensity(KnownPropensity):
    """The propensity of a randomised trial with two arms: the same number for everybody.

    Parameters
    ----------
    propensity_score : float
        The probability of treatment, between 0 and 1.

    Examples
    --------
    >>> model = FixedBinaryPropensity(0.3).fit([[0], [0]], [0, 1])
    >>> model.predict_proba([[5.0], [6.0]])
    array([[0.7, 0.3],
           [0.7, 0.3]])
    """

    def __init__(self, propensity_score: float) -> None:
        self.propensity_score = propensity_score
        self._check()

    def fit(self, X: Any, y: Any, sample_weight: Any = None) -> Self:
        """Check the number and remember the classes.

        Parameters
        ----------
        X : ignored
        y : array of shape (n_rows,)
            Two classes.
        sample_weight : ignored

        Returns
        -------
        self

        Raises
        ------
        InvalidInput
            If the score is not a probability, there are more than two classes, or one that is
            neither 0 nor 1, so that nothing says which of two it is.
        """
        self._check()
        super().fit(X, y, sample_weight)
        if len(self.classes_) > 2:
            raise InvalidInput(
                f"FixedBinaryPropensity is for two variants, and there are {len(self.classes_)}."
            )
        if len(self.classes_) == 1:
            if self.classes_[0] not in {0, 1}:
                raise InvalidInput(
                    f"FixedBinaryPropensity is for two variants, and all rows have the variant "
                    f"{self.classes_.tolist()[0]!r}."
                )
            self.classes_ = np.array([0, 1])
        return self

    def _check(self) -> None:
        """Raise unless the score is a probability."""
        score = self.propensity_score
        if not isinstance(score, Real) or not 0 <= score <= 1:
            raise InvalidInput(f"'propensity_score' must be between 0 and 1. Got {score!r}.")

    def predict_proba(self, X: Any) -> Array:
        """The fixed probabilities.

        Parameters
        ----------
        X : table of shape (n_rows, n_features)

        Returns
        -------
        array of shape (n_rows, 2)
        """
        share = np.full(_n_rows(X), float(self.propensity_score))
        return np.column_stack([1 - share, share])


@saved("FixedPropensities")
class FixedPropensities(KnownPropensity):
    """The same probability of each variant for everybody."""

    def __init__(self, probabilities: tuple[float, ...]) -> None:
        self.probabilities = probabilities

    def predict_proba(self, X: Any) -> Array:
        """The fixed probabilities."""
        return np.tile(np.asarray(self.probabilities, dtype=np.float64), (_n_rows(X), 1))


@saved("PropensityColumn")
class PropensityColumn(KnownPropensity):
    """A column of the covariates that holds the probability of treatment, of two variants."""

    def predict_proba(self, X: Any) -> Array:
        """The column, and one minus it."""
        share = np.asarray(X, dtype=np.float64).reshape(-1)
        return np.column_stack([1 - share, share])


def _n_rows(X: Any) -> int:
    return int(X.shape[0]) if hasattr(X, "shape") else len(X)
