"""The augmented inverse-propensity-weighted (AIPW) score of a contrast."""

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
