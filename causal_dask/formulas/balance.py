"""Balance of covariates between groups of rows. Columns are covariates; NaN is a missing value."""

from __future__ import annotations

import numpy as np

from causal_dask.formulas.outcomes import Array

ROUNDING = 1e-12
"""Differences below this share of a covariate's range are rounding errors of the sums."""


def weighted_means(x: Array, weights: Array) -> Array:
    """The columns' means, without missing values; each row of weights gives a row of means."""
    observed = np.isfinite(x)
    return _ratio(weights @ np.where(observed, x, 0.0), weights @ observed)


def weighted_variances(x: Array, weights: Array) -> Array:
    """Austin & Stuart (2015): the weighted sample variance; with equal weights, ddof=1."""
    observed = np.isfinite(x)
    total, squares = weights @ observed, weights**2 @ observed
    deviations = np.where(observed, x - weighted_means(x, weights), 0.0)
    return total * _ratio(weights @ deviations**2, total**2 - squares)


def standardised_differences(
    treated: Array, control: Array, variance_treated: Array, variance_control: Array, scale: Array
) -> Array:
    """Austin & Stuart (2015): differences of means in pooled standard deviations.

    The variances are those before weighting for all means, so that weighting changes the numerator
    only (Stuart 2010, sec. 4.1). Equal means differ by 0 even if the covariate is constant.
    """
    difference = _without_rounding(treated - control, scale)
    spread = _without_rounding(np.sqrt((variance_treated + variance_control) / 2), scale)
    return np.where(difference == 0, 0.0, _ratio(difference, spread))


def _without_rounding(values: Array, scale: Array) -> Array:
    """The values, with 0 for what is only a rounding error."""
    return np.where(np.abs(values) <= ROUNDING * scale, 0.0, values)


def _ratio(numerator: Array, denominator: Array) -> Array:
    """The quotient; NaN where both are zero, as for a group whose values are all missing."""
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.asarray(numerator / denominator)
