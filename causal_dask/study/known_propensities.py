"""Propensities that are known by design: a number, or a column of the covariates."""

from __future__ import annotations

from typing import Any, Self

import numpy as np
from sklearn.base import BaseEstimator, ClassifierMixin

from causal_dask.declared import saved
from causal_dask.errors import InvalidInput
from causal_dask.tasks.rows import Array


class _Known(ClassifierMixin, BaseEstimator):
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
class FixedBinaryPropensity(_Known):
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
            If the score is not a probability, or there are more than two classes.
        """
        if not 0 <= self.propensity_score <= 1:
            raise InvalidInput(
                f"'propensity_score' must be between 0 and 1. Got {self.propensity_score!r}."
            )
        super().fit(X, y, sample_weight)
        if len(self.classes_) > 2:
            raise InvalidInput(
                f"FixedBinaryPropensity is for two variants, and there are {len(self.classes_)}."
            )
        return self

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
class FixedPropensities(_Known):
    """The same probability of each variant for everybody."""

    def __init__(self, probabilities: tuple[float, ...]) -> None:
        self.probabilities = probabilities

    def predict_proba(self, X: Any) -> Array:
        """The fixed probabilities."""
        return np.tile(np.asarray(self.probabilities, dtype=np.float64), (_n_rows(X), 1))


@saved("PropensityColumn")
class PropensityColumn(_Known):
    """A column of the covariates that holds the probability of treatment, of two variants."""

    def predict_proba(self, X: Any) -> Array:
        """The column, and one minus it."""
        share = np.asarray(X, dtype=np.float64).reshape(-1)
        return np.column_stack([1 - share, share])


def known_propensities(given: Any, n_rows: int, n_variants: int) -> Array | _Known:
    """What the ``propensities`` of ``fit`` mean: values of the training rows, or a model."""
    if isinstance(given, str):
        return PropensityColumn()
    values = np.asarray(given, dtype=np.float64)
    if values.ndim == 0 and n_variants == 2:
        values = np.array([1 - values, values])
    if values.shape == (n_rows,) and n_variants == 2:
        values = np.column_stack([1 - values, values])
    if values.shape not in {(n_variants,), (n_rows, n_variants)}:
        raise InvalidInput(
            f"'propensities' must be a number (two variants), {n_variants} numbers, an array of "
            f"shape ({n_rows}, {n_variants}), or the name of a column of 'X'. Got the shape "
            f"{values.shape}."
        )
    _check_probabilities(values)
    return FixedPropensities(tuple(values.tolist())) if values.ndim == 1 else values


def are_known(model: Any) -> bool:
    """Whether a propensity model knows the probabilities; those of 0 and 1 can't be right."""
    scores = getattr(model, "propensity_score", None)
    return isinstance(model, _Known) and (scores is None or 0 < scores < 1)


def check_propensity_column(X: Any, name: str, n_variants: int) -> None:
    """Raise unless a column of ``X`` holds the probabilities of the treatment of two variants."""
    names = list(getattr(X, "columns", [])) if not hasattr(X, "column_names") else X.column_names
    if name not in names:
        raise InvalidInput(f"'propensities' names the column {name!r}, which 'X' does not have.")
    if n_variants != 2:
        raise InvalidInput(
            f"'propensities' may be a column for two variants only, and there are {n_variants}. "
            f"Pass an array with {n_variants} columns."
        )
    values = np.asarray(X[name], dtype=np.float64)
    _check_probabilities(np.column_stack([1 - values, values]))


def _check_probabilities(values: Array) -> None:
    inside = (values > 0).all() and (values < 1).all()
    if not inside or not np.allclose(values.sum(axis=-1), 1, atol=1e-6):
        raise InvalidInput(
            "'propensities' must lie between 0 and 1 and sum to 1 over the variants. Got values "
            f"from {values.min():g} to {values.max():g}."
        )


def _n_rows(X: Any) -> int:
    return int(X.shape[0]) if hasattr(X, "shape") else len(X)
