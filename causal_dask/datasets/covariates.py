"""Covariates and how they correlate. Knows nothing of treatments or outcomes."""

from __future__ import annotations

from typing import Literal

import numpy as np
from numpy.typing import ArrayLike

from causal_dask.datasets.arguments import (
    Floats,
    RandomState,
    at_least,
    generator,
    matrix,
    not_negative,
    one_of,
)
from causal_dask.errors import InvalidInput


def make_covariates(
    n_rows: int,
    n_features: int,
    distribution: Literal["normal", "uniform"] = "normal",
    correlation: ArrayLike | None = None,
    random_state: RandomState = None,
) -> Floats:
    """Normal covariates of mean zero and variance one, or uniform ones on [0, 1].

    Parameters
    ----------
    n_rows, n_features : int
        The size of the matrix, each at least 1.
    distribution : {"normal", "uniform"}, default="normal"
        Standard normal or uniform on [0, 1] in each column.
    correlation : array-like of shape (n_features, n_features), optional
        Correlation matrix of normal covariates; independent columns without it.
    random_state : int, numpy.random.Generator or None, default=None
        The same integer gives the same covariates.

    Returns
    -------
    ndarray of shape (n_rows, n_features), float64
        One row for each unit.

    Raises
    ------
    InvalidInput
        If a size is less than 1, the distribution is unknown, or the correlation matrix is not
        one, has another size or comes with uniform covariates.

    Examples
    --------
    >>> make_covariates(4, 2, distribution="uniform", random_state=0).shape
    (4, 2)
    """
    shape = at_least(1, n_rows=n_rows), at_least(1, n_features=n_features)
    name = one_of(("normal", "uniform"), distribution=distribution)
    random = generator(random_state)
    if correlation is None:
        return random.standard_normal(shape) if name == "normal" else random.uniform(size=shape)
    if name == "uniform":
        raise InvalidInput("correlation needs normal covariates. Set distribution to 'normal'.")
    return random.standard_normal(shape) @ _factor(correlation, n_features).T


def random_correlation(
    n_features: int, strength: float = 0.1, random_state: RandomState = None
) -> Floats:
    """A random correlation matrix by the C-vine method.

    Partial correlations are drawn from Beta(1/a, 1/a) stretched to [-1, 1], where a is
    ``strength``, and the columns are shuffled, as in Künzel et al. (2019). Lewandowski, Kurowicka
    and Joe (2009) let the parameters of the Beta fall along the vine; here they do not.

    Parameters
    ----------
    n_features : int
        Number of covariates, at least 1.
    strength : float, default=0.1
        How correlated the covariates can be; 0 gives the identity. Künzel et al. name it alpha.
    random_state : int, numpy.random.Generator or None, default=None
        The same integer gives the same matrix.

    Returns
    -------
    ndarray of shape (n_features, n_features), float64
        Symmetric and positive definite, with ones on its diagonal.

    Raises
    ------
    InvalidInput
        If ``n_features`` is less than 1 or ``strength`` is negative or not finite.

    Examples
    --------
    >>> random_correlation(3, strength=0).tolist()
    [[1.0, 0.0, 0.0], [0.0, 1.0, 0.0], [0.0, 0.0, 1.0]]
    """
    size = at_least(1, n_features=n_features)
    if not_negative(strength=strength) == 0:
        return np.eye(size)
    random = generator(random_state)
    factor = _vine_factor(2 * random.beta(1 / strength, 1 / strength, (size, size)) - 1)
    correlation = factor @ factor.T
    np.fill_diagonal(correlation, 1.0)
    return _shuffled(correlation, random)


def _vine_factor(partial: Floats) -> Floats:
    """The Cholesky factor of the correlations; entry i, k is that of i and k given all before k."""
    lower = np.tril(partial, -1)
    unexplained = np.cumprod(np.sqrt(1 - lower**2), axis=1)
    before = np.column_stack([np.ones(len(lower)), unexplained[:, :-1]])
    return (lower + np.eye(len(lower))) * before


def _shuffled(correlation: Floats, random: np.random.Generator) -> Floats:
    """The matrix with its covariates in random order."""
    order = random.permutation(len(correlation))
    return correlation[np.ix_(order, order)]


def _factor(correlation: ArrayLike, n_features: int) -> Floats:
    """The Cholesky factor that gives independent columns the correlation."""
    array = matrix(correlation=correlation)
    if array.shape != (n_features, n_features):
        raise InvalidInput(
            f"correlation must be of shape {(n_features, n_features)}. Got {array.shape}."
        )
    return _cholesky(array)


def _cholesky(correlation: Floats) -> Floats:
    """The Cholesky factor, or an error where the matrix is not a correlation matrix."""
    if np.allclose(correlation, correlation.T) and np.allclose(correlation.diagonal(), 1):
        try:
            return np.asarray(np.linalg.cholesky(correlation), dtype=np.float64)
        except np.linalg.LinAlgError:
            pass
    raise InvalidInput(
        "correlation must be symmetric and positive definite with ones on its diagonal."
    )
