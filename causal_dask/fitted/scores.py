"""Doubly robust scores of a fitted learner, and the average effects that are made of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pandas as pd

from causal_dask.display import Block, Shown
from causal_dask.errors import InvalidInput, ShortTraceback
from causal_dask.fitted.average_effect import ATEResult
from causal_dask.fitted.columns_beside import (
    check_rows,
    chosen_rows,
    degrees_of_freedom_of_groups,
    group_labels,
    population_weights,
    values_of_rows,
)
from causal_dask.fitted.group_effects import GroupEffects
from causal_dask.fitted.joint_estimates import against
from causal_dask.formulas.average_effect import average, by_group
from causal_dask.formulas.repeats import mean_over_repeats, median_over_repeats
from causal_dask.tasks.rows import Array


@dataclass(frozen=True, eq=False, repr=False)
class Scores(Shown):
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
    shares : array of the shape of ``values``, or None
        Of an estimand other than the ATE: a row's share in the population. The sum of the scores
        over that of the shares estimates the effect.
    estimand : {"ATE", "ATT", "ATC", "ATO"}
        Whose effects the scores are of.
    bias : array of shape (n_repeats, n_rows, n_variants - 1, 3), or None
        With ``with_bias=True``: what ``sensitivity`` is made of.
    index : pandas Index, or None
        That of the ``X`` passed to ``scores``, with which other columns by row are compared.

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
    shares: Array | None = None
    estimand: str = "ATE"
    bias: Array | None = None
    index: Any = None

    def __post_init__(self) -> None:
        beside = {"weights": self.weights, "groups": self.groups}
        values = values_of_rows(self.values, len(self.variants), beside)
        object.__setattr__(self, "values", values)

    def _parts(self) -> list[Block]:
        values = np.asarray(self.values)
        repeats = f", {self.n_repeats} repeats" if self.n_repeats > 1 else ""
        title = f"Doubly robust scores of {values.shape[1]:,} rows{repeats} ({self.estimand})"
        spread = {
            "mean": values.mean(axis=(0, 1)), "sd": values.std(axis=(0, 1)),
            "least": values.min(axis=(0, 1)), "most": values.max(axis=(0, 1)),
        }  # fmt: skip
        return [title, pd.DataFrame(spread, index=against(self.variants))]

    @property
    def n_repeats(self) -> int:
        """How often the cross-fitting was repeated."""
        return len(self.values)

    @ShortTraceback()
    def of_rows(self, rows: Any) -> Scores:
        """The scores of some rows.

        Parameters
        ----------
        rows : array of bool of shape (n_rows,), or of the numbers of rows
            By numbers, rows come in their order, and as often as they are named.

        Returns
        -------
        Scores

        Raises
        ------
        InvalidInput
            If there are no such rows, or truth values are of another index than the scores.
        """

        def taken(values: Any, axis: int) -> Any:
            return None if values is None else np.take(np.asarray(values), keep, axis=axis)

        keep = chosen_rows(rows, self.index, np.asarray(self.values).shape[1])
        return replace(
            self, values=taken(self.values, 1), weights=taken(self.weights, 0),
            groups=taken(self.groups, 0), shares=taken(self.shares, 1), bias=taken(self.bias, 1),
            index=None if self.index is None else self.index[keep],
        )  # fmt: skip

    @ShortTraceback()
    def average_effect(self, target_weights: Any = None) -> ATEResult:
        """The average treatment effects, with standard errors.

        Parameters
        ----------
        target_weights : array of shape (n_rows,), optional
            As in ``average_treatment_effect``.

        Returns
        -------
        ATEResult
            The (weighted) means of the scores; standard errors are clustered by group. Repeats are
            combined as in Chernozhukov et al. (2018), sec. 3.4.

        Raises
        ------
        InvalidInput
            If there are no rows of the population, as without treated rows for the ATT.
        """
        weighted = weighted_to(self, target_weights)
        if weighted.shares is not None and (empty := _has_no_rows(weighted, weighted.shares)).any():
            labels = [self.variants[k + 1] for k in np.flatnonzero(empty)]
            raise InvalidInput(
                f"There are no rows of the population of the {self.estimand} of {labels}, or only "
                "rows without weight."
            )
        estimate, covariance = combined_average(weighted, weighted.values, weighted.shares)
        df = degrees_of_freedom_of(weighted)
        return ATEResult(estimate, covariance, self.variants, df, self.event, self.estimand)

    @ShortTraceback()
    def group_effects(self, by: Any, target_weights: Any = None) -> GroupEffects:
        """The average treatment effects in groups of rows, with their joint uncertainty.

        Parameters
        ----------
        by : array or Series of shape (n_rows,)
            Labels of groups, known before treatment.
        target_weights : array of shape (n_rows,), optional
            As in ``average_treatment_effect``.

        Returns
        -------
        GroupEffects
            A row for each group and treatment.

        Raises
        ------
        InvalidInput
            If there is no label for each row, more than 1,000 different ones, or a group without
            rows of the population, as without treated rows for the ATT.
        """
        weighted = weighted_to(self, target_weights)
        check_rows(self.index, by, "by")
        labels, codes = group_labels(by, self.values.shape[1])
        member = codes[:, None] == np.arange(len(labels))
        shares = np.ones_like(self.values) if weighted.shares is None else weighted.shares
        of_groups = by_group(shares, member)
        empty = _has_no_rows(weighted, of_groups).reshape(len(labels), -1).any(axis=1)
        if empty.any():
            raise InvalidInput(
                f"The groups {[labels[g] for g in np.flatnonzero(empty)][:5]} of 'by' have no rows "
                f"of the population of a treatment's {self.estimand}, or only rows without weight. "
                "Join them with others."
            )
        estimate, covariance = combined_average(
            weighted, by_group(weighted.values, member), of_groups
        )
        each = [weighted.of_rows(member[:, g]) for g in range(len(labels))]
        df = min((found for found in map(degrees_of_freedom_of, each) if found), default=None)
        n_rows = member.sum(axis=0)
        return GroupEffects(
            estimate, covariance, labels, n_rows, self.variants, df, self.event, self.estimand
        )


def combined_average(scores: Scores, values: Array, shares: Array | None) -> tuple[Array, Array]:
    """The average of each column of scores, over the rows and then over the repeats."""
    each_share = [None] * len(values) if shares is None else list(shares)
    estimates = [
        average(value, scores.weights, scores.groups, share)
        for value, share in zip(values, each_share, strict=True)
    ]
    return combined_over_repeats(scores, estimates)


def combined_over_repeats(
    scores: Scores, estimates: Sequence[tuple[Array, Array]]
) -> tuple[Array, Array]:
    """One estimate and covariance from those of each repeat."""
    median = scores.repeat_aggregation == "median"
    combine = median_over_repeats if median else mean_over_repeats
    return combine(*map(np.stack, zip(*estimates, strict=True)))


def weighted_to(scores: Scores, target_weights: Any) -> Scores:
    """Scores of a population that is given by weights of the rows."""
    if target_weights is None:
        return scores
    if scores.estimand != "ATE":
        raise InvalidInput(
            f"'target_weights' are for estimand='ATE'. Got {scores.estimand!r}, which has weights "
            "of its own."
        )
    values = np.asarray(scores.values)
    weights = population_weights(target_weights, scores.index, values.shape[1])
    of_rows = np.broadcast_to(weights[:, None], values.shape)
    return replace(scores, values=values * of_rows, shares=of_rows)


def _has_no_rows(scores: Scores, shares: Array) -> Array:
    """Whether the rows' shares in a population are all 0, or without weight, by column."""
    rows = np.ones(shares.shape[1]) if scores.weights is None else scores.weights
    return np.asarray((rows @ shares).min(axis=0) <= 0)


def degrees_of_freedom_of(scores: Scores) -> float | None:
    """Those of the groups, if there are any; warns if these are few."""
    return degrees_of_freedom_of_groups(scores.groups, scores.weights)
