"""What an omitted confounder can do to an average effect: the parts of its greatest bias.

Chernozhukov, Cinelli, Newey, Sharma & Syrgkanis (2022), "Long story short: omitted variable bias in
causal machine learning", NBER 30302, section 3.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from causal_dask.declared import task
from causal_dask.formulas.outcomes import Array, mean_outcome
from causal_dask.formulas.propensities import clipped


@task("bias_parts")
def bias_parts(
    y: Array, w: Array, variant: int, outcomes: Sequence[Array], propensities: Array,
    clipping_threshold: float,
) -> Array:  # fmt: skip
    """The squared residual of the outcome, and the squared Riesz representer: its score, itself."""
    means = np.column_stack([mean_outcome(outcome) for outcome in outcomes])
    residual = y - means[np.arange(len(y)), w]
    e = clipped(propensities[:, [0, variant]], clipping_threshold)
    representer = (w == variant) / e[:, 1] - (w == 0) / e[:, 0]
    squared = representer**2
    return np.column_stack([residual**2, 2 * (1 / e).sum(axis=1) - squared, squared])


class Bias(NamedTuple):
    """The greatest bias per unit of confounding strength, and its influence function."""

    most: float
    influence: Array


def greatest_bias(parts: Array, weights: Array | None) -> Bias:
    """Theorem 2: the root of the residual variance times the mean squared representer.

    The debiased mean of the squared representer can be negative; the plain one then stands in.
    """
    variance, debiased, plain = np.average(parts, axis=0, weights=weights)
    column, squared = (1, debiased) if debiased > 0 else (2, plain)
    most = float(np.sqrt(variance * squared))
    if most == 0:
        return Bias(0.0, np.zeros(len(parts)))
    of_variance, of_squared = parts[:, 0] - variance, parts[:, column] - squared
    return Bias(most, (squared * of_variance + variance * of_squared) / (2 * most))


def strength(cf_y: float, cf_d: float, rho: float) -> float:
    """Corollary 2: the factor of the bias that a confounder of this strength has."""
    return float(abs(rho) * np.sqrt(cf_y * cf_d / (1 - cf_d)))
