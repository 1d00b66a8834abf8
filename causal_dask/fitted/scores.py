"""Doubly robust scores of a fitted learner, and the average effects that are made of them."""

from __future__ import annotations

import warnings
from dataclasses import dataclass
from typing import Any

import numpy as np

from causal_dask.errors import CausalDaskWarning
from causal_dask.fitted.average_effect import ATEResult
from causal_dask.formulas.average_effect import average, degrees_of_freedom, group_sizes
from causal_dask.formulas.repeats import mean_over_repeats, median_over_repeats
from causal_dask.tasks.rows import Array

FEW_GROUPS = 40
"""With fewer groups, clustered standard errors tend to be too small (Cameron & Miller 2015)."""


@dataclass(frozen=True, eq=False)
class Scores:
    """Doubly robust scores: their mean over some rows estimates the average effect there.

    Made by ``learner.scores()``. For the training rows, every score is from nuisance models that
    have not seen its row.

    Attributes
    ----------
    values : array of shape (n_repeats, n_rows, n_variants - 1), float64
        The AIPW score of each contrast (Kennedy 2023, eq. 2), by repeat of the cross-fitting, in
        units of the outcome.
    variants : tuple
        The labels of the variants; the first is control.
    weights : array of shape (n_rows,), or None
        Weights of the rows.
    groups : array of int of shape (n_rows,), or None
        The group of each row, within which rows are not independent.
    repeat_aggregation : {"median", "mean"}
        What is made of the repeats' estimates.
    event : label, optional
        Of an outcome with two classes, the one whose probability the scores are of.

    Examples
    --------
    >>> import numpy as np
    >>> scores = Scores(np.array([[[1.0], [3.0], [2.0]]]), ("none", "some"))
    >>> scores.average_effect().estimate
    array([2.])
    """

    values: Array
    variants: tuple[Any, ...]
    weights: Array | None = None
    groups: Array | None = None
    repeat_aggregation: str = "median"
    event: Any = None

    @property
    def n_repeats(self) -> int:
        """How often the cross-fitting was repeated."""
        return len(self.values)

    def average_effect(self) -> ATEResult:
        """The average treatment effects, with standard errors.

        Returns
        -------
        ATEResult
            The (weighted) means of the scores; standard errors are clustered by group. Repeats are
            combined as in Chernozhukov et al. (2018), sec. 3.4.
        """
        return average_effect(self)


def average_effect(scores: Scores) -> ATEResult:
    """The average of each contrast's scores, over the rows and then over the repeats."""
    estimates = [average(values, scores.weights, scores.groups) for values in scores.values]
    median = scores.repeat_aggregation == "median"
    combine = median_over_repeats if median else mean_over_repeats
    estimate, covariance = combine(*map(np.stack, zip(*estimates, strict=True)))
    return ATEResult(
        estimate, covariance, scores.variants, _degrees_of_freedom(scores), scores.event
    )


def _degrees_of_freedom(scores: Scores) -> float | None:
    """Those of the groups, if there are any; warns if these are few."""
    if scores.groups is None:
        return None
    sizes = group_sizes(scores.groups, scores.weights)
    n_groups = len(sizes)
    if n_groups < FEW_GROUPS:
        warnings.warn(
            f"The standard errors rest on {n_groups} groups. With fewer than {FEW_GROUPS}, and of "
            "unequal sizes, intervals may be too short even with the t-distribution. Use finer "
            "'groups' if rows are independent within these.",
            CausalDaskWarning,
            stacklevel=4,
        )
    return degrees_of_freedom(sizes)
