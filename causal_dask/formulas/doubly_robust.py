"""The augmented inverse-propensity-weighted (AIPW) score, and average effects from it."""

from __future__ import annotations

import numpy as np

from causal_dask.declared import task
from causal_dask.formulas.outcomes import Array, mean_outcome
from causal_dask.formulas.propensities import clipped, outside


@task("aipw")
def aipw(
    y: Array,
    w: Array,
    variant: int,
    outcome_control: Array,
    outcome_treated: Array,
    propensities: Array,
    clipping_threshold: float,
) -> Array:
    """Kennedy (2023), eq. 2: the doubly robust score of one contrast."""
    mu_0, mu_1 = mean_outcome(outcome_control), mean_outcome(outcome_treated)
    e_0 = clipped(propensities[:, 0], clipping_threshold)
    e_1 = clipped(propensities[:, variant], clipping_threshold)
    residual_0 = (w == 0) * (y - mu_0) / e_0
    residual_1 = (w == variant) * (y - mu_1) / e_1
    return mu_1 - mu_0 + residual_1 - residual_0


@task("switched")
def switched(
    score: Array,
    variant: int,
    outcome_control: Array,
    outcome_treated: Array,
    propensities: Array,
    clipping_threshold: float,
    adaptive_clipping: bool,
) -> Array:
    """Mahajan et al. (2024), sec. 4.1, DR-Switch: no weighting where there is no overlap."""
    if not adaptive_clipping:
        return score
    imputed = mean_outcome(outcome_treated) - mean_outcome(outcome_control)
    return np.where(outside(propensities[:, [0, variant]], clipping_threshold), imputed, score)


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
