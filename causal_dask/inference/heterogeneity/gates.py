"""Average effects of groups by how large the effect was predicted to be."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from causal_dask.errors import CausalDaskWarning, ShortTraceback, warn
from causal_dask.fitted.answer_checks import whole_number
from causal_dask.fitted.columns_beside import FEW_ROWS
from causal_dask.fitted.estimate_table import EstimateTable
from causal_dask.fitted.judged_effects import Part, without_errors
from causal_dask.formulas.average_effect import covariance_of
from causal_dask.formulas.targeting.rank_groups import group_means
from causal_dask.inference.judged import (
    checked,
    groups_and_treatments,
)
from causal_dask.tasks.rows import Array


@dataclass(frozen=True, eq=False, repr=False)
class Gates(EstimateTable):
    """Average effects of groups by quantiles of the predicted effect (GATES).

    Made by ``gates``. ``to_frame`` has the mean ``predicted`` effect of a group beside the
    estimate, which is made of scores. Group 1 has the smallest predicted effects.

    Attributes
    ----------
    n_groups : int
        The number of groups.
    variants : tuple
        The labels of the variants; the first is control.
    """

    n_groups: int = 0
    variants: tuple[Any, ...] = ()

    def most_less_least(self) -> EstimateTable:
        """How much greater the effect is in the last group than in the first, per treatment.

        Returns
        -------
        EstimateTable
            A row per treatment. Its p-value tests that the two groups have equal effects.
        """
        picks = self._contrasts()[-(len(self.variants) - 1) :]
        index = pd.Index(self.variants[1:], name="variant", tupleize_cols=False)
        return EstimateTable(
            picks @ self.estimate, picks @ self.covariance @ picks.T, index,
            "Effect of the most affected group less that of the least", df=self.df,
        )  # fmt: skip

    def heterogeneity(self) -> pd.DataFrame:
        """Test that all groups have the same effect, for each treatment and for all together.

        Returns
        -------
        DataFrame
            As of ``LinearProjection.heterogeneity``.
        """
        n, contrasts = len(self.variants) - 1, self._contrasts()
        return self.joint_tests([contrasts[k::n] for k in range(n)], self.variants)

    def _contrasts(self) -> Array:
        """Each later group less the first, group by group and in each the treatments."""
        n = len(self.variants) - 1
        each = np.eye(self.n_groups * n)
        return each[n:] - np.tile(each[:n], (self.n_groups - 1, 1))


@ShortTraceback()
def gates(judged: Any, n_groups: int = 5) -> Gates:
    """Estimate the average effect in groups by quantiles of the predicted effect.

    Parameters
    ----------
    judged : JudgedEffects
        ``learner.judged_effects(X)``, or of new data. Quantiles are taken within each part whose
        effects come from the same models, and the parts are averaged.
    n_groups : int, default 5
        Of equal size. Rows with equal predictions are shared among the groups that they reach
        into; where all predictions are equal, so are the groups.

    Returns
    -------
    Gates
        A row for each group and treatment, which has quantiles of its own effect.

    Raises
    ------
    InvalidInput
        If ``n_groups`` is not a whole number of 2 or more.

    References
    ----------
    Chernozhukov, Demirer, Duflo & Fernandez-Val (2025), "Fisher-Schultz lecture: generic machine
    learning inference on heterogeneous treatment effects", Econometrica 93(4), sec. 3.2; with the
    scores and folds of Wager (2024), arXiv 2405.05534.

    Examples
    --------
    >>> from sklearn.linear_model import LinearRegression, LogisticRegression
    >>> from causal_dask import DRLearner, gates
    >>> from causal_dask.datasets import make_study
    >>> study = make_study(2_000, effect="linear", random_state=0)
    >>> learner = DRLearner(
    ...     nuisance_model_factory=LinearRegression,
    ...     propensity_model_factory=LogisticRegression,
    ...     treatment_model_factory=LinearRegression,
    ...     n_folds=5, random_state=0,
    ... ).fit(study.X, study.y, study.w)
    >>> found = gates(learner.judged_effects(study.X), n_groups=3)
    >>> found.to_frame()[["predicted", "estimate"]].round(1).to_numpy().tolist()
    [[-0.2, -0.2], [1.0, 1.1], [2.3, 2.1]]
    >>> bool(found.most_less_least().p_value[0] < 0.001)
    True
    """
    judged, n_groups = checked(judged), whole_number(n_groups, "n_groups", 2)
    if judged.n_judged < FEW_ROWS * n_groups:
        warn(
            f"{judged.n_judged} rows in {n_groups} groups: with fewer than {FEW_ROWS} in each, "
            "intervals may not hold their level.",
            CausalDaskWarning,
        )
    bounds = np.linspace(0, 1, n_groups + 1)
    n = len(judged.variants) - 1

    def of_part(part: Part) -> tuple[Array, Array]:
        means, moved, predicted = [], [], []
        for scores, effects in zip(part.scores.T, part.effects.T, strict=True):
            both = np.column_stack([scores, effects])
            mean, contributions = group_means(both, effects, bounds, part.weights)
            means.append(mean[:, 0])
            predicted.append(mean[:, 1])
            moved.append(contributions[:, :, 0])
        flat = np.stack(moved, axis=2).reshape(len(part.rows), -1)
        covariance = covariance_of(flat, part.groups)
        estimate, others = (np.stack(each, axis=1).ravel() for each in (means, predicted))
        return without_errors(estimate, covariance, others)

    found, covariance = judged.estimate(of_part)
    m = n_groups * n
    index = groups_and_treatments(list(range(1, n_groups + 1)), judged, "group")
    return Gates(
        found[:m], covariance[:m, :m], index, "Average effects by group of predicted effect",
        {"predicted": found[m:]}, judged.df, n_groups, judged.variants,
    )  # fmt: skip
