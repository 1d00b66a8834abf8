"""The residual-on-residual regression of the R-learner, and its loss."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from causal_dask.declared import task
from causal_dask.formulas.outcomes import Array, mean_outcome


@task("residual_ratio")
def residual_ratio(y: Array, w: Array, variant: int, outcome: Array, share: Array) -> Array:
    """Nie & Wager (2021), eq. 6: the outcome's residual over the treatment's."""
    return (y - mean_outcome(outcome)) / ((w == variant) - share)


@task("squared_residual")
def squared_residual(w: Array, variant: int, share: Array) -> Array:
    """Nie & Wager (2021), eq. 6: the weight that turns the ratio into the R-loss."""
    return ((w == variant) - share) ** 2


@task("contrast_outcome")
def contrast_outcome(outcome_control: Array, outcome_treated: Array, share: Array) -> Array:
    """E[Y | X, W in {0, k}], mixed from the variants' outcomes."""
    mixed: Array = (1 - share) * mean_outcome(outcome_control)
    return mixed + share * mean_outcome(outcome_treated)


@task("outcome_without")
def outcome_without(
    outcomes: Sequence[Array], shares: Sequence[Array], effects: Sequence[Array]
) -> Array:
    """The control outcome: the mean over contrasts of m - share * tau."""
    triples = zip(outcomes, shares, effects, strict=True)
    return np.mean([mean_outcome(m) - share * tau for m, share, tau in triples], axis=0)


@task("shifted")
def shifted(outcome: Array, effects: Sequence[Array], variant: int) -> Array:
    """The outcome of ``variant``: the control outcome plus the variant's effect."""
    return outcome if variant == 0 else outcome + effects[variant - 1]


def r_loss(
    cate_estimates: Array,
    outcome_estimates: Array,
    propensity_scores: Array,
    outcomes: Array,
    treatments: Array,
    sample_weight: Array | None = None,
) -> float:
    """Nie & Wager (2021), eq. 4: the root of the mean squared R-residual."""
    residual = (outcomes - outcome_estimates) - cate_estimates * (treatments - propensity_scores)
    return float(np.sqrt(np.average(residual**2, weights=sample_weight)))


@task("r_loss_of_contrast")
def r_loss_of_contrast(
    y: Array,
    w: Array,
    variant: int,
    outcome: Array,
    share: Array,
    effect: Array,
    sample_weight: Array | None = None,
) -> float:
    """The R-loss of one contrast, on its own rows."""
    rows = (w == 0) | (w == variant)
    return r_loss(
        mean_outcome(effect)[rows],
        mean_outcome(outcome)[rows],
        share[rows],
        y[rows],
        (w == variant)[rows],
        None if sample_weight is None else sample_weight[rows],
    )
