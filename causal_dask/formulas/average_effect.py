"""Average effects from scores, with their covariance and standard errors."""

from __future__ import annotations

import numpy as np

from causal_dask.formulas.outcomes import Array


def average(
    scores: Array, weights: Array | None = None, groups: Array | None = None
) -> tuple[Array, Array]:
    """The (weighted) means of all contrasts' scores, and their covariance.

    Chernozhukov et al. (2018), theorem 3.1: from the influence functions, which are summed within
    a group before they are squared, since rows of a group are not independent.
    """
    s = np.ones(len(scores)) if weights is None else weights
    estimate = s @ scores / s.sum()
    influence = s[:, None] * (scores - estimate)
    if groups is not None:
        influence = summed_within(groups, influence)
    return estimate, influence.T @ influence / s.sum() ** 2


def summed_within(groups: Array, values: Array) -> Array:
    """The sum of the rows of each group."""
    distinct, codes = np.unique(groups, return_inverse=True)
    sums = np.zeros((len(distinct), values.shape[1]))
    np.add.at(sums, codes, values)
    return sums


def standard_errors(covariance: Array) -> Array:
    """The square roots of the variances."""
    return np.sqrt(np.diag(covariance))
