"""Scores of average effects of the treated, the controls, and the overlap population.

Each is two columns: a score, and its share in the population. The estimate is the sum of the first
over that of the second, and the score less the estimate times the share is the influence function.
"""

from __future__ import annotations

import numpy as np

from causal_dask.declared import task
from causal_dask.formulas.outcomes import Array, mean_outcome
from causal_dask.formulas.propensities import clipped, unclipped_share


@task("of_treated")
def of_treated(
    y: Array, w: Array, variant: int, outcome_control: Array, outcome_treated: Array,
    propensities: Array, clipping_threshold: float,
) -> Array:  # fmt: skip
    """Hahn (1998), theorem 1, for the rows that received the treatment."""
    del outcome_treated
    odds = _clipped_odds(propensities, variant, 0, clipping_threshold)
    residual = y - mean_outcome(outcome_control)
    treated = w == variant
    return np.column_stack([treated * residual - (w == 0) * odds * residual, treated])


@task("of_controls")
def of_controls(
    y: Array, w: Array, variant: int, outcome_control: Array, outcome_treated: Array,
    propensities: Array, clipping_threshold: float,
) -> Array:  # fmt: skip
    """The same for the controls."""
    del outcome_control
    odds = _clipped_odds(propensities, 0, variant, clipping_threshold)
    residual = y - mean_outcome(outcome_treated)
    control = w == 0
    return np.column_stack([(w == variant) * odds * residual - control * residual, control])


@task("of_overlap")
def of_overlap(
    y: Array, w: Array, variant: int, outcome_control: Array, outcome_treated: Array,
    propensities: Array, clipping_threshold: float,
) -> Array:  # fmt: skip
    """Crump et al. (2006), theorem 5, with the weights e (1 - e) among the rows of two variants.

    With estimated propensities the weight of an effect in the influence function is (w - e)².
    """
    del clipping_threshold  # nothing is divided by a propensity
    mu_0, mu_1 = mean_outcome(outcome_control), mean_outcome(outcome_treated)
    share = unclipped_share(propensities, variant)
    treated, control = w == variant, w == 0
    weight = treated * (1 - share) ** 2 + control * share**2
    residuals = treated * (1 - share) * (y - mu_1) - control * share * (y - mu_0)
    return np.column_stack([weight * (mu_1 - mu_0) + residuals, weight])


def _clipped_odds(
    propensities: Array, variant: int, other: int, clipping_threshold: float
) -> Array:
    """How much more probable one variant is than another."""
    e = clipped(propensities[:, [variant, other]], clipping_threshold)
    return np.asarray(e[:, 0] / e[:, 1])
