"""Who gets which variant, and with what probability. Knows nothing of outcomes."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import softmax

from causal_dask.datasets.arguments import (
    Floats,
    Integers,
    RandomState,
    at_least,
    generator,
    matrix,
    not_negative,
)
from causal_dask.errors import InvalidInput

ROUNDING = 1e-8
"""The most by which a row of propensities may miss a sum of one: enough for rounding only."""


def make_propensities(X: ArrayLike, n_variants: int = 2, confounding: float = 0.5) -> Floats:
    """The probabilities of K variants given the covariates.

    Multinomial logit: the log odds of variant k against control are ``confounding`` times the
    k-th covariate, starting over with the first where K - 1 exceeds the number of covariates.

    Parameters
    ----------
    X : array-like of shape (n, p)
        Covariates.
    n_variants : int, default=2
        K, at least 2.
    confounding : float, default=0.5
        How strongly the assignment follows the covariates; 0 is a randomised trial, 1/K each.

    Returns
    -------
    ndarray of shape (n, K), float64
        Rows sum to one.

    Raises
    ------
    InvalidInput
        If an argument is out of range or ``X`` is not a finite matrix.

    Examples
    --------
    >>> make_propensities([[0.0], [2.0]], confounding=0.5).round(3).tolist()
    [[0.5, 0.5], [0.269, 0.731]]
    """
    covariates = matrix(X=X)
    contrasts = np.arange(at_least(2, n_variants=n_variants) - 1)
    chosen = covariates[:, contrasts % covariates.shape[1]]
    scores = not_negative(confounding=confounding) * chosen
    propensities: Floats = softmax(np.column_stack([np.zeros(len(scores)), scores]), axis=1)
    return propensities


def assign_treatment(propensities: ArrayLike, random_state: RandomState = None) -> Integers:
    """A variant for each row, drawn from its propensities.

    Parameters
    ----------
    propensities : array-like of shape (n, K)
        ``P(W = k | X)``; rows sum to one.
    random_state : int, numpy.random.Generator or None, default=None
        The same integer gives the same variants.

    Returns
    -------
    ndarray of shape (n,), int64
        Variants 0 to K - 1; one of propensity zero is never drawn.

    Raises
    ------
    InvalidInput
        If the propensities are negative, not finite, not a matrix, or a row does not sum to one.

    Examples
    --------
    >>> assign_treatment([[1.0, 0.0], [0.0, 1.0]]).tolist()
    [0, 1]
    """
    shares = _probabilities(propensities)
    uniform = generator(random_state).uniform(size=(len(shares), 1))
    bounds = np.cumsum(shares, axis=1)[:, :-1]
    return np.asarray(np.sum(bounds <= uniform, axis=1), dtype=np.int64)


def _probabilities(propensities: ArrayLike) -> Floats:
    """The propensities as a matrix of probabilities, rows summing to one."""
    shares = matrix(propensities=propensities)
    if shares.min(initial=0) < 0:
        raise InvalidInput(f"propensities must not be negative. Got {float(shares.min())}.")
    sums = shares.sum(axis=1)
    wrong = np.flatnonzero(np.abs(sums - 1) > ROUNDING)
    if wrong.size:
        raise InvalidInput(
            "propensities must sum to one in each row. "
            f"Row {int(wrong[0])} sums to {float(sums[wrong[0]])}."
        )
    return shares
