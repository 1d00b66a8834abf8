"""Average effects from scores: weighted means, clustered covariances, standard errors."""

from __future__ import annotations

import numpy as np

from causal_dask.formulas.outcomes import Array

ALONE = 1e-12
"""What is left of the weights without a group, as a share, is rounding if it is no more."""


def average(
    scores: Array,
    weights: Array | None = None,
    groups: Array | None = None,
    shares: Array | None = None,
) -> tuple[Array, Array]:
    """The (weighted) means of all contrasts' scores, and their covariance.

    With ``shares``, the sums of the scores over those of the shares.

    Chernozhukov et al. (2018), theorem 3.1: from the influence functions, which are summed within
    a group before they are squared, since rows of a group are not independent. The groups'
    jackknife (Bell & McCaffrey 2002) is G / (G - 1) times that where groups are of one size.
    """
    s = np.ones(len(scores)) if weights is None else weights
    of_rows = s[:, None] if shares is None else s[:, None] * shares
    total = of_rows.sum(axis=0)
    estimate = s @ scores / total
    influence = s[:, None] * (scores - estimate * (1.0 if shares is None else shares))
    if groups is None:
        alone = ((of_rows > 0) | (influence != 0)).sum(axis=0) < 2  # one row has no error
        moved = np.where(alone, np.nan, influence / total)
        return estimate, moved.T @ moved
    sizes = group_sizes(groups, weights)
    if len(sizes) < 2:
        return estimate, np.full((scores.shape[1],) * 2, np.nan)
    of_groups, pulls = summed_within(groups, of_rows), summed_within(groups, influence)
    left = total - of_groups
    left[left <= ALONE * total] = np.nan  # an average over one group alone has no error
    n_groups = ((of_groups > 0) | (pulls != 0)).sum(axis=0)  # of each average
    moved = pulls / left * np.sqrt((n_groups - 1) / n_groups)
    return estimate, moved.T @ moved


def by_group(values: Array, member: Array) -> Array:
    """Columns of each group, 0 in the rows of others: (repeats, rows, groups x contrasts)."""
    cut = values[:, :, None, :] * member[None, :, :, None]
    return cut.reshape(*values.shape[:2], -1)


def covariance_of(contributions: Array, groups: Array | None) -> Array:
    """The covariance of estimates from what each row contributes to their errors.

    With groups, G / (G - 1) times the outer product of the groups' sums.
    """
    if groups is None:
        return np.asarray(contributions.T @ contributions)
    summed = summed_within(groups, contributions)
    few = len(summed) < 2
    return (
        np.full((contributions.shape[1],) * 2, np.nan)
        if few
        else len(summed) / (len(summed) - 1) * summed.T @ summed
    )


def group_sizes(groups: Array, weights: Array | None = None) -> Array:
    """The rows, or the weight, of each group that has some."""
    sizes = np.bincount(np.unique(groups, return_inverse=True)[1], weights)
    return np.asarray(sizes[sizes > 0], dtype=np.float64)


def degrees_of_freedom(sizes: Array) -> float:
    """Carter, Schnepel & Steigerwald (2017): effective groups less one; G - 1 for equal ones."""
    return max(float(sizes.sum() ** 2 / (sizes**2).sum()) - 1, 1.0)


def summed_within(groups: Array, values: Array) -> Array:
    """The sum of the rows of each group."""
    distinct, codes = np.unique(groups, return_inverse=True)
    sums = np.zeros((len(distinct), values.shape[1]))
    np.add.at(sums, codes, values)
    return sums


def standard_errors(covariance: Array) -> Array:
    """The square roots of the variances."""
    return np.sqrt(np.diag(covariance))
