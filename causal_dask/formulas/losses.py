"""Losses of a CATE, from its own or another learner's nuisances. Smaller is better."""

from __future__ import annotations

import numpy as np

from causal_dask.declared import task
from causal_dask.formulas.doubly_robust import aipw
from causal_dask.formulas.outcomes import Array, mean_outcome
from causal_dask.formulas.propensities import contrast_share
from causal_dask.formulas.residuals import contrast_outcome, r_loss_of_contrast

Nuisances = tuple[Array, Array, Array, float]
"""Outcomes under control and treatment, propensities, and where these are clipped."""


def r_errors(y: Array, w: Array, variant: int, effect: Array, by: Nuisances) -> Array:
    """What each row adds to the R-loss of a contrast, before the root; NaN in other rows."""
    outcome_control, outcome_treated, propensities, threshold = by
    share = contrast_share(propensities, variant, threshold)
    residual = (y - contrast_outcome(outcome_control, outcome_treated, share)) - mean_outcome(
        effect
    ) * ((w == variant) - share)
    return np.where((w == 0) | (w == variant), residual**2, np.nan)


def dr_errors(y: Array, w: Array, variant: int, effect: Array, by: Nuisances) -> Array:
    """What each row adds to the DR-loss of a contrast, before the root."""
    score = aipw(y, w, variant, *by)
    return np.asarray((score - mean_outcome(effect)) ** 2)


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
    mixed = contrast_outcome(outcome_control, outcome_treated, share)
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
