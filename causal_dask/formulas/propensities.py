"""Propensities: clipping, shares within a contrast, weights. One column per variant."""

from __future__ import annotations

import numpy as np

from causal_dask.declared import task
from causal_dask.formulas.outcomes import Array


def clipped(propensity: Array, clipping_threshold: float) -> Array:
    """Propensities moved into [c, 1 - c], without renormalising (as DoubleML does)."""
    return np.clip(propensity, clipping_threshold, 1 - clipping_threshold)


def unclipped_share(propensities: Array, variant: int) -> Array:
    """Propensity of the variant among the units of this variant or control; 1/2 if both have 0."""
    e_0, e_k = propensities[:, 0], propensities[:, variant]
    half = np.full(len(e_k), 0.5)
    return np.divide(e_k, e_0 + e_k, out=half, where=e_0 + e_k > 0)


@task("contrast_share", version=2)
def contrast_share(propensities: Array, variant: int, clipping_threshold: float) -> Array:
    """The share of a contrast, clipped: not its parts, which differ where a third is common."""
    return clipped(unclipped_share(propensities, variant), clipping_threshold)


def outside(propensities: Array, clipping_threshold: float) -> Array:
    """Whether clipping changes a propensity, by row."""
    return (propensities != clipped(propensities, clipping_threshold)).any(axis=1)


@task("n_outside")
def n_outside(propensities: Array, clipping_threshold: float) -> int:
    """The number of rows in which clipping changes a propensity."""
    return int(outside(propensities, clipping_threshold).sum())


@task("n_shares_outside")
def n_shares_outside(propensities: Array, clipping_threshold: float) -> int:
    """The number of rows in which clipping changes a contrast's share."""
    variants = range(1, propensities.shape[1])
    shares = np.column_stack([unclipped_share(propensities, k) for k in variants])
    return int(outside(shares, clipping_threshold).sum())


@task("blend")
def blend(share: Array, control_effect: Array, treatment_effect: Array) -> Array:
    """Künzel et al. (2019), eq. 9: weigh each variant's effect by the other's share."""
    return share * control_effect + (1 - share) * treatment_effect


def inverse_weights(propensities: Array, w: Array, clipping_threshold: float) -> Array:
    """One over the clipped propensity of the variant that each row received."""
    return 1 / clipped(propensities[np.arange(len(w)), w], clipping_threshold)


def effective_sample_size(weights: Array) -> float:
    """Kish (1965): the number of equally weighted rows that would be as informative."""
    return float(weights.sum() ** 2 / (weights**2).sum())
