"""One estimate from several repeats of the cross-fitting. The first axis counts the repeats."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from causal_dask.declared import task
from causal_dask.formulas.outcomes import Array


def median_over_repeats(estimates: Array, covariances: Array) -> tuple[Array, Array]:
    """Chernozhukov et al. (2018), eq. 3.14: medians, the spread over repeats in the variance."""
    estimate = np.median(estimates, axis=0)
    totals = covariances + _spread(estimates - estimate)
    sizes = np.linalg.norm(np.nan_to_num(totals), 2, axis=(1, 2))  # NaN: what has no error
    middle = totals[np.argsort(sizes)[(len(totals) - 1) // 2]]
    variances = np.median(totals.diagonal(axis1=1, axis2=2), axis=0)
    # One repeat's matrix is scaled to the median variances: a matrix of the medians of all entries
    # need not be a covariance matrix.
    diagonal = middle.diagonal()
    scale = np.sqrt(np.divide(variances, diagonal, out=np.ones_like(diagonal), where=diagonal > 0))
    return estimate, middle * np.outer(scale, scale)


def mean_over_repeats(estimates: Array, covariances: Array) -> tuple[Array, Array]:
    """Chernozhukov et al. (2018), eq. 3.13: means, the spread over repeats in the variance."""
    estimate = np.mean(estimates, axis=0)
    return estimate, np.mean(covariances + _spread(estimates - estimate), axis=0)


@task("combined_repeats")
def combined_repeats(estimates: Sequence[Array], aggregation: str) -> Array:
    """The median or mean of each entry; the mean where entries of a row sum to a constant.

    Medians of three or more classes' probabilities, or of effects on them, need not add up.
    """
    if len(estimates) == 1:
        return np.asarray(estimates[0])
    adds_up = np.ndim(estimates[0]) > 1 and estimates[0].shape[-1] > 2
    combine = np.mean if aggregation == "mean" or adds_up else np.median
    return np.asarray(combine(np.stack(estimates), axis=0))


def _spread(off: Array) -> Array:
    """The outer product of each repeat's deviation with itself."""
    return np.einsum("ri,rj->rij", off, off)
