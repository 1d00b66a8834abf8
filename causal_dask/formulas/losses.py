"""Losses of a CATE, from its own or another learner's nuisances. Smaller is better."""

from __future__ import annotations

import numpy as np

from causal_dask.declared import task
from causal_dask.formulas.doubly_robust import aipw
from causal_dask.formulas.outcomes import Array, mean_outcome
from causal_dask.formulas.propensities import contrast_share
from causal_dask.formulas.residuals import r_loss_of_contrast


@task("r_loss_by_nuisances", version=2)
def r_loss_by_nuisances(
    y: Array,
    w: Array,
    variant: int,
    effect: Array,
    outcome_control: Array,
    outcome_treated: Array,
    propensities: Array,
    clipping_threshold: float,
    sample_weight: Array | None = None,
) -> float:
    """Nie & Wager (2021), eq. 4, with E[Y | X, W in {0, k}] mixed from the variants' outcomes."""
    share = contrast_share(propensities, variant, clipping_threshold)
    mixed = (1 - share) * mean_outcome(outcome_control) + share * mean_outcome(outcome_treated)
    return r_loss_of_contrast(y, w, variant, mixed, share, effect, sample_weight)


@task("dr_loss_by_nuisances")
def dr_loss_by_nuisances(
    y: Array,
    w: Array,
    variant: int,
    effect: Array,
    outcome_control: Array,
    outcome_treated: Array,
    propensities: Array,
    clipping_threshold: float,
    sample_weight: Array | None = None,
) -> float:
    """The root mean squared distance of a CATE from the doubly robust score (Kennedy 2023)."""
    score = aipw(y, w, variant, outcome_control, outcome_treated, propensities, clipping_threshold)
    return float(np.sqrt(np.average((score - mean_outcome(effect)) ** 2, weights=sample_weight)))
