"""One estimate from those of several studies: meta-analysis."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from scipy import optimize, stats

from causal_dask.formulas.outcomes import Array


class Pooled(NamedTuple):
    """A pooled estimate; ``df`` is None for the normal distribution."""

    estimate: float
    standard_error: float
    df: float | None


def fixed_effect(estimates: Array, variances: Array) -> Pooled:
    """The mean with weights 1 / variance: of one effect that all studies share."""
    weights = 1 / variances
    return Pooled(float(np.average(estimates, weights=weights)), float(weights.sum() ** -0.5), None)


def random_effects(estimates: Array, variances: Array) -> Pooled:
    """The mean of effects that differ between studies, with the error of Hartung & Knapp (2001).

    The variance between studies is that of Paule & Mandel (1982). The t-distribution has k - 1
    degrees of freedom, and the error is never below the one that takes that variance for known
    (Röver, Knapp & Friede 2015), which would be too small by chance where studies are few.
    """
    weights = 1 / (variances + between_variance(estimates, variances))
    mean = float(np.average(estimates, weights=weights))
    df = len(estimates) - 1
    spread = float(np.average((estimates - mean) ** 2, weights=weights)) / df
    return Pooled(mean, max(spread, 1 / float(weights.sum())) ** 0.5, df)


def between_variance(estimates: Array, variances: Array) -> float:
    """The variance between studies, at which the weighted spread is what it is expected to be."""

    def excess(tau2: float) -> float:
        return heterogeneity(estimates, variances + tau2) - (len(estimates) - 1)

    if excess(0.0) <= 0:
        return 0.0
    high = float(np.var(estimates)) + 1e-12
    while excess(high) > 0:
        high *= 2
    return float(optimize.brentq(excess, 0.0, high))


def heterogeneity(estimates: Array, variances: Array) -> float:
    """Cochran's Q: the weighted squared distances from the fixed effect."""
    mean = np.average(estimates, weights=1 / variances)
    return float(np.sum((estimates - mean) ** 2 / variances))


def heterogeneity_p_value(estimates: Array, variances: Array) -> float:
    """The p-value of one effect for all studies."""
    return float(stats.chi2.sf(heterogeneity(estimates, variances), len(estimates) - 1))
