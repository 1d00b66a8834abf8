"""From predicted outcomes to effects. An outcome has a row per unit, and a column per class."""

from __future__ import annotations

from typing import Any

import numpy as np

from causal_dask.declared import task

Array = np.ndarray[Any, np.dtype[Any]]


@task("difference")
def difference(treated: Array, control: Array) -> Array:
    """The outcome under treatment minus that under control."""
    return treated - control


def mean_outcome(outcome: Array) -> Array:
    """E[Y] from predicted outcomes: the probability of class 1, or the regression itself."""
    return outcome if outcome.ndim == 1 else outcome[:, -1]


@task("gain")
def gain(y: Array, outcome: Array) -> Array:
    """Künzel et al. (2019), eq. 8: a treated unit's outcome minus its predicted one untreated."""
    return y - mean_outcome(outcome)


@task("loss")
def loss(outcome: Array, y: Array) -> Array:
    """Künzel et al. (2019), eq. 8: a control unit's predicted outcome treated minus its own."""
    return mean_outcome(outcome) - y


@task("regression_adjusted")
def regression_adjusted(
    y: Array, w: Array, variant: int, outcome_control: Array, outcome_treated: Array
) -> Array:
    """Curth & van der Schaar (2021), eq. 3: the observed outcome against the imputed other one."""
    mu_0, mu_1 = mean_outcome(outcome_control), mean_outcome(outcome_treated)
    return (w == variant) * (y - mu_0) + (w != variant) * (mu_1 - y)
